"""`digest status|approve|pause|resume|note`: what is done about issues."""

import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from feeder.cli import writing
from feeder.cli.context import Context, command, with_json
from feeder.cli.rounds import told_hold
from feeder.errors import ConfigurationError, NotFound

if TYPE_CHECKING:
    from feeder.app import App
    from feeder.model.issues import Note
    from feeder.workflows.oversee import Waiting
    from feeder.workflows.progress import Course, Overview

_REFRESH_SECONDS = 1
_SHOWN_TITLES = 20
_UP, _CLEAR = "\x1b[{}F", "\x1b[J"
"""Go up so many lines on a terminal, and clear what is below."""


def add_to(group: Any) -> None:
    """Add the commands of this group."""
    status = command(
        group,
        "status",
        _status,
        "show how far issues are",
        more="On a terminal it goes on until nothing is left to do; Ctrl-C ends it.",
    )
    status.add_argument("name", metavar="NAME", nargs="?", help="only this digest, with its newest issues")
    status.add_argument("--period", metavar="P", help="only this issue, such as 2026-W48; wants NAME")
    with_json(status)

    approve = command(
        group,
        "approve",
        _approve,
        "let an issue go out that waits for you",
        more="Shows what it holds for how many, and asks.",
    )
    approve.add_argument("name", metavar="NAME", help="the digest")
    approve.add_argument("period", metavar="PERIOD", nargs="?", help="the issue (default: the newest)")
    approve.add_argument("--yes", action="store_true", help="do not ask")
    with_json(approve)

    pause = command(
        group,
        "pause",
        _pause,
        "stop a digest, or all of them, at once",
        more="Whoever is sending stops before the next group. Readers are not told.",
    )
    pause.add_argument("name", metavar="NAME", nargs="?", help="only this digest (default: all)")
    pause.add_argument("--reason", metavar="R", default="", help="why, for whoever asks later")
    with_json(pause)

    resume = command(group, "resume", _resume, "let go on what was stopped")
    resume.add_argument("name", metavar="NAME", nargs="?", help="the digest, if it was stopped by its name")
    with_json(resume)

    note = command(
        group,
        "note",
        _note,
        "put your own words above the next issue",
        more="In Markdown. They go with the first issue that is planned from now on; until then new ones take their place.",
    )
    note.add_argument("name", metavar="NAME", help="the digest")
    note.add_argument("file", metavar="FILE", nargs="?", help="where they are; - is standard input")
    choice = note.add_mutually_exclusive_group()
    choice.add_argument("--show", action="store_true", help="show the words that wait (default without FILE)")
    choice.add_argument("--clear", action="store_true", help="take them away")
    with_json(note)


# ── Status ───────────────────────────────────────────────────────────────────────────────────────


def _status(context: Context) -> int:
    from feeder.markup.plain import plain  # noqa: PLC0415

    with context.app() as app:
        overview, warming = _overview(context, app), _warming(app, context.now())
        if context.arguments.json or not sys.stdout.isatty():
            known = {
                "issues": list(map(shape, overview.issues)),
                "senders": plain(overview.senders),
                "holds": plain(overview.holds),
                "warming_up": warming,
            }
            context.print(lambda: [*told(overview), *_told_warming(warming)], known)
            return 0
        for line in _told_warming(warming):
            print(line)
        try:
            _watch(context, app, overview)
        except KeyboardInterrupt:  # whoever watches has seen enough
            print()
    return 0


def _warming(app: "App", now: datetime) -> dict[str, int] | None:
    """Say how far the plan to warm up is; None where there is none, or it is over."""
    from feeder.workflows import consequences  # noqa: PLC0415

    plan = app.settings.delivery.warm_up
    with app.store.reading() as tx:
        warming = consequences.warming(tx, plan)
    limit = warming.limit(now)
    return None if limit is None else {"day": warming.days(now), "days": len(plan), "to_each_domain": limit}


def _told_warming(warming: dict[str, int] | None) -> list[str]:
    if warming is None:
        return []
    day, days, limit = warming.values()
    return [f"warming up: day {day} of {days}, {limit:,} message{'s' * (limit > 1)} to each domain"]


def _overview(context: Context, app: "App") -> "Overview":
    from feeder.workflows import progress  # noqa: PLC0415

    name, period, now = context.arguments.name, context.arguments.period, context.now()
    if name is None:
        if period:
            raise ConfigurationError(
                f"--period {period}", "is of no digest", "write its name: digest status NAME --period P"
            )
        return progress.of_all(app.store, app.settings.digests, now)
    app.recipe(name)
    if period is None:
        return progress.of_digest(app.store, name, now)
    overview = progress.of_issue(app.store, name, period, now)
    if not overview.issues:
        raise NotFound(
            f"issue {name}/{period}",
            "was never planned",
            f"`feeder digest status {name}` shows those that were",
        )
    return overview


def _watch(context: Context, app: "App", overview: "Overview") -> None:
    """Show how far issues are, again and again, until nothing is left to do."""
    lines = told(overview)
    print("\n".join(lines), flush=True)
    while any(course.progress.left for course in overview.issues):
        asked = time.monotonic()
        time.sleep(_REFRESH_SECONDS)
        overview = _overview(context, app)
        before, lines = lines, told(overview)
        print(f"{_UP.format(len(before))}{_CLEAR}" + "\n".join(lines), flush=True)
        # Counting a large issue takes a while; it shall not slow down those who send.
        time.sleep(max(0.0, time.monotonic() - asked - _REFRESH_SECONDS))


def told(overview: "Overview") -> list[str]:
    """Tell of issues, of who sends, and of what is stopped."""
    lines = [_line(course) for course in overview.issues] or ["no issue yet"]
    lines += [f"sending: {_name(each.owner)} has {each.held:,} under way" for each in overview.senders]
    return [*lines, *map(told_hold, overview.holds)]


def _name(owner: str) -> str:
    """Return how people call a worker, whose own name is HOST:PROCESS:RANDOM."""
    host, _, process = owner.rpartition(":")[0].rpartition(":")
    return f"process {process} on {host}" if host else owner


def _line(course: "Course") -> str:
    """Tell of one issue in one line."""
    progress = course.progress
    states = ", ".join(f"{total:,} {state}" for state, total in sorted(progress.states.items()))
    parts = [f"{progress.digest}/{progress.period}: {progress.total:,} planned: {states}"]
    if course.rate:
        parts.append(f"{course.rate:,.1f}/s")
    if course.remaining is not None:
        parts.append(f"done in {course.remaining}")
    if course.asked:
        parts.append(f"waits for `feeder digest approve {progress.digest} {progress.period}`")
    if course.hold:
        parts.append("stopped")
    if not progress.left:
        parts.append(f"done {progress.changed:%Y-%m-%d %H:%M} UTC")
    return "; ".join(parts)


def shape(course: "Course") -> dict[str, Any]:
    """Return how far an issue is, for scripts."""
    from feeder.markup.plain import plain  # noqa: PLC0415

    progress = course.progress
    return {
        "digest": progress.digest,
        "period": progress.period,
        "planned": progress.total,
        "left": progress.left,
        "states": {state.value: total for state, total in sorted(progress.states.items())},
        "per_second": round(course.rate, 1),
        "remaining_seconds": _seconds(course.remaining),
        "began": plain(progress.planned),
        "changed": plain(progress.changed),
        "stopped": course.hold is not None,
        "waits_for_approval": course.asked is not None,
    }


def _seconds(length: timedelta | None) -> int | None:
    return None if length is None else round(length.total_seconds())


# ── Yes, stop, go on ─────────────────────────────────────────────────────────────────────────────


def _approve(context: Context) -> int:
    from feeder.workflows import oversee  # noqa: PLC0415

    arguments = context.arguments
    with context.app() as app:
        waiting = oversee.awaiting(app.store, app.recipe(arguments.name), arguments.period)
        issue = f"{waiting.approval.digest}/{waiting.approval.period}"
        if not arguments.json:
            print("\n".join(_described(waiting)))
        if not (arguments.yes or _says_yes(issue)):
            print("it waits on")
            return 0
        approved = oversee.approve(app.store, waiting.approval, context.now())
    shape = {"digest": waiting.approval.digest, "period": waiting.approval.period, "readers": waiting.readers}
    told = "approved; it goes out with the next round" if approved else "had been approved already"
    context.print(lambda: [f"{issue}: {told}"], shape | {"items": len(waiting.items)})
    return 0


def _described(waiting: "Waiting") -> Iterator[str]:
    approval, items = waiting.approval, waiting.items
    yield (
        f"{approval.digest}/{approval.period} waits since {approval.asked:%Y-%m-%d %H:%M} UTC"
        f" for {_counted(waiting.readers, 'reader')}."
    )
    yield f"Of {_counted(len(items), 'item')} most of them get what fits their choices:"
    yield from (f"  {item.title}" for item in items[:_SHOWN_TITLES])
    if len(items) > _SHOWN_TITLES:
        yield f"  and {len(items) - _SHOWN_TITLES} more"


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}{'s' * (number != 1)}"


def _says_yes(issue: str) -> bool:
    """Ask whoever sits at the terminal. Raises: ConfigurationError, where nobody does."""
    if not sys.stdin.isatty():
        raise ConfigurationError(f"issue {issue}", "wants a yes", "say --yes")
    return input("Send it? [y/N] ").strip().lower() in {"y", "yes"}


def _pause(context: Context) -> int:
    from feeder.markup.plain import plain  # noqa: PLC0415
    from feeder.workflows import oversee  # noqa: PLC0415

    with context.app() as app:
        digest = _named(context, app)
        hold = oversee.pause(app.store, digest, context.arguments.reason, context.now())
    again = f"feeder digest resume {digest}".rstrip()
    told = f"{digest or 'everything'} is stopped since {hold.since:%Y-%m-%d %H:%M} UTC, until `{again}`"
    context.print(lambda: [told], plain(hold))
    return 0


def _resume(context: Context) -> int:
    from feeder.workflows import oversee  # noqa: PLC0415

    with context.app() as app:
        digest = _named(context, app)
        lifted = oversee.resume(app.store, digest)
        with app.store.reading() as tx:
            left = [hold.digest for hold in tx.holds.all()]
    name = digest or "everything"
    lines = [f"{name} goes on" if lifted else f"{name} was not stopped"]
    lines += [f"still stopped: {each or 'everything'}" for each in left]
    context.print(lambda: lines, {"digest": digest, "lifted": lifted, "still_stopped": left})
    return 0


def _named(context: Context, app: "App") -> str:
    """Return the digest that is meant, or what stands for all."""
    from feeder.model.issues import EVERY_DIGEST  # noqa: PLC0415

    name = context.arguments.name
    return EVERY_DIGEST if name is None else app.recipe(name).name


# ── Notes ────────────────────────────────────────────────────────────────────────────────────────


def _note(context: Context) -> int:
    from feeder.markup.plain import plain  # noqa: PLC0415
    from feeder.workflows import oversee  # noqa: PLC0415

    arguments = context.arguments
    with context.app() as app:
        digest = app.recipe(arguments.name).name
        if arguments.file and not (arguments.show or arguments.clear):
            base = app.settings.site.public_url
            note: Note | None = oversee.write_note(
                app.store, digest, writing.content("FILE", arguments.file), base, context.now()
            )
            told = f"these words go with the next issue of the {digest} digest"
        elif arguments.clear:
            with app.store.transaction() as tx:
                told = "taken away" if tx.notes.clear(digest) else "no words wait"
            note = None
        else:
            with app.store.reading() as tx:
                note = tx.notes.waiting(digest)
            told = note.markdown.rstrip() if note else "no words wait"
    context.print(lambda: [told], plain(note))
    return 0
