"""Links: the addresses at which outlets have the work, and what looking at them proves. Pure.

A link is *gone* when its server has said so several times over days, and *lapsed* when its domain
has had no address for weeks. Whatever only keeps us out, as pay-walls and answers to robots do, and
whatever may be over tomorrow proves nothing, and takes nothing back that was proven.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urldefrag, urlsplit


class Standing(StrEnum):
    """How a link stands."""

    NEW = "new"  # nobody has looked yet
    WELL = "well"
    MOVED = "moved"  # for good, to an address that is there
    ASTRAY = "astray"  # for good, to a home page: most often the work is gone
    MISSING = "missing"  # said to be gone, which is not proven yet
    GONE = "gone"
    ADRIFT = "adrift"  # its domain has no address, which is not proven to last
    LAPSED = "lapsed"
    CLOSED = "closed"  # somebody answers, and does not let us in
    SILENT = "silent"  # nobody answers


LOST = frozenset({Standing.ASTRAY, Standing.GONE, Standing.LAPSED})
"""Where an archived copy helps."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of a page in an archive of the web: its address, and when it was taken."""

    url: str
    taken: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """The address of an item (its id), and what is known of it.

    `said` is what came of the last look, in words. `strikes` counts the looks that say the same
    of what is not proven yet, and `since` is when it began to stand so. `target` is where it has moved, and
    `declined` where the author does not want it to lead. `asked` is when an archive was asked for a `copy`,
    and `agreed` when the author agreed to show that.
    """

    item: int
    url: str
    next_check: datetime
    standing: Standing = Standing.NEW
    said: str = ""
    checked: datetime | None = None
    since: datetime | None = None
    strikes: int = 0
    target: str | None = None
    declined: str | None = None
    copy: Copy | None = None
    asked: datetime | None = None
    agreed: datetime | None = None

    @property
    def host(self) -> str:
        """Whose server has it, in small letters; empty where there is none."""
        try:
            return urlsplit(self.url).hostname or ""
        except ValueError:
            return ""


# ── What a look finds ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Found:
    """The page is there, in the end at `url`; `settled` is where the address has moved for good, if it has."""

    said: str
    url: str
    settled: str | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """The server says that there is nothing."""

    said: str


@dataclass(frozen=True, slots=True)
class Hostless:
    """The name of the host leads nowhere."""

    said: str


@dataclass(frozen=True, slots=True)
class Closed:
    """Somebody answers, and does not let us in."""

    said: str


@dataclass(frozen=True, slots=True)
class Silent:
    """Nobody answers, or not in a way that tells anything."""

    said: str


Sight = Found | Missing | Hostless | Closed | Silent


# ── What it proves ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Proof:
    """What it takes to prove that something lasts: so many looks, the first so long ago."""

    verdict: Standing
    looks: int
    lasting: timedelta
    pause: timedelta


_PROOFS = {
    # A site that is being moved says 404 for an evening, and a broken one for a weekend.
    Standing.MISSING: _Proof(Standing.GONE, 3, timedelta(days=7), timedelta(days=4)),
    # A domain whose bill was forgotten is back within the weeks that registries grant.
    Standing.ADRIFT: _Proof(Standing.LAPSED, 4, timedelta(days=21), timedelta(days=7)),
}
_PROVEN = frozenset(proof.verdict for proof in _PROOFS.values())
_SOON = timedelta(days=7)
"""When to look again at what does not answer, or has no copy yet because no archive answered."""

_HOME = re.compile(r"/?(index\.\w+|home/?|[a-z]{2}([-_][a-z]{2})?/?)?", re.IGNORECASE)
_DOOR = re.compile(
    r"(^|/)(log-?in|sign-?(in|up)|register|subscri(be|ption)|consent)(\.\w+)?(/|$)", re.IGNORECASE
)
_NOT_FOUND = re.compile(r"(^|/)(404|410|not-?found|page-?not-?found|errors?)(\.\w+)?(/|$)", re.IGNORECASE)


def judge(link: Link, sight: Sight, now: datetime, every: timedelta) -> Link:
    """Return how a link stands after a look, and when to look again.

    That is after `every`, or earlier while something is to be proven.
    """
    match sight:
        case Found():
            judged = _found(link, sight, now)
        case Missing():
            judged = _struck(link, Standing.MISSING, now)
        case Hostless():
            judged = _struck(link, Standing.ADRIFT, now)
        case Closed():
            judged = _unproven(link, Standing.CLOSED, now)
        case Silent():
            judged = _unproven(link, Standing.SILENT, now)
    return replace(judged, said=sight.said, checked=now, next_check=now + _pause(judged, every))


def doubted(found: Iterable[Link]) -> list[Link]:
    """Return all links, and those as astray of which several lead to one address: sites send there what is gone.

    A person who looks may know better, so that they keep their target.
    """
    links = list(found)
    from_where: dict[str | None, set[str]] = {}
    for link in links:
        from_where.setdefault(link.target, set()).add(link.url)
    return [
        replace(link, standing=Standing.ASTRAY, said="leads where others lead, too")
        if link.target and len(from_where[link.target]) > 1
        else link
        for link in links
    ]


def with_copy(link: Link, copy: Copy | None, now: datetime) -> Link:
    """Return a link for which an archive was asked, and has a copy or none."""
    return replace(link, copy=copy, asked=now)


def wants_copy(link: Link) -> bool:
    """Tell whether an archive is to be asked for a copy, which happens once."""
    return link.standing in LOST and link.asked is None


def retried(link: Link, now: datetime, every: timedelta) -> Link:
    """Return a link for which an archive was asked, and did not answer."""
    return replace(link, next_check=now + min(_SOON, every))


def _found(link: Link, sight: Found, now: datetime) -> Link:
    if sight.settled is None or _is_same(link.url, sight.settled):
        return _stands(link, Standing.WELL, now)
    if not is_home(link.url) and (is_home(sight.settled) or is_home(sight.url)):
        return _stands(link, Standing.ASTRAY, now)
    paths = [urlsplit(url).path for url in (sight.settled, sight.url)]
    if any(map(_NOT_FOUND.search, paths)):
        return _stands(link, Standing.ASTRAY, now)
    if any(map(_DOOR.search, paths)):
        return _unproven(link, Standing.CLOSED, now)
    target = sight.settled + _fragment(link.url)
    if target == link.declined:
        return _stands(link, Standing.WELL, now)
    return replace(_stands(link, Standing.MOVED, now), target=target)


def is_home(url: str) -> bool:
    """Tell whether a web address is that of a home page, perhaps in one of its languages."""
    parts = urlsplit(url)
    return not parts.query and _HOME.fullmatch(parts.path) is not None


def _is_same(url: str, other: str) -> bool:
    return urldefrag(url)[0] == urldefrag(other)[0]


def _fragment(url: str) -> str:
    # A redirect that names no part of its target keeps the one that was asked for (RFC 9110, 10.2.2).
    fragment = urldefrag(url)[1]
    return f"#{fragment}" if fragment else ""


def _stands(link: Link, standing: Standing, now: datetime) -> Link:
    since = link.since if link.standing is standing else now
    return replace(link, standing=standing, since=since, strikes=0, target=None)


def _struck(link: Link, doubt: Standing, now: datetime) -> Link:
    """Count one look more that found the same; enough of them, over long enough, prove it."""
    if link.standing in _PROVEN:
        return link
    proof = _PROOFS[doubt]
    doubted = link if link.standing is doubt else _stands(link, doubt, now)
    strikes, since = doubted.strikes + 1, doubted.since or now
    is_proven = strikes >= proof.looks and now - since >= proof.lasting
    return replace(doubted, standing=proof.verdict if is_proven else doubt, strikes=strikes, since=since)


def _unproven(link: Link, standing: Standing, now: datetime) -> Link:
    is_in_question = link.standing in _PROOFS or link.standing in LOST
    return link if is_in_question else _stands(link, standing, now)


def _pause(link: Link, every: timedelta) -> timedelta:
    if link.standing in _PROOFS:
        return min(_PROOFS[link.standing].pause, every)
    return min(_SOON, every) if link.standing is Standing.SILENT else every
