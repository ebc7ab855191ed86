"""Editions: what a digest selects between two cutoffs, as pages for everybody."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from feeder.app import App
from feeder.model.changes import New
from feeder.model.items import Draft
from feeder.store import Store, Transaction, open_store, tables
from feeder.workflows import curate, editions, publish
from feeder.workflows.collect import Collected
from feeder.workflows.publish import Published
from feeder.workflows.release import release
from tests.conftest import contents
from tests.workflows.conftest import NOON, RECIPES

Changed = Callable[..., App]
Write = Callable[..., Path]
Sync = Callable[..., Collected]
Press = Callable[..., Published]

DAY = timedelta(days=1)
MONDAY = timedelta(
    days=2, hours=20
)  # after the Friday's noon of these tests, at 08:00: weekly issues are due
WEEK_48 = "issue/weekly/2026-W48/index.html"
INDEX = "issue/index.html"


@pytest.fixture
def issues(app: App) -> Callable[[], set[str]]:
    """Return the paths of the pages of issues."""
    return lambda: {
        path
        for path in contents(app.settings.publish.folder)
        if path.startswith("issue/") and path.endswith(".html")
    }


@pytest.fixture
def page(app: App) -> Callable[[str], str]:
    return lambda path: (app.settings.publish.folder / path).read_text("utf-8")


@pytest.fixture
def news(app: App, write: Write, sync: Sync, press: Press, now: datetime) -> None:
    """Two news of the weekend, after an old piece."""
    write("old")
    sync(now)
    press(now)
    write("news", "tags: [ships]")
    write("talk", "kind: appearance\noutlet: Radio Nord")
    sync(now + DAY)
    press(now + DAY)


def test_at_the_cutoff_an_edition_holds_what_is_new_since_the_last_one(
    news: None, press: Press, issues: Callable[[], set[str]], page: Callable[[str], str], now: datetime
) -> None:
    press(now + MONDAY - timedelta(seconds=1))
    assert WEEK_48 not in issues()
    press(now + MONDAY)
    assert {WEEK_48, INDEX} <= issues()
    html = page(WEEK_48)
    assert html.index("Title of news") < html.index("Title of talk"), "pieces come before appearances"
    assert "Title of old" not in html
    assert "2 posts, up to 23 November 2026" in html
    assert 'href="../issue/weekly/2026-W48/"' in page(INDEX)
    assert 'href="issue/"' in page("index.html")


def test_a_machine_that_is_late_closes_nothing_after_a_later_edition(
    app: App, changed: Changed, news: None, press: Press, now: datetime
) -> None:
    """It found that one is due, and stalled until the next one was closed, by a machine that had not closed this one."""

    class Stalls(Store):
        @contextmanager
        def transaction(self) -> Iterator[Transaction]:
            editions.close(app.store, RECIPES, "UTC", now + MONDAY + 7 * DAY)
            with super().transaction() as tx:
                yield tx

    here = app.store
    editions.close(Stalls(here._engine, here._space, here._hashes), RECIPES, "UTC", now + MONDAY)
    with here.reading() as tx:
        assert tx.editions.newest()["weekly"].period == "2026-W49"


def test_an_edition_in_the_sites_zone_closes_there(
    app: App, changed: Changed, news: None, press: Press, issues: Callable[[], set[str]], now: datetime
) -> None:
    auckland = changed(site=replace(app.settings.site, zone="Pacific/Auckland"))
    press(now + MONDAY - timedelta(hours=13), of=auckland)
    assert WEEK_48 in issues()


def test_publishing_again_writes_nothing_and_a_later_item_is_for_the_next(
    app: App, news: None, press: Press, write: Write, sync: Sync, page: Callable[[str], str], now: datetime
) -> None:
    press(now + MONDAY)
    write("later")
    sync(now + MONDAY)
    published = press(now + MONDAY + DAY / 2)
    assert not [path for path in published.written if path.startswith("issue/weekly")]
    assert press(now + MONDAY + DAY / 2) == Published()
    press(now + MONDAY + 7 * DAY)
    assert "Title of later" in page("issue/weekly/2026-W49/index.html")
    assert "Title of news" not in page("issue/weekly/2026-W49/index.html")
    assert publish.check(app.store, app.press, now + MONDAY + 7 * DAY) == []


def test_an_edit_rewrites_the_editions_that_hold_the_item_and_no_other(
    news: None, press: Press, write: Write, sync: Sync, page: Callable[[str], str], now: datetime
) -> None:
    press(now + MONDAY)
    write("later")
    sync(now + MONDAY + DAY)
    press(now + MONDAY + 7 * DAY)
    write("news", "tags: [ships]\ntitle: Another title")
    sync(now + MONDAY + 7 * DAY)
    published = press(now + MONDAY + 7 * DAY)
    assert {path for path in published.written if path.startswith("issue/weekly")} == {WEEK_48}
    assert "Another title" in page(WEEK_48)


def test_what_is_hidden_leaves_its_edition_and_an_edition_without_items_goes(
    app: App,
    news: None,
    press: Press,
    issues: Callable[[], set[str]],
    page: Callable[[str], str],
    now: datetime,
) -> None:
    press(now + MONDAY)
    for name in ("news", "talk"):
        curate.hide(app.store, name, now + MONDAY, reason="a slip")
        press(now + MONDAY + timedelta(minutes=1))
        if name == "news":
            assert "Title of news" not in page(WEEK_48)
            assert "One post" in page(WEEK_48)
    assert issues() == set()
    assert 'href="issue/"' not in page("index.html")
    assert publish.check(app.store, app.press, now + MONDAY + timedelta(minutes=1)) == []


def test_a_digest_about_some_things_has_editions_about_them(
    app: App, changed: Changed, news: None, press: Press, page: Callable[[str], str], now: datetime
) -> None:
    weekly = replace(app.settings.digests["weekly"], any=("tag:Ships",))
    of = changed(digests={"weekly": weekly})
    press(now + MONDAY, of=of)
    assert "Title of news" in page(WEEK_48)
    assert "Title of talk" not in page(WEEK_48)


def test_instant_digests_have_no_editions_and_empty_weeks_none(
    app: App, news: None, press: Press, issues: Callable[[], set[str]], now: datetime
) -> None:
    press(now + MONDAY)
    press(now + MONDAY + 7 * DAY)
    with app.store.reading() as tx:
        assert set(tx.editions.newest()) == {"daily", "weekly", "monthly"}
    assert not [path for path in issues() if "instant" in path or "W49" in path]


def test_a_site_without_pages_has_no_editions(
    app: App, changed: Changed, news: None, press: Press, issues: Callable[[], set[str]], now: datetime
) -> None:
    press(now + MONDAY)
    pageless = changed(publish=replace(app.settings.publish, pages=False))
    press(now + MONDAY + DAY, of=pageless)
    assert issues() == set()


def test_everything_made_anew_is_the_same(app: App, news: None, press: Press, now: datetime) -> None:
    press(now + MONDAY)
    before = contents(app.settings.publish.folder)
    anew = press(now + MONDAY, anew=True)
    assert (anew.written, anew.removed) == ([], [])
    assert contents(app.settings.publish.folder) == before


def test_a_digest_with_another_title_says_so_on_its_editions(
    app: App, changed: Changed, news: None, press: Press, page: Callable[[str], str], now: datetime
) -> None:
    press(now + MONDAY)
    weekly = replace(app.settings.digests["weekly"], title="Letter from the harbour")
    press(now + MONDAY + DAY / 2, of=changed(digests={"weekly": weekly}))
    assert "Letter from the harbour, 2026-W48" in page(WEEK_48)
    assert "Letter from the harbour" in page(INDEX)


def held(store: Store) -> dict[tuple[str, str], set[str]]:
    """Return the keys of the items of each edition, by digest and period, but for those that a digest begins with."""
    edition, item = tables.editions.c, tables.items.c
    query = (
        select(edition.digest, edition.period, item.key)
        .outerjoin(tables.edition_items, tables.edition_items.c.edition_id == edition.id)
        .outerjoin(tables.items, item.id == tables.edition_items.c.item_id)
        .where(edition.closed > NOON)
    )
    found: dict[tuple[str, str], set[str]] = {}
    with store._engine.connect() as connection:
        for row in connection.execute(query):
            found.setdefault((row.digest, row.period), set()).update({row.key} - {None})
    return found


def copied(file: Path, folder: str) -> Store:
    return open_store(f"sqlite:///{shutil.copy(file, folder)}", uuid4())


def give_another_number(store: Store, at: datetime) -> None:
    """Hide the oldest item, and bring it back."""
    with store.transaction() as tx:
        tx.items.lock()
        tx.curation.hide(1)
        tx.curation.bring_back(1)
    release(store, at)


STEPS = st.lists(
    st.tuples(st.integers(1, 100), st.integers(0, 2), st.booleans(), st.booleans()), min_size=1, max_size=12
)
"""After so many hours, so many items arrive, news or not; does one that came before change its number?"""


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_whatever_comes_when_each_news_is_in_one_edition_of_each_digest(
    empty_file: Path, draft: Callable[..., Draft], steps: list[tuple[int, int, bool, bool]]
) -> None:
    with TemporaryDirectory() as folder, closing(copied(empty_file, folder)) as store:
        at, told, expected = NOON, 0, dict[tuple[str, str], set[str]]()
        waiting: dict[str, set[str]] = {name: set() for name in RECIPES}
        editions.close(store, RECIPES, "Europe/Berlin", at)
        for hours, count, announced, moves in steps:
            at += timedelta(hours=hours)
            for _ in range(count):
                told += 1
                with store.transaction() as tx:
                    tx.items.apply("told", [New(draft(f"n{told}"), "f", at, announced)])
                for some in waiting.values() if announced else ():
                    some.add(f"n{told}")
            release(store, at)
            before = set(held(store))
            editions.close(store, RECIPES, "Europe/Berlin", at)
            for name, period in set(held(store)) - before:
                expected[name, period] = waiting[name]
                waiting[name] = set()
            if moves and told:
                give_another_number(store, at)
        assert held(store) == expected
        assert "instant" not in {name for name, _ in expected}
