"""Nothing twice, nothing skipped: a simulated year with readers of every pace in twenty zones.

Source: the delivery contract, as `year_model` tells it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from feeder.app import App
from feeder.digests import periods
from feeder.model.digests import Rhythm
from tests.workflows.year_model import Calendar, Contract, Wants
from tests.workflows.year_rig import DIGESTS, HOUR, RECIPES, TEMPLATES, Office, Year

BEGIN = datetime(2024, 1, 1, 5, 30, tzinfo=UTC)
END = BEGIN + timedelta(days=366)
WATCHED = [datetime(2024, *day, tzinfo=UTC) for day in ((2, 29), (3, 30), (10, 26))]
"""When the site runs all the time, and not once in a while: Almaty changes, and spring and autumn come."""
WATCHED_FOR = timedelta(hours=16)
SELDOM, OFTEN = (49, 83, 121, 167), (1, 13, 24, 47)
"""After how many hours it runs again otherwise."""

READERS = {
    "steady-weekly": Wants("weekly", "Europe/Berlin"),
    "steady-x": Wants("weekly", "America/New_York", any_tags=("x",), hour=2),  # an hour that spring skips
    "steady-monthly": Wants("monthly", "Asia/Almaty", day=1, hour=0),  # its zone changes on 1 March
    "steady-instant": Wants("instant", "UTC", no_tags=("z",)),
    "steady-twice": Wants("twice", "Australia/Lord_Howe", kinds=("piece",)),  # half an hour of summer time
    "daily-kathmandu": Wants("daily", "Asia/Kathmandu"),
    "weekly-auckland": Wants("weekly", "Pacific/Auckland", day=3, hour=20),
    "weekly-chatham": Wants("weekly", "Pacific/Chatham", day=6, hour=2),
    "weekly-st-johns": Wants("weekly", "America/St_Johns", no_tags=("y",)),
    "weekly-cairo": Wants("weekly", "Africa/Cairo", day=4, hour=0),  # midnight that spring skips
    "weekly-santiago": Wants("weekly", "America/Santiago", day=6, hour=0, any_tags=("x", "y")),
    "weekly-kiritimati": Wants("weekly", "Pacific/Kiritimati"),
    "weekly-pago-pago": Wants("weekly", "Pacific/Pago_Pago", kinds=("appearance",)),
    "weekly-scoresbysund": Wants(
        "weekly", "America/Scoresbysund", day=6, hour=23
    ),  # other rules from 31 March
    "weekly-london": Wants("weekly", "Europe/London", day=6, hour=1),
    "weekly-casablanca": Wants("weekly", "Africa/Casablanca", day=6, hour=2),
    "weekly-kolkata": Wants("weekly", "Asia/Kolkata", any_tags=("z",)),
    "monthly-tehran": Wants("monthly", "Asia/Tehran", day=28),
    "monthly-eucla": Wants("monthly", "Australia/Eucla"),
    "monthly-asuncion": Wants("monthly", "America/Asuncion", no_tags=("y",)),
    "monthly-adelaide": Wants("monthly", "Australia/Adelaide", day=7, hour=2),
    "instant-marquesas": Wants("instant", "Pacific/Marquesas", any_tags=("x",)),
    "about-x-havana": Wants("about-x", "America/Havana"),
    "about-x-beirut": Wants("about-x", "Asia/Beirut", day=0),
}


def make(app: App, changed: Callable[..., App], seed: int) -> Year:
    """A site with bare templates, and a back catalogue."""
    for name, words in TEMPLATES.items():
        file = app.settings.templates / "mail" / "digest" / f"{name}.jinja"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(words, encoding="utf-8")
    random = Random(seed)
    office = Office(app.settings.mail.folder, random)
    year = Year(changed(digests=RECIPES), random, Contract(DIGESTS), office)
    for _ in range(6):  # the back catalogue
        year.write(BEGIN - 2000 * HOUR)
    year.round(BEGIN)
    return year


@pytest.mark.parametrize(
    ("seed", "hours"),
    [(1, SELDOM), *(pytest.param(seed, OFTEN, marks=pytest.mark.soak) for seed in range(2, 12))],
)
def test_a_year_goes_as_the_contract_says(
    app: App, changed: Callable[..., App], seed: int, hours: Sequence[int]
) -> None:
    year = make(app, changed, seed)
    random, now = year.random, BEGIN + HOUR
    for name, wants in READERS.items():
        year.join(name, wants, now, welcome=random.choice([0, 0, 2]))
    while now < END:
        is_watched = any(begins <= now < begins + WATCHED_FOR for begins in WATCHED)
        pause = 2 * HOUR if is_watched else HOUR * random.choice(hours)
        now += pause
        for before in (timedelta(hours=20), timedelta(seconds=30)):
            if before < pause:
                year.live(now - before)
        year.office.is_moody = random.random() < 0.3
        year.round(now, deadly=random.random() < 0.1)
    for what in ("killed", "deferred", "correct", "merge", "part", "come_back", "pause"):
        assert year.happened[what], f"nothing was ever {what}"
    all_is_served(year, now)
    the_ledger_is_whole(year)
    the_mailbox_keeps_the_promise(year)


def all_is_served(year: Year, now: datetime) -> None:
    """Let the year end well: nothing is stopped or goes wrong, until everybody's next issue has come."""
    year.office.is_moody = False
    while year.contract.holds:
        year.hold(now)
    for _ in range(12):
        now += timedelta(days=4, hours=1)
        year.approve(now - timedelta(seconds=30))
        year.round(now)
    year.round(now + DIGESTS["twice"].undo)  # so long waits what was planned in the last round
    newest = year.contract.catalogue.newest
    for reader in year.contract.readers.values():
        if reader.name.startswith("steady"):
            assert (reader.cursor, reader.open) == (newest, None)


def the_ledger_is_whole(year: Year) -> None:
    """Every issue that was ever planned stands there once, in the state in which the contract has it."""
    issues = {
        (reader.name, *name): (issue.state, issue.up_to)
        for reader in year.contract.readers.values()
        for name, issue in reader.issues.items()
    }
    assert {name: (row.state, row.up_to) for name, row in year.ledger().items()} == issues


def the_mailbox_keeps_the_promise(year: Year) -> None:
    """Nobody got anything twice but what nobody knew to have come, and whoever always wanted the same got all of it, and nothing else."""
    got: dict[str, Counter[str]] = defaultdict(Counter)
    told: Counter[tuple[str, str]] = Counter()
    for name, subject, contents in year.mails():
        if "welcome" not in subject:  # which holds the newest, whatever was had
            got[name].update(words.split()[0] for words in contents.new)
            told.update((name, key) for key in contents.corrections)
    assert sum(map(len, got.values())) > 100
    assert told
    readers = year.contract.readers
    twice = {name: {key for key, times in keys.items() if times > 1} for name, keys in got.items()}
    assert {name: keys for name, keys in twice.items() if keys - readers[name].doubted} == {}
    unchanged = [
        item for item in year.contract.catalogue.public if not (item.said.version or item.was_merged)
    ]
    for name, wants in READERS.items():
        if name.startswith("steady"):
            fitting = {item.key for item in unchanged if wants.fit(item, DIGESTS[wants.digest])}
            new = {item.key for item in unchanged if item.announced}
            before = set(year.contract.readers[name].had)
            assert fitting & new - before == set()
            assert {item.key for item in unchanged} & got[name].keys() <= fitting & new


@pytest.mark.parametrize("zone", sorted({wants.zone for wants in READERS.values()}))
def test_issues_are_due_when_the_clocks_of_a_zone_say_so(zone: str) -> None:
    when = [(name, hour) for name in ("daily", "twice") for hour in (None, 0, 2)]
    for moment in clock_changes(zone):
        for name, hour in when:
            calendar, rhythm = Calendar(DIGESTS[name], zone, hour, None), Rhythm(name, hour, None, zone)
            for quarters in range(-8, 9):
                now = moment + quarters * timedelta(minutes=15)
                due = periods.due(RECIPES[name], rhythm, now)
                found = (due.period, due.next_issue_at, due.next_hour)
                assert found == (calendar.period(now), calendar.next(now), calendar.daily.next(now)), (
                    name,
                    now,
                )


def clock_changes(zone: str) -> list[datetime]:
    """Return when the clocks of a zone were put forward or back in the year; its beginning, where they never were."""
    place, hours = ZoneInfo(zone), [BEGIN + hours * HOUR for hours in range(366 * 24)]
    offsets = [moment.astimezone(place).utcoffset() for moment in hours]
    pairs = zip(hours[1:], offsets, offsets[1:], strict=False)
    return [moment for moment, before, after in pairs if before != after] or [BEGIN]
