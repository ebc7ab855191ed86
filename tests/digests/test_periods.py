"""When issues are due, and what their periods are called."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeder.digests import periods
from feeder.model.digests import Recipe, Rhythm, Unit
from feeder.model.settings import DAILY, INSTANT, MONTHLY, WEEKLY

SLOTS = Recipe("often", "0,30 6-22/8 * * *", Unit.SLOT, "Often")
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def after(recipe: Recipe, chosen: Rhythm, now: datetime) -> datetime:
    """Return when the next issue is due, of a digest that has a time."""
    due = periods.next_issue_at(recipe, chosen, now)
    assert due is not None
    return due


def test_an_instant_digest_has_no_time() -> None:
    assert periods.next_issue_at(INSTANT, rhythm(), utc("2026-11-16T08:00")) is None


def rhythm(zone: str = "UTC", hour: int | None = None, day: int | None = None) -> Rhythm:
    return Rhythm("any", hour, day, zone)


@pytest.mark.parametrize(
    ("recipe", "chosen", "now", "period", "following"),
    [
        # 2026-11-16 is a Monday
        (WEEKLY, rhythm(), "2026-11-16T08:00", "2026-W47", "2026-11-23T08:00"),
        (WEEKLY, rhythm(), "2026-11-16T07:59:59", "2026-W46", "2026-11-16T08:00"),
        (WEEKLY, rhythm(), "2026-11-22T23:00", "2026-W47", "2026-11-23T08:00"),
        (WEEKLY, rhythm(day=0), "2026-11-16T08:00", "2026-W47", "2026-11-23T08:00"),
        (WEEKLY, rhythm(day=6), "2026-11-16T08:00", "2026-W46", "2026-11-22T08:00"),
        (WEEKLY, rhythm(day=4, hour=17), "2026-11-20T17:00", "2026-W47", "2026-11-27T17:00"),
        # ISO weeks at the turn of the year: 2027-01-01 is a Friday of 2026's last week
        (WEEKLY, rhythm(day=4), "2027-01-01T08:00", "2026-W53", "2027-01-08T08:00"),
        (WEEKLY, rhythm(), "2027-01-04T08:00", "2027-W01", "2027-01-11T08:00"),
        (DAILY, rhythm(), "2026-11-16T08:00", "2026-11-16", "2026-11-17T08:00"),
        (DAILY, rhythm(), "2026-11-16T07:59:59", "2026-11-15", "2026-11-16T08:00"),
        (DAILY, rhythm(hour=0), "2026-12-31T23:59:59", "2026-12-31", "2027-01-01T00:00"),
        (DAILY, rhythm(day=3), "2026-11-16T08:00", "2026-11-16", "2026-11-17T08:00"),
        (MONTHLY, rhythm(), "2026-11-01T08:00", "2026-11", "2026-12-01T08:00"),
        (MONTHLY, rhythm(day=28), "2027-02-27T09:00", "2027-01", "2027-02-28T08:00"),
        (MONTHLY, rhythm(day=15, hour=22), "2026-12-15T22:00", "2026-12", "2027-01-15T22:00"),
        (SLOTS, rhythm(), "2026-11-16T14:10", "2026-11-16T14:00", "2026-11-16T14:30"),
        (SLOTS, rhythm(), "2026-11-16T05:00", "2026-11-15T22:30", "2026-11-16T06:00"),
        (SLOTS, rhythm(hour=9), "2026-11-16T09:31", "2026-11-16T09:30", "2026-11-17T09:00"),
        # elsewhere
        (DAILY, rhythm("Asia/Kathmandu"), "2026-11-16T02:15", "2026-11-16", "2026-11-17T02:15"),
        (DAILY, rhythm("America/New_York", hour=20), "2026-11-17T01:00", "2026-11-16", "2026-11-18T01:00"),
        (MONTHLY, rhythm("Australia/Lord_Howe"), "2026-10-31T21:00", "2026-11", "2026-11-30T21:00"),
    ],
)
def test_a_period_has_its_name_and_its_successor(
    recipe: Recipe, chosen: Rhythm, now: str, period: str, following: str
) -> None:
    due = periods.due(recipe, chosen, utc(now))

    assert (due.period, due.next_issue_at) == (period, utc(following))
    assert due.rhythm == chosen
    assert periods.next_issue_at(recipe, chosen, utc(now)) == utc(following)


@pytest.mark.parametrize(
    ("zone", "hour", "now", "following"),
    [
        # an hour that does not exist comes an hour later
        ("Europe/Berlin", 2, "2026-03-28T12:00", ["2026-03-29T01:00", "2026-03-30T00:00"]),
        ("Europe/Berlin", 8, "2026-03-28T12:00", ["2026-03-29T06:00", "2026-03-30T06:00"]),
        ("America/New_York", 2, "2026-03-07T12:00", ["2026-03-08T07:00", "2026-03-09T06:00"]),
        # one that exists twice counts once
        ("Europe/Berlin", 2, "2026-10-24T12:00", ["2026-10-25T00:00", "2026-10-26T01:00"]),
        ("Europe/Berlin", 8, "2026-10-24T12:00", ["2026-10-25T07:00", "2026-10-26T07:00"]),
        ("America/New_York", 1, "2026-10-31T12:00", ["2026-11-01T05:00", "2026-11-02T06:00"]),
        # half an hour
        ("Australia/Lord_Howe", 2, "2026-10-03T12:00", ["2026-10-03T15:30", "2026-10-04T15:00"]),
        ("Australia/Lord_Howe", 2, "2026-04-04T12:00", ["2026-04-04T15:30", "2026-04-05T15:30"]),
        ("Australia/Lord_Howe", 1, "2026-04-04T12:00", ["2026-04-04T14:00", "2026-04-05T14:30"]),
        # never changes
        ("Asia/Kathmandu", 2, "2026-03-28T22:00", ["2026-03-29T20:15", "2026-03-30T20:15"]),
    ],
)
def test_clocks_that_change_lose_and_double_nothing(
    zone: str, hour: int, now: str, following: list[str]
) -> None:
    moment = utc(now)
    for expected in following:
        moment = after(DAILY, rhythm(zone, hour), moment)
        assert moment == utc(expected)


def test_what_was_due_in_an_hour_is_over_when_that_hour_comes_again() -> None:
    half_past = Recipe("half-past", "30 2 * * *", Unit.DAY, "Half past two")
    again = utc("2026-10-25T01:10")  # ten past two for the second time, in Berlin
    due = periods.due(half_past, rhythm("Europe/Berlin"), again)
    assert (due.period, due.next_issue_at) == ("2026-10-25", utc("2026-10-26T01:30"))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("hour", range(24))
def test_every_day_has_one_issue_named_for_it(zone: str, hour: int) -> None:
    for first, days in (("2026-03-06", 26), ("2026-04-03", 4), ("2026-10-02", 33)):
        moment = utc(first)
        names = []
        for _ in range(days):
            moment = after(DAILY, rhythm(zone, hour), moment)
            names.append(periods.due(DAILY, rhythm(zone, hour), moment).period)
        begin = datetime.fromisoformat(names[0])
        assert names == [f"{begin + timedelta(days=n):%Y-%m-%d}" for n in range(days)]


def test_periods_that_were_missed_collapse_into_the_newest() -> None:
    due = periods.due(WEEKLY, rhythm(), utc("2026-11-19T10:00"))

    assert (due.period, due.next_issue_at) == ("2026-W47", utc("2026-11-23T08:00"))


def test_an_issue_that_is_late_may_go_at_the_readers_hour_of_any_day() -> None:
    due = periods.due(WEEKLY, rhythm("Europe/Berlin", hour=7, day=2), utc("2026-11-19T10:00"))

    assert due.next_hour == utc("2026-11-20T06:00")


recipes = st.sampled_from([WEEKLY, DAILY, MONTHLY, SLOTS])
zones = st.sampled_from(ZONES)
hours = st.none() | st.integers(0, 23)
moments = st.integers(1767225600, 1830297600).map(lambda second: datetime.fromtimestamp(second, UTC))


@st.composite
def rhythms(draw: st.DrawFn) -> tuple[Recipe, Rhythm]:
    recipe = draw(recipes)
    days = st.integers(1, 28) if recipe.unit is Unit.MONTH else st.integers(0, 6)
    return recipe, Rhythm(recipe.name, draw(hours), draw(st.none() | days), draw(zones))


@given(rhythms(), moments)
@settings(max_examples=200, deadline=None)
def test_the_next_issue_is_always_later(chosen: tuple[Recipe, Rhythm], now: datetime) -> None:
    due = periods.due(*chosen, now)

    assert due.next_issue_at > now
    assert due.next_hour > now
    assert due.next_hour <= due.next_issue_at
    assert due.next_issue_at.tzinfo is UTC


@given(rhythms(), moments, st.timedeltas(timedelta(), timedelta(days=40)))
@settings(max_examples=200, deadline=None)
def test_time_goes_on_and_so_do_periods(
    chosen: tuple[Recipe, Rhythm], now: datetime, later: timedelta
) -> None:
    first = periods.due(*chosen, now)
    second = periods.due(*chosen, now + timedelta(seconds=later // timedelta(seconds=1)))

    assert first.period <= second.period
    assert first.next_issue_at <= second.next_issue_at


@given(rhythms(), moments)
@settings(max_examples=200, deadline=None)
def test_an_issue_is_named_for_the_moment_at_which_it_is_due(
    chosen: tuple[Recipe, Rhythm], now: datetime
) -> None:
    recipe, wanted = chosen
    before, at = periods.due(recipe, wanted, now), after(recipe, wanted, now)

    named = periods.due(recipe, wanted, at)

    formats = {Unit.DAY: "%Y-%m-%d", Unit.WEEK: "%G-W%V", Unit.MONTH: "%Y-%m", Unit.SLOT: "%Y-%m-%dT%H:%M"}
    assert named.period == at.astimezone(ZoneInfo(wanted.zone)).strftime(formats[recipe.unit])
    assert named.period > before.period
    assert named.next_issue_at > at
    just_before = periods.due(recipe, wanted, at - timedelta(seconds=1))
    assert just_before.next_issue_at == at
