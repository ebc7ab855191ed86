"""The delivery contract told a second time, of nothing but Python: what must come to whom, when, and how often.

It has no cursor logic, no clock and no calendar of feeder's: a year of mail is held against it, round by round.
The numbers in the docstrings are those of the contract.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
LATE = timedelta(hours=6)
BACK_OFF = (timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))
QUIET, LONGEST_QUIET = timedelta(minutes=10), timedelta(minutes=60)

OPEN = ("waiting", "claimed", "attempted")
SERVED = ("accepted", "empty", "uncertain")


# ── Items ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Said:
    """What a source says of an item; `posted` is its own date, or else that of the outlet."""

    kind: str
    tags: frozenset[str] = frozenset()
    posted: datetime | None = None
    embargo: datetime | None = None
    withheld: bool = False
    version: int = 0

    @property
    def dated(self) -> datetime | None:
        """The later of both dates."""
        return max(filter(None, (self.posted, self.embargo)), default=None)


@dataclass(eq=False)
class Item:
    """An item; `whole` is what it was merged into, and `parts` what was merged into it."""

    key: str
    said: Said
    posted: datetime
    announced: bool
    told: bool = True
    shown: bool = False
    hidden: bool = False
    number: int | None = None
    corrected: datetime | None = None
    by_hand: int = 0
    uid: str = ""
    was_merged: bool = False
    whole: "Item | None" = None
    parts: list["Item"] = field(default_factory=list, repr=False)

    @property
    def is_there(self) -> bool:
        """Whether anything tells it."""
        return self.told or bool(self.telling)

    @property
    def telling(self) -> list["Item"]:
        """Its parts that say something."""
        return [part for part in self.parts if part.told and not part.said.withheld]

    @property
    def tags(self) -> frozenset[str]:
        """Its own, and those of its parts."""
        return self.said.tags.union(*(part.said.tags for part in self.telling))

    @property
    def words(self) -> str:
        """What an issue shows of it."""
        return f"{self.key} s{self.said.version} h{self.by_hand}"


class Catalogue:
    """All items, with the numbers of those that are public; what is released together has one number here."""

    def __init__(self) -> None:
        self.items: dict[str, Item] = {}
        self.newest = 0
        self.read_at: datetime | None = None

    @property
    def public(self) -> list[Item]:
        """What everybody can see."""
        return [item for item in self.items.values() if item.number is not None]

    def read(
        self, told: Mapping[str, Said], mine: set[str], now: datetime, *, complete: bool, confirmed: bool
    ) -> None:
        """A source has told these of `mine`, which are all that it ever told."""
        for key, said in told.items():
            self._take(key, said, now)
        theirs = [self.items[key] for key in sorted(mine) if key in self.items]
        there = [item for item in theirs if item.is_there]
        gone = [item for item in there if item.key not in told and not item.telling]
        self._settle()
        is_held = len(gone) > 5 and 3 * len(gone) > len(there) and not confirmed
        if not complete or is_held:
            return
        for item in theirs:
            item.told = item.key in told
        self._settle()
        self.read_at = now

    def _settle(self) -> None:
        for item in self.items.values():
            if not item.is_there:
                item.number = None

    def _take(self, key: str, said: Said, now: datetime) -> None:
        item = self.items.get(key)
        is_news = self.read_at is not None or bool(said.dated and said.dated > now)
        if item is None:
            dated = said.dated or now
            self.items[key] = Item(key, said, self._posted(dated, now), is_news)
        elif not item.told or said != item.said:
            was_due = not item.said.withheld and self.read_at is not None and item.posted <= self.read_at
            was_shown = item.shown or was_due
            dated = said.dated or item.posted
            if not was_shown or dated > now:
                item.posted = self._posted(dated, now)
            item.announced = item.announced or (is_news and not was_shown)
            item.said, item.told = said, True
            if said.withheld or item.posted > now:
                item.number = None

    def _posted(self, dated: datetime, now: datetime) -> datetime:
        belated = self.read_at is not None and dated < self.read_at
        return now if belated else dated

    def add(self, key: str, said: Said, now: datetime) -> None:
        """Somebody has added an item by hand; one that is dated back is no news."""
        posted = max(filter(None, (said.posted or now, said.embargo)))
        self.items[key] = Item(key, said, posted, announced=said.posted is None or said.posted >= now)

    def release(self, now: datetime) -> None:
        """What may be seen gets a number (1)."""
        due = [
            item
            for item in self.items.values()
            if item.number is None
            and item.posted <= now
            and item.is_there
            and not (item.said.withheld or item.hidden or item.whole)
        ]
        self.newest += len(due)
        for item in due:
            item.number, item.shown = self.newest, True

    def correct(self, item: Item, now: datetime) -> None:
        """It was wrong, and says so (2)."""
        item.corrected, item.number = now, None
        self.release(now)

    def hide(self, item: Item) -> None:
        """Nobody is to see it."""
        item.hidden, item.number = True, None

    def merge(self, item: Item, other: Item, now: datetime) -> None:
        """Both are one work: news, if one of them was (2)."""
        makes_new = other.announced and other.number is not None and not item.announced
        for part in (other, *other.parts):
            part.whole = item
            item.parts.append(part)
        other.number, other.parts = None, []
        item.was_merged = other.was_merged = True
        if makes_new:
            item.announced, item.number = True, None
            self.release(now)

    def part(self, item: Item, other: Item) -> None:
        """They are two after all."""
        other.whole = None
        item.parts.remove(other)
        if not item.is_there:
            item.number = None


# ── Calendars ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Digest:
    """A recipe: the wall-clock times of its issues, and what it is about."""

    name: str
    unit: str
    hours: tuple[int, ...] = ()
    minute: int = 0
    weekdays: tuple[int, ...] = ()
    days: tuple[int, ...] = ()
    about: str = ""
    approval: bool = False
    undo: timedelta = timedelta()


@dataclass(frozen=True)
class Wants:
    """What a reader chose."""

    digest: str
    zone: str
    any_tags: tuple[str, ...] = ()
    no_tags: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ("piece", "appearance")
    hour: int | None = None
    day: int | None = None
    paused_until: datetime | None = None

    def fit(self, item: Item, digest: Digest) -> bool:
        """Whether this reader wants this item, from this digest."""
        return (
            item.said.kind in self.kinds
            and (not self.any_tags or bool(item.tags & {*self.any_tags}))
            and not item.tags & {*self.no_tags}
            and (not digest.about or digest.about in item.tags)
        )


@dataclass(frozen=True)
class Calendar:
    """When a digest is due for those who share zone, hour and day."""

    digest: Digest
    zone: str
    hour: int | None
    day: int | None

    def next(self, after: datetime) -> datetime:
        """The first time that comes after a moment."""
        return next(moment for moment, _ in self._from(after - 2 * DAY) if moment > after)

    def period(self, now: datetime) -> str:
        """What the last time up to a moment is called after."""
        *_, wall = (
            wall
            for moment, wall in self._between(
                now - (40 if self.digest.unit == "month" else 9) * DAY, now + 2 * DAY
            )
            if moment <= now
        )
        if self.digest.unit == "week":
            year, week, _ = wall.isocalendar()
            return f"{year}-W{week:02}"
        return wall.strftime(
            {"day": "%Y-%m-%d", "month": "%Y-%m", "slot": "%Y-%m-%dT%H:%M"}[self.digest.unit]
        )

    @property
    def daily(self) -> "Calendar":
        """The same times, but of every day."""
        every_day = Digest(self.digest.name, "day", self.digest.hours, self.digest.minute)
        return Calendar(every_day, self.zone, self.hour, None)

    def _from(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        return self._between(start, start + 400 * DAY)

    def _between(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        day, last = start.date(), end.date()
        hours = self.digest.hours if self.hour is None else (self.hour,)
        while day <= last:
            if self._is_on(day):
                for hour in hours:
                    wall = datetime(day.year, day.month, day.day, hour, self.digest.minute)  # noqa: DTZ001
                    yield resolved(wall, self.zone)
            day += DAY

    def _is_on(self, day: date) -> bool:
        weekdays, days = self.digest.weekdays, self.digest.days
        if self.day is not None and self.digest.unit == "week":
            weekdays = (self.day,)
        if self.day is not None and self.digest.unit == "month":
            days = (self.day,)
        return (not weekdays or day.weekday() in weekdays) and (not days or day.day in days)


@lru_cache(100_000)
def resolved(wall: datetime, zone: str) -> tuple[datetime, datetime]:
    """When the clocks of a zone first show a time, and what they show; what they skip comes right afterwards."""
    place = ZoneInfo(zone)
    while True:
        moment = wall.replace(tzinfo=place).astimezone(UTC)
        if moment.astimezone(place).replace(tzinfo=None) == wall:
            return moment, wall
        wall += MINUTE


# ── Readers and issues ───────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Contents:
    """What one mail brings: the words of new items and of corrections, and the author's own."""

    new: frozenset[str]
    corrections: frozenset[str]
    note: str = ""


@dataclass(eq=False)
class Issue:
    """One issue to one reader; `newest` is how many items a welcome holds."""

    reader: "Reader"
    digest: str
    period: str
    up_to: int
    planned: datetime
    not_before: datetime
    newest: int | None = None
    state: str = "waiting"
    attempts: int = 0
    chosen: Contents | None = None
    brings: tuple[Item, ...] = field(default=(), repr=False)
    busy: datetime | None = None
    is_uncertain: bool = False
    may_have_come: set[str] = field(default_factory=set, repr=False)


@dataclass(eq=False)
class Reader:
    """A reader; `had` says of items when the newest issue that brought them was planned."""

    name: str
    wants: Wants
    cursor: int
    due: datetime | None
    status: str = "active"
    postponed: bool = False
    had: dict[str, datetime] = field(default_factory=dict, repr=False)
    issues: dict[tuple[str, str], Issue] = field(default_factory=dict, repr=False)

    @property
    def open(self) -> Issue | None:
        """The one issue that is not settled (3)."""
        found = [issue for issue in self.issues.values() if issue.state in OPEN]
        assert len(found) < 2, f"{self.name} has several open issues"
        return found[0] if found else None

    def may_be_mailed(self, now: datetime) -> bool:
        """Whether they are here, and awake."""
        pause = self.wants.paused_until
        return self.status == "active" and (pause is None or pause <= now)

    @property
    def doubted(self) -> set[str]:
        """What may have come in an issue that was then refused, or given up: it comes again in another."""
        issues = (issue for issue in self.issues.values() if issue.state != "accepted")
        return set().union(*(issue.may_have_come for issue in issues))

    def got(self, item: Item) -> datetime | None:
        """When they got an item, or a part of it (11)."""
        return max((self.had[each.key] for each in (item, *item.parts) if each.key in self.had), default=None)


@dataclass
class Sent:
    """A message that was handed over: to whom, with what, and what was said to it."""

    reader: str
    contents: Contents
    said: str


@dataclass
class Quiet:
    """How far instant digests are (7)."""

    seen: int
    planned: int
    first: datetime
    last: datetime


@dataclass
class Row:
    """What the ledger says of an issue."""

    state: str
    up_to: int
    not_before: datetime
    attempts: int


Ledger = Mapping[tuple[str, str, str], Row]
"""By reader, digest and period."""


class Contract:
    """What must be the case after each round of sending."""

    def __init__(self, digests: Mapping[str, Digest], *, at_most_once: bool = False) -> None:
        self.digests = digests
        self.at_most_once = at_most_once
        self.catalogue = Catalogue()
        self.readers: dict[str, Reader] = {}
        self.holds: set[str] = set()
        self.waiting_notes: dict[str, str] = {}
        self.notes: dict[tuple[str, str], str] = {}
        self.approvals: dict[tuple[str, str], tuple[int, bool]] = {}
        self.begun: set[tuple[str, str]] = set()
        self.quiet: Quiet | None = None

    # ── What people do ───────────────────────────────────────────────────────────────────────────

    def join(self, name: str, wants: Wants, now: datetime, welcome: int = 0) -> None:
        """Somebody begins, or begins again: with what comes from now on, and a welcome (8)."""
        reader = self.readers.get(name) or Reader(name, wants, 0, None)
        self.readers[name] = reader
        reader.wants, reader.status, reader.postponed = wants, "active", False
        reader.cursor, reader.due = self.catalogue.newest, self._next(wants, now)
        if welcome and reader.open is None:
            before = [
                issue for issue in reader.issues.values() if issue.newest and issue.digest == wants.digest
            ]
            period = f"welcome-{len(before) + 1}" if before else "welcome"
            issue = Issue(reader, wants.digest, period, self.catalogue.newest, now, now, welcome)
            reader.issues[wants.digest, period] = issue

    def stop(self, name: str, status: str) -> None:
        """Somebody leaves, or must not be mailed any more."""
        reader = self.readers[name]
        reader.status = status
        reader.due = None if status == "left" else reader.due
        if reader.open and reader.open.state == "waiting":
            reader.open.state = status

    def lift(self, name: str) -> None:
        """An address may be mailed again; what was missed stays missed."""
        reader = self.readers[name]
        reader.status, reader.cursor = "active", self.catalogue.newest

    def prefer(self, name: str, wants: Wants, now: datetime) -> None:
        """Somebody chooses; the next issue comes as before, unless that is what was chosen, or a pause."""
        reader = self.readers[name]
        pause = reader.wants.paused_until
        before = _when(reader.wants, None if pause and pause <= now else pause)
        if before != _when(wants, wants.paused_until):
            reader.due, reader.postponed = self._next(wants, max(now, wants.paused_until or now)), False
        reader.wants = wants

    def _calendar(self, wants: Wants) -> Calendar:
        return Calendar(self.digests[wants.digest], wants.zone, wants.hour, wants.day)

    def _next(self, wants: Wants, now: datetime) -> datetime | None:
        is_instant = self.digests[wants.digest].unit == "instant"
        return None if is_instant else self._calendar(wants).next(now)

    # ── A round ──────────────────────────────────────────────────────────────────────────────────

    def follow(self, now: datetime, sent: list[Sent], ledger: Ledger, *, killed: bool, planned: bool) -> None:
        """Go through a round; `ledger` is how it ended, and says how far one came that was killed."""
        self._send(now, sent, ledger, killed=killed)
        if planned:
            self._plan_instant(now)
            self._plan(now)
            self._send(now, sent, ledger, killed=killed)
        assert not sent, f"these should not have come: {sent}"

    def _plan(self, now: datetime) -> None:
        """All who are due get an issue; whoever is too late for it waits for their next hour, once (5, 6)."""
        groups: dict[tuple[str, str], list[Reader]] = {}
        for reader in self.readers.values():
            if reader.due is None or reader.due > now or not reader.may_be_mailed(now):
                continue
            calendar = self._calendar(reader.wants)
            if reader.due < now - LATE and not reader.postponed:
                reader.due, reader.postponed = calendar.daily.next(now), True
                continue
            issue = (reader.wants.digest, calendar.period(now))
            flies = reader.open is not None and reader.open.state != "waiting"
            if issue not in reader.issues and flies:
                continue
            reader.due, reader.postponed = calendar.next(now), False
            if reader.open and not flies:
                reader.open.state = "expired"
            if issue not in reader.issues:
                groups.setdefault(issue, []).append(reader)
        for issue, readers in sorted(groups.items(), key=lambda group: group[0]):
            self._begin(issue, readers, self.catalogue.newest, now)

    def _plan_instant(self, now: datetime) -> None:
        """Those who want to know at once get what has come when it has been quiet for a while (7)."""
        newest = self.catalogue.newest
        quiet = self.quiet = self.quiet or Quiet(newest, newest, now, now)
        if newest != quiet.seen:
            quiet.first = now if quiet.seen == quiet.planned else quiet.first
            quiet.seen, quiet.last = newest, now
        if quiet.seen == quiet.planned or now < min(quiet.last + QUIET, quiet.first + LONGEST_QUIET):
            return
        due = [
            reader
            for reader in self.readers.values()
            if self.digests[reader.wants.digest].unit == "instant"
            and reader.cursor < quiet.seen
            and reader.may_be_mailed(now)
        ]
        period, groups, is_all = str(quiet.seen), dict[str, list[Reader]](), True
        for reader in due:
            is_this = reader.open is not None and reader.open.period == period
            if reader.open and reader.open.state == "waiting" and not is_this:
                reader.open.state = "expired"
            is_all = is_all and (reader.open is None or is_this)
            if reader.open is None and (reader.wants.digest, period) not in reader.issues:
                groups.setdefault(reader.wants.digest, []).append(reader)
        for digest, readers in groups.items():
            self._begin((digest, period), readers, quiet.seen, now)
        if is_all:
            quiet.planned = quiet.seen

    def _begin(self, issue: tuple[str, str], readers: list[Reader], newest: int, now: datetime) -> None:
        """Plan an issue; its first planning freezes how far it goes, if it is to be approved, and its words (9)."""
        digest = self.digests[issue[0]]
        if issue not in self.begun and digest.name in self.waiting_notes:
            self.notes[issue] = self.waiting_notes.pop(digest.name)
        self.begun.add(issue)
        if digest.approval:
            newest, _ = self.approvals.setdefault(issue, (newest, False))
        for reader in readers:
            reader.issues[issue] = Issue(reader, *issue, newest, now, now + digest.undo)

    def _send(self, now: datetime, sent: list[Sent], ledger: Ledger, *, killed: bool) -> None:
        for reader in self.readers.values():
            issue = reader.open
            if issue is None:
                continue
            if self.at_most_once and issue.state == "attempted" and issue.busy != now:
                row = ledger[reader.name, issue.digest, issue.period]
                if not (killed and row.state == "attempted"):
                    self._close(issue, "uncertain")
            elif self._is_ready(issue, now):
                self._send_one(issue, now, sent, ledger, killed=killed)

    def _is_ready(self, issue: Issue, now: datetime) -> bool:
        _, approved = self.approvals.get((issue.digest, issue.period), (0, True))
        is_free = issue.not_before <= now if issue.state == "waiting" else issue.busy != now
        return is_free and approved and not self.holds & {"", issue.digest}

    def _send_one(
        self, issue: Issue, now: datetime, sent: list[Sent], ledger: Ledger, *, killed: bool
    ) -> None:
        """One issue goes, or says why not (10 to 14)."""
        reader = issue.reader
        row = ledger.get((reader.name, issue.digest, issue.period))
        assert row, f"{reader.name} should have been planned for: {issue}, {killed=}, {now}, {self.quiet}"
        if not issue.is_uncertain:
            self._choose(issue)
        mail = next((mail for mail in sent if mail.reader == reader.name), None)
        after = self._after(issue, mail, now)
        if mail is not None and after != mail.said:
            mail = None  # it is of the next issue, in the same round
        if mail is not None:
            sent.remove(mail)
            assert mail.contents == issue.chosen, self._why(issue, mail)
        if killed and row.state in OPEN:  # so far it came
            self._doubt(issue, issue.is_uncertain or row.state == "attempted")
            issue.state, issue.attempts, issue.not_before = row.state, row.attempts, row.not_before
            return
        assert after != "nothing", f"{reader.name} should have got {issue.chosen}"
        issue.attempts += mail is not None
        self._doubt(issue, after == "lost" or (after == "deferred" and issue.is_uncertain))
        if after == "deferred":
            issue.not_before = now + BACK_OFF[min(issue.attempts, len(BACK_OFF)) - 1]
            issue.state = "waiting"
        elif after == "lost":
            issue.state, issue.busy = "attempted", now
        elif after == "dead":
            issue.state, reader.status = "refused", "suppressed"
        else:
            self._close(issue, after)

    def _doubt(self, issue: Issue, is_uncertain: bool) -> None:
        """Remember what may have come though nobody knows (14)."""
        issue.is_uncertain = is_uncertain
        if is_uncertain:
            issue.may_have_come.update(item.key for item in issue.brings)

    def _after(self, issue: Issue, mail: Sent | None, now: datetime) -> str:
        """What becomes of an issue that could go, and for which a mail was handed over, or none."""
        chosen = issue.chosen
        if chosen is None or not (chosen.new or chosen.corrections):
            return "empty"
        if issue.reader.status != "active":
            return issue.reader.status
        if not issue.reader.may_be_mailed(now):
            return "expired"
        return mail.said if mail else "nothing"

    def _why(self, issue: Issue, mail: Sent) -> str:
        chosen = issue.chosen or Contents(frozenset(), frozenset())
        differs = (mail.contents.new ^ chosen.new) | (mail.contents.corrections ^ chosen.corrections)
        about = [item for word in differs if (item := self.catalogue.items.get(word.split()[0]))]
        lines = [f"{item} had {issue.reader.got(item)}" for item in about]
        return "\n".join([f"{mail.contents}\nnot {chosen}", f"{issue}", *lines])

    def _choose(self, issue: Issue) -> None:
        """Take what is there now, fits now, and was not had (11); a welcome has the newest, whatever was had (8)."""
        reader, digest = issue.reader, self.digests[issue.digest]
        fitting = [item for item in self.catalogue.public if reader.wants.fit(item, digest)]
        if issue.newest is not None:
            fitting.sort(key=lambda item: item.uid)
            fitting.sort(key=lambda item: item.posted, reverse=True)
            new, corrections = fitting[: issue.newest], []
        else:
            window = range(reader.cursor + 1, issue.up_to + 1)
            new = [
                item
                for item in fitting
                if item.announced and item.number in window and reader.got(item) is None
            ]
            corrections = [
                item
                for item in self.catalogue.public
                if item.number in window
                and item.corrected
                and (got := reader.got(item)) is not None
                and got <= item.corrected
            ]
        issue.chosen = Contents(
            frozenset(item.words for item in new),
            frozenset(item.key for item in corrections),
            self.notes.get((issue.digest, issue.period), ""),
        )
        issue.brings = (*new, *corrections)

    def _close(self, issue: Issue, state: str) -> None:
        """Settle an issue, and with it how far its reader is served (13)."""
        issue.state = state
        reader = issue.reader
        if state in SERVED and issue.newest is None:
            reader.cursor = max(reader.cursor, issue.up_to)
        if state == "accepted":
            for item in issue.brings:
                reader.had[item.key] = max(issue.planned, reader.had.get(item.key, issue.planned))


def _when(wants: Wants, pause: datetime | None) -> tuple[object, ...]:
    return (wants.digest, wants.zone, wants.hour, wants.day, pause)
