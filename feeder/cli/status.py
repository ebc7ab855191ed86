"""`status`: what is going on, and what needs a person."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from feeder.cli import issues
from feeder.cli.context import Context, command, with_json
from feeder.model.members import SCHEDULER, WORKER, setups

if TYPE_CHECKING:
    from feeder.model.members import Member
    from feeder.model.reports import Backlog
    from feeder.workflows.alarms import Alarm
    from feeder.workflows.gate import Passage
    from feeder.workflows.survey import Survey, Turn

_SHOWN_PACES = 5
_SHOWN_MEMBERS = 12


def add_to(commands: Any) -> None:
    """Add the command."""
    status = command(
        commands,
        "status",
        _status,
        "say what is going on, and what needs you",
        more="What is wrong comes first; then issues, what waits, and what came back. Changes nothing.",
    )
    with_json(status)


def _status(context: Context) -> int:
    with context.app() as app:
        survey = app.survey(context.now())
    context.print(lambda: told(survey), _shape(survey))
    return 0


# ── For people ───────────────────────────────────────────────────────────────────────────────────


def told(survey: "Survey") -> list[str]:
    """Tell what is going on: what is wrong, then all else, a line each."""
    return [*_wrong(survey), *_going_on(survey)]


def _wrong(survey: "Survey") -> Iterator[str]:
    for alarm in survey.alarms:
        yield f"! since {_minute(_moment(alarm))}: {alarm.words}"
    if survey.rests_until and survey.rests_until > survey.at:
        yield f"! nothing is sent before {_minute(survey.rests_until)}"
    yield from _told_gate(survey.gate)
    yield from _wrong_with_processes(survey)
    for state in survey.sources:
        if state.problem:
            yield f"! source {state.name} cannot be read: {state.problem}"
    for trouble in survey.troubles:
        host = urlsplit(trouble.hub).hostname
        yield f"! hub {host} hears of no changes since {_minute(trouble.since)}: {trouble.problem}"
    if survey.unput:
        yield f"! {survey.unput} documents wait for the bucket; `feeder publish` tries again, and says what is wrong"


def _wrong_with_processes(survey: "Survey") -> Iterator[str]:
    for member in survey.silent:
        yield f"! {_name(member)} is silent since {_minute(member.seen)}"
    for member in survey.members:
        if member.is_alive and not member.is_clock_right:
            off = f"{_ago(abs(member.ahead))} {'ahead of' if member.ahead > timedelta() else 'behind'}"
            yield f"! {_name(member)}: its clock is {off} the store's; let {member.machine} keep it by NTP"
    by_setup = setups(survey.members)
    if len(by_setup) > 1:
        told = " / ".join(", ".join(machines) for machines in by_setup.values())
        yield f"! machines have different settings or templates ({told}), and what one makes the other makes anew"
    if survey.queued and not survey.alive(WORKER):
        yield f"! {_told_jobs(survey.queued)}, and no process does them: start one (`feeder run`, `feeder work`)"
    if survey.alive(SCHEDULER):  # a site that lives by cron has no intervals
        for turn in survey.late:
            lag, every = _ago(turn.lag(survey.at)), _ago(turn.every)
            yield f"! job {turn.job} was last begun {lag} ago, and is wanted every {every}"


def _going_on(survey: "Survey") -> Iterator[str]:
    yield from issues.told(survey.issues)
    yield from _told_backlog("deliveries", "planned", survey.deliveries, survey.at)
    yield from _told_backlog("letters", "written", survey.letters, survey.at)
    yield from _told_slowed(survey.slowed)
    if survey.dirty:
        yield f"publishing: {survey.dirty:,} reasons to make documents anew"
    alive = [member for member in survey.members if member.is_alive]
    is_mixed = len({(member.version, member.revision) for member in alive}) > 1
    for member in alive[:_SHOWN_MEMBERS]:
        heard = _ago(survey.at - member.seen)
        version = f", version {member.version} at revision {member.revision or '?'}" if is_mixed else ""
        yield f"running: {_name(member)} since {_minute(member.began)}, heard of {heard} ago{version}"
    if len(alive) > _SHOWN_MEMBERS:
        yield f"running: {len(alive) - _SHOWN_MEMBERS} more"
    if survey.queued and survey.alive(WORKER):
        yield _told_jobs(survey.queued)
    if survey.subscriptions:
        yield f"hub: {survey.subscriptions} subscriptions"
    if survey.returned:
        from feeder.workflows.survey import LATELY  # noqa: PLC0415

        counts = ", ".join(f"{count} {kind}" for kind, count in sorted(survey.returned.items()))
        yield f"came back in {LATELY.days} days: {counts}"


def _told_gate(passage: "Passage") -> Iterator[str]:
    if passage.opened and passage.reason:
        yield f"mail leaves whatever `feeder check` finds, since {passage.opened[:10]} ({passage.reason})"
    if not passage.opened and passage.wrong:
        yield f"! no mail leaves yet: {passage.wrong[0]}"
        yield "  `feeder check` shows all that is wrong"


def _told_backlog(what: str, begun: str, backlog: "Backlog", now: datetime) -> Iterator[str]:
    if backlog.oldest:
        states = ", ".join(f"{total:,} {state}" for state, total in sorted(backlog.states.items()))
        yield f"{what}: {states}; the oldest was {begun} {_ago(now - backlog.oldest)} ago"


def _told_slowed(slowed: Mapping[str, float]) -> Iterator[str]:
    if slowed:
        slowest = sorted(slowed.items(), key=lambda pace: pace[1])[:_SHOWN_PACES]
        told = ", ".join(f"{name} {an_hour:,.0f} an hour" for name, an_hour in slowest)
        yield f"slower since they asked for it: {len(slowed)} ({told}{', …' * (len(slowed) > len(slowest))})"


def _told_jobs(queued: Mapping[str, int]) -> str:
    names = ", ".join(f"{name}{f' ({count})' * (count > 1)}" for name, count in sorted(queued.items()))
    return f"jobs that wait or run: {names}"


def _name(member: "Member") -> str:
    return f"process {member.process} on {member.machine} ({', '.join(member.roles)})"


def _ago(length: timedelta) -> str:
    """Tell a length of time in its largest unit, as people do."""
    seconds = max(0, round(length.total_seconds()))
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _moment(alarm: "Alarm") -> datetime:
    return datetime.fromtimestamp(alarm.since, UTC).replace(microsecond=0)


# ── For scripts ──────────────────────────────────────────────────────────────────────────────────


def _shape(survey: "Survey") -> dict[str, Any]:
    from feeder.markup.plain import plain  # noqa: PLC0415
    from feeder.workflows.progress import HOUR, MINUTE  # noqa: PLC0415

    overview = survey.issues
    return {
        "alarms": [{"since": plain(_moment(alarm)), "words": alarm.words} for alarm in survey.alarms],
        "rests_until": plain(survey.rests_until),
        "gate": plain(survey.gate),
        "sources": [_source(state) for state in survey.sources],
        "failing_sources": {state.name: state.problem for state in survey.sources if state.problem},
        "failing_hubs": {trouble.hub: trouble.problem for trouble in survey.troubles},
        "hub_subscriptions": survey.subscriptions,
        "waiting_for_bucket": survey.unput,
        "waiting_to_be_published": survey.dirty,
        "returned": plain(survey.returned),
        "issues": [issues.shape(course) for course in overview.issues],
        "senders": plain(overview.senders),
        "holds": plain(overview.holds),
        "deliveries": {
            "states": plain(overview.states),
            "oldest_undelivered": plain(survey.deliveries.oldest),
            "accepted_last_minute": overview.accepted(MINUTE),
            "accepted_last_hour": overview.accepted(HOUR),
        },
        "letters": plain(survey.letters),
        "slowed": {name: round(an_hour) for name, an_hour in survey.slowed.items()},
        "members": [_member(member) for member in survey.members],
        "queued": plain(survey.queued),
        "jobs": [_job(turn, survey.at) for turn in survey.jobs],
    }


def _source(state: Any) -> dict[str, Any]:
    from feeder.markup.plain import plain  # noqa: PLC0415

    return {
        "name": state.name,
        "last_read": plain(state.last_read),
        "last_complete": plain(state.last_complete),
        "failures": state.failures,
        "next_try": plain(state.next_try),
        "held_removals": state.held or 0,
    }


def _member(member: "Member") -> dict[str, Any]:
    from feeder.markup.plain import plain  # noqa: PLC0415

    return {
        "machine": member.machine,
        "process": member.process,
        "roles": list(member.roles),
        "version": member.version,
        "revision": member.revision,
        "setup": member.setup,
        "clock_ahead_seconds": round(member.ahead.total_seconds()),
        "began": plain(member.began),
        "last_heartbeat": plain(member.seen),
        "is_alive": member.is_alive,
    }


def _job(turn: "Turn", now: datetime) -> dict[str, Any]:
    from feeder.markup.plain import plain  # noqa: PLC0415

    return {
        "job": turn.job,
        "every_seconds": round(turn.every.total_seconds()),
        "last_began": plain(turn.last),
        "lag_seconds": round(turn.lag(now).total_seconds()),
        "is_late": turn.is_late(now),
    }
