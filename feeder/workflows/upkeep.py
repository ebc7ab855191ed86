"""Whether the site itself is in order: its database, disks, what it has published, its public address, its clock."""

import os
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import islice
from pathlib import Path
from urllib.parse import urljoin

from feeder import net, store
from feeder.errors import FeederError, PublishError, StoreError
from feeder.feeds.doctor import Severity
from feeder.model.checks import Check, ok, skipped, warning, wrong
from feeder.model.members import Member, setups
from feeder.model.settings import Settings
from feeder.store import Condition, Store
from feeder.store.migrations import Fit
from feeder.workflows import examine

ADDRESS = "address"

_DATABASE, _DATABASE_RULE = "database", "the database must answer, and take what is written"
_MIGRATIONS, _MIGRATIONS_RULE = "migrations", "the database must be as this version of feeder wants it"
_DISK, _DISK_RULE = "disk", "there must be room for what comes"
_FEEDS, _FEEDS_RULE = "feeds", "what is published must be in order"
_ADDRESS_RULE = "the public address must be https, and lead to this site"
_CLOCK, _CLOCK_RULE = "clock", "the clock must be right, since issues and links go by it"

_MACHINES = "machines"
_MACHINES_RULE = "all machines of a site must have the same settings and templates, and clocks that are right"

_LOW_BYTES, _LEAST_BYTES = 1_000_000_000, 100_000_000
_SLOW, _WRONG = timedelta(minutes=1), timedelta(minutes=10)
_DOCUMENTS = 200
"""So many documents are looked at; `feeder feeds check` looks at all."""


# ── The database ─────────────────────────────────────────────────────────────────────────────────


def of_database(url: str) -> list[Check]:
    """Look at the database as it is, and change nothing. The site can be opened if none of it is wrong."""
    try:
        condition = store.condition(url)
    except StoreError as error:
        return [wrong(_DATABASE, error.thing, _DATABASE_RULE, error.rule, error.mend)]
    answers = ok(_DATABASE, "the store", _DATABASE_RULE, f"{condition.database} answers")
    return [answers, judge_migrations(condition)]


def judge_migrations(condition: Condition) -> Check:
    """Judge at which revision a database is."""
    found = f"at revision {condition.revision}"
    later = "install that version, or a later one"
    match condition.fit:
        case Fit.EMPTY:
            return ok(_MIGRATIONS, "the store", _MIGRATIONS_RULE, "empty; the first command makes it")
        case Fit.SAME:
            return ok(_MIGRATIONS, "the store", _MIGRATIONS_RULE, found)
        case Fit.BEHIND:
            found = f"{found}, and {condition.newest} is wanted"
            return wrong(_MIGRATIONS, "the store", _MIGRATIONS_RULE, found, "feeder store upgrade")
        case Fit.UNFINISHED:
            found = f"{found}, which has what only earlier versions use"
            mend = "feeder store upgrade, once all machines have this version"
            return warning(_MIGRATIONS, "the store", _MIGRATIONS_RULE, found, mend)
        case Fit.AHEAD:
            found = f"{found} of a later version of feeder, beside which this one may work"
            return warning(_MIGRATIONS, "the store", _MIGRATIONS_RULE, found, later)
        case Fit.BEYOND:
            found = f"{found}, of a later version of feeder"
            return wrong(_MIGRATIONS, "the store", _MIGRATIONS_RULE, found, later)


def of_writing(opened: Store, now: datetime) -> Check:
    """Write into the database, and undo it."""
    try:
        with opened.rehearsal() as tx:
            tx.facts.remember("check", now.isoformat())
    except StoreError as error:
        return wrong(_DATABASE, error.thing, _DATABASE_RULE, error.rule, error.mend)
    return ok(_DATABASE, "the store", _DATABASE_RULE, "takes what is written")


# ── Disks ────────────────────────────────────────────────────────────────────────────────────────


def of_disks(settings: Settings) -> list[Check]:
    """Look how much room there is where the site writes, once for each disk."""
    folders = [settings.folder, settings.publish.folder]
    if not settings.mail.goes_abroad:
        folders.append(settings.mail.folder)
    disks: dict[int, Path] = {}
    for folder in folders:
        there = next(each for each in (folder, *folder.parents) if each.exists())
        disks.setdefault(os.stat(there).st_dev, there)  # noqa: PTH116 - the disk, not the path
    return [judge_room(folder, shutil.disk_usage(folder).free) for folder in disks.values()]


def judge_room(folder: Path, free_bytes: int) -> Check:
    """Judge how much room there is."""
    found = f"{free_bytes / 1e6:,.0f} MB free"
    mend = "make room there"
    if free_bytes < _LEAST_BYTES:
        return wrong(_DISK, str(folder), _DISK_RULE, found, mend)
    if free_bytes < _LOW_BYTES:
        return warning(_DISK, str(folder), _DISK_RULE, found, mend)
    return ok(_DISK, str(folder), _DISK_RULE, found)


# ── Feeds ────────────────────────────────────────────────────────────────────────────────────────


def of_feeds(settings: Settings, now: datetime) -> Check:
    """Examine the first feeds of the published tree."""
    folder = settings.publish.folder
    try:
        some = list(islice(examine.of_site(folder, settings.site.public_url, now), _DOCUMENTS))
    except PublishError as error:
        return warning(_FEEDS, str(folder), _FEEDS_RULE, error.rule, error.mend)
    except FeederError as error:
        return wrong(_FEEDS, error.thing, _FEEDS_RULE, error.rule, error.mend)
    return judge_feeds(folder, len(some), examine.counted(some))


def judge_feeds(folder: Path, documents: int, counts: dict[Severity, int]) -> Check:
    """Judge what a doctor found in so many documents."""
    errors, warnings = counts[Severity.ERROR], counts[Severity.WARNING]
    found = f"{errors} errors and {warnings} warnings in {documents} documents"
    if errors or warnings:
        judge = wrong if errors else warning
        return judge(
            _FEEDS,
            str(folder),
            _FEEDS_RULE,
            found,
            "`feeder publish` after a new address; `feeder feeds check` names them",
        )
    return ok(_FEEDS, str(folder), _FEEDS_RULE, f"nothing is wrong in {documents} documents")


# ── The public address ───────────────────────────────────────────────────────────────────────────


def of_address(public_url: str, uid: str, client: net.Client, now: datetime) -> Iterator[Check]:
    """Ask the public address for the feed of everything, whose id is `uid`, and for the time."""
    try:
        # As written by the owner of the site: also on this machine or beside it.
        answer = client.get(urljoin(public_url, "atom.xml"), allow_private=True, max_bytes=examine.MAX_BYTES)
    except net.RequestFailed as failure:
        yield judge_address(public_url, failure.rule)
        yield judge_clock("", now)
        return
    is_ours = f">{uid}<".encode() in answer.content
    yield judge_address(public_url, "" if is_ours else "what is there is not this site's")
    yield judge_clock(answer.headers.get("date", ""), now)


def judge_address(public_url: str, fault: str) -> Check:
    """Judge where the public address leads; `fault` is empty when it leads to this site."""
    try:
        net.check(public_url)
    except net.RequestFailed as failure:
        mend = "set site.public_url once there is an address that others reach"
        return warning(ADDRESS, public_url, _ADDRESS_RULE, failure.rule, mend)
    if fault:
        mend = "let `feeder run`, or a server for the published folder, answer there, or mend site.public_url"
        return wrong(ADDRESS, public_url, _ADDRESS_RULE, fault, mend)
    if not public_url.startswith("https:"):
        mend = "have the server in front speak https, and write so in site.public_url"
        return warning(ADDRESS, public_url, _ADDRESS_RULE, "what readers choose can be read on the way", mend)
    return ok(ADDRESS, public_url, _ADDRESS_RULE, "leads to this site")


def judge_clock(date: str, now: datetime) -> Check:
    """Judge the present by the `Date` of an answer, empty where none came."""
    try:
        there = parsedate_to_datetime(date).astimezone(UTC)
    except ValueError:
        return skipped(_CLOCK, "this machine", _CLOCK_RULE, "the public address does not tell the time")
    seconds = round((now - there).total_seconds())
    found = f"{seconds:+,} s beside that of the public address"
    if abs(seconds) <= _SLOW.total_seconds():
        return ok(_CLOCK, "this machine", _CLOCK_RULE, found)
    judge = wrong if abs(seconds) > _WRONG.total_seconds() else warning
    return judge(_CLOCK, "this machine", _CLOCK_RULE, found, "let this machine keep its clock by NTP")


# ── Machines ─────────────────────────────────────────────────────────────────────────────────────


def judge_machines(members: Sequence[Member], setup: str) -> Iterator[Check]:
    """Judge whether the machines of a site fit each other, and this one, which has a `setup`, fits them."""
    others = {machine for other, names in setups(members).items() if other != setup for machine in names}
    if others:
        found = f"{', '.join(sorted(others))} differ from this machine in settings or templates"
        yield warning(
            _MACHINES, "the site", _MACHINES_RULE, found, "copy config/ and templates/ to all, and restart"
        )
    for member in members:
        if member.is_alive and not member.is_clock_right:
            found = f"its clock is {member.ahead.total_seconds():+,.0f} s beside the store's"
            yield wrong(_MACHINES, member.machine, _MACHINES_RULE, found, "let it keep its clock by NTP")
    if not others and all(member.is_clock_right for member in members if member.is_alive):
        alive = len({member.machine for member in members if member.is_alive})
        yield ok(_MACHINES, "the site", _MACHINES_RULE, f"{alive} at work")


def worst_last(found: Sequence[Check]) -> list[Check]:
    """Return what was found, what is wrong at the end."""
    order = ["not applicable", "ok", "warning", "wrong"]
    return sorted(found, key=lambda check: order.index(check.state))
