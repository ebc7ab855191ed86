"""`status`: what is going on, and what needs a person."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from feeder.cli import issues
from feeder.cli.context import Context, command, with_json

if TYPE_CHECKING:
    from feeder.workflows.alarms import Alarm
    from feeder.workflows.gate import Passage


_LATELY = timedelta(days=7)
"""What came back within this time is counted."""


def add_to(commands: Any) -> None:
    """Add the command."""
    status = command(
        commands,
        "status",
        _status,
        "say what is going on, and what needs you",
        more="Alarms, sources that fail, what is stopped, the newest issues, and what came back. Changes nothing.",
    )
    with_json(status)


def _status(context: Context) -> int:
    from feeder.markup.plain import plain  # noqa: PLC0415
    from feeder.workflows import alarms, consequences, gate, progress  # noqa: PLC0415

    now = context.now()
    with context.app() as app:
        overview = progress.of_all(app.store, app.settings.digests, now)
        with app.store.reading() as tx:
            standing = alarms.standing(tx)
            passage = gate.known_of(tx)
            resting = consequences.rests_until(tx)
            returned = tx.returns.counts(now - _LATELY)
            failing = {state.name: state.problem for state in tx.sources.all() if state.problem}
            troubles = tx.pings.troubles()
            subscriptions = sum(tx.hub.count(now).values())
            unput = len(tx.objects.unput())
    shape = {
        "alarms": [{"since": plain(_moment(alarm)), "words": alarm.words} for alarm in standing],
        "rests_until": plain(resting),
        "gate": plain(passage),
        "failing_sources": failing,
        "failing_hubs": {trouble.hub: trouble.problem for trouble in troubles},
        "hub_subscriptions": subscriptions,
        "waiting_for_bucket": unput,
        "returned": plain(returned),
        "issues": [issues.shape(course) for course in overview.issues],
        "holds": plain(overview.holds),
    }

    def told() -> Iterator[str]:
        for alarm in standing:
            yield f"! since {_moment(alarm):%Y-%m-%d %H:%M} UTC: {alarm.words}"
        if resting and resting > now:
            yield f"! nothing is sent before {resting:%Y-%m-%d %H:%M} UTC"
        yield from _told_gate(passage)
        for name, reason in failing.items():
            yield f"! source {name} cannot be read: {reason}"
        for trouble in troubles:
            host = urlsplit(trouble.hub).hostname
            yield f"! hub {host} hears of no changes since {trouble.since:%Y-%m-%d %H:%M} UTC: {trouble.problem}"
        if unput:
            yield f"! {unput} documents wait for the bucket; `feeder publish` tries again, and says what is wrong"
        if subscriptions:
            yield f"hub: {subscriptions} subscriptions"
        yield from issues.told(overview)
        if returned:
            counts = ", ".join(f"{count} {kind}" for kind, count in sorted(returned.items()))
            yield f"came back in {_LATELY.days} days: {counts}"

    context.print(lambda: list(told()), shape)
    return 0


def _told_gate(passage: "Passage") -> Iterator[str]:
    if passage.opened and passage.reason:
        yield f"mail leaves whatever `feeder check` finds, since {passage.opened[:10]} ({passage.reason})"
    if not passage.opened and passage.wrong:
        yield f"! no mail leaves yet: {passage.wrong[0]}"
        yield "  `feeder check` shows all that is wrong"


def _moment(alarm: "Alarm") -> datetime:
    return datetime.fromtimestamp(alarm.since, UTC).replace(microsecond=0)
