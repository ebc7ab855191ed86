"""Links: looked at now and then, a few at a time; what has moved is proposed, what is gone gets a copy.

Each address is asked for alone, as a reader would who follows the link once in weeks: nothing is
crawled, and no content is read. A server that asks for rest gets it, for all of its addresses.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

from feeder.errors import StoreError
from feeder.markup import urls
from feeder.model import links
from feeder.model.batches import BATCH
from feeder.model.items import Item
from feeder.model.links import Closed, Copy, Found, Hostless, Link, Missing, Sight, Silent, Standing
from feeder.model.settings import LinkCare
from feeder.net import Client, Look, NoSuchHost, RequestFailed
from feeder.store import Store, Transaction
from feeder.workflows import curate, merge
from feeder.workflows.curate import Edits

AT_ONCE = 30
"""How many addresses one run looks at: ten thousand take two weeks."""

_PER_HOST = 3
_JOB = "links"
_MAX_COPY_BYTES = 100_000

_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_STAMP = re.compile(r"[0-9]{14}")

UNWELL = frozenset(Standing) - {Standing.NEW, Standing.WELL}
"""What a person may want to do something about."""


@dataclass(frozen=True, slots=True)
class Told:
    """A link, and the item whose it is."""

    item: Item
    link: Link


@dataclass(slots=True)
class Checked:
    """What a run found: how many addresses it looked at, and which links stand otherwise than before."""

    looked: int = 0
    changed: list[Link] = field(default_factory=list)


# ── Looking ──────────────────────────────────────────────────────────────────────────────────────


def check_hourly(
    store: Store, client: Client, care: LinkCare, clock: Callable[[], datetime], stopped: Callable[[], bool]
) -> Checked:
    """Look at what is due, unless somebody did within this hour."""
    now = clock()
    with store.transaction() as tx:
        if not tx.runs.claim(_JOB, f"{now:%Y-%m-%dT%H}", now):
            return Checked()
        tx.runs.forget(_JOB, now - timedelta(days=1))
    return check(store, client, care, clock, stopped)


def check(
    store: Store, client: Client, care: LinkCare, clock: Callable[[], datetime], stopped: Callable[[], bool]
) -> Checked:
    """Look at what is due, at most `AT_ONCE` addresses, and record each as soon as it is known.

    A host that asks for rest, or does not answer, is asked nothing more in this run.
    """
    _enrol(store, clock())
    with store.transaction() as tx:
        due = tx.links.take_due(clock(), clock() + care.every, AT_ONCE, _PER_HOST)
    done = Checked()
    resting: set[str] = set()
    for link in due:
        if stopped():
            break
        if link.host in resting:
            continue
        after, rests = _check(store, client, care, link, clock())
        done.looked += 1
        if after.standing is not link.standing:
            done.changed.append(after)
        if rests:
            resting.add(link.host)
    return done


def check_item(store: Store, client: Client, care: LinkCare, name: str, now: datetime) -> Told:
    """Look at the address of one item now.

    Raises: NotFound; StoreError, when it has none that the public sees.
    """
    _enrol(store, now)
    with store.transaction() as tx:
        item = merge.survivor(tx, name)
        if item.url is None or item.number is None:
            raise StoreError(f"item {item.slug}", "has no address that the public sees", "give it one")
        link = tx.links.begin(item.id, item.url, now)
    return Told(item, _check(store, client, care, link, now)[0])


def _enrol(store: Store, now: datetime) -> None:
    while True:
        with store.transaction() as tx:
            tx.items.lock()
            if tx.links.enrol(now, BATCH) < BATCH:
                return


def _check(store: Store, client: Client, care: LinkCare, link: Link, now: datetime) -> tuple[Link, bool]:
    """Look at one address, record what is known then, and tell whether its host is to be left alone."""
    sight, rest = _look(client, link.url, care)
    after = links.judge(link, sight, now, care.every)
    if links.wants_copy(after) and care.archive:
        after = _with_copy(store, client, care, after, now)
    with store.transaction() as tx:
        tx.links.record(after)
        if rest is not None and rest.retry_after:
            tx.links.rest(link.host, now + rest.retry_after)
    return after, rest is not None or isinstance(sight, (Silent, Hostless))


def _look(client: Client, url: str, care: LinkCare) -> tuple[Sight, Look | None]:
    """Return what is found at an address, and the answer that asks for rest, if it does."""
    try:
        found = client.look(url, allow_private=care.allow_private)
    except NoSuchHost as failure:
        return (Hostless if _is_online(client, care) else Silent)(failure.rule), None
    except RequestFailed as failure:
        return Silent(failure.rule), None
    asks_for_rest = found.status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
    return _sight(found), found if asks_for_rest else None


def _is_online(client: Client, care: LinkCare) -> bool:
    """Tell whether names can be resolved here at all: a machine without a network finds no host anywhere."""
    try:
        return not care.archive or bool(client.look(care.archive, allow_private=care.allow_private))
    except RequestFailed:
        return False


def _sight(found: Look) -> Sight:
    said = f"answers {found.status}"
    if found.status in _GONE:
        return Missing(said)
    if not HTTPStatus.OK <= found.status < HTTPStatus.BAD_REQUEST:
        return Closed(said)
    is_there = found.status == HTTPStatus.OK and found.settled is not None and urls.is_web(found.settled)
    return Found(said, found.url, found.settled if is_there else None)


# ── Copies ───────────────────────────────────────────────────────────────────────────────────────


def _with_copy(store: Store, client: Client, care: LinkCare, link: Link, now: datetime) -> Link:
    """Ask the archive for the copy nearest to the item's date; whoever does not answer is asked again soon."""
    with store.reading() as tx:
        item = tx.items.with_ids([link.item])[0]
    asked = {"url": link.url, "timestamp": f"{_appeared(item):%Y%m%d}"}
    mark = "&" if urlsplit(care.archive).query else "?"
    try:
        answer = client.get(
            f"{care.archive}{mark}{urlencode(asked)}",
            accept="application/json",
            allow_private=care.allow_private,
            max_bytes=_MAX_COPY_BYTES,
        )
        return links.with_copy(link, copy_in(answer.json()), now)
    except RequestFailed:
        return links.retried(link, now, care.every)


def copy_in(said: object) -> Copy | None:
    """Return the copy that an archive tells of, if it has one of the page itself, and not of an error.

    Source: https://archive.org/help/wayback_api.php
    """
    closest = said
    for name in ("archived_snapshots", "closest"):
        closest = closest.get(name) if isinstance(closest, dict) else None
    if not isinstance(closest, dict) or closest.get("available") is not True:
        return None
    url, stamp = closest.get("url"), closest.get("timestamp")
    if not isinstance(url, str) or not isinstance(stamp, str) or closest.get("status") != "200":
        return None
    # It tells of http, and answers by https as well.
    url = re.sub(r"^http://web\.archive\.org(:80)?/", "https://web.archive.org/", url)
    if not urls.is_web(url) or not _STAMP.fullmatch(stamp):
        return None
    try:
        return Copy(url, datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC))
    except ValueError:
        return None


def _appeared(item: Item) -> datetime:
    day = item.published or item.posted
    return day if isinstance(day, datetime) else datetime.combine(day, time(), UTC)


# ── Deciding ─────────────────────────────────────────────────────────────────────────────────────


def told(store: Store, standings: frozenset[Standing] = UNWELL) -> list[Told]:
    """Return the links of public items that stand so, by item."""
    with store.reading() as tx:
        all_of_them = links.doubted(tx.links.standing(standings))
        found = {link.item: link for link in all_of_them if link.standing in standings}
        return [Told(item, found[item.id]) for item in tx.items.in_order(list(found))]


def accept(store: Store, name: str, now: datetime, reason: str) -> Item:
    """Let an item lead where its address has moved: an edit by hand, of which no reader needs to be told.

    Raises: NotFound; StoreError, when its address has not moved.
    """
    with store.reading() as tx:
        item, link = _moved(tx, name)
    edits = Edits({"url": link.target})
    return curate.edit(store, item.slug, edits, now, reason or "its address has moved", minor=True)


def drop(store: Store, name: str, now: datetime, reason: str) -> Item:
    """Leave an item at its address, and do not propose again what was proposed.

    Raises: NotFound; StoreError, when its address has not moved.
    """
    with store.transaction() as tx:
        tx.items.lock()
        item, link = _moved(tx, name)
        tx.links.decline(item.id, link.target or "")
        tx.curation.record(item.id, now, "keep address", reason, {"declined": link.target})
        return item


def show_copy(store: Store, name: str, now: datetime, reason: str) -> Item:
    """Let the page of an item lead to the archived copy. Agreeing twice changes nothing.

    Raises: NotFound; StoreError, when no copy is known of its address.
    """
    return _agree(store, name, now, reason, now)


def show_no_copy(store: Store, name: str, now: datetime, reason: str) -> Item:
    """Let the page of an item lead to its address again.

    Raises: NotFound; StoreError, when no copy is known of its address.
    """
    return _agree(store, name, None, reason, now)


def _agree(store: Store, name: str, agreed: datetime | None, reason: str, now: datetime) -> Item:
    with store.transaction() as tx:
        tx.items.lock()
        item = merge.survivor(tx, name)
        link = tx.links.of(item.id)
        if link is None or link.copy is None:
            raise StoreError(
                f"item {item.slug}",
                "has no archived copy that is known",
                "`feeder links list` tells which have",
            )
        if (link.agreed is None) != (agreed is None):
            tx.links.agree(item.id, agreed)
            tx.documents.show_again([item.id])
            action = "show copy" if agreed else "show no copy"
            tx.curation.record(item.id, now, action, reason, {"copy": link.copy.url})
        return item


def _moved(tx: Transaction, name: str) -> tuple[Item, Link]:
    item = merge.survivor(tx, name)
    link = tx.links.of(item.id)
    if link is None or link.standing is not Standing.MOVED:
        raise StoreError(f"item {item.slug}", "has not moved", "`feeder links list` tells what has")
    return item, link
