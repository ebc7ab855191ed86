"""`subscriber import|export`: lists of readers, and all that is known of one."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feeder.cli import tags
from feeder.cli.context import Context, command, with_json
from feeder.errors import ConfigurationError

if TYPE_CHECKING:
    from feeder.app import App
    from feeder.workflows.audience import Tally
    from feeder.workflows.roster import Choices, Plan

_SERVICES = ("mailchimp", "substack", "ghost", "listmonk", "buttondown", "wordpress")
_FIRST_ROWS = 1_000
_SHOWN_CHARACTERS = 40


def add_to(group: Any) -> None:
    """Add these commands to the group of `subscriber`."""
    _add_import(group)
    export = command(
        group,
        "export",
        _export,
        "write down all readers, or all that is known of one",
        more="With an address, prints all that is known of this reader as JSON: preferences, consent, what was\n"
        "sent, what they asked for and changed. With anything else, writes the whole audience there:\n"
        "one line a reader, with preferences and consent; `subscriber import` takes it as it is.\n"
        "Cells that a spreadsheet would take for a formula begin with an apostrophe in CSV.",
    )
    export.add_argument(
        "what", metavar="ADDRESS|FILE", help="one reader's address; or a file, or - for standard output"
    )
    export.add_argument("--format", choices=["csv", "json"], help="default: as the file is called, else csv")


def _add_import(group: Any) -> None:
    parser = command(
        group,
        "import",
        _import,
        "bring in readers from a list: CSV, JSON or JSON Lines",
        more="First says what each column is taken for. Each reader needs a moment of consent in the list; without\n"
        "such a column, --consent-waived says why none is needed, and is kept as the proof. Who has left,\n"
        "bounced or complained in the list is never mailed; who is known here stays as they are. Rows that\n"
        "are not taken are written to FILE.rejected.csv, with line and reason. Importing again changes nothing.\n\n"
        "Fields for --map: address, confirmed (when they agreed), asked, created, status, subscribed, left,\n"
        "bounced, why (they left), tags, language, zone.",
    )
    parser.add_argument("file", metavar="FILE", type=Path, help="the list, as the other service exports it")
    parser.add_argument("--from", dest="service", choices=_SERVICES, default="", help="whose export it is")
    parser.add_argument(
        "--map", metavar="FIELD=COLUMN", action="append", default=[],
        help="which column holds what; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--dry-run", action="store_true", help="read all of it, say what would be done, and do nothing"
    )
    parser.add_argument(
        "--consent-waived", metavar="REASON", default="", help="why no consent has to be told"
    )
    parser.add_argument(
        "--digest", metavar="NAME", default="", help="what all of them get (default: what sign-up offers)"
    )
    parser.add_argument(
        "--tag", metavar="T", action="append", default=[], help="a subject for all of them; may be repeated"
    )
    parser.add_argument(
        "--zone", metavar="Z", default="", help="the time zone of those who tell none (default: the site's)"
    )
    parser.add_argument("--report", metavar="FILE", type=Path, help="where rows go that are not taken")
    with_json(parser)


# ── Import ───────────────────────────────────────────────────────────────────────────────────────


def _import(context: Context) -> int:
    from feeder.workflows import audience, lists, roster  # noqa: PLC0415

    arguments = context.arguments
    path = arguments.file
    report = arguments.report or path.with_name(f"{path.name}.rejected.csv")
    if report.resolve() == path.resolve():
        raise ConfigurationError(f"--report {report}", "names the list itself", "name another file")
    with context.app() as app:
        planned = roster.plan(path, _choices(context, app))
        # Last of all, since it makes tags that are not there.
        wanted = tags.slugs(app, arguments.tag, reserve=not arguments.dry_run)
        planned = replace(planned, choices=replace(planned.choices, tags=wanted))
        walk, now = context.progress("reading"), context.now()
        if not arguments.json:
            print("\n".join(_explained(planned)))
        if arguments.dry_run:
            with lists.reporting(report) as take:
                tally = audience.rehearse(app.store, planned, now, take, walk)
        else:
            if not arguments.json:
                first = audience.rehearse(app.store, planned, now, _unreported, walk, _FIRST_ROWS)
                print("\n".join(_told(first, f"the first {first.rows:,} rows", "to be taken")), flush=True)
            with lists.reporting(report) as take:
                tally = audience.take_in(app.store, planned, now, take, walk)
    _print_tally(context, planned, tally, report)
    return 0


def _unreported(_notes: object) -> None:
    """Take no notes of rows that are only looked at."""


def _choices(context: Context, app: "App") -> "Choices":
    from feeder.model.subscribers import Preferences  # noqa: PLC0415
    from feeder.subscribers import preferences  # noqa: PLC0415
    from feeder.workflows.roster import Choices  # noqa: PLC0415

    arguments, settings = context.arguments, app.settings
    digest, zone = arguments.digest or settings.signup.digest, arguments.zone or settings.site.zone
    preferences.checked(Preferences(digest, zone), app.recipe(digest))
    return Choices(
        recipes=settings.digests,
        digest=digest,
        zone=zone,
        service=arguments.service,
        columns=dict(_pair(said) for said in arguments.map),
        must_have=arguments.digest,
        waived=arguments.consent_waived.strip(),
    )


def _pair(said: str) -> tuple[str, str]:
    field, equals, column = said.partition("=")
    if not (equals and field.strip() and column.strip()):
        raise ConfigurationError(
            f"--map {said}", "names no field and column", "write it as --map address=Email"
        )
    return field.strip().lower(), column.strip()


def _explained(planned: "Plan") -> Iterator[str]:
    from feeder.subscribers import columns  # noqa: PLC0415
    from feeder.subscribers.maps import FIELDS  # noqa: PLC0415

    layout, choices = planned.layout, planned.choices
    yield f"{planned.path.name}: {planned.writing}, {len(layout.names)} columns, read as {layout.source.title}"
    shown = {field: columns.listed([layout.name(field)]) for field in layout.places}
    width = max(map(len, shown.values()))
    for field, place in sorted(layout.places.items(), key=lambda one: one[1]):
        meaning = f"{field}, {FIELDS[field]}" if field in FIELDS else field
        example = _example(planned.examples.get(layout.names[place], ""))
        yield f"  {shown[field]:<{width}}  is {meaning}{example and f'; such as {example}'}"
    if layout.unused():
        yield f"  not used: {columns.listed(layout.unused())}"
    if "confirmed" in layout.places:
        yield f"consent: {shown['confirmed']}: {layout.source.consent}"
    if choices.waived:
        yield f"consent: waived where the list tells none, since: {choices.waived}"


def _example(value: str) -> str:
    """Return a value from a list, short, and so that nobody else knows whose it is."""
    from feeder.subscribers import addresses, columns  # noqa: PLC0415

    shown = columns.listed([" ".join(map(addresses.masked, value.split()))])
    return f"{shown[:_SHOWN_CHARACTERS]}…" if len(shown) > _SHOWN_CHARACTERS else shown


def _told(tally: "Tally", rows: str, taken: str) -> Iterator[str]:
    yield f"{rows}: {tally.taken:,} {taken}"
    for reason, count in tally.passed.most_common():
        yield f"  {count:>9,}  {reason}"
    if tally.remarks:
        yield "passed over in rows that are taken:"
    for remark, count in tally.remarks.most_common():
        yield f"  {count:>9,}  {remark}"


def _print_tally(context: Context, planned: "Plan", tally: "Tally", report: Path) -> None:
    layout, is_rehearsal = planned.layout, context.arguments.dry_run
    written = str(report) if tally.passed else None

    def lines() -> Iterator[str]:
        yield from _told(tally, f"{tally.rows:,} rows", "would be taken" if is_rehearsal else "taken")
        if written:
            yield f"{written} tells which rows, and why"

    shape = {
        "file": str(planned.path),
        "form": str(planned.writing),
        "service": layout.source.title,
        "columns": [
            {
                "column": layout.names[place],
                "field": field,
                "example": _example(planned.examples.get(layout.names[place], "")),
            }
            for field, place in sorted(layout.places.items(), key=lambda one: one[1])
        ],
        "unused": layout.unused(),
        "consent": layout.name("confirmed"),
        "consent_waived": planned.choices.waived,
        "dry_run": is_rehearsal,
        "rows": tally.rows,
        "taken": tally.taken,
        "passed": dict(tally.passed),
        "remarks": dict(tally.remarks),
        "report": written,
    }
    context.print(lines, shape)


# ── Export ───────────────────────────────────────────────────────────────────────────────────────


def _export(context: Context) -> int:
    from feeder.markup.plain import plain  # noqa: PLC0415
    from feeder.workflows import lists  # noqa: PLC0415

    what = context.arguments.what
    is_address = "@" in what and not _is_there(what)
    style = context.arguments.format or ("json" if what.endswith(".json") else "csv")
    with context.app() as app:
        if is_address:
            print(json.dumps(plain(lists.known(app.store, what)), ensure_ascii=False, indent=2))
            return 0
        walk = context.progress("writing")
        lines = lists.json_of(app.store, walk) if style == "json" else lists.csv_of(app.store, walk)
        if what == "-":
            sys.stdout.writelines(lines)
            return 0
        with lists.replacing(Path(what)) as file:
            file.writelines(lines)
    return 0


def _is_there(name: str) -> bool:
    try:
        return Path(name).exists()
    except OSError:  # such as a name that is too long for one
        return False
