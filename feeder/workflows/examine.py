"""A doctor's visit: a feed at an address or in a file, or all that the site itself has published."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from feeder import net
from feeder.errors import PublishError, SourceError
from feeder.feeds import doctor, redirects
from feeder.feeds.doctor import Again, Report, Said, Subject
from feeder.feeds.doctor.findings import Finding, with_more
from feeder.markup import urls

MAX_BYTES = 15_000_000
ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9,"
    " application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)

_FILES = ("atom.xml", "rss.xml", "feed.json")
_ARCHIVES = "archive"
_OK = 200


@dataclass(frozen=True, slots=True)
class Examined:
    """A document, by the name that it was given, and the report on it."""

    place: str
    report: Report


def at_address(url: str, client: net.Client, now: datetime, *, allow_private: bool) -> Examined:
    """Ask for a feed, once more on condition that it changed, and examine what came.

    `allow_private` lets it ask this machine and its network.

    Raises: RequestFailed, when it cannot be had, or has over `MAX_BYTES`.
    """
    door = _Door(client, allow_private)
    answer = door.ask(url, {})
    if answer.status != _OK:
        rule = f"says that it has not changed, unasked ({answer.status})"
        raise net.RequestFailed(url, rule, "tell whoever runs it", status=answer.status)
    headers = {name.lower(): value for name, value in answer.headers.items()}
    said = Said(url, answer.url, headers, answer.links, _again(door, answer, headers))
    return Examined(url, doctor.examine(Subject(answer.content, now, said)))


def in_file(path: Path, now: datetime) -> Examined:
    """Examine a file.

    Raises: SourceError, when it cannot be read, or has over `MAX_BYTES`.
    """
    return Examined(str(path), doctor.examine(Subject(_read(path), now)))


def in_stream(name: str, stream: BinaryIO, now: datetime) -> Examined:
    """Examine what comes out of a stream, to its end.

    Raises: SourceError, when that is over `MAX_BYTES`.
    """
    content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise _too_large(name)
    return Examined(name, doctor.examine(Subject(content, now)))


def of_site(folder: Path, public_url: str, now: datetime) -> Iterator[Examined]:
    """Examine all feeds of a published tree, one folder after the other.

    Formats beside each other are compared, and each self link with the address that the feed has
    by `public_url`. What stands at the old place of a renamed subject is that of the new one.

    Raises: PublishError, when there is no feed at all; SourceError.
    """
    found, rules = _feeds(folder), _rules(folder, public_url)
    if not found:
        raise PublishError(str(folder), "holds no feed", "publish first: `feeder publish`")
    for place, paths in found.items():
        if isinstance(rules.of(f"/{place}/"), redirects.Moved):
            continue
        reports = {path: _own(folder / path, urls.absolute(public_url, path), now) for path in paths}
        for path, report in _compared(reports).items():
            yield Examined(path, report)


def counted(examined: Sequence[Examined]) -> dict[doctor.Severity, int]:
    """Return how much was found of each severity, in all."""
    return {severity: sum(each.report.count(severity) for each in examined) for severity in doctor.Severity}


@dataclass(frozen=True, slots=True)
class _Door:
    """Whom to ask, and where that may lead."""

    client: net.Client
    allow_private: bool

    def ask(self, url: str, headers: Mapping[str, str]) -> net.Answer:
        return self.client.get(
            url, headers=headers, accept=ACCEPT, allow_private=self.allow_private, max_bytes=MAX_BYTES
        )


def _again(door: _Door, answer: net.Answer, headers: Mapping[str, str]) -> Again:
    """Ask with each of the validators that a server gave, one at a time."""
    by_etag, is_same = _status(door, answer, "If-None-Match", headers.get("etag", ""))
    by_date, is_still = _status(door, answer, "If-Modified-Since", headers.get("last-modified", ""))
    return Again(by_etag, by_date, same=is_same and is_still)


def _status(door: _Door, answer: net.Answer, name: str, validator: str) -> tuple[int | None, bool]:
    """Return what a server answers to a condition, and whether its bytes were still the same."""
    if not validator:
        return None, True
    try:
        again = door.ask(answer.url, {name: validator})
    except net.RequestFailed as failure:
        return failure.status or 0, True
    return again.status, again.status != _OK or again.content == answer.content


def _feeds(folder: Path) -> dict[str, list[str]]:
    """Return the paths of all feeds in a tree, by folder; the order is that of their names."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(file.relative_to(folder) for file in folder.rglob("*") if _is_feed(file)):
        if not any(part.startswith(".") for part in path.parts):
            found[path.parent.as_posix()].append(path.as_posix())
    return found


def _rules(folder: Path, public_url: str) -> redirects.Rules:
    file = folder / redirects.FILE
    return redirects.parse(_read(file).decode(errors="replace") if file.is_file() else "", public_url)


def _is_feed(file: Path) -> bool:
    is_archive = file.suffix == ".xml" and file.parent.name == _ARCHIVES
    return (file.name in _FILES or is_archive) and file.is_file()


def _own(file: Path, address: str, now: datetime) -> Report:
    return doctor.examine(Subject(_read(file), now, published_as=address))


def _compared(reports: Mapping[str, Report]) -> dict[str, Report]:
    """Return reports on the documents of one folder, with what a comparison of its formats shows."""
    beside = {path: report for path, report in reports.items() if path.rpartition("/")[2] in _FILES}
    more: dict[str, list[Finding]] = defaultdict(list)
    if beside:
        for path, finding in doctor.siblings.check(next(iter(beside)), beside):
            more[path].append(finding)
    return {path: with_more(report, more[path]) for path, report in reports.items()}


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        mend = "check its name and rights; an address begins with https://"
        raise SourceError(str(path), f"cannot be read ({error.strerror})", mend) from error
    if len(content) > MAX_BYTES:
        raise _too_large(str(path))
    return content


def _too_large(name: str) -> SourceError:
    return SourceError(name, f"is larger than {MAX_BYTES / 1e6:g} MB", "no reader takes that; check the name")
