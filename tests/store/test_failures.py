"""What a store says when it cannot be used: always in its own words, and soon."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from feeder.errors import ConfigurationError, StoreBusy
from feeder.model.appearances import Policy
from feeder.model.changes import Changed, Known, New
from feeder.model.deliveries import Accepted, Delivery
from feeder.model.digests import Due, Rendered, Rhythm
from feeder.model.feeds import Dirt, Entry, Member, Part, Selection, Subject, Tombstone, Written
from feeder.model.hub import Mode, News, Subscription, Trouble, Unverified, Wanted
from feeder.model.items import Draft, Item, Kind
from feeder.model.links import Link
from feeder.model.members import Member as Process
from feeder.model.newcomers import Newcomer, Outsider
from feeder.model.objects import Stored
from feeder.model.readership import Said
from feeder.model.returns import Kind as ReturnKind
from feeder.model.returns import Return
from feeder.model.subscribers import (
    Ask,
    Cause,
    Consent,
    Letter,
    Matter,
    Origin,
    Preferences,
    Reader,
)
from feeder.store import Store, Transaction, newcomers, open_store
from feeder.store.sources import SourceState
from tests.store.conftest import DATABASES, empty_store, held_by_another

Held = Callable[[], AbstractContextManager[None]]

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MEMBER = Process("me:1:a", "me", 1, ("worker",), "1", NOW, timedelta(seconds=1), NOW)
OBJECT = Stored("atom.xml", "digest", "tag", "")
HOUR = timedelta(hours=1)
DRAFT = Draft("a", Kind.PIECE, "A", "A")
KNOWN = Known(1, "f", "A", NOW, NOW, released=True, shown=True, announced=True, withheld=False, gone=False)
ITEM = Item(1, "urn:a", "blog", "a", "a", Kind.PIECE, "A", NOW, NOW)
WANTED = Preferences("weekly", "UTC")
NEWCOMER = Newcomer("bo@example.org", WANTED, NOW, NOW, "asked", Consent(Origin.IMPORT, NOW))
SUBJECT = Subject(Selection.TAG, "ports", "Ports")
READER = Reader(1, "ada@example.org", WANTED, 0, NOW, "asked")
LETTER = Letter(1, Matter.CONFIRM, "ada@example.org", "en", NOW)
DELIVERY = Delivery(1, READER, "weekly", "2026-W47", 1, NOW)
RETURN = Return(ReturnKind.SOFT)
WANTED_OF_HUB = Wanted(Mode.SUBSCRIBE, "atom.xml", "https://reader.example/cb", HOUR)
UNVERIFIED = Unverified(1, WANTED_OF_HUB)
SUBSCRIPTION = Subscription(1, "atom.xml", "https://reader.example/cb")
TROUBLE = Trouble("https://hub.example/", "nobody listens there", 1, NOW, NOW)
LINK = Link(1, "https://paper.example/a", NOW)
DUE = Due(Rhythm("weekly", None, None, "UTC"), "2026-W47", NOW, NOW)


def locked(tx: Transaction) -> Transaction:
    """Lock the items, as whoever calls a method that finds nothing to write here must have done."""
    tx.items.lock()
    return tx


WRITES: dict[str, Callable[[Transaction], object]] = {
    "items.apply new": lambda tx: tx.items.apply("blog", [New(DRAFT, "f", NOW, announced=True)]),
    "items.apply changed": lambda tx: tx.items.apply(
        "blog", [Changed(KNOWN, DRAFT, "f", NOW, NOW, announced=True, public=True)]
    ),
    "items.reserve_tag": lambda tx: tx.items.reserve_tag("C#"),
    "items.remove": lambda tx: tx.items.remove([1], NOW),
    "items.lock": lambda tx: tx.items.lock(),
    "items.rekey": lambda tx: tx.items.rekey(1, "b"),
    "items.adopt": lambda tx: locked(tx).items.adopt(1, "urn:uuid:other"),
    "items.release": lambda tx: tx.items.release(NOW),
    "curation.set_by_hand": lambda tx: tx.curation.set_by_hand(1, {"title": "A"}),
    "curation.ask_again": lambda tx: tx.curation.ask_again(1),
    "curation.attach": lambda tx: tx.curation.attach(2, 1),
    "curation.lose": lambda tx: locked(tx).curation.lose([1]),
    "curation.hide": lambda tx: tx.curation.hide(1),
    "curation.bring_back": lambda tx: tx.curation.bring_back(1),
    "curation.correct": lambda tx: tx.curation.correct(1, "It was low.", NOW),
    "curation.announce": lambda tx: tx.curation.announce(1),
    "curation.record": lambda tx: tx.curation.record(1, NOW, "hide", "a slip"),
    "curation.merge": lambda tx: tx.curation.merge(ITEM, replace(ITEM, id=2, uid="urn:b")),
    "curation.part": lambda tx: tx.curation.part(ITEM, replace(ITEM, id=2, uid="urn:b"), []),
    "curation.judge": lambda tx: tx.curation.judge(1, "reuters | locks", "dropped", None, NOW),
    "curation.propose": lambda tx: tx.curation.propose(2, 1, "same address"),
    "curation.keep_apart": lambda tx: tx.curation.keep_apart([1], [2]),
    "feeds.ensure_everything": lambda tx: tx.feeds.ensure_everything(),
    "feeds.stand": lambda tx: tx.feeds.stand([SUBJECT]),
    "feeds.about": lambda tx: tx.feeds.about([SUBJECT]),
    "feeds.told": lambda tx: tx.feeds.told({1: NOW}),
    "feeds.count": lambda tx: tx.feeds.count({1: 1}),
    "feeds.leave_to": lambda tx: tx.feeds.leave_to({1: 2}),
    "feeds.archived": lambda tx: tx.feeds.archived(1, 1),
    "listings.put": lambda tx: locked(tx).listings.put({(1, 1): Member(NOW, NOW)}),
    "listings.take_off": lambda tx: tx.listings.take_off([(1, 1)]),
    "listings.close": lambda tx: tx.listings.close(1, 1, 1, 0),
    "listings.bury": lambda tx: tx.listings.bury([1], Tombstone("urn:a", NOW)),
    "listings.raise_up": lambda tx: tx.listings.raise_up(["urn:a"]),
    "listings.forget_tombstones": lambda tx: tx.listings.forget_tombstones(NOW),
    "entries.keep": lambda tx: locked(tx).entries.keep([Entry(1, b"", b"", b"", b"", b"")], Policy.FULL),
    "entries.drop": lambda tx: tx.entries.drop([1]),
    "entries.drop_all": lambda tx: tx.entries.drop_all(),
    "documents.touch": lambda tx: tx.documents.touch([1]),
    "documents.show_again": lambda tx: tx.documents.show_again([1]),
    "documents.touch_emptied": lambda tx: locked(tx).documents.touch_emptied([1]),
    "documents.arranged": lambda tx: tx.documents.arranged([1]),
    "documents.touch_released": lambda tx: tx.documents.touch_released(1, 2),
    "documents.mark": lambda tx: tx.documents.mark([Part(1)]),
    "documents.mark_path": lambda tx: tx.documents.mark_path("feeds.opml"),
    "documents.mark_all": lambda tx: tx.documents.mark_all(changed=True),
    "documents.trust": lambda tx: locked(tx).documents.trust(["atom.xml"]),
    "documents.suspect": lambda tx: tx.documents.suspect(),
    "documents.done": lambda tx: tx.documents.done(Dirt({1: [1]})),
    "documents.remember": lambda tx: tx.documents.remember([Written("atom.xml", "hash", 1, NOW)]),
    "documents.forget": lambda tx: tx.documents.forget(["atom.xml"]),
    "links.enrol": lambda tx: locked(tx).links.enrol(NOW, 10),
    "links.take_due": lambda tx: tx.links.take_due(NOW, NOW, 10, 10),
    "links.record": lambda tx: tx.links.record(LINK),
    "links.begin": lambda tx: tx.links.begin(1, LINK.url, NOW),
    "links.rest": lambda tx: tx.links.rest("paper.example", NOW),
    "links.decline": lambda tx: tx.links.decline(1, LINK.url),
    "links.agree": lambda tx: tx.links.agree(1, NOW),
    "objects.queue": lambda tx: tx.objects.queue(["atom.xml"]),
    "objects.queue_all": lambda tx: locked(tx).objects.queue_all(),
    "objects.purge": lambda tx: tx.objects.purge([1]),
    "objects.done": lambda tx: tx.objects.done([1]),
    "objects.clear": lambda tx: tx.objects.clear(),
    "objects.remember": lambda tx: tx.objects.remember([OBJECT]),
    "objects.forget": lambda tx: tx.objects.forget(["atom.xml"]),
    "objects.suspect": lambda tx: tx.objects.suspect(),
    "objects.seen": lambda tx: locked(tx).objects.seen({"atom.xml": "tag"}),
    "objects.forget_unseen": lambda tx: tx.objects.forget_unseen(),
    "readership.heard": lambda tx: locked(tx).readership.heard(
        NOW.date(), [Said("atom.xml", "Feedly", "", 1)]
    ),
    "readership.came": lambda tx: locked(tx).readership.came(NOW.date(), {"": 1}),
    "readership.forget": lambda tx: tx.readership.forget(NOW.date()),
    "sources.remember": lambda tx: tx.sources.remember(SourceState("blog")),
    "sources.failed": lambda tx: tx.sources.failed("blog", "unplugged", NOW, NOW),
    "subscribers.add": lambda tx: tx.subscribers.add("bo@example.org", WANTED, 0, NOW, "asked", NOW),
    "subscribers.add_pending": lambda tx: tx.subscribers.add_pending("bo@example.org", WANTED, NOW),
    "subscribers.add_all": lambda tx: tx.subscribers.add_all({"k": newcomers.row(NEWCOMER)}, 0),
    "subscribers.activate": lambda tx: tx.subscribers.activate(1, WANTED, 0, NOW, "asked", None),
    "subscribers.ask_again": lambda tx: tx.subscribers.ask_again(1, NOW),
    "subscribers.prefer": lambda tx: tx.subscribers.prefer(1, WANTED, NOW),
    "subscribers.move": lambda tx: tx.subscribers.move(1, "bo@example.org"),
    "subscribers.revoke_links": lambda tx: tx.subscribers.revoke_links(1),
    "subscribers.leave": lambda tx: tx.subscribers.leave(1),
    "subscribers.many_came": lambda tx: tx.subscribers.many_came(),
    "subscribers.suppress": lambda tx: tx.subscribers.suppress(1),
    "subscribers.restore": lambda tx: tx.subscribers.restore(1, 0),
    "subscribers.erase": lambda tx: tx.subscribers.erase(1),
    "subscribers.delete": lambda tx: tx.subscribers.delete(1),
    "suppressions.add": lambda tx: tx.suppressions.add("bo@example.org", Cause.BOUNCE, NOW),
    "suppressions.add_key": lambda tx: tx.suppressions.add_key("k", Cause.BOUNCE, NOW),
    "suppressions.add_all": lambda tx: tx.suppressions.add_all(
        {"k": Outsider("bo@example.org", (Cause.BOUNCE,), NOW, "")}
    ),
    "suppressions.lift": lambda tx: tx.suppressions.lift("bo@example.org", [Cause.BOUNCE]),
    "requests.add": lambda tx: tx.requests.add(Ask.JOIN, "bo@example.org", NOW, NOW),
    "requests.answered": lambda tx: tx.requests.answered(1, NOW),
    "requests.mailed": lambda tx: tx.requests.mailed(1, 1, NOW),
    "requests.confirmed": lambda tx: tx.requests.confirmed(1, NOW),
    "requests.close": lambda tx: tx.requests.close("bo@example.org", NOW),
    "requests.forget_networks": lambda tx: tx.requests.forget_networks(NOW),
    "requests.forget": lambda tx: tx.requests.forget(NOW),
    "requests.forget_all_of": lambda tx: tx.requests.forget_all_of(["bo@example.org"], 1),
    "letters.add": lambda tx: tx.letters.add(Matter.CONFIRM, "bo@example.org", "en", NOW, subscriber=None),
    "letters.attempt": lambda tx: tx.letters.attempt("me", 1, NOW, NOW),
    "letters.record": lambda tx: tx.letters.record(LETTER, Accepted("q"), NOW),
    "letters.expire": lambda tx: tx.letters.expire(LETTER, "pointless"),
    "letters.abandon": lambda tx: tx.letters.abandon("me", NOW),
    "letters.recover": lambda tx: tx.letters.recover(NOW),
    "letters.forget": lambda tx: tx.letters.forget(NOW),
    "letters.forget_all_of": lambda tx: tx.letters.forget_all_of(["bo@example.org"], 1),
    "choices.add": lambda tx: tx.choices.add(1, WANTED, WANTED, NOW),
    "choices.undone": lambda tx: tx.choices.undone(1, NOW),
    "choices.forget": lambda tx: tx.choices.forget(NOW),
    "choices.forget_all_of": lambda tx: tx.choices.forget_all_of(1),
    "issues.plan": lambda tx: tx.issues.plan([DUE], 1, NOW, HOUR),
    "issues.plan_instant": lambda tx: tx.issues.plan_instant("instant", 1, NOW),
    "issues.welcome": lambda tx: tx.issues.welcome(1, "weekly", 3, 1, NOW),
    "deliveries.recover": lambda tx: tx.deliveries.recover(NOW),
    "deliveries.abandon": lambda tx: tx.deliveries.abandon("somebody", NOW),
    "deliveries.close_uncertain": lambda tx: tx.deliveries.close_uncertain(NOW),
    "deliveries.claim": lambda tx: tx.deliveries.claim("me", 1, NOW, NOW),
    "deliveries.leave": lambda tx: tx.deliveries.leave(1, NOW),
    "deliveries.suppress": lambda tx: tx.deliveries.suppress(1, NOW),
    "deliveries.empty": lambda tx: tx.deliveries.empty([DELIVERY], "me", "nothing", NOW),
    "deliveries.expire": lambda tx: tx.deliveries.expire(DELIVERY, "me", "nothing", NOW),
    "deliveries.attempt": lambda tx: tx.deliveries.attempt({DELIVERY: 1}, "me", NOW, NOW),
    "deliveries.renew": lambda tx: tx.deliveries.renew([DELIVERY], "me", NOW),
    "deliveries.postpone": lambda tx: tx.deliveries.postpone({DELIVERY: NOW}, "me", NOW),
    "deliveries.release": lambda tx: tx.deliveries.release([DELIVERY], "me", NOW),
    "deliveries.record": lambda tx: tx.deliveries.record({DELIVERY: Accepted("q")}, "me", NOW, {}),
    "returns.add": lambda tx: tx.returns.add(1, None, RETURN, NOW, suppressed=False),
    "returns.forget": lambda tx: tx.returns.forget(NOW),
    "returns.forget_all_of": lambda tx: tx.returns.forget_all_of(1),
    "contents.add": lambda tx: tx.contents.add("k", Rendered("s", "t", "h"), [1]),
    "holds.add": lambda tx: tx.holds.add("weekly", "a slip", NOW),
    "holds.lift": lambda tx: tx.holds.lift("weekly"),
    "notes.set": lambda tx: tx.notes.set("weekly", "Hello.", "<p>Hello.</p>", NOW),
    "notes.clear": lambda tx: tx.notes.clear("weekly"),
    "notes.bind": lambda tx: tx.notes.bind("weekly", "2026-W47", NOW),
    "approvals.ask": lambda tx: tx.approvals.ask("weekly", "2026-W47", 1, NOW),
    "approvals.approve": lambda tx: tx.approvals.approve("weekly", "2026-W47", NOW),
    "editions.close": lambda tx: tx.editions.close("weekly", "2026-W47", 1, [], NOW),
    "editions.mark": lambda tx: locked(tx).editions.mark([1]),
    "editions.mark_all": lambda tx: locked(tx).editions.mark_all(),
    "hub.ask": lambda tx: tx.hub.ask(WANTED_OF_HUB, NOW),
    "hub.put_off": lambda tx: tx.hub.put_off(UNVERIFIED, NOW),
    "hub.drop": lambda tx: tx.hub.drop(UNVERIFIED),
    "hub.verified": lambda tx: tx.hub.verified(UNVERIFIED, NOW),
    "hub.changed": lambda tx: tx.hub.changed(["atom.xml"], NOW),
    "hub.gone": lambda tx: tx.hub.gone(["atom.xml"], NOW),
    "hub.told": lambda tx: tx.hub.told(SUBSCRIPTION, NOW),
    "hub.missed": lambda tx: tx.hub.missed(SUBSCRIPTION),
    "hub.postpone": lambda tx: tx.hub.postpone(SUBSCRIPTION, NOW),
    "hub.rest": lambda tx: tx.hub.rest("reader.example", NOW, NOW),
    "hub.end": lambda tx: tx.hub.end(SUBSCRIPTION),
    "hub.expire": lambda tx: tx.hub.expire(NOW),
    "pings.add": lambda tx: tx.pings.add(["https://hub.example/"], ["atom.xml"], NOW),
    "pings.heard": lambda tx: tx.pings.heard([News("atom.xml", (1,))]),
    "pings.forget": lambda tx: tx.pings.forget([], NOW),
    "pings.failed": lambda tx: tx.pings.failed(TROUBLE),
    "pings.answered": lambda tx: tx.pings.answered("https://hub.example/"),
    "runs.forget": lambda tx: tx.runs.forget("webhook", NOW),
    "runs.forget_all": lambda tx: tx.runs.forget_all("tick:", NOW),
    "runs.claim": lambda tx: tx.runs.claim("plan", "12:00", NOW),
    "members.join": lambda tx: tx.members.join(MEMBER),
    "members.beat": lambda tx: tx.members.beat(MEMBER.id, NOW),
    "members.leave": lambda tx: tx.members.leave(MEMBER.id),
    "turns.take": lambda tx: tx.turns.take("publish"),
    "keys.add": lambda tx: tx.keys.add(b"secret", NOW),
    "keys.ensure": lambda tx: tx.keys.ensure(b"secret", NOW),
    "facts.locked": lambda tx: tx.facts.locked("look"),
    "facts.remember": lambda tx: tx.facts.remember("look", "x"),
}
READS = {
    "items": {
        "known", "marks", "marks_at", "has", "listed", "tag_names", "newest_number", "any_to_release", "newest", "with_ids",
        "in_order", "cards", "related", "belonging", "beyond_feeds", "public_ids", "get", "at_addresses", "tag", "arrived", "to_arrive", "public", "had",
    },
    "feeds": {"known", "with_ids", "everything", "shown", "counts", "emptied", "left_to", "is_carried"},
    "listings": {"of", "live", "archived", "overfull", "tombstones", "any_tombstones", "parts"},
    "entries": {"find"},
    "documents": {
        "any_dirty", "count_dirty", "changed_items", "dirty_items", "dirty_feeds", "dirty_paths", "dirt",
        "written", "stale", "paths", "with_pictures", "dirty_feed_ids",
    },
    "objects": {"any_waiting", "waiting", "unput", "count_unput", "known"},
    "readership": {"said", "visitors"},
    "curation": {
        "history", "in_merges", "merged", "aliases", "still_told", "lost", "appearances", "judged", "alike", "kept_apart", "proposed",
    },
    "links": {"of", "standing", "copies"},
    "sources": {"state", "all"},
    "subscribers": {
        "find", "find_by_key", "get", "behind", "locked", "find_locked", "with_id", "all", "count", "any_due", "due_rhythms", "forget_pending", "among", "next_due",
    },
    "suppressions": {"key", "of", "among", "erased", "causes"},
    "requests": {"unanswered", "get", "locked", "letters_about", "confirmations_since", "of"},
    "letters": {"any_ready", "backlog", "get", "last", "of"},
    "choices": {"get", "locked", "of"},
    "issues": set[str](),
    "deliveries": {"of", "counts", "any_ready", "next_ready", "is_refused_again"},
    "ledger": {"open", "newest", "periods", "issue", "cursors", "senders", "of", "brought", "items"},
    "returns": {"sent", "sent_as", "of", "counts"},
    "contents": {"find", "all_of"},
    "holds": {"all", "stops_all_mail"},
    "notes": {"of", "waiting"},
    "approvals": {"up_to", "is_open", "open"},
    "editions": {"newest", "arrived", "marks", "marked_by", "items", "any_shown", "shown"},
    "hub": {"crowd", "has", "unverified", "due", "count"},
    "pings": {"news", "troubles"},
    "runs": {"is_claimed", "last"},
    "members": {"all", "silent"},
    "keys": {"all"},
    "turns": {"keep"},
    "facts": {"get"},
}  # fmt: skip


A_MOMENT = timedelta(milliseconds=20)


@pytest.fixture
def impatient(url: str, space: UUID) -> Iterator[Store]:
    with closing(open_store(url, space, A_MOMENT)) as store:
        yield store


@pytest.fixture(scope="module", params=DATABASES)
def busy(
    request: pytest.FixtureRequest, space: UUID, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """A store to which another program writes all the time, so that nothing comes into it."""
    with (
        empty_store(request.param, request, tmp_path_factory.mktemp("busy")) as url,
        closing(open_store(url, space, A_MOMENT)) as store,
        held_by_another(url),
    ):
        yield store


def test_every_method_is_known_here_to_write_or_to_read(store: Store) -> None:
    with store.reading() as tx:
        parts = [(name, part) for name, part in vars(tx).items() if not name.startswith("_")]
    methods = {
        f"{name}.{method}"
        for name, part in parts
        for method in dir(part)
        if not method.startswith("_") and method not in READS[name]
    }
    assert methods == {name.split(" ")[0] for name in WRITES}


# A store that is open has its keys; only SQLite waits before it knows that there is nothing to write.
ALWAYS = {name: write for name, write in WRITES.items() if name != "keys.ensure"}


@pytest.mark.parametrize("write", ALWAYS.values(), ids=ALWAYS)
def test_writing_to_a_held_database_says_that_it_is_busy(
    busy: Store, write: Callable[[Transaction], object]
) -> None:
    with pytest.raises(StoreBusy, match="held by another process"), busy.transaction() as tx:
        write(tx)


def test_reading_goes_on_while_another_writes(impatient: Store, held: Held) -> None:
    with held(), impatient.reading() as tx:
        assert tx.items.newest(10) == []


def test_what_was_busy_can_be_used_afterwards(impatient: Store, held: Held) -> None:
    with held():
        for _ in range(20):  # more often than the pool has connections
            with pytest.raises(StoreBusy), impatient.transaction() as tx:
                tx.facts.remember("look", "x")
    with impatient.transaction() as tx:
        tx.facts.remember("look", "x")


def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    with pytest.raises(KeyboardInterrupt), store.transaction() as tx:  # noqa: PT012 - undone after the work
        tx.items.apply("blog", [New(DRAFT, "f", NOW, announced=True)])
        tx.facts.remember("look", "x")
        raise KeyboardInterrupt
    with store.reading() as tx:
        assert tx.items.newest(10) == []
        assert tx.facts.get("look") is None


@pytest.mark.parametrize("url", ["", "feeder.db", "sqlite+none:///x", "mysql://x/y"])
def test_an_address_that_names_no_database_we_know_is_a_matter_of_configuration(
    url: str, space: UUID
) -> None:
    with pytest.raises(ConfigurationError, match=r"write sqlite:///feeder\.db"):
        open_store(url, space)


def test_a_password_in_an_address_is_not_told(space: UUID) -> None:
    with pytest.raises(ConfigurationError) as raised:
        open_store("mysql://ada:secret@db.example/feeder", space)
    assert "secret" not in str(raised.value)
