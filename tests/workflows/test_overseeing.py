"""What a person says of issues, how far they are, and what comes next for a reader."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from feeder.app import App
from feeder.errors import ConfigurationError, NotFound
from feeder.model.deliveries import Accepted, Deferred, Outcome
from feeder.model.issues import EVERY_DIGEST, Approval
from feeder.model.subscribers import Cause, Subscriber
from feeder.workflows import outlook, oversee, planning, prefer, progress, suppress
from feeder.workflows.outlook import Outlook

Add = Callable[..., Subscriber]
Put = Callable[..., None]

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
MONDAY = datetime.fromisoformat("2026-11-23T08:00:00Z")
NEXT_MONDAY = MONDAY + 7 * DAY
COMES = "the weekly digest, if something new fits by then"


@pytest.fixture
def planned(app: App, add: Add, put: Put, now: datetime) -> list[Subscriber]:
    """An issue for three readers, one of whom came late."""
    put("old", now)
    readers = [add(f"{name}@example.org", at=now) for name in ("ada", "bo")]
    put("new", now + HOUR, tags=("Ships",))
    readers.append(add("cy@example.org", at=now + HOUR))
    put("newest", now + 2 * HOUR)
    planning.plan(app.store, app.post, MONDAY)
    return readers


def answered(app: App, answer: Outcome, at: datetime) -> Subscriber:
    """Let the next delivery be answered so; return its reader."""
    with app.store.transaction() as tx:
        (claimed,) = tx.deliveries.claim("me", 1, at, at + MINUTE)
        tx.deliveries.attempt({claimed: None}, "me", at, at + MINUTE)
        tx.deliveries.record({claimed: answer}, "me", at, {claimed: at + HOUR})
        reader = tx.subscribers.with_id(claimed.reader.id)
    assert reader
    return reader


def comes(app: App, reader: Subscriber, at: datetime) -> Outlook:
    with app.store.reading() as tx:
        found = tx.subscribers.with_id(reader.id)
    assert found is not None
    return outlook.of(app.store, app.settings.digests, found, at)


# ── Approval ─────────────────────────────────────────────────────────────────────────────────────


def test_an_issue_that_waits_shows_for_how_many_and_what_most_of_them_choose_from(
    app: App, planned: list[Subscriber]
) -> None:
    with app.store.transaction() as tx:
        tx.approvals.ask("weekly", "2026-W48", tx.items.newest_number(), MONDAY)
    waiting = oversee.awaiting(app.store, app.recipe("weekly"), None)
    assert waiting.approval == Approval("weekly", "2026-W48", 3, MONDAY)
    assert (waiting.readers, [item.key for item in waiting.items]) == (3, ["newest", "new"])
    about = replace(app.recipe("weekly"), any=("tag:ships",))
    assert [item.key for item in oversee.awaiting(app.store, about, "2026-W48").items] == ["new"]


def test_an_issue_is_approved_by_one_person(app: App, planned: list[Subscriber]) -> None:
    with app.store.transaction() as tx:
        tx.approvals.ask("weekly", "2026-W48", 3, MONDAY)
        assert tx.deliveries.claim("me", 9, MONDAY, MONDAY + MINUTE) == []
    waiting = oversee.awaiting(app.store, app.recipe("weekly"), None)
    assert comes(app, planned[0], MONDAY).why == (
        "weekly/2026-W48 waits to be sent, as soon as somebody approves it"
    )
    assert oversee.approve(app.store, waiting.approval, MONDAY)
    assert not oversee.approve(app.store, waiting.approval, MONDAY)
    with app.store.transaction() as tx:
        assert len(tx.deliveries.claim("me", 9, MONDAY, MONDAY + MINUTE)) == 3


@pytest.mark.parametrize(("digest", "period"), [("daily", None), ("weekly", "2026-W49")])
def test_an_issue_that_does_not_wait_is_named(
    app: App, planned: list[Subscriber], digest: str, period: str | None
) -> None:
    with app.store.transaction() as tx:
        tx.approvals.ask("weekly", "2026-W48", 3, MONDAY)
    with pytest.raises(NotFound, match=f"an issue of {digest}"):
        oversee.awaiting(app.store, app.recipe(digest), period)


# ── Notes ────────────────────────────────────────────────────────────────────────────────────────


def test_a_note_is_scrubbed_and_its_links_lead_somewhere(app: App, now: datetime) -> None:
    written = "See [the pier](pier/).\n\n<script>alert(1)</script>"
    oversee.write_note(app.store, "weekly", written, app.settings.site.public_url, now)
    with app.store.reading() as tx:
        note = tx.notes.waiting("weekly")
    assert note is not None
    assert 'href="https://spans.example/pier/"' in note.html
    assert "script" not in note.html
    assert note.markdown == written


@pytest.mark.parametrize("written", ["", " \n", "<script>alert(1)</script>", "<!-- -->"])
def test_a_note_that_says_nothing_is_refused(app: App, now: datetime, written: str) -> None:
    with pytest.raises(ConfigurationError, match="says nothing"):
        oversee.write_note(app.store, "weekly", written, "https://spans.example/", now)


# ── How far issues are ───────────────────────────────────────────────────────────────────────────


def test_the_rate_is_that_of_the_last_moments_and_says_how_long_the_rest_takes(
    app: App, planned: list[Subscriber]
) -> None:
    at = MONDAY + MINUTE
    answered(app, Accepted("q"), at)
    (course,) = progress.of_all(app.store, ["weekly", "daily"], at).issues
    assert (course.progress.total, course.progress.left) == (3, 2)
    assert course.rate == pytest.approx(1 / 30)
    assert course.remaining == timedelta(seconds=60)
    (course,) = progress.of_all(app.store, [], at + HOUR).issues
    assert (course.rate, course.remaining) == (0, None)


def test_an_overview_says_who_sends_and_what_is_stopped(app: App, planned: list[Subscriber]) -> None:
    oversee.pause(app.store, "daily", "x", MONDAY)
    with app.store.transaction() as tx:
        tx.deliveries.claim("here:1:x", 2, MONDAY, MONDAY + MINUTE)
    overview = progress.of_all(app.store, [], MONDAY)
    assert [(each.owner, each.held) for each in overview.senders] == [("here:1:x", 2)]
    assert [hold.digest for hold in overview.holds] == ["daily"]
    assert [course.hold for course in overview.issues] == [None]
    oversee.pause(app.store, EVERY_DIGEST, "", MONDAY)
    (course,) = progress.of_digest(app.store, "weekly", MONDAY).issues
    assert course.hold is not None
    assert progress.of_issue(app.store, "weekly", "2026-W47", MONDAY).issues == []


# ── What comes next ──────────────────────────────────────────────────────────────────────────────


def test_the_next_issue_comes_at_the_readers_own_time(app: App, add: Add, now: datetime) -> None:
    reader = add("ada@example.org", hour=7, zone="Asia/Tokyo")
    assert comes(app, reader, now) == Outlook(MONDAY - 10 * HOUR, COMES)


def test_what_is_under_way_comes_first_with_what_the_server_said(app: App, planned: list[Subscriber]) -> None:
    assert comes(app, planned[0], MONDAY) == Outlook(MONDAY, "weekly/2026-W48 waits to be sent")
    reader = answered(app, Deferred("451 busy"), MONDAY)
    assert comes(app, reader, MONDAY) == Outlook(
        MONDAY + HOUR, "weekly/2026-W48 waits to be sent again (451 busy)"
    )


def test_after_an_issue_comes_the_next(app: App, planned: list[Subscriber]) -> None:
    reader = answered(app, Accepted("q"), MONDAY)
    assert comes(app, reader, MONDAY) == Outlook(NEXT_MONDAY, COMES)


def test_a_reader_who_paused_gets_the_first_issue_after_it(app: App, add: Add, now: datetime) -> None:
    reader = add("ada@example.org")
    wanted = replace(reader.preferences, paused_until=MONDAY + DAY)
    prefer.choose(app.store, app.settings.digests, reader, wanted, now)
    assert comes(app, reader, now) == Outlook(NEXT_MONDAY, f"{COMES}; the reader paused until then")


def test_an_instant_digest_comes_when_something_is_new(app: App, add: Add, now: datetime) -> None:
    reader = add("ada@example.org", digest="instant")
    assert comes(app, reader, now) == Outlook(None, "as soon as something new fits")


def test_a_hold_is_told_with_what_it_stops(app: App, add: Add, now: datetime) -> None:
    reader = add("ada@example.org")
    oversee.pause(app.store, "daily", "", now)
    assert comes(app, reader, now).why == COMES
    oversee.pause(app.store, EVERY_DIGEST, "", now)
    assert (
        comes(app, reader, now).why == f"{COMES}; but everything has been stopped since 2026-11-20 12:00 UTC"
    )


def test_to_some_readers_nothing_comes_and_the_reason_is_told(app: App, add: Add, now: datetime) -> None:
    gone = add("gone@example.org")
    with app.store.transaction() as tx:
        tx.subscribers.leave(gone.id)
    assert comes(app, gone, now) == Outlook(None, "nothing: the reader has left")
    bounced = add("bounced@example.org")
    suppress.suppress(app.store, bounced.address, Cause.BOUNCE, "550", now)
    assert comes(app, bounced, now) == Outlook(None, "nothing: the address must not be mailed (bounce)")
    reader = add("ada@example.org", digest="monthly")
    recipes = {"weekly": app.recipe("weekly")}
    assert outlook.of(app.store, recipes, reader, now) == Outlook(
        None, "nothing: digest 'monthly' is not configured any more"
    )
