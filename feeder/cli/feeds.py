"""`feeds list`: all feeds of the site; `check`: what is wrong with a feed; `stats`: how many read them."""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from feeder.cli.context import DEFAULT_CONFIGURATION, Context, command, with_json
from feeder.errors import ConfigurationError

if TYPE_CHECKING:
    from feeder.feeds.doctor import Finding, Severity
    from feeder.model.feeds import Feed
    from feeder.model.settings import Site
    from feeder.workflows.examine import Examined
    from feeder.workflows.press import Press
    from feeder.workflows.readership import Readership

_SHOWN_OF_ONE = 5
"""How many findings by one rule people are shown of one document; scripts get more."""

_HEADINGS = {"error": "errors", "warning": "warnings", "advice": "advice"}


def add_to(commands: Any) -> None:
    """Add the commands of this group."""
    feeds = commands.add_parser("feeds", help="the feeds, ours and others'", description="Feeds.")
    group = feeds.add_subparsers(title="commands", metavar="COMMAND", required=True)
    listing = command(
        group,
        "list",
        _list,
        "list all feeds of the site",
        more="As they stand in the published tree: what changed since the last publish is not in it yet.\n"
        "Of a subject that was renamed, the list says where it is now; one that nothing has any more is\n"
        "retired, and its address says that it is gone.",
    )
    with_json(listing)
    check = command(
        group,
        "check",
        _check,
        "find what is wrong with a feed, and how to mend it",
        more="Atom, RSS and JSON Feed, anybody's. An address is asked politely, up to three times, to see\n"
        "whether the server answers 304 to what has not changed. Of a page, the feeds that it advertises\n"
        "are named. Without an argument, all feeds of this site's published tree are checked, and that the\n"
        "formats of each say the same.\n\n"
        "Exit code 0 when there is no error, 1 when there is; warnings and advice do not count.",
    )
    check.add_argument("place", metavar="URL|FILE", nargs="?", help="the feed; - is standard input")
    check.add_argument(
        "--allow-private", action="store_true", help="also ask this machine and its network, as for a test"
    )
    with_json(check)
    stats = command(
        group,
        "stats",
        _stats,
        "say how many read each feed, by what they say themselves",
        more="Aggregators say for how many subscribers they ask; of all others the service counts each address\n"
        "and program once a day, by a hash whose key is thrown away at the end of the day. Programs may\n"
        "say what they like, and one reader may have several.",
    )
    with_json(stats)


def _list(context: Context) -> int:
    from feeder.workflows import standings  # noqa: PLC0415

    with context.app() as app:
        with app.store.reading() as tx:
            catalogue = standings.catalogue(tx)
            emptied = tx.feeds.emptied()
        press = app.press
        told = [_listed(press, feed, "live") for feed in catalogue.feeds]
        told += [
            _listed(press, feed, "moved" if feed.path in catalogue.moved else "retired")
            | {"moved_to": press.imprint.address(catalogue.moved.get(feed.path, ""))}
            for feed in emptied
            if feed.path in catalogue.moved or feed.path in catalogue.retired
        ]

    def lines() -> Iterator[str]:
        for feed in told:
            what = _counted(feed["items"], "item", "items")
            if feed["standing"] != "live":
                what = f"moved to {feed['moved_to']}" if feed["standing"] == "moved" else "retired"
            yield f"{feed['address']}  {feed['title']}  ({what})"

    context.print(lines, told)
    return 0


def _stats(context: Context) -> int:
    from feeder.workflows import readership  # noqa: PLC0415

    today = context.now().date()
    with context.app() as app:
        press = app.press
        told = [_read(press, each, today) for each in readership.of_all(app.store, context.now())]

    def lines() -> Iterator[str]:
        for each in told:
            subscribers = _counted(each["subscribers"], "subscriber", "subscribers")
            aggregators = _counted(len(each["aggregators"]), "aggregator", "aggregators")
            by = f" by {aggregators}" if each["aggregators"] else ""
            days = f"{each['yesterday']} others yesterday, {each['today']} today"
            hub = f"; {each['hub_subscriptions']} told by the hub" if each["hub_subscriptions"] else ""
            yield f"{each['address']}  {each['title']}  ({subscribers}{by}; {days}{hub})"

    context.print(lines, told)
    return 0


def _read(press: "Press", of_feed: "Readership", today: date) -> dict[str, Any]:
    feed, days = of_feed.feed, of_feed.days
    return {
        "address": press.imprint.address(feed.path),
        "title": press.renderer.title(feed),
        "subscribers": of_feed.subscribers,
        "aggregators": [
            {
                "name": each.said.agent,
                "document": press.imprint.address(each.said.path),
                "feed_id": each.said.feed_id,
                "subscribers": each.said.subscribers,
                "said": each.day.isoformat(),
            }
            for each in of_feed.heard
        ],
        "hub_subscriptions": of_feed.told,
        "yesterday": days.get(today - timedelta(days=1), 0),
        "today": days.get(today, 0),
        "days": {day.isoformat(): count for day, count in days.items()},
    }


def _listed(press: "Press", feed: "Feed", standing: str) -> dict[str, Any]:
    from feeder import feeds  # noqa: PLC0415
    from feeder.markup.plain import plain  # noqa: PLC0415

    subject = feed.subject
    return {
        "address": press.imprint.address(f"{feed.path}atom.xml"),
        "documents": [press.imprint.address(path) for path in feeds.live_paths(feed, press.publish)],
        "title": press.renderer.title(feed),
        "id": feed.uid,
        "selection": subject.selection.value,
        "slug": subject.slug,
        "name": subject.name,
        "items": feed.total,
        "archives": feed.archives,
        "updated": plain(feed.updated),
        "standing": standing,
    }


def _check(context: Context) -> int:
    from feeder.feeds.doctor import Severity  # noqa: PLC0415
    from feeder.workflows import examine  # noqa: PLC0415

    examined = list(_examined(context, context.arguments.place))
    counts = examine.counted(examined)
    context.print(lambda: _lines(examined, counts), _shape(examined, counts))
    return 1 if counts[Severity.ERROR] else 0


def _examined(context: Context, place: str | None) -> Iterable["Examined"]:
    from feeder.workflows import examine  # noqa: PLC0415

    now = context.now()
    if place is None:
        settings = context.settings()
        return examine.of_site(settings.publish.folder, settings.site.public_url, now)
    if place == "-":
        return [examine.in_stream("standard input", sys.stdin.buffer, now)]
    if "://" in place:
        return [_asked(context, place, now)]
    if not place:
        raise ConfigurationError(
            "the feed", "has no name", "give an address, a file, or - for standard input"
        )
    return [examine.in_file(Path(place), now)]


def _asked(context: Context, url: str, now: datetime) -> "Examined":
    from feeder import __version__, net  # noqa: PLC0415
    from feeder.markup import urls  # noqa: PLC0415
    from feeder.workflows import examine  # noqa: PLC0415

    if not urls.is_web(url):
        rule = "is no address of the web that can be asked"
        raise ConfigurationError(
            "the address", rule, "write http:// or https://, and neither name nor password"
        )
    site = _site(context)
    is_own = site is not None and urlsplit(site.public_url).hostname == urlsplit(url).hostname
    who = f" (+{site.contact or site.public_url})" if site else ""
    with net.Client(f"feeder/{__version__}{who}") as client:
        try:
            allow_private = is_own or context.arguments.allow_private
            return examine.at_address(url, client, now, allow_private=allow_private)
        except net.RequestFailed as failure:
            # Where the client speaks of a key, a command has an option.
            mend = failure.mend.replace("set `allow_private = true`", "add --allow-private")
            raise net.RequestFailed(failure.thing, failure.rule, mend, status=failure.status) from failure


def _site(context: Context) -> "Site | None":
    """Return the site whose folder this is; None outside of any, since a feed can be checked anywhere."""
    named = context.arguments.config or os.environ.get("FEEDER_CONFIG")
    if not named and not DEFAULT_CONFIGURATION.exists():
        return None
    return context.settings().site


def _lines(examined: Sequence["Examined"], counts: Mapping["Severity", int]) -> Iterator[str]:
    for severity, count in counts.items():
        if not count:
            continue
        yield f"{_HEADINGS[severity.value]}:"
        for each in examined:
            # One document is named at the end; of several, each line tells which.
            prefix = f"{each.place}: " if len(examined) > 1 else ""
            yield from (f"  {prefix}{line}" for line in _told(each, severity))
    if any(counts.values()):
        yield _about(examined)
        yield _totals(counts)
    else:
        yield f"nothing wrong: {_about(examined)}"


def _told(each: "Examined", severity: "Severity") -> Iterator[str]:
    """Tell a document's findings of one severity, and of many alike the first few."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in each.report.findings:
        if finding.rule.severity is severity:
            by_rule.setdefault(finding.rule.name, []).append(finding)
    more = {rule.name: number for rule, number in each.report.more.items()}
    for name, found in by_rule.items():
        yield from map(str, found[:_SHOWN_OF_ONE])
        others = len(found[_SHOWN_OF_ONE:]) + more.get(name, 0)
        if others:
            yield f"… and {others} more such places ({name})"


def _about(examined: Sequence["Examined"]) -> str:
    """Say what was examined: of one document, what it is."""
    from feeder.feeds.doctor import http  # noqa: PLC0415

    reports = [each.report for each in examined]
    size = http.shown_size(sum(report.size_bytes for report in reports))
    entries = _counted(sum(len(report.ids) for report in reports), "entry", "entries")
    if len(reports) > 1:
        return f"{len(reports)} documents, {entries}, {size}"
    return f"{reports[0].format or 'no feed'}, {entries}, {size}"


def _totals(counts: Mapping["Severity", int]) -> str:
    errors, warnings, advice = counts.values()
    return ", ".join(
        [
            _counted(errors, "error", "errors"),
            _counted(warnings, "warning", "warnings"),
            _counted(advice, "piece of advice", "pieces of advice"),
        ]
    )


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _shape(examined: Sequence["Examined"], counts: Mapping["Severity", int]) -> dict[str, Any]:
    return {
        "documents": [
            {
                "place": each.place,
                "format": each.report.format,
                "entries": len(each.report.ids),
                "bytes": each.report.size_bytes,
                "findings": [_finding(finding) for finding in each.report.findings],
                "more": {rule.name: number for rule, number in each.report.more.items()},
            }
            for each in examined
        ],
        "totals": {severity.value: count for severity, count in counts.items()},
    }


def _finding(finding: "Finding") -> dict[str, Any]:
    rule, place = finding.rule, finding.place
    return {
        "severity": rule.severity.value,
        "name": rule.name,
        "place": place.path,
        "line": place.line,
        "column": place.column,
        "found": finding.found,
        "rule": rule.words,
        "source": rule.source,
        "mend": finding.mend,
    }
