"""A site for a year: an author, readers, a post office with moods, and all that happens to them.

Whatever is done is done twice: to feeder, by its workflows, and to the contract of `year_model`.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from random import Random
from typing import Any

from sqlalchemy import or_, select

from feeder.app import App
from feeder.errors import SourceError
from feeder.mail.transports.folder import Maildir
from feeder.model.deliveries import Deferred, Envelope, Lost, Message, Outcome, Refused, Verdict
from feeder.model.digests import Recipe, Unit
from feeder.model.items import Draft, Kind, Past, Reading
from feeder.model.settings import Signup
from feeder.model.subscribers import Cause, Preferences, Subscriber
from feeder.store import rhythms, tables
from feeder.tokens import Purpose
from feeder.workflows import curate, merge, oversee, prefer, send, subscribe, suppress
from feeder.workflows.collect import collect
from feeder.workflows.release import release
from tests.workflows.year_model import (
    Contents,
    Contract,
    Digest,
    Item,
    Ledger,
    Quiet,
    Reader,
    Row,
    Said,
    Sent,
    Wants,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_TAGS = "xyz"

RECIPES = {
    "daily": Recipe("daily", "0 8 * * *", Unit.DAY, "Daily"),
    "weekly": Recipe("weekly", "0 8 * * mon", Unit.WEEK, "Weekly"),
    "monthly": Recipe("monthly", "0 8 1 * *", Unit.MONTH, "Monthly"),
    "instant": Recipe("instant", "* * * * *", Unit.INSTANT, "Instant"),
    "twice": Recipe(
        "twice", "30 6,18 * * 2,4,7", Unit.SLOT, "Twice on some days", undo=timedelta(minutes=20)
    ),
    "about-x": Recipe("about-x", "15 9 * * wed", Unit.WEEK, "Approved", any=("tag:x",), approval=True),
}
"""What the site is configured with; `DIGESTS` says the same in the contract's words."""

DIGESTS = {
    "daily": Digest("daily", "day", (8,)),
    "weekly": Digest("weekly", "week", (8,), weekdays=(0,)),
    "monthly": Digest("monthly", "month", (8,), days=(1,)),
    "instant": Digest("instant", "instant"),
    "twice": Digest("twice", "slot", (6, 18), 30, weekdays=(1, 3, 6), undo=timedelta(minutes=20)),
    "about-x": Digest("about-x", "week", (9,), 15, weekdays=(2,), about="x", approval=True),
}

TEMPLATES = {
    "subject.txt": "{{ recipe.name }} {{ 'welcome' if welcome else period }}",
    "body.txt": "{% for each in parts %}+ {{ each.item.title }} {{ each.item.standfirst }} {{ each.item.topic or 'h0' }}\n"
    "{% endfor %}{% for each in corrections %}! {{ each.title }}\n{% endfor %}"
    "{% if words %}~ {{ words|text|trim }}\n{% endif %}{{ unsubscribe }}\n",
    "body.html": "<p>{{ parts|length }} {{ unsubscribe }}</p>",
}
"""Templates of a site that wants bare lists."""


class Killed(BaseException):
    """A process that ends here."""


@dataclass
class Source:
    """A source that has just these drafts; it may fail, or not tell all."""

    drafts: dict[str, Draft] = field(default_factory=dict)
    fails: bool = False
    complete: bool = True
    name: str = "told"

    def read(self, past: Past) -> Reading:
        if self.fails:
            raise SourceError("the source told", "cannot be read", "try again")
        return Reading(tuple(self.drafts.values()), complete=self.complete)


class Office(Maildir):
    """A Maildir that defers, refuses, loses, and dies; it writes down what it was given."""

    def __init__(self, folder: Any, random: Random) -> None:
        super().__init__(folder)
        self.sent: list[Sent] = []
        self.is_moody = self.is_deadly = False
        self._random = random

    def send(self, envelope: Envelope, message: Message) -> Outcome:
        fate = self._random.random()
        if self.is_deadly and fate < 0.1:
            raise Killed
        said, outcome = self._mood(fate) if self.is_moody else ("accepted", None)
        if said == "dead" and envelope.recipient.startswith("steady"):
            said, outcome = "accepted", None
        if outcome is None or (said == "lost" and self._random.random() < 0.5):
            taken = super().send(envelope, message)
            outcome = outcome or taken
        self.sent.append(Sent(envelope.recipient.split("@")[0], contents_of(message.content), said))
        if self.is_deadly and fate > 0.9:
            raise Killed
        return outcome

    def _mood(self, fate: float) -> tuple[str, Outcome | None]:
        if 0.1 < fate < 0.2:
            return "deferred", Deferred("451 not now")
        if 0.2 < fate < 0.23:
            return "refused", Refused("552 full", Verdict.FULL)
        if 0.23 < fate < 0.235:
            return "dead", Refused("550 no such user", Verdict.DEAD)
        if 0.24 < fate < 0.27:
            return "lost", Lost("the connection ended")
        return "accepted", None


def contents_of(message: bytes) -> Contents:
    """Return what a mail brings."""
    part = message_from_bytes(message, policy=policy.default).get_body(("plain",))
    assert part is not None
    lines = part.get_content().splitlines()
    told = {mark: [line[2:] for line in lines if line.startswith(f"{mark} ")] for mark in "+!~"}
    assert len({*told["+"]}) == len(told["+"]), "an item stands twice in one mail"
    return Contents(frozenset(told["+"]), frozenset(told["!"]), "".join(told["~"]))


@dataclass
class Year:
    """A site, what happens to it, and what must come of it."""

    app: App
    random: Random
    contract: Contract
    office: Office
    source: Source = field(default_factory=Source)
    signup: Signup = field(default_factory=lambda: Signup(welcome=3))
    happened: Counter[str] = field(default_factory=Counter)
    count: int = 0
    worked: bool = True
    removed: dict[str, Draft] = field(default_factory=dict)
    ever: set[str] = field(default_factory=set)

    # ── The author ───────────────────────────────────────────────────────────────────────────────

    def write(self, now: datetime) -> None:
        """A new item, of today, of long ago, of days to come, under embargo, or not to be seen yet."""
        chance = self.random.random
        key = self._key()
        self._tell(
            Draft(
                key,
                self.random.choice(list(Kind)),
                key,
                key,
                posted=self.random.choice(
                    [None, None, now - 900 * HOUR, now + self.random.randrange(99) * HOUR]
                ),
                published=self.random.choice([None, now.date(), now - 9000 * HOUR]),
                embargo=now + self.random.randrange(-40, 90) * HOUR if chance() < 0.15 else None,
                withheld=chance() < 0.1,
                tags=self._tags(),
                standfirst="s0",
            )
        )

    def edit(self, now: datetime) -> None:
        """Other words, other tags, or shown at last."""
        draft = self._one_of(list(self.source.drafts.values())[-15:])
        if draft:
            version = int(draft.standfirst[1:]) + 1
            tags = self._tags() if self.random.random() < 0.4 else draft.tags
            withheld = self.random.random() < 0.1
            self._tell(replace(draft, standfirst=f"s{version}", tags=tags, withheld=withheld))

    def remove(self, now: datetime) -> None:
        """An item is gone from the source."""
        draft = self._one_of(list(self.source.drafts.values())[-12:])
        if draft:
            self.removed[draft.key] = self.source.drafts.pop(draft.key)
            self.worked = True

    def bring(self, now: datetime) -> None:
        """An item is back at the source."""
        key = self._one_of(list(self.removed))
        if key:
            self._tell(self.removed.pop(key))

    def mishap(self, now: datetime) -> None:
        """The source is not there, or nearly empty, or tells half: nothing is lost by that."""
        drafts, self.worked = dict(self.source.drafts), True
        match self.random.randrange(3):
            case 0:
                self.source.fails = True
            case 1:
                self.source.complete = False
                self.source.drafts = dict(list(drafts.items())[::2])
            case 2:
                self.source.drafts = dict(list(drafts.items())[:1])
        self.read(now)
        self.source.drafts, self.source.fails, self.source.complete = drafts, False, True
        self.worked = True

    def read(self, now: datetime, *, confirmed: bool = False) -> None:
        """The source is read."""
        self.worked = False
        self.ever |= self.source.drafts.keys()
        try:
            collect(self.app.store, self.source, now, announce=False, confirmed=confirmed)
        except SourceError:
            return
        told = {key: _said(draft) for key, draft in self.source.drafts.items()}
        catalogue = self.contract.catalogue
        catalogue.read(told, self.ever, now, complete=self.source.complete, confirmed=confirmed)
        self._name()

    def _tell(self, draft: Draft) -> None:
        self.source.drafts[draft.key] = draft
        self.worked = True

    def _key(self) -> str:
        self.count += 1
        return f"k{self.count}"

    def _tags(self) -> tuple[str, ...]:
        return tuple(tag for tag in _TAGS if self.random.random() < 0.45)

    def _one_of(self, some: Sequence[Any]) -> Any:
        return self.random.choice(some) if some else None

    def _name(self) -> None:
        """Learn the ids of new items, by which those posted at one moment are told apart."""
        with self.app.store.reading() as tx:
            for item in self.contract.catalogue.items.values():
                item.uid = item.uid or tx.items.get(item.key).uid

    # ── The editor ───────────────────────────────────────────────────────────────────────────────

    def add_by_hand(self, now: datetime) -> None:
        """An item that no source tells."""
        posted = now - 500 * HOUR if self.random.random() < 0.2 else None
        embargo = now + 30 * HOUR if self.random.random() < 0.2 else None
        key, tags = self._key(), self._tags()
        given = {"title": key, "tags": tags, "posted": posted, "embargo": embargo, "standfirst": "s0"}
        fields = {name: value for name, value in given.items() if value is not None}
        curate.add(self.app.store, curate.Edits(fields), self.app.settings.site, now, "test")
        said = Said("piece", frozenset(tags), posted, embargo)
        self.contract.catalogue.add(key, said, now)
        self._name()

    def edit_by_hand(self, now: datetime) -> None:
        """A person sets a field of an item."""
        item = self._an_item()
        if item:
            item.by_hand += 1
            edits = curate.Edits({"topic": f"h{item.by_hand}"})
            curate.edit(self.app.store, item.uid, edits, now, "test", minor=self.random.random() < 0.5)

    def hide(self, now: datetime) -> None:
        """An item is hidden."""
        item = self._an_item()
        if item:
            curate.hide(self.app.store, item.uid, now, "test")
            self.contract.catalogue.hide(item)

    def unhide(self, now: datetime) -> None:
        """A hidden item is hidden no more."""
        item = self._one_of([item for item in self._items() if item.hidden and item.is_there])
        if item:
            curate.bring_back(self.app.store, item.uid, now, "test")
            item.hidden = False

    def correct(self, now: datetime) -> None:
        """An item was wrong."""
        item = self._an_item()
        if item:
            curate.correct(self.app.store, item.uid, "It was wrong.", curate.Edits(), now, "test")
            self.contract.catalogue.correct(item, now)

    def merge(self, now: datetime) -> None:
        """Two items are one."""
        item, other = self._an_item(), self._an_item()
        if item and other and item is not other:
            merge.merge(self.app.store, item.uid, other.uid, now, "test")
            self.contract.catalogue.merge(item, other, now)

    def part(self, now: datetime) -> None:
        """One item is two."""
        other = self._one_of([item for item in self._items() if item.whole])
        if other:
            whole = other.whole
            merge.part(self.app.store, whole.uid, other.uid, now, "test")
            self.contract.catalogue.part(whole, other)

    def _items(self) -> list[Item]:
        return list(self.contract.catalogue.items.values())

    def _an_item(self) -> Item | None:
        found: Item | None = self._one_of(self.contract.catalogue.public[-15:])
        return found

    # ── The operator ─────────────────────────────────────────────────────────────────────────────

    def hold(self, now: datetime) -> None:
        """A digest, or all mail, is stopped, or goes on."""
        if self.contract.holds:
            name = self.contract.holds.pop()
            assert oversee.resume(self.app.store, name)
        else:
            name = self.random.choice(["", *DIGESTS])
            oversee.pause(self.app.store, name, "test", now)
            self.contract.holds.add(name)

    def note(self, now: datetime) -> None:
        """Words are set above the next issue."""
        digest = self.random.choice(list(DIGESTS))
        words = f"note{self.random.randrange(10**6)}"
        oversee.write_note(self.app.store, digest, words, "https://spans.example/", now)
        self.contract.waiting_notes[digest] = words

    def approve(self, now: datetime) -> None:
        """The issues that wait are approved."""
        with self.app.store.reading() as tx:
            waiting = tx.approvals.open()
        for approval in waiting:
            assert oversee.approve(self.app.store, approval, now)
        known = {issue for issue, (_, approved) in self.contract.approvals.items() if not approved}
        assert {(approval.digest, approval.period) for approval in waiting} == known
        for issue in known:
            self.contract.approvals[issue] = (self.contract.approvals[issue][0], True)

    # ── The readers ──────────────────────────────────────────────────────────────────────────────

    def join(self, name: str, wants: Wants, now: datetime, welcome: int = 0) -> None:
        """A reader is added by hand."""
        recipe = RECIPES[wants.digest]
        subscribe.add(
            self.app.store,
            f"{name}@example.org",
            _preferences(wants),
            recipe,
            now,
            reason="",
            welcome=welcome,
        )
        self.contract.join(name, wants, now, welcome)

    def leave(self, now: datetime) -> None:
        """A reader leaves by a link in a mail."""
        reader = self._a_reader("active")
        if reader:
            token = self.app.signer.sign(Purpose.UNSUBSCRIBE, self._there(reader).id)
            subscribe.leave(self.app.store, self.app.signer, token, now)
            self.contract.stop(reader.name, "left")

    def come_back(self, now: datetime) -> None:
        """A reader who left signs up again, and confirms."""
        reader = self._a_reader("left")
        if not reader:
            return
        app, wish = self.app, replace(self._other(reader.wants), paused_until=None)
        there = self._there(reader)
        asked = subscribe.Wanted(there.address, _preferences(wish), "subscribe", "Yes.", "", b"\1")
        subscribe.ask(app.store, asked, now)
        subscribe.answer(app.store, self.signup, now)
        with app.store.reading() as tx:
            request = tx.requests.of(there.id)[-1]
        if request.mailed:
            token = app.signer.sign(Purpose.CONFIRM, request.id, there.links, request.expires)
            done = subscribe.confirm(app.store, app.signer, RECIPES, self.signup, token, now)
            assert isinstance(done, subscribe.Confirmed)
            self.contract.join(reader.name, wish, now, self.signup.welcome)

    def suppress(self, now: datetime) -> None:
        """An address must not be mailed."""
        reader = self._a_reader("active")
        if reader:
            suppress.suppress(self.app.store, f"{reader.name}@example.org", Cause.BY_HAND, "test", now)
            self.contract.stop(reader.name, "suppressed")

    def lift(self, now: datetime) -> None:
        """An address may be mailed again."""
        reader = self._a_reader("suppressed")
        if reader:
            suppress.lift(self.app.store, f"{reader.name}@example.org")
            self.contract.lift(reader.name)

    def choose(self, now: datetime) -> None:
        """A reader chooses other things; now and then that is undone."""
        reader = self._a_reader("active")
        if not reader:
            return
        before, wanted = reader.wants, self._other(reader.wants)
        self._prefer(reader, wanted, now)
        if self.random.random() < 0.2 and before.paused_until is None and before != wanted:
            with self.app.store.reading() as tx:
                made = tx.choices.of(self._there(reader).id)[-1]
            prefer.undo(self.app.store, RECIPES, made, now)
            self.contract.prefer(reader.name, before, now)

    def pause(self, now: datetime) -> None:
        """A reader wants no mail for a while, or goes on."""
        reader = self._a_reader("active")
        if reader:
            until = None if reader.wants.paused_until else now + self.random.randrange(1, 60) * DAY
            self._prefer(reader, replace(reader.wants, paused_until=until), now)

    def _prefer(self, reader: Reader, wanted: Wants, now: datetime) -> None:
        prefer.choose(self.app.store, RECIPES, self._there(reader), _preferences(wanted), now)
        self.contract.prefer(reader.name, wanted, now)

    def _other(self, wants: Wants) -> Wants:
        match self.random.randrange(5):
            case 0:
                return replace(wants, any_tags=self._tags())
            case 1:
                return replace(wants, kinds=self.random.choice([("piece",), ("piece", "appearance")]))
            case 2:
                return replace(wants, zone=self.random.choice(self._zones()))
            case 3:
                return replace(wants, hour=self.random.randrange(24))
        digest = self.random.choice(["weekly", "monthly", "instant", "about-x", "weekly"])
        return replace(wants, digest=digest, day=None)

    def _zones(self) -> list[str]:
        return [reader.wants.zone for reader in self.contract.readers.values()]

    def _a_reader(self, status: str) -> Reader | None:
        there = [reader for reader in self.contract.readers.values() if reader.status == status]
        found: Reader | None = self._one_of(
            [reader for reader in there if not reader.name.startswith("steady")]
        )
        return found

    def _there(self, reader: Reader) -> Subscriber:
        with self.app.store.reading() as tx:
            return tx.subscribers.get(f"{reader.name}@example.org")

    # ── Time ─────────────────────────────────────────────────────────────────────────────────────

    def happenings(self) -> Mapping[Callable[[datetime], None], float]:
        """What may happen between two rounds, and how likely."""
        return {
            self.write: 0.6,
            self.edit: 0.25,
            self.remove: 0.1,
            self.bring: 0.1,
            self.mishap: 0.02,
            self.add_by_hand: 0.06,
            self.edit_by_hand: 0.12,
            self.hide: 0.06,
            self.unhide: 0.08,
            self.correct: 0.12,
            self.merge: 0.05,
            self.part: 0.04,
            self.hold: 0.03,
            self.note: 0.08,
            self.approve: 0.1,
            self.leave: 0.025,
            self.come_back: 0.04,
            self.suppress: 0.01,
            self.lift: 0.03,
            self.choose: 0.12,
            self.pause: 0.05,
        }

    def live(self, now: datetime) -> None:
        """Let things happen just before a round."""
        for happens, chance in self.happenings().items():
            if self.random.random() < chance:
                happens(now)
                self.happened[happens.__name__] += 1

    def round(self, now: datetime, *, deadly: bool = False) -> None:
        """Do what `feeder once` does about items and mail, and see that all is as the contract has it."""
        random, app, contract = self.random, self.app, self.contract
        dies_at = random.randrange(1, 12) if deadly and random.random() < 0.5 else 0
        looks = 0

        def clock() -> datetime:
            nonlocal looks
            looks += 1
            if looks == dies_at:
                raise Killed
            return now

        self.office.is_deadly = deadly
        self.office.sent = []
        way = replace(
            app.post,
            transport=self.office,
            owner=f"{now}",
            recipes=RECIPES,
            delivery=replace(app.post.delivery, group=random.choice([1, 10])),
        )
        send.recover(app.store, now)
        if self.worked:
            self.read(now, confirmed=True)
        release(app.store, now)
        contract.catalogue.release(now)
        self.compare_items(now)
        killed = False
        try:
            send.send_due(app.store, way, clock, stopped=lambda: False)
        except Killed:
            killed = True
            self.happened["killed"] += 1
        for sent in self.office.sent:
            self.happened[sent.said] += 1
        planned = not killed or self._has_planned(now)
        contract.follow(now, self.office.sent, self.ledger(now), killed=killed, planned=planned)
        self.compare(now)

    def _has_planned(self, now: datetime) -> bool:
        """Tell whether a round that was killed had planned before."""
        runs = tables.runs.c
        with self.app.store._engine.connect() as connection:
            claimed = select(runs.slot).where(runs.job == "plan", runs.slot == now.isoformat())
            if connection.execute(claimed).first():
                return True
        return self._quiet() != self.contract.quiet

    def _quiet(self) -> Quiet | None:
        with self.app.store.reading() as tx:
            known = tx.facts.get("quiet")
        if known is None:
            return None
        seen, planned, first, last = json.loads(known)
        return Quiet(seen, planned, datetime.fromisoformat(first), datetime.fromisoformat(last))

    def mails(self) -> list[tuple[str, str, Contents]]:
        """Return what lies in the mailbox: to whom, in which issue, and what it brings."""
        found = []
        for file in self.app.settings.mail.folder.glob("new/*"):
            content = file.read_bytes()
            mail = message_from_bytes(content, policy=policy.default)
            found.append((mail["Delivered-To"].split("@")[0], mail["Subject"], contents_of(content)))
        return found

    def ledger(self, since: datetime | None = None) -> Ledger:
        """Return what the ledger has, or what of it is open or has changed since."""
        delivery, reader = tables.deliveries.c, tables.subscribers.c
        query = select(tables.deliveries, reader.address).join(
            tables.subscribers, reader.id == delivery.subscriber_id
        )
        if since:
            query = query.where(
                or_(delivery.changed >= since, delivery.state.in_(["waiting", "claimed", "attempted"]))
            )
        with self.app.store._engine.connect() as connection:
            return {
                (row.address.split("@")[0], row.digest, row.period): Row(
                    row.state, row.up_to, row.not_before, row.attempts
                )
                for row in connection.execute(query)
            }

    def compare_items(self, now: datetime) -> None:
        """See that just those items are public, with so many numbers given, as the contract has them."""
        items = tables.items.c
        with self.app.store._engine.connect() as connection:
            rows = connection.execute(select(items.title, items.announced).where(items.number.is_not(None)))
            public = {row.title: row.announced for row in rows}
        expected = {item.key: item.announced for item in self.contract.catalogue.public}
        assert public == expected, _difference(now, public, expected)
        with self.app.store.reading() as tx:
            assert tx.items.newest_number() == self.contract.catalogue.newest, now

    def compare(self, now: datetime) -> None:
        """See that readers, numbers and open issues are as the contract has them."""
        with self.app.store._engine.connect() as connection:
            due = (rhythms.NEXT_ISSUE_AT.label("due"), rhythms.POSTPONED.label("put_off"))
            rows = connection.execute(select(tables.subscribers, *due)).all()
        there = {row.address.split("@")[0]: (row.status, row.cursor, row.due, row.put_off) for row in rows}
        readers = self.contract.readers.values()
        expected = {each.name: (each.status, each.cursor, each.due, each.postponed) for each in readers}
        assert there == expected, _difference(now, there, expected)
        ledger = {key: row for key, row in self.ledger(now).items() if row.state in _OPEN}
        waiting = {
            (each.name, each.open.digest, each.open.period): _row(each.open) for each in readers if each.open
        }
        assert ledger == waiting, _difference(now, ledger, waiting)
        assert self._quiet() == self.contract.quiet, now


_OPEN = ("waiting", "claimed", "attempted")


def _row(issue: Any) -> Row:
    return Row(issue.state, issue.up_to, issue.not_before, issue.attempts)


def _difference(now: datetime, found: Mapping[Any, Any], expected: Mapping[Any, Any]) -> str:
    lines = [
        f"{key}: {found.get(key)}, not {expected.get(key)}"
        for key in sorted({*found, *expected})
        if found.get(key) != expected.get(key)
    ]
    return "\n".join([f"at {now}:", *lines])


def _said(draft: Draft) -> Said:
    published = draft.published
    if published is not None and not isinstance(published, datetime):
        published = datetime(published.year, published.month, published.day, tzinfo=UTC)
    return Said(
        draft.kind.value,
        frozenset(draft.tags),
        draft.posted or published,
        draft.embargo,
        draft.withheld,
        int(draft.standfirst[1:]),
    )


def _preferences(wants: Wants) -> Preferences:
    kinds = tuple(Kind(kind) for kind in wants.kinds)
    return Preferences(**{**asdict(wants), "kinds": kinds})
