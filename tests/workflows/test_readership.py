"""How many read the feeds: kept by day, told by feed, and forgotten."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from feeder.app import App
from feeder.model.readership import Said, Tally
from feeder.workflows import readership
from feeder.workflows.collect import Collected
from feeder.workflows.publish import Published

DAY = timedelta(days=1)


@pytest.fixture
def today(
    write: Callable[..., Path], sync: Callable[..., Collected], press: Callable[..., Published], now: datetime
) -> date:
    """The day of a site that has published a piece on x."""
    write("a", "tags: x")
    sync(now)
    press(now)
    return now.date()


def heard(app: App, now: datetime) -> dict[str, tuple[int, dict[date, int]]]:
    return {each.feed.path: (each.subscribers, each.days) for each in readership.of_all(app.store, now)}


def test_each_feed_has_what_was_said_of_its_documents(app: App, today: date, now: datetime) -> None:
    said = [
        Said("tag/x/atom.xml", "Feedly", "", 37),
        Said("tag/x/rss.xml", "Feedly", "", 3),
        Said("tag/x/atom.xml", "Feedbin", "17", 2),
        Said("nowhere/atom.xml", "Feedly", "", 1000),
    ]
    readership.keep(app.store, [Tally(today, said, {"tag/x/": 5, "": 1})], now)
    told = heard(app, now)
    assert told["tag/x/"] == (42, {today: 5})
    assert told[""] == (0, {today: 1})
    assert list(told)[:2] == ["tag/x/", ""]
    assert "nowhere/" not in told


def test_the_last_word_and_the_highest_number_of_a_day_count(app: App, today: date, now: datetime) -> None:
    for subscribers, readers in ((37, 5), (36, 2)):
        tally = Tally(today, [Said("atom.xml", "Feedly", "", subscribers)], {"": readers})
        readership.keep(app.store, [tally], now)
    readership.keep(app.store, [Tally(today + DAY, [], {"": 1})], now + DAY)
    assert heard(app, now + DAY)[""] == (36, {today: 5, today + DAY: 1})


def test_an_aggregator_that_asks_no_more_has_no_subscribers(app: App, today: date, now: datetime) -> None:
    readership.keep(app.store, [Tally(today, [Said("atom.xml", "Feedly", "", 37)], {"": 5})], now)
    assert heard(app, now + 7 * DAY)[""] == (37, {today: 5})
    assert heard(app, now + 8 * DAY)[""] == (0, {})


def test_what_is_old_is_forgotten(app: App, today: date, now: datetime) -> None:
    readership.keep(app.store, [Tally(today, [Said("atom.xml", "Feedly", "", 37)], {"": 5})], now)
    readership.keep(app.store, [Tally(today + 401 * DAY, [], {"": 1})], now + 401 * DAY)
    with app.store.reading() as tx:
        assert tx.readership.said(today) == []
        assert tx.readership.visitors(today) == {"": {today + 401 * DAY: 1}}


def test_who_invents_programs_is_heard_only_so_often(app: App, today: date, now: datetime) -> None:
    for start in (0, 40, 80):
        said = [Said("atom.xml", f"Program{number}", "", 1) for number in range(start, start + 40)]
        readership.keep(app.store, [Tally(today, said, {})], now)
    readership.keep(app.store, [Tally(today, [Said("atom.xml", "Program0", "", 9)], {})], now)
    assert heard(app, now)[""][0] == 50 + 8
