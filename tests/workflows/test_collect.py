from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feeder.app import App
from feeder.errors import DraftRefused, SourceError, Superseded
from feeder.model.batches import BATCH
from feeder.model.changes import Tally, Visit
from feeder.model.items import Broken, Draft, Item, NotModified, Past, Reading
from feeder.store.sources import SourceState
from feeder.workflows.arrange import arrange
from feeder.workflows.collect import Collected, Manner, apply, collect
from feeder.workflows.publish import Published
from feeder.workflows.release import release

Write = Callable[..., Path]
Sync = Callable[..., Collected]
Make = Callable[..., Draft]

HOUR = timedelta(hours=1)


@dataclass
class Told:
    """A source that says what a test tells it to, and remembers which state it was given."""

    says: Reading | NotModified | SourceError
    name: str = "told"
    given: list[Mapping[str, Any]] = field(default_factory=list)

    def read(self, past: Past) -> Reading | NotModified:
        self.given.append(past.state)
        if isinstance(self.says, SourceError):
            raise self.says
        return self.says


def complete(*told: Draft | Broken, **fields: Any) -> Reading:
    return Reading(told, complete=True, **fields)


def take(app: App, source: Told, now: datetime, *, confirmed: bool = False) -> Collected:
    return collect(app.store, source, now, announce=False, confirmed=confirmed)


def items(app: App) -> dict[str, Item]:
    with app.store.reading() as tx:
        return {item.key: item for item in tx.items.newest(5000)}


def state(app: App, source: str = "texts") -> SourceState:
    with app.store.reading() as tx:
        return tx.sources.state(source)


def there(app: App) -> list[str]:
    return sorted(item.key for item in items(app).values() if item.gone is None)


def test_a_folder_is_collected_and_then_only_what_changed(
    app: App, write: Write, sync: Sync, now: datetime
) -> None:
    for name in "abc":
        write(name)
    assert sync(now) == Collected("texts", Tally(new=3))
    release(app.store, now)
    write("b", body="Another body, and longer.")
    write("d")
    assert sync(now + HOUR) == Collected("texts", Tally(new=1, changed=1, same=2))
    assert sync(now + 2 * HOUR) == Collected("texts", Tally())
    found = items(app)
    assert [found[key].revised for key in "abcd"] == [now, now + HOUR, now, now + HOUR]
    assert [found[key].announced for key in "abcd"] == [False, False, False, True]


def test_a_source_may_announce_all_that_it_has(app: App, write: Write, sync: Sync, now: datetime) -> None:
    write("a", "published: 2016-10-17")
    sync(now, announce=True)
    assert items(app)["a"].announced


def test_an_untouched_folder_counts_as_read_completely(
    app: App, write: Write, sync: Sync, now: datetime
) -> None:
    write("a")
    sync(now)
    before = state(app)
    sync(now + HOUR)
    after = state(app)
    assert (before.first_complete, before.last_complete, before.last_read) == (now, now, now)
    assert (after.first_complete, after.last_complete, after.last_read) == (now, now + HOUR, now + HOUR)
    assert after.state == before.state != {}


def test_the_state_of_a_reading_goes_to_the_next(app: App, draft: Make, now: datetime) -> None:
    source = Told(complete(draft("a"), state={"etag": ["x", 1]}))
    take(app, source, now)
    source.says = NotModified()
    take(app, source, now + HOUR)
    take(app, source, now + HOUR)
    assert source.given == [{}, {"etag": ["x", 1]}, {"etag": ["x", 1]}]


def test_what_is_no_longer_listed_is_gone_and_keeps_its_id_when_it_comes_back(
    app: App, write: Write, sync: Sync, now: datetime
) -> None:
    write("a")
    file = write("b")
    sync(now)
    before = items(app)["b"]
    file.unlink()
    assert sync(now + HOUR).tally == Tally(same=1, gone=1)
    assert items(app)["b"].gone == now + HOUR
    write("b")
    assert sync(now + 2 * HOUR).tally == Tally(changed=1, same=1)
    after = items(app)["b"]
    assert (after.uid, after.slug, after.posted, after.gone) == (before.uid, before.slug, before.posted, None)


def test_a_file_that_breaks_keeps_its_item_and_is_named_until_it_is_mended(
    app: App, write: Write, sync: Sync, now: datetime
) -> None:
    write("a")
    broken = write("b")
    sync(now)
    broken.write_text("---\ntitle: [no\n---\n")
    for hours in (1, 2):
        collected = sync(now + hours * HOUR)
        assert collected.tally == Tally(same=1)
        assert [refusal.thing for refusal in collected.refused] == ["b.md"]
        assert "b.md" in (state(app).problem or "")
    assert there(app) == ["a", "b"]
    write("b", body="Mended.")
    assert sync(now + 3 * HOUR).tally == Tally(changed=1, same=1)
    assert state(app).problem is None


def test_the_problem_says_how_many_more_there_are(app: App, draft: Make, now: datetime) -> None:
    broken = [Broken(frozenset(name), DraftRefused(name, "is broken", "mend it")) for name in "abc"]
    take(app, Told(complete(draft("x"), *broken)), now)
    assert state(app, "told").problem == "a: is broken; mend it (and 2 more)"


def test_a_reading_that_is_not_complete_removes_nothing_and_does_not_count(
    app: App, draft: Make, now: datetime
) -> None:
    source = Told(complete(draft("a"), draft("b")))
    take(app, source, now)
    source.says = Reading((draft("c"),), complete=False)
    assert take(app, source, now + HOUR).tally == Tally(new=1)
    assert there(app) == ["a", "b", "c"]
    assert state(app, "told").last_complete == now
    first = Told(Reading((draft("x"),), complete=False), name="other")
    take(app, first, now)
    assert (state(app, "other").first_complete, state(app, "other").last_complete) == (None, None)


def test_one_source_removes_nothing_of_another(app: App, draft: Make, now: datetime) -> None:
    take(app, Told(complete(draft("a")), name="one"), now)
    take(app, Told(complete(draft("b")), name="two"), now)
    take(app, Told(complete(), name="two"), now + HOUR)
    assert there(app) == ["a"]


@pytest.mark.parametrize(("there_are", "go"), [(6, 6), (17, 6), (100, 34)])
def test_a_large_removal_is_held_until_it_is_confirmed(
    app: App, draft: Make, now: datetime, there_are: int, go: int
) -> None:
    drafts = [draft(f"{n:03}") for n in range(there_are)]
    source = Told(complete(*drafts, state={"n": 1}))
    take(app, source, now)
    source.says = complete(*drafts[go:], state={"n": 2})
    for hours in (1, 2):
        held = take(app, source, now + hours * HOUR)
        assert (held.held, held.tally) == (go, Tally(same=there_are - go))
        assert len(there(app)) == there_are
        assert (state(app, "told").held, state(app, "told").last_complete) == (go, now)
    confirmed = take(app, source, now + 3 * HOUR, confirmed=True)
    assert (confirmed.held, confirmed.tally) == (None, Tally(same=there_are - go, gone=go))
    assert len(there(app)) == there_are - go
    assert (state(app, "told").held, state(app, "told").last_complete) == (None, now + 3 * HOUR)
    # What is held is looked at anew, whatever the source remembers.
    assert source.given == [{}, {"n": 1}, {}, {}]


@pytest.mark.parametrize(("there_are", "go"), [(5, 5), (18, 6), (100, 33)])
def test_a_small_removal_is_not_held(app: App, draft: Make, now: datetime, there_are: int, go: int) -> None:
    drafts = [draft(f"{n:03}") for n in range(there_are)]
    source = Told(complete(*drafts))
    take(app, source, now)
    source.says = complete(*drafts[go:])
    assert take(app, source, now + HOUR) == Collected("told", Tally(same=there_are - go, gone=go))


def test_a_hold_ends_when_the_files_come_back(app: App, write: Write, sync: Sync, now: datetime) -> None:
    files = [write(f"{n}") for n in range(8)]
    sync(now)
    elsewhere = app.settings.folder / "elsewhere"
    content = files[0].parent
    content.rename(elsewhere)
    content.mkdir()
    assert sync(now + HOUR).held == 8
    assert sync(now + 2 * HOUR).held == 8
    content.rmdir()
    elsewhere.rename(content)
    assert sync(now + 3 * HOUR) == Collected("texts", Tally(same=8))
    assert state(app).held is None
    assert all(item.gone is None for item in items(app).values())


def test_what_is_new_comes_in_while_a_removal_is_held(app: App, draft: Make, now: datetime) -> None:
    source = Told(complete(*(draft(f"{n}") for n in range(9))))
    take(app, source, now)
    source.says = complete(draft("new"))
    assert take(app, source, now + HOUR) == Collected("told", Tally(new=1), held=9)
    assert "new" in there(app)


def test_a_source_that_fails_removes_nothing_and_is_remembered(
    app: App, write: Write, sync: Sync, now: datetime
) -> None:
    file = write("a")
    sync(now)
    before = state(app)
    file.unlink()
    file.parent.rmdir()
    with pytest.raises(SourceError, match="cannot be read"):
        sync(now + HOUR)
    assert there(app) == ["a"]
    after = state(app)
    assert (after.state, after.last_complete, after.last_read) == (before.state, now, now + HOUR)
    assert (after.failures, after.next_try) == (1, now + HOUR + timedelta(minutes=5))
    assert "cannot be read" in (after.problem or "")
    file.parent.mkdir()
    write("a")
    sync(now + 2 * HOUR)
    assert (state(app).problem, state(app).failures, state(app).next_try) == (None, 0, None)


def test_a_source_that_goes_on_failing_is_tried_ever_more_seldom(app: App, now: datetime) -> None:
    manner = Manner(every=timedelta(minutes=10), slowest=timedelta(hours=6))
    waits = []
    for _ in range(9):
        with pytest.raises(SourceError):
            collect(
                app.store,
                Told(SourceError("told", "is down", "wait")),
                now,
                announce=False,
                confirmed=False,
                manner=manner,
            )
        next_try = state(app, "told").next_try
        assert next_try is not None
        waits.append(next_try - now)
    doubled = [min(timedelta(minutes=10) * 2**n, timedelta(hours=6)) for n in range(1, 10)]
    assert all(0.8 * full <= wait <= full for wait, full in zip(waits, doubled, strict=True))


def test_a_source_that_asks_to_be_left_alone_is(app: App, now: datetime) -> None:
    asked = SourceError("told", "answers 429", "wait", retry_after=timedelta(days=1))
    with pytest.raises(SourceError):
        take(app, Told(asked), now)
    assert state(app, "told").next_try == now + timedelta(days=1)


def test_a_walk_that_fails_removes_nothing_and_says_so(app: App, draft: Make, now: datetime) -> None:
    source = Told(complete(draft("a"), draft("b"), state={"n": 1}))
    take(app, source, now)

    def broken_off() -> Iterator[Draft]:
        yield draft("a")
        raise SourceError("told", "broke off", "wait")

    source.says = Reading(broken_off(), complete=True, state={"n": 2})
    with pytest.raises(SourceError):
        take(app, source, now + HOUR)
    assert there(app) == ["a", "b"]
    assert (state(app, "told").state, state(app, "told").problem) == ({"n": 1}, "told: broke off; wait")


def test_what_falls_out_of_a_window_is_not_gone(app: App, draft: Make, now: datetime) -> None:
    source = Told(complete(draft("a"), draft("b"), window=True))
    take(app, source, now)
    source.says = complete(draft("c"), window=True)
    assert take(app, source, now + HOUR).tally == Tally(new=1)
    assert there(app) == ["a", "b", "c"]
    assert items(app)["c"].announced


def test_a_first_reading_that_fails_leaves_the_next_one_first(app: App, draft: Make, now: datetime) -> None:
    source = Told(SourceError("told", "is down", "wait"))
    with pytest.raises(SourceError):
        take(app, source, now)
    source.says = complete(draft("old", published=now - timedelta(days=999)))
    take(app, source, now + HOUR)
    assert not items(app)["old"].announced
    assert state(app, "told").problem is None


class Killed(BaseException):
    """A process that ends here."""


def test_a_run_that_is_killed_in_the_middle_is_made_good_by_the_next(
    app: App, draft: Make, now: datetime
) -> None:
    drafts = [draft(f"{n:04}", tags=(f"t{n % 7}",)) for n in range(BATCH + 3)]

    def until_killed() -> Iterator[Draft]:
        yield from drafts[:BATCH]
        raise Killed

    source = Told(Reading(until_killed(), complete=True, state={"etag": "new"}))
    with pytest.raises(Killed):
        take(app, source, now)
    assert len(items(app)) == BATCH
    assert state(app, "told") == SourceState("told")
    source.says = complete(*drafts, state={"etag": "new"})
    assert take(app, source, now + HOUR).tally == Tally(new=3, same=BATCH)
    assert {item.announced for item in items(app).values()} == {False}
    assert state(app, "told").state == {"etag": "new"}


def test_drafts_are_applied_a_transaction_for_a_batch(app: App, draft: Make, now: datetime) -> None:
    drafts = [draft(f"{n:04}") for n in range(2 * BATCH + 1)]
    visit = Visit(now, last_complete=None, announce=False)
    assert apply(app.store, "told", drafts, visit) == Tally(new=2 * BATCH + 1)
    assert apply(app.store, "told", drafts, visit) == Tally(same=2 * BATCH + 1)


# ── Dates, as they come out of the whole ─────────────────────────────────────────────────────────


def test_an_edit_before_the_first_publish_leaves_the_back_catalogue_old(
    app: App, write: Write, sync: Sync, now: datetime
) -> None:
    write("a", "published: 2016-10-17")
    sync(now)
    before = items(app)["a"]
    write("a", "published: 2016-10-17\ntags: mended")
    sync(now + HOUR)
    release(app.store, now + HOUR)
    after = items(app)["a"]
    assert (after.posted, after.announced) == (before.posted, False)


def test_an_edit_before_the_next_publish_leaves_the_date_of_posting(
    app: App, write: Write, sync: Sync, now: datetime
) -> None:
    sync(now)
    write("a", "posted: 2026-11-20 12:30")
    sync(now + HOUR)
    write("a", "posted: 2026-11-20 12:30\ntags: mended")
    sync(now + 2 * HOUR)
    assert items(app)["a"].posted == now + HOUR / 2


def test_a_belated_item_is_new_today(app: App, write: Write, sync: Sync, now: datetime) -> None:
    sync(now)
    write("a", "published: 2025-01-02")
    sync(now + HOUR)
    found = items(app)["a"]
    assert (found.posted, found.announced) == (now + HOUR, True)


def test_a_draft_of_the_first_reading_is_news_when_it_is_released(
    app: App, write: Write, sync: Sync, now: datetime
) -> None:
    write("a", "published: 2016-10-17\ndraft: true")
    sync(now)
    assert release(app.store, now) == 0
    write("a", "published: 2016-10-17")
    sync(now + HOUR)
    release(app.store, now + HOUR)
    found = items(app)["a"]
    assert (found.posted, found.announced, found.number) == (now + HOUR, True, 1)


# ── What a person does by mistake ────────────────────────────────────────────────────────────────


def test_what_was_public_and_a_draft_for_an_hour_is_no_news(
    app: App, write: Write, sync: Sync, press: Callable[..., Published], now: datetime
) -> None:
    write("a", "published: 2016-10-17")
    sync(now)
    press(now)
    before = items(app)["a"]
    write("a", "published: 2016-10-17\ndraft: true")
    sync(now + HOUR)
    press(now + HOUR)
    write("a", "published: 2016-10-17")
    sync(now + 2 * HOUR)
    press(now + 2 * HOUR)
    after = items(app)["a"]
    assert (after.posted, after.announced) == (before.posted, False)
    assert after.number == 2


def test_what_was_broken_at_the_first_reading_is_back_catalogue_once_it_is_mended(
    app: App, write: Write, sync: Sync, now: datetime
) -> None:
    write("good", "published: 2016-10-17")
    write("bad", "published: soon")
    assert [problem.thing for problem in sync(now).refused] == ["bad.md"]
    sync(now + HOUR)
    write("bad", "published: 2015-05-05")
    sync(now + 2 * HOUR)
    mended = items(app)["bad"]
    assert (mended.posted, mended.announced) == (datetime(2015, 5, 5, tzinfo=UTC), False)
    write("bad", "published: 2015-05-05\ndraft: true")
    write("new", "published: 2015-05-05")
    sync(now + 3 * HOUR)
    assert items(app)["new"].announced, "what came later is news"


def test_a_file_that_is_moved_keeps_its_id_and_its_address(
    app: App, write: Write, sync: Sync, now: datetime
) -> None:
    write("a", "tags: x")
    write("b", "tags: x")
    sync(now)
    before = items(app)
    content = app.settings.folder / "content"
    (content / "2016").mkdir()
    for name in ("a", "b"):
        (content / f"{name}.md").rename(content / "2016" / f"{name}.md")
    assert sync(now + HOUR).tally == Tally(changed=2)
    after = items(app)
    assert set(after) == {"2016/a", "2016/b"}
    assert (after["2016/a"].uid, after["2016/a"].slug) == (before["a"].uid, before["a"].slug)
    write("a", "title: Quite another", "Its own body.")
    sync(now + 2 * HOUR)
    assert len({item.uid for item in items(app).values()}) == 3


def test_a_reading_that_another_has_overtaken_removes_nothing(app: App, draft: Make, now: datetime) -> None:
    a, b = draft("a", body="a"), draft("b", body="b")
    source = Told(complete(a, state={"n": 1}))
    take(app, source, now)

    class Slow(Told):
        def read(self, past: Past) -> Reading | NotModified:
            take(app, Told(complete(a, b, state={"n": 3})), now + HOUR)  # begins later, ends sooner
            return super().read(past)

    with pytest.raises(Superseded):
        take(app, Slow(complete(a, state={"n": 2})), now + HOUR)
    assert {key: item.gone for key, item in items(app).items()} == {"a": None, "b": None}
    assert state(app, "told").state == {"n": 3}


# ── While something else happens ─────────────────────────────────────────────────────────────────


def totals(app: App) -> dict[str, int]:
    arrange(app.store.transaction, (), 50, datetime(2026, 11, 20, tzinfo=UTC))
    with app.store.reading() as tx:
        return {feed.path: feed.total for feed in tx.feeds.shown()}


@pytest.mark.parametrize("meanwhile", ["released", "hidden"])
def test_a_file_that_moves_while_its_item_changes_is_counted_as_it_is(
    app: App, write: Write, sync: Sync, now: datetime, meanwhile: str
) -> None:
    write("a", "tags: x")
    sync(now)
    if meanwhile == "hidden":
        release(app.store, now)
    content = app.settings.folder / "content"
    (content / "a.md").rename(content / "b.md")
    source = app.sources["texts"]

    class Slow:
        name = source.name

        def read(self, past: Past) -> Reading | NotModified:
            reading = source.read(past)
            assert isinstance(reading, Reading)

            def told() -> Iterator[Any]:
                if meanwhile == "released":
                    release(app.store, now)
                else:
                    with app.store.transaction() as tx:
                        tx.items.lock()
                        tx.curation.hide(tx.items.get("a").id)
                yield from reading.told

            return replace(reading, told=told())

    collect(app.store, Slow(), now + HOUR, announce=False, confirmed=False)
    found = items(app)["b"]
    is_public = meanwhile == "released"
    assert (found.number is not None, found.hidden) == (is_public, not is_public)
    assert (totals(app)[""], totals(app).get("tag/x/", 0)) == (is_public, is_public)
    with app.store.reading() as tx:
        assert len(tx.listings.live([tx.feeds.everything().id], 9)[tx.feeds.everything().id]) == is_public


def test_an_older_reading_that_ends_late_changes_nothing(app: App, draft: Make, now: datetime) -> None:
    old, new = draft("a", title="Old"), draft("a", title="New")
    source = Told(complete(old, state={"n": 1}))
    take(app, source, now)

    class Slow(Told):
        def read(self, past: Past) -> Reading | NotModified:
            take(app, Told(complete(new, state={"n": 3})), now + HOUR)
            return super().read(past)

    for late in (complete(old, state={"n": 2}), NotModified(), SourceError("told", "is gone", "wait")):
        with pytest.raises(Superseded):
            take(app, Slow(late), now + HOUR)
        assert items(app)["a"].title == "New"
        assert (state(app, "told").state, state(app, "told").failures) == ({"n": 3}, 0)


def test_what_scrolls_into_a_window_is_back_catalogue(app: App, draft: Make, now: datetime) -> None:
    day = timedelta(days=1)
    source = Told(complete(draft("a", posted=now - day), window=True))
    take(app, source, now)
    scrolled, late = draft("old", posted=now - 9 * day), draft("new", posted=now + HOUR / 2)
    source.says = complete(scrolled, late, draft("undated"), window=True)
    take(app, source, now + HOUR)
    found = items(app)
    assert {key: found[key].announced for key in ("old", "new", "undated")} == {
        "old": False,
        "new": True,
        "undated": True,
    }
    assert found["old"].posted == now - 9 * day


def test_a_file_with_a_key_that_moves_beside_a_copy_keeps_its_item(
    app: App, write: Write, sync: Sync, now: datetime
) -> None:
    write("a", "title: T\nkey: k", "The body.")
    sync(now)
    before = items(app)["k"].uid
    content = app.settings.folder / "content"
    (content / "a.md").rename(content / "z.md")
    write("c", "title: T", "The body.")
    sync(now + HOUR)
    assert there(app) == ["c", "k"]
    assert items(app)["k"].uid == before
