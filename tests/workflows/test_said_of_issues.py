"""What people say of an issue counts when it goes out: stop, these words above it, yes, only about these things."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest

from feeder.app import App
from feeder.model.deliveries import State
from feeder.model.settings import WEEKLY
from feeder.model.subscribers import Subscriber
from feeder.workflows import choosing, curate, planning, send
from feeder.workflows.post import Post
from tests.workflows.test_send import DAY, HOUR, MONDAY, a_round, as_now, keys, states, words

Add = Callable[..., Subscriber]
Put = Callable[..., None]
Mails = Callable[[], list[EmailMessage]]

MINUTE = timedelta(minutes=1)


def of(app: App, **changes: object) -> Post:
    """Return what mail is made with, where the weekly digest is another."""
    return replace(app.post, recipes={**app.post.recipes, "weekly": replace(WEEKLY, **changes)})  # type: ignore[arg-type]


@pytest.mark.parametrize("digest", ["", "weekly"])
def test_what_is_stopped_waits_until_it_may_go_on(
    app: App, add: Add, put: Put, mails: Mails, now: datetime, digest: str
) -> None:
    ada = add("ada@example.org")
    put("a", now)
    with app.store.transaction() as tx:
        tx.holds.add(digest, "wrong picture", now)
    a_round(app, MONDAY)
    assert (states(app, ada), mails()) == ([("2026-W48", State.WAITING)], [])
    with app.store.transaction() as tx:
        tx.holds.lift(digest)
    a_round(app, MONDAY + HOUR)
    assert [keys(mail) for mail in mails()] == [["a"]]


def test_a_digest_is_stopped_before_the_next_group(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    readers = [add(f"{n}@example.org") for n in range(6)]
    other = add("other@example.org", digest="daily", hour=8)
    put("a", now)
    planning.plan(app.store, app.post, MONDAY - DAY)  # the daily one
    one_by_one = replace(app.post, delivery=replace(app.post.delivery, group=1))

    def stops_it() -> bool:
        if len(mails()) >= 3:
            with app.store.transaction() as tx:
                tx.holds.add("weekly", "", MONDAY)
        return False

    send.send_due(app.store, one_by_one, lambda: MONDAY, stopped=stops_it)
    found = Counter(state for reader in readers for _, state in states(app, reader))
    assert found[State.ACCEPTED] + found[State.WAITING] == 6
    assert found[State.WAITING] >= 2
    assert states(app, other)[0][1] is State.ACCEPTED  # nobody stopped that


def test_the_authors_words_stand_above_the_next_issue_for_all_its_readers_and_no_other(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    add("ada@example.org", zone="Asia/Tokyo")
    add("bo@example.org", zone="America/Lima")
    put("a", now)
    with app.store.transaction() as tx:
        tx.notes.set("weekly", "*Hello* there.", "<p><em>Hello</em> there.</p>", now)
    for hours in range(-12, 12):
        a_round(app, MONDAY + timedelta(hours=hours))
    put("b", MONDAY + DAY)
    for hours in range(-12, 12):
        a_round(app, MONDAY + 7 * DAY + timedelta(hours=hours))
    said = [("Hello there." in " ".join(words(mail).split()), keys(mail)) for mail in mails()]
    assert said == [(True, ["a"])] * 2 + [(False, ["b"])] * 2


def test_an_issue_waits_for_a_yes_and_holds_what_there_was_when_it_was_first_due(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    add("ada@example.org", zone="Asia/Tokyo")
    add("bo@example.org", zone="America/Lima")
    put("a", now)
    asking = of(app, approval=True)
    a_round(app, MONDAY - 9 * HOUR, asking)
    put("late", MONDAY)
    a_round(app, MONDAY + 6 * HOUR, asking)
    assert mails() == []
    with app.store.transaction() as tx:
        tx.approvals.approve("weekly", "2026-W48", MONDAY + 6 * HOUR)
    a_round(app, MONDAY + 7 * HOUR, asking)
    assert [keys(mail) for mail in mails()] == [["a"], ["a"]]


def test_what_is_said_of_an_issue_waits_while_that_is_put_off_and_nobody_has_it(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    add("ada@example.org", digest="daily")
    put("a", now)
    with app.store.transaction() as tx:
        tx.notes.set("daily", "Hello there.", "<p>Hello there.</p>", now)
    daily = replace(app.post.recipes["daily"], approval=True)
    asking = replace(app.post, recipes={**app.post.recipes, "daily": daily})
    too_late = (
        MONDAY - 2 * DAY + 7 * HOUR
    )  # so that the issue is put off to the next morning, and is another then
    a_round(app, too_late, asking)
    with app.store.reading() as tx:
        assert tx.approvals.open() == []
    put("b", too_late + HOUR)
    a_round(app, MONDAY - DAY, asking)
    with app.store.transaction() as tx:
        (waiting,) = tx.approvals.open()
        tx.approvals.approve("daily", waiting.period, MONDAY - DAY)
    a_round(app, MONDAY - DAY + HOUR, asking)
    assert [("Hello there." in words(mail), keys(mail)) for mail in mails()] == [(True, ["b", "a"])]


def test_nothing_leaves_before_the_time_to_undo_is_over(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    add("ada@example.org")
    put("a", now)
    slow = of(app, undo=10 * MINUTE)
    a_round(app, MONDAY, slow)
    a_round(app, MONDAY + 9 * MINUTE, slow)
    assert mails() == []
    a_round(app, MONDAY + 10 * MINUTE, slow)
    assert [keys(mail) for mail in mails()] == [["a"]]


def test_a_digest_is_about_what_its_recipe_says(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    ada = add("ada@example.org")
    put("x", now, tags=("x",))
    put("y", now, tags=("y",))
    about_x = of(app, any=("tag:x",))
    assert choosing.preview(app.store, about_x, about_x.recipes["weekly"], ada, MONDAY) is not None
    a_round(app, MONDAY, about_x)
    assert [keys(mail) for mail in mails()] == [["x"]]
    put("z", MONDAY + HOUR, tags=("z",))
    a_round(app, MONDAY + 7 * DAY, about_x)
    assert states(app, ada)[0] == ("2026-W49", State.EMPTY)


# ── Corrections ──────────────────────────────────────────────────────────────────────────────────


def correct(app: App, key: str, at: datetime) -> None:
    with app.store.reading() as tx:
        slug = tx.items.get(key).slug
    curate.correct(app.store, slug, "It was the other bridge.", curate.Edits(), at, "a slip")


def test_a_correction_goes_once_to_those_who_got_the_item_and_others_get_it_as_new(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    add("ada@example.org")
    put("a", now, tags=("x",))
    a_round(app, MONDAY)
    bo = add("bo@example.org", at=MONDAY)  # who came after it
    cy = add("cy@example.org", at=MONDAY, any_tags=("y",))
    correct(app, "a", MONDAY + DAY)
    a_round(app, MONDAY + 7 * DAY)
    told, new = mails()[1:]
    assert (told["Delivered-To"], "Corrections" in words(told).title()) == ("ada@example.org", True)
    assert "It was the other bridge." in " ".join(words(told).split())
    assert (new["Delivered-To"], "Corrections" in words(new).title()) == (bo.address, False)
    assert keys(new) == ["a"]
    assert states(app, cy)[0][1] is State.EMPTY
    put("b", MONDAY + 8 * DAY)
    a_round(app, MONDAY + 14 * DAY)
    assert [keys(mail) for mail in mails()[3:]] == [["b"]] * 2
    assert as_now(app, bo).cursor == 3


def test_a_correction_is_told_whatever_the_reader_wants_by_now_and_an_edit_is_not(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    ada = add("ada@example.org")
    put("a", now, tags=("x",))
    put("edited", now, tags=("x",))
    a_round(app, MONDAY)
    with app.store.transaction() as tx:
        tx.subscribers.prefer(ada.id, replace(ada.preferences, any_tags=("other",)), MONDAY + 7 * DAY)
    put("edited", MONDAY + HOUR, tags=("x",), standfirst="Other words.")
    correct(app, "a", MONDAY + DAY)
    a_round(app, MONDAY + 7 * DAY)
    (_, told) = mails()
    assert keys(told) == ["a"]


def test_a_correction_of_the_back_catalogue_goes_to_those_whom_a_welcome_brought_it_and_to_nobody_else(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    put("old", now, old=True)
    add("ada@example.org", welcome=1)
    bo = add("bo@example.org")
    a_round(app, now)
    correct(app, "old", now + HOUR)
    a_round(app, MONDAY)
    (_, told) = mails()
    assert (told["Delivered-To"], "Corrections" in words(told).title()) == ("ada@example.org", True)
    assert keys(told) == ["old"]
    assert states(app, bo)[0][1] is State.EMPTY
