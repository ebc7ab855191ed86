"""What `feeder status` tells people, of sites on which this and that goes on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from feeder.cli import status
from feeder.model.deliveries import State
from feeder.model.hub import Trouble
from feeder.model.members import ROLES, SCHEDULER, WORKER, Member
from feeder.model.reports import Backlog
from feeder.model.returns import Kind
from feeder.store.sources import SourceState
from feeder.workflows.alarms import Alarm
from feeder.workflows.gate import Passage
from feeder.workflows.progress import Overview
from feeder.workflows.survey import Survey, Turn

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
NOTHING = Backlog({}, None)
QUIET = Survey(
    at=NOON,
    alarms=[],
    rests_until=None,
    gate=Passage(),
    sources=[],
    troubles=[],
    members=[],
    queued={},
    jobs=[],
    deliveries=NOTHING,
    issues=Overview([], [], []),
    letters=NOTHING,
    slowed={},
    returned={},
    dirty=0,
    unput=0,
    subscriptions=0,
)
ALL = Member("a", "north", 7, ROLES, "0.1.0", NOON - HOUR, SECOND, NOON)
LATE = Turn("publish", 10 * SECOND, NOON - 3 * MINUTE)


@pytest.mark.parametrize(
    ("parts", "line"),
    [
        (
            {"members": [replace(ALL, is_alive=False)]},
            "! process 7 on north (scheduler, worker, web) is silent since 2026-11-20 12:00 UTC",
        ),
        (
            {"members": [ALL]},
            "running: process 7 on north (scheduler, worker, web) since 2026-11-20 11:00 UTC, heard of 0 s ago",
        ),
        ({"members": [replace(ALL, id=str(n)) for n in range(15)]}, "running: 3 more"),
        (
            {"members": [replace(ALL, ahead=-3 * MINUTE)]},
            "! process 7 on north (scheduler, worker, web): its clock is 3 min behind the store's; let north keep it by NTP",
        ),
        (
            {"members": [replace(ALL, setup="a"), replace(ALL, machine="south", setup="b")]},
            "! machines have different settings or templates (north / south), and what one makes the other makes anew",
        ),
        (
            {"members": [replace(ALL, revision="0013"), replace(ALL, version="0.0.9")]},
            (
                "running: process 7 on north (scheduler, worker, web) since 2026-11-20 11:00 UTC, heard of 0 s ago,"
                " version 0.0.9 at revision ?"
            ),
        ),
        (
            {"members": [ALL], "queued": {"publish": 1, "deliver:0": 2}},
            "jobs that wait or run: deliver:0 (2), publish",
        ),
        (
            {"members": [replace(ALL, roles=(SCHEDULER,))], "queued": {"publish": 1}},
            "! jobs that wait or run: publish, and no process does them: start one (`feeder run`, `feeder work`)",
        ),
        (
            {"members": [ALL], "jobs": [LATE]},
            "! job publish was last begun 3 min ago, and is wanted every 10 s",
        ),
        (
            {"deliveries": Backlog({State.WAITING: 1200, State.CLAIMED: 3}, NOON - 50 * HOUR)},
            "deliveries: 3 claimed, 1,200 waiting; the oldest was planned 2 d ago",
        ),
        (
            {"letters": Backlog({State.WAITING: 1}, NOON + SECOND)},
            "letters: 1 waiting; the oldest was written 0 s ago",
        ),
        (
            {"slowed": {f"{n}.example": 60.0 * n for n in range(1, 8)}},
            (
                "slower since they asked for it: 7 (1.example 60 an hour, 2.example 120 an hour, "
                "3.example 180 an hour, 4.example 240 an hour, 5.example 300 an hour, …)"
            ),
        ),
        ({"slowed": {"@relay": 60.0}}, "slower since they asked for it: 1 (@relay 60 an hour)"),
        ({"dirty": 2000}, "publishing: 2,000 reasons to make documents anew"),
        ({"subscriptions": 3}, "hub: 3 subscriptions"),
        ({"returned": {Kind.HARD: 2, Kind.COMPLAINT: 1}}, "came back in 7 days: 1 complaint, 2 hard"),
        ({"rests_until": NOON + HOUR}, "! nothing is sent before 2026-11-20 13:00 UTC"),
        ({"alarms": [Alarm("a", "Mend it.", NOON.timestamp())]}, "! since 2026-11-20 12:00 UTC: Mend it."),
        (
            {"sources": [SourceState("blog", problem="unplugged")]},
            "! source blog cannot be read: unplugged",
        ),
        (
            {"troubles": [Trouble("https://hub.example/x", "nobody listens", 3, NOON, NOON)]},
            "! hub hub.example hears of no changes since 2026-11-20 12:00 UTC: nobody listens",
        ),
        ({"gate": Passage(wrong=("SPF is missing",))}, "! no mail leaves yet: SPF is missing"),
    ],
)
def test_it_is_told_in_a_line(parts: dict[str, object], line: str) -> None:
    assert line in status.told(replace(QUIET, **parts))  # type: ignore[arg-type]  # each as it should be


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"jobs": [LATE]},
        {"jobs": [LATE], "members": []},
        {"rests_until": NOON - HOUR},
        {"sources": [SourceState("blog")]},
        {"gate": Passage(opened="2026-11-19", wrong=("SPF is missing",))},
    ],
)
def test_of_what_is_in_order_nothing_is_said(parts: dict[str, object]) -> None:
    assert status.told(replace(QUIET, **parts)) == ["no issue yet"]  # type: ignore[arg-type]


def test_what_is_wrong_comes_first() -> None:
    survey = replace(
        QUIET,
        dirty=1,
        members=[ALL, replace(ALL, is_alive=False)],
        queued={"publish": 1},
        unput=3,
        jobs=[LATE],
    )
    marks = [line.startswith("!") for line in status.told(survey)]
    assert marks == sorted(marks, reverse=True)
    assert (sum(marks), survey.alive(WORKER)) == (3, 1)
