"""Readers and suppressions by the thousand: as if each had come alone, and who was there stays as they are."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from feeder.errors import StoreError
from feeder.model.items import Kind
from feeder.model.newcomers import Newcomer, Outsider
from feeder.model.subscribers import Cause, Consent, Form, Origin, Preferences, Status, Subscriber
from feeder.store import Store, Transaction, newcomers

Reader = Callable[..., Subscriber]

DAY = timedelta(days=1)
WISH = Preferences(
    "monthly",
    "Pacific/Chatham",
    any_tags=("中文", "c"),
    no_tags=("x",),
    kinds=(Kind.APPEARANCE,),
    hour=0,
    day=28,
    form=Form.FULL,
    language="zh-Hans",
)
PLAIN = Preferences("weekly", "UTC")


@pytest.fixture
def new(now: datetime) -> Callable[..., Newcomer]:
    def make(address: str, wish: Preferences = PLAIN, words: str = "yes") -> Newcomer:
        consent = Consent(Origin.IMPORT, now - DAY, now, "members.csv", words)
        return Newcomer(address, wish, now + DAY, now - DAY, "brought over", consent)

    return make


def keyed(tx: Transaction, people: Iterable[Newcomer]) -> dict[str, newcomers.Row]:
    return {tx.suppressions.key(person.address): newcomers.row(person) for person in people}


def test_readers_come_back_with_everything_that_was_written_down(
    store: Store, now: datetime, new: Callable[..., Newcomer]
) -> None:
    odd = 'tab\t, line\n, back\\slash, "quotes", \\N, ünï, 中文, \x7f'
    people = [
        new("ada@example.org", replace(WISH, paused_until=now + DAY), odd),
        new("läser@example.org", words=odd)._replace(reason=odd, next_issue_at=None),
        new("bo@example.org")._replace(consent=Consent(Origin.HAND, now)),
    ]
    with store.transaction() as tx:
        assert tx.subscribers.add_all(keyed(tx, people), 7) == set()
    with store.reading() as tx:
        found = list(tx.subscribers.all())
        assert [tx.subscribers.get(person.address) for person in people] == found
    assert found == [
        Subscriber(
            id=reader.id,
            address=person.address,
            status=Status.ACTIVE,
            preferences=person.preferences,
            cursor=7,
            created=person.created,
            reason=person.reason,
            next_issue_at=person.next_issue_at,
            consent=person.consent,
        )
        for reader, person in zip(found, people, strict=True)
    ]


def test_readers_come_as_if_each_had_come_alone(
    store: Store, now: datetime, new: Callable[..., Newcomer]
) -> None:
    many, alone = new("many@example.org", WISH), new("alone@example.org", WISH)
    with store.transaction() as tx:
        tx.subscribers.add_all(keyed(tx, [many]), 7)
        tx.subscribers.add(
            alone.address, WISH, 7, alone.next_issue_at, alone.reason, alone.created, alone.consent
        )
        first, second = tx.subscribers.all()
        assert first == replace(second, id=first.id, address="many@example.org")


def test_who_is_there_stays_as_they_are_whatever_their_status(
    store: Store, now: datetime, reader: Reader, new: Callable[..., Newcomer]
) -> None:
    there = [reader(f"{status}@example.org") for status in ("active", "left", "suppressed")]
    with store.transaction() as tx:
        tx.subscribers.leave(there[1].id)
        tx.subscribers.suppress(there[2].id)
        tx.subscribers.add_pending("pending@example.org", PLAIN, now)
        before = list(tx.subscribers.all())
    names = ("ACTIVE", "left", "Suppressed", "pending", "new")
    with store.transaction() as tx:
        people = keyed(tx, [new(f"{name}@example.org", WISH) for name in names])
        known = set(list(people)[:4])
        assert tx.subscribers.among(people) == known
        assert tx.subscribers.add_all(people, 9) == known
        assert tx.subscribers.among(people) == set(people)
        *first, last = tx.subscribers.all()
    assert first == before
    assert (last.address, last.preferences) == ("new@example.org", WISH)


def test_more_than_one_query_can_name_come_at_once_and_again(
    store: Store, new: Callable[..., Newcomer]
) -> None:
    people = [new(f"reader{number}@example.org") for number in range(4_000)]
    with store.transaction() as tx:
        assert tx.subscribers.add_all(keyed(tx, people[:3_200]), 0) == set()
    with store.transaction() as tx:
        everybody = keyed(tx, people)
        assert tx.subscribers.add_all(everybody, 0) == set(list(everybody)[:3_200])
        assert {reader.address for reader in tx.subscribers.all()} == {person.address for person in people}
        assert tx.subscribers.add_all({}, 0) == set()


def test_others_can_be_added_afterwards(store: Store, reader: Reader, new: Callable[..., Newcomer]) -> None:
    with store.transaction() as tx:
        tx.subscribers.add_all(keyed(tx, [new("ada@example.org")]), 0)
    assert reader("bo@example.org").id > 1


def test_what_fails_leaves_nobody(store: Store, new: Callable[..., Newcomer]) -> None:
    with pytest.raises(KeyboardInterrupt), store.transaction() as tx:  # noqa: PT012 - undone after the work
        tx.subscribers.add_all(keyed(tx, [new("ada@example.org")]), 0)
        raise KeyboardInterrupt
    with store.reading() as tx:
        assert tx.subscribers.count() == 0


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_what_the_server_cannot_take_is_told_in_our_words(store: Store, new: Callable[..., Newcomer]) -> None:
    with pytest.raises(StoreError, match="NUL"), store.transaction() as tx:
        tx.subscribers.add_all(keyed(tx, [new("ada@example.org", words="a")._replace(reason="\0")]), 0)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_somebody_who_signs_up_meanwhile_is_there(
    store: Store, now: datetime, new: Callable[..., Newcomer]
) -> None:
    """The same address, in a transaction that began before and ends after ours began."""
    told: list[set[str]] = []

    def bring_in() -> None:
        with store.transaction() as tx:
            told.append(tx.subscribers.add_all(keyed(tx, [new("ada@example.org"), new("bo@example.org")]), 0))

    with store.transaction() as tx:
        tx.subscribers.add_pending("ada@example.org", PLAIN, now)
        other = threading.Thread(target=bring_in)
        other.start()
        other.join(0.5)
        assert not told
        ada = tx.suppressions.key("ada@example.org")
    other.join(10)
    assert told == [{ada}]
    with store.reading() as tx:
        assert {reader.status for reader in tx.subscribers.all()} == {Status.PENDING, Status.ACTIVE}


# ── Suppressions ─────────────────────────────────────────────────────────────────────────────────


def test_addresses_are_kept_out_for_all_their_causes_and_those_known_stay_as_they_are(
    store: Store, now: datetime
) -> None:
    with store.transaction() as tx:
        tx.suppressions.add("ada@example.org", Cause.BOUNCE, now)
        key = tx.suppressions.key
        people = {
            key(address): Outsider(address, causes, now - DAY, "told by members.csv")
            for address, causes in {
                "ADA@example.org": (Cause.OPT_OUT,),
                "bo@example.org": (Cause.OPT_OUT, Cause.COMPLAINT),
            }.items()
        }
        assert tx.suppressions.among([*people, key("cy@example.org")]) == {key("ada@example.org")}
        assert tx.suppressions.add_all(people) == {key("ada@example.org")}
        assert tx.suppressions.causes(["Ada@example.org", "bo@example.org", "cy@example.org"]) == {
            "Ada@example.org": [Cause.BOUNCE],
            "bo@example.org": [Cause.COMPLAINT, Cause.OPT_OUT],
        }
        assert [(one.at, one.reason) for one in tx.suppressions.of("bo@example.org")] == [
            (now - DAY, "told by members.csv")
        ] * 2
        assert tx.suppressions.add_all({}) == set()


def test_many_are_kept_out_at_once(store: Store, now: datetime) -> None:
    people = {f"key{number}": Outsider("", (Cause.OPT_OUT,), now, "") for number in range(1_300)}
    with store.transaction() as tx:
        assert tx.suppressions.among(people) == set()
        assert tx.suppressions.add_all(people) == set()
        assert tx.suppressions.among([*people, "another"]) == set(people)
        assert tx.suppressions.add_all(people) == set(people)
