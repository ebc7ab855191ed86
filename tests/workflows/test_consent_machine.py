"""Whatever people, strangers, robots, operators and workers do in whatever order: nobody is mailed unasked.

A model of its own decides, from what has happened, who may be mailed at the moment when a message goes
out, and what each link must do that was ever mailed.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from contextlib import suppress as passing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from feeder.app import App
from feeder.errors import AlreadyThere, ConfigurationError, NotFound
from feeder.mail.transports.folder import Maildir
from feeder.model.changes import Visit
from feeder.model.deliveries import OPEN, Accepted, Deferred, Delivery, Envelope, Message, Outcome
from feeder.model.items import Draft, Kind
from feeder.model.returns import Kind as ReturnKind
from feeder.model.returns import Return, Trace
from feeder.model.settings import Delivery as DeliverySettings
from feeder.model.settings import Mail, Signup, StoreSettings
from feeder.model.subscribers import LIFTED_BY_OPERATOR, LIFTED_BY_READER, Ask, Cause, Preferences, Subscriber
from feeder.store import open_store, tables
from feeder.tokens import Purpose
from feeder.workflows import letters, planning, prefer, returns, send, subscribe, suppress
from feeder.workflows.collect import apply
from feeder.workflows.post import Post
from feeder.workflows.release import release
from feeder.workflows.returns import Effect
from feeder.workflows.subscribe import Asked, Confirmed, Lapsed, Taken
from tests.postgresql_rig import a_database
from tests.workflows.consent_rig import NETWORK, Killed, links, rows

Changed = Callable[..., App]

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ADDRESSES = [f"{name}@example.org" for name in ("ada", "bo", "cy")]
NEVER = {Cause.COMPLAINT, Cause.BY_HAND}
addresses = st.sampled_from(ADDRESSES)
numbers = st.integers(0, 10_000)
often = st.sampled_from([True, True, True, False])


# ── The model ────────────────────────────────────────────────────────────────────────────────────


@dataclass(eq=False)
class Person:
    """Somebody with a subscription, or on the way to one. Moments are numbers of steps."""

    address: str
    status: str = "pending"
    suppressed: bool = False
    paused_until: datetime | None = None
    links: int = 0
    asked: int = 0  # when the confirmation that counts was asked for
    ended: int = 0  # when all that they had asked for came to nothing
    erased: bool = False
    was: str = ""  # the address of one who was erased, wherever whoever has it went since

    @property
    def is_reader(self) -> bool:
        return self.status == "active" and not self.suppressed


@dataclass(eq=False)
class Wish:
    """What somebody asked for an address, by the id of the request."""

    kind: Ask
    address: str
    step: int
    at: datetime
    person: Person | None = None  # who wants to move; who is asked, once a letter went out
    links: int = 0  # the generation with which it was confirmed
    is_confirmed: bool = False


@dataclass(eq=False)
class Change:
    """What a reader chose: only the pause counts here."""

    person: Person
    before: datetime | None
    after: datetime | None
    at: datetime
    undone: bool = False


@dataclass(frozen=True)
class Link:
    """A link that was mailed, and to whom it belonged then."""

    token: str
    person: Person
    generation: int
    at: datetime
    wish: Wish | None = None
    change: Change | None = None


@dataclass
class World:
    """All that has happened."""

    step: int = 0
    people: dict[str, Person] = field(default_factory=dict)
    listed: dict[str, set[Cause]] = field(default_factory=lambda: {address: set() for address in ADDRESSES})
    ended: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ADDRESSES, 0))
    left: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ADDRESSES, 0))
    wishes: dict[int, Wish] = field(default_factory=dict)
    changes: dict[int, Change] = field(default_factory=dict)
    links: dict[str, list[Link]] = field(default_factory=dict)
    asking: dict[str, list[tuple[datetime, Wish]]] = field(default_factory=dict)
    erased: list[Person] = field(default_factory=list)
    issues: list[Link] = field(default_factory=list)  # the return paths of issues

    def may_get_an_issue(self, address: str, at: datetime) -> bool:
        """Tell whether an issue may go to an address."""
        person = self.people.get(address)
        return (
            person is not None
            and person.is_reader
            and not self.listed[address]
            and (person.paused_until is None or person.paused_until <= at)
            and person.asked > self.left[address]
        )

    def end(self, address: str, person: Person | None = None) -> None:
        """Let all that was asked for an address, and by a person, come to nothing."""
        self.ended[address] = self.step
        if person is not None:
            person.ended = self.step

    def is_open(self, wish: Wish, at: datetime) -> bool:
        """Tell whether a wish can still be confirmed."""
        begun = wish.step > self.ended[wish.address]
        if wish.kind is Ask.MOVE:
            assert wish.person is not None
            begun = begun and wish.step > wish.person.ended
        return begun and at < wish.at + 7 * DAY and not self.listed[wish.address] & NEVER

    def forget(self, person: Person) -> None:
        """Erase somebody."""
        self.end(person.address, person)
        del self.people[person.address]
        person.erased, person.was = True, person.address
        self.erased.append(person)

    def behind(self, person: Person) -> Person | None:
        """Return who leaves by a link that was once mailed to somebody."""
        return self.people.get(person.was) if person.erased else person


# ── Mail, looked at when it goes out ─────────────────────────────────────────────────────────────


class Watched(Maildir):
    """A mailbox that holds each message against the model; now and then its process ends, or it is full."""

    def __init__(self, folder: Path, machine: "Consent") -> None:
        super().__init__(folder)
        self._machine = machine
        self.random = Random(0)
        self.trouble = 0.0

    def send(self, envelope: Envelope, message: Message) -> Outcome:
        fate = self.random.random()
        if fate < self.trouble / 3:
            raise Killed
        if fate < self.trouble * 2 / 3:
            return Deferred("the mailbox is full")
        self._machine.saw(envelope, message)
        outcome = super().send(envelope, message)
        if fate < self.trouble:
            raise Killed
        return outcome


class Consent(RuleBasedStateMachine):
    """All that can happen to consent."""

    def __init__(self, made: Callable[[], App]) -> None:
        super().__init__()
        self.app = made()
        self.now = datetime.fromisoformat("2026-11-20T12:00:00Z")
        self.world = World()
        self.way = Watched(self.app.settings.mail.folder, self)
        self.post: Post = replace(self.app.post, transport=self.way)
        self.claimed: list[Delivery] = []
        self.closed: dict[int, str] = {}
        self.rows = 0
        self.items = 0

    def teardown(self) -> None:
        self.app.store.close()

    def saw(self, envelope: Envelope, message: Message) -> None:
        """Look at a message that goes out."""
        world, address = self.world, envelope.recipient.lower()
        mail = message_from_bytes(message.content, policy=policy.default)
        assert not world.listed[address] & NEVER, f"mail to {address}, which must not be mailed at all"
        if mail["List-Id"] is not None:
            assert world.may_get_an_issue(address, self.now), f"an issue to {address}"
            token = envelope.sender.partition("+")[2].partition("@")[0]
            person = world.people[address]
            world.issues.append(Link(token, person, person.links, self.now))
        for page, token in links(mail):
            self._remember(page, token, address)

    def _remember(self, page: str, token: str, address: str) -> None:
        world = self.world
        claim = self.app.signer.verify(Purpose[page.upper()], token)
        assert claim is not None
        wish = change = None
        if page == "confirm":
            wish = world.wishes[claim.subject]
            assert wish.address == address, "a letter about what was asked for another"
            if wish.person is None:
                wish.person = world.people[address]
            self._is_not_pestered(address, wish)
        elif page == "undo":
            change = world.changes[claim.subject]
        person = wish.person if wish else change.person if change else world.people[address]
        assert person is not None
        made = Link(token, person, person.links, self.now, wish, change)
        if all(link.token != token for link in world.links.setdefault(page, [])):
            world.links[page].append(made)

    def _is_not_pestered(self, address: str, wish: Wish) -> None:
        """Assert that an address which does not answer gets one letter a day, and three in thirty days."""
        others = [
            (at, other)
            for at, other in self.world.asking.setdefault(address, [])
            if other is not wish and not other.is_confirmed and other.at > self.now - 30 * DAY
        ]
        if all(other is not wish for _, other in self.world.asking[address]):
            assert all(at <= self.now - DAY for at, _ in others), f"{address} is asked twice a day"
            assert len(others) < 3, f"{address} is asked a fourth time"
            self.world.asking[address].append((self.now, wish))

    def _goes_on(self) -> None:
        """Begin a step: no two happen in the same second."""
        self.world.step += 1
        self.now += SECOND

    def _newest(self, table: str) -> int:
        return max(int(row.id) for row in rows(self.app, table))

    def _some(self, page: str, number: int) -> Link:
        """Choose one of all links that were mailed; most often of those that may still work."""
        found = self.world.links[page]
        young = [link for link in found if self.now < link.at + 7 * DAY]
        chosen = young if young and number % 4 else found
        return chosen[number // 4 % len(chosen)]

    def _was_mailed(self, page: str) -> bool:
        return bool(self.world.links.get(page))

    # ── People and strangers ─────────────────────────────────────────────────────────────────────

    @initialize()
    def some_are_readers_already(self) -> None:
        for address in ADDRESSES[:2]:
            self.ask(address, "daily", capitals=False, post=True, confirms=True)
        self.a_day(25, news=True, seed=0, trouble=0.0)
        assert len(self.world.links["unsubscribe"]) == len(self.world.links["preferences"]) == 2

    @rule(
        address=addresses,
        digest=st.sampled_from(["daily", "weekly"]),
        capitals=st.booleans(),
        post=often,
        confirms=st.booleans(),
    )
    def ask(self, address: str, digest: str, capitals: bool, post: bool, confirms: bool) -> None:
        """Fill in the form, for whomever."""
        self._goes_on()
        wish = Preferences(digest, "UTC")
        typed = address.capitalize() if capitals else address
        wanted = subscribe.Wanted(typed, wish, "subscribe", "Yes.", "", NETWORK)
        subscribe.ask(self.app.store, wanted, self.now)
        self.world.wishes[self._newest("requests")] = Wish(Ask.JOIN, address, self.world.step, self.now)
        self._post(post, confirms)

    @precondition(lambda self: self._was_mailed("confirm"))
    @rule(number=numbers)
    def confirm(self, number: int) -> None:
        """Press the button behind any link that was ever mailed, most often a young one."""
        self._goes_on()
        self._confirm(self._some("confirm", number))

    def _confirm(self, link: Link) -> None:
        expected, before = self._confirmed(link), held(self.app)
        shown = subscribe.requested(self.app.store, self.app.signer, link.token, self.now)
        outcome = subscribe.confirm(
            self.app.store,
            self.app.signer,
            self.app.settings.digests,
            self.app.settings.signup,
            link.token,
            self.now,
        )
        assert isinstance(outcome, expected), (outcome, expected)
        if expected is Lapsed:
            assert held(self.app) == before
        else:
            assert shown is not None

    def _confirmed(self, link: Link) -> type:
        """Do in the model what a confirmation does, and return the kind of its outcome."""
        world, wish, person = self.world, link.wish, link.person
        assert wish is not None
        if wish.is_confirmed:
            is_good = not person.erased and person.links == wish.links and self.now < wish.at + 7 * DAY
            return Confirmed if is_good else Lapsed
        if not world.is_open(wish, self.now) or person.erased:
            return Lapsed
        address = wish.address
        if wish.kind is Ask.MOVE:
            there = world.people.get(address)
            if not person.is_reader:
                return Lapsed
            if there is not None and there is not person:
                if there.is_reader:
                    return Taken
                world.forget(there)
            world.end(person.address, person)
            for gone in world.erased:
                gone.was = address if gone.was == person.address else gone.was
            del world.people[person.address]
            world.people[address] = person
            person.address = address
            person.links += 1
        person.status, person.suppressed = "active", False
        if wish.kind is Ask.JOIN:
            person.paused_until = None
        person.asked = wish.step
        world.listed[address] -= LIFTED_BY_READER
        world.end(address)
        wish.is_confirmed, wish.links = True, person.links
        return Confirmed

    @precondition(lambda self: self._was_mailed("unsubscribe"))
    @rule(number=numbers, then=st.sampled_from(["", "back", "back and away"]), confirms=st.booleans())
    def leave(self, number: int, then: str, confirms: bool) -> None:
        """Leave by any link that was ever mailed, and perhaps ask to come back at once, and leave once more."""
        self._goes_on()
        self._leave(self._some("unsubscribe", number))
        if then:
            self.come_back(number, post=True, confirms=confirms and then == "back")
        if then == "back and away":
            self._goes_on()
            self._leave(self._some("unsubscribe", number))
            if self._was_mailed("confirm"):
                self._confirm(self.world.links["confirm"][-1])

    def _leave(self, link: Link) -> None:
        subscribe.leave(self.app.store, self.app.signer, link.token, self.now)
        self._has_left(self.world.behind(link.person))

    def _has_left(self, person: Person | None) -> None:
        if person is not None:
            person.status = "left"
            self.world.listed[person.address].add(Cause.OPT_OUT)
            self.world.left[person.address] = self.world.step
            self.world.end(person.address, person)

    @precondition(lambda self: self._was_mailed("unsubscribe"))
    @rule(number=numbers, post=often, confirms=st.booleans())
    def come_back(self, number: int, post: bool, confirms: bool) -> None:
        """Ask to come back by any link that was ever mailed."""
        self._goes_on()
        link = self._some("unsubscribe", number)
        claim = self.app.signer.verify(Purpose.UNSUBSCRIBE, link.token)
        assert claim is not None
        subscribe.come_back(self.app.store, claim.subject, self.now)
        person = self.world.behind(link.person)
        if person is not None and person.status == "left" and not person.suppressed:
            wish = Wish(Ask.JOIN, person.address, self.world.step, self.now)
            self.world.wishes[self._newest("requests")] = wish
        self._post(post, confirms)

    @precondition(lambda self: self.world.issues)
    @rule(number=numbers, kind=st.sampled_from([*ReturnKind, ReturnKind.HARD, ReturnKind.COMPLAINT]))
    def an_issue_comes_back(self, number: int, kind: ReturnKind) -> None:
        """Tell of any issue that was ever mailed that it came back, or that its reader complained or leaves."""
        self._goes_on()
        issue = self.world.issues[number % len(self.world.issues)]
        before, told = held(self.app), Return(kind, Trace(issue.token))
        effect = returns.take(self.app.store, self.app.signer, told, self.now)
        person = issue.person
        is_theirs = not person.erased and person.links == issue.generation
        match effect:
            case Effect.SUPPRESSED:
                assert is_theirs
                assert self.now <= issue.at + 60 * DAY  # it may have been tried again, unseen
                self._is_given_up(person, kind)
            case Effect.LEFT:
                assert kind is ReturnKind.LEAVES or kind is ReturnKind.COMPLAINT
                self._has_left(self.world.behind(person))
            case Effect.COUNTED | Effect.TOLD:
                assert is_theirs
            case _:
                assert kind is not ReturnKind.LEAVES
                assert held(self.app) == before

    def _is_given_up(self, person: Person, kind: ReturnKind) -> None:
        if kind is ReturnKind.COMPLAINT:
            self._has_left(person)
            self.world.listed[person.address].add(Cause.COMPLAINT)
        else:
            self.world.listed[person.address].add(Cause.BOUNCE)
        person.suppressed = True

    # ── Readers ──────────────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: self._was_mailed("preferences"))
    @rule(
        number=numbers,
        days=st.none() | st.integers(0, 5),
        digest=st.sampled_from(["daily", "weekly"]),
        post=often,
    )
    def choose(self, number: int, days: int | None, digest: str, post: bool) -> None:
        """Change the pace, and pause, by any link that was ever mailed."""
        self._goes_on()
        link = self._some("preferences", number)
        reader, person = self._held(Purpose.PREFERENCES, link), link.person
        assert (reader is not None) == (not person.erased and person.links == link.generation)
        if reader is None:
            return
        self._choose(reader, person, digest, None if days is None else self.now + days * DAY)
        self._post(post)

    def _choose(self, reader: Subscriber, person: Person, digest: str, until: datetime | None) -> None:
        wanted = replace(reader.preferences, digest=digest, paused_until=until)
        changed = prefer.choose(self.app.store, self.app.settings.digests, reader, wanted, self.now)
        if changed.preferences != reader.preferences:
            made = Change(person, person.paused_until, until, self.now)
            self.world.changes[self._newest("choices")] = made
            person.paused_until = until

    @precondition(lambda self: self._was_mailed("undo"))
    @rule(number=numbers)
    def undo(self, number: int) -> None:
        """Undo by any link that was ever mailed."""
        self._goes_on()
        link = self._some("undo", number)
        change, person = link.change, link.person
        assert change is not None
        made = prefer.choice(self.app.store, self.app.signer, link.token, self.now)
        is_good = not person.erased and person.links == link.generation and self.now < change.at + 30 * DAY
        assert (made is not None) == is_good
        if made is None:
            return
        prefer.undo(self.app.store, self.app.settings.digests, made, self.now)
        if not change.undone and change.before != change.after:
            person.paused_until = change.before
        change.undone = True

    @precondition(lambda self: self._was_mailed("preferences"))
    @rule(number=numbers, new=addresses, post=often, confirms=st.booleans())
    def move(self, number: int, new: str, post: bool, confirms: bool) -> None:
        """Ask for the link to an account, open it, and ask to move."""
        self._goes_on()
        reader = self._held(Purpose.PREFERENCES, self._some("preferences", number))
        if reader is None:
            return
        prefer.ask_for_account(self.app.store, reader, self.now)
        self._post(post)
        for link in self.world.links.get("account", []):
            reader, person = self._held(Purpose.ACCOUNT, link), link.person
            is_good = not person.erased and person.links == link.generation and self.now < link.at + DAY
            assert (reader is not None) == is_good
            if reader is not None:
                self._ask_to_move(reader, person, new)
                self._post(post, confirms)
                return

    def _ask_to_move(self, reader: Subscriber, person: Person, new: str) -> None:
        prefer.ask_to_move(self.app.store, reader, new, self.now, NETWORK)
        wish = Wish(Ask.MOVE, new, self.world.step, self.now, person)
        self.world.wishes[self._newest("requests")] = wish

    def _held(self, purpose: Purpose, link: Link) -> Subscriber | None:
        return prefer.holder(self.app.store, self.app.signer, purpose, link.token, self.now)

    # ── Robots and the operator ──────────────────────────────────────────────────────────────────

    @rule()
    def look(self) -> None:
        """Follow every link of every mail."""
        self._goes_on()
        store, signer = self.app.store, self.app.signer
        before = held(self.app)
        for page, found in self.world.links.items():
            for link in found:
                match page:
                    case "confirm":
                        subscribe.requested(store, signer, link.token, self.now)
                    case "undo":
                        prefer.choice(store, signer, link.token, self.now)
                    case "preferences" | "account":
                        self._held(Purpose[page.upper()], link)
        assert held(self.app) == before

    @rule(address=addresses, post=often)
    def add_by_hand(self, address: str, post: bool) -> None:
        self._goes_on()
        world, person = self.world, self.world.people.get(address)
        is_refused = bool(world.listed[address] & NEVER) or (person is not None and person.is_reader)
        try:
            added = subscribe.add(
                self.app.store,
                address,
                Preferences("daily", "UTC"),
                self.app.recipe("daily"),
                self.now,
                reason="a card",
                welcome=0,
            )
        except AlreadyThere:
            assert is_refused
            return
        assert not is_refused
        assert isinstance(added, Asked) == bool(world.listed[address])
        if isinstance(added, Asked):
            wish = Wish(Ask.JOIN, address, world.step, self.now)
            world.wishes[self._newest("requests")] = wish
        else:
            person = world.people.setdefault(address, Person(address))
            person.status, person.suppressed, person.paused_until = "active", False, None
            person.asked = world.step
            world.end(address)
        self._post(post)

    @rule(
        what=st.sampled_from(["suppress", "suppress", "lift", "lift", "erase", "revoke", "revoke", "tidy"]),
        address=addresses,
        cause=st.sampled_from(Cause),
    )
    def operate(self, what: str, address: str, cause: Cause) -> None:
        """Let the operator, or a bounce, or a complaint, do something about an address."""
        self._goes_on()
        person = self.world.people.get(address)
        match what:
            case "suppress":
                self._suppress(address, person, cause)
            case "lift":
                self._lift(address, person)
            case "erase":
                self._erase(address, person)
            case "revoke":
                self._revoke(address, person)
            case "tidy":
                self._tidy()

    def _suppress(self, address: str, person: Person | None, cause: Cause) -> None:
        suppress.suppress(self.app.store, address, cause, "said so", self.now)
        self.world.listed[address].add(cause)
        if person is not None and person.status != "pending":  # who gets nothing anyway, and is forgotten
            person.suppressed = True
        self.world.end(address, person)

    def _lift(self, address: str, person: Person | None) -> None:
        listed = self.world.listed[address]
        is_possible = bool(listed & LIFTED_BY_OPERATOR)
        try:
            suppress.lift(self.app.store, address)
        except (ConfigurationError, NotFound):
            assert not is_possible
            return
        assert is_possible
        listed -= LIFTED_BY_OPERATOR
        if person is not None:
            person.suppressed = False
            if listed:
                person.status = "left"

    def _erase(self, address: str, person: Person | None) -> None:
        try:
            suppress.erase(self.app.store, address, self.app.settings.signup.erased, self.now)
        except NotFound:
            assert person is None
            return
        assert person is not None
        self.world.listed[address].add(Cause.ERASURE)
        self.world.forget(person)
        self.world.asking[address] = []
        for asking in self.world.asking.values():
            asking[:] = [(at, wish) for at, wish in asking if wish.person is not person]

    def _revoke(self, address: str, person: Person | None) -> None:
        if person is None or person.status == "pending":
            return
        with self.app.store.reading() as tx:
            reader = tx.subscribers.get(address)
        prefer.revoke_links(self.app.store, reader, self.now)
        person.links += 1
        self.world.end(address, person)

    def _tidy(self) -> None:
        assert suppress.tidy(self.app.store, self.app.settings.signup, self.now) == 0
        with self.app.store.reading() as tx:
            there = {reader.address.lower() for reader in tx.subscribers.all()}
        for address in set(self.world.people) - there:
            person = self.world.people.pop(address)
            assert (person.status, person.suppressed) == ("pending", False)
            person.erased = True

    # ── Time, items, and mail ────────────────────────────────────────────────────────────────────

    @rule(
        hours=st.sampled_from([1, 1, 25, 25, 25, 24 * 3, 24 * 8, 24 * 31]),
        news=often,
        seed=numbers,
        trouble=st.sampled_from([0.0, 0.0, 0.4]),
    )
    def a_day(self, hours: int, news: bool, seed: int, trouble: float) -> None:
        """Let time pass, let something be published, and do what a run does about mail.

        With trouble, the process may end at any message, or the mailbox be full.
        """
        if news:
            self._publish()
        self.now += hours * HOUR
        self._mail(seed, trouble)

    def _publish(self) -> None:
        self._goes_on()
        self.items += 1
        title = f"Title {self.items}"
        draft = Draft(key=f"i{self.items}", kind=Kind.PIECE, title=title, substance=title)
        apply(self.app.store, "told", [draft], Visit(self.now, self.now - MINUTE, announce=False))
        release(self.app.store, self.now)

    def _mail(self, seed: int, trouble: float) -> None:
        self._goes_on()
        self.way.random, self.way.trouble = Random(seed), trouble
        store = self.app.store
        with passing(Killed):
            send.recover(store, self.now)
            letters.recover(store, self.now)
            self._post(True)
            send.send_due(store, self.post, lambda: self.now, stopped=lambda: False)
        self.way.trouble = 0.0

    def _post(self, now: bool, confirms: bool = False) -> None:
        """Let what was asked be answered, and the letters go out, or wait; perhaps press the newest link."""
        if not now:
            return
        before = len(self.world.links.get("confirm", []))
        subscribe.answer(self.app.store, self.app.settings.signup, self.now)
        with self.app.store.reading() as tx:
            for reader in tx.subscribers.all():
                self.world.people.setdefault(reader.address.lower(), Person(reader.address.lower()))
        letters.send(self.app.store, self.post, lambda: self.now, stopped=lambda: False)
        if confirms and len(self.world.links.get("confirm", [])) > before:
            self._goes_on()
            self._confirm(self.world.links["confirm"][-1])

    @rule(hours=st.sampled_from([1, 25, 24 * 8]))
    def a_slow_worker_claims(self, hours: int) -> None:
        """Take what waits, as a worker does who then thinks about it for a long time."""
        self._publish()
        self.now += hours * HOUR
        planning.plan(self.app.store, self.post, self.now)
        with self.app.store.transaction() as tx:
            self.claimed += tx.deliveries.claim("slow", 10, self.now, self.now + 400 * DAY)

    @precondition(lambda self: self.claimed)
    @rule(
        number=numbers,
        before=st.sampled_from(["nothing", "leaving", "suppressing", "pausing", "revoking", "moving"]),
        fate=st.sampled_from(["accepted", "killed"]),
    )
    def the_slow_worker_attempts(self, number: int, before: str, fate: str) -> None:
        """Attempt what was claimed, perhaps just after something befell one of these readers."""
        self._goes_on()
        theirs = self.claimed[number % len(self.claimed)].reader.address.lower()
        person = self.world.people.get(theirs)
        if person is not None and person.is_reader:
            self._befalls(person, before, number)
        with self.app.store.transaction() as tx:
            going = tx.deliveries.attempt(dict.fromkeys(self.claimed), "slow", self.now, self.now + HOUR)
        self.claimed = []
        for delivery in going:
            assert self.world.people[delivery.reader.address.lower()].links == delivery.reader.links
            address = delivery.reader.address.lower()
            assert self.world.may_get_an_issue(address, self.now), f"an issue to {address}"
        if fate == "accepted":
            outcomes: dict[Delivery, Outcome] = {delivery: Accepted("q") for delivery in going}
            with self.app.store.transaction() as tx:
                tx.deliveries.record(outcomes, "slow", self.now, {})

    def _befalls(self, person: Person, what: str, number: int) -> None:
        """Let something happen to a reader between the claim of their issue and its attempt."""
        match what:
            case "leaving":
                for link in self.world.links["unsubscribe"]:
                    if link.person is person:
                        self._leave(link)
            case "suppressing":
                self._suppress(person.address, person, list(Cause)[number % len(Cause)])
            case "pausing":
                with self.app.store.reading() as tx:
                    reader = tx.subscribers.get(person.address)
                self._choose(reader, person, reader.preferences.digest, self.now + number % 30 * HOUR)
            case "revoking":
                self._revoke(person.address, person)
            case "moving":
                free = [address for address in ADDRESSES if address not in self.world.people]
                with self.app.store.reading() as tx:
                    reader = tx.subscribers.get(person.address)
                if free:
                    self._ask_to_move(reader, person, free[0])
                    self._post(True, confirms=True)

    # ── What always holds ────────────────────────────────────────────────────────────────────────

    @invariant()
    def the_model_and_the_store_agree(self) -> None:
        with self.app.store.reading() as tx:
            readers = {reader.address.lower(): reader for reader in tx.subscribers.all()}
            for address in ADDRESSES:
                causes = {found.cause for found in tx.suppressions.of(address)}
                assert causes == self.world.listed[address], address
        for address in ADDRESSES:
            person, reader = self.world.people.get(address), readers.get(address)
            assert (person is None) == (reader is None), address
            if person is None or reader is None:
                continue
            assert reader.status == ("suppressed" if person.suppressed else person.status), address
            assert reader.links == person.links

    @invariant()
    def deliveries_are_conserved(self) -> None:
        """None vanishes, none comes back that was closed, and nobody has two that are open."""
        there = rows(self.app, "deliveries")
        assert len(there) >= self.rows
        self.rows = len(there)
        for row in there:
            assert self.closed.get(row.id, row.state) == row.state
            if row.state not in OPEN:
                self.closed[row.id] = row.state
        waiting = [row.subscriber_id for row in there if row.state in OPEN]
        assert len(waiting) == len(set(waiting))


def held(app: App) -> dict[str, Sequence[Any]]:
    """Return all rows of all tables, as the driver tells them, which is fast."""
    with app.store._engine.connect() as connection:
        return {
            table.name: connection.exec_driver_sql(f"SELECT * FROM {table.name} ORDER BY 1").all()
            for table in tables.metadata.tables.values()
        }


# ── Playing it ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def shared(changed: Changed, tmp_path: Path) -> App:
    """A site that welcomes new readers, and sends what is due however late it is."""
    return changed(
        signup=Signup(welcome=2, most=1_000_000, erased=tmp_path / "erased.txt"),
        delivery=DeliverySettings(late=1000 * DAY),
    )


def anew(shared: App, folder: Path, url: str) -> App:
    """Return the same site in another folder, with another store."""
    game = replace(
        shared.settings,
        folder=folder,
        store=StoreSettings(url),
        mail=Mail(folder / "mail", sender="post@spans.example", returns="returns@spans.example"),
        signup=replace(shared.settings.signup, erased=folder / "erased.txt"),
    )
    made = App(game)
    made.templates = shared.templates  # compiled once
    return made


@pytest.fixture
def made(shared: App, tmp_path: Path, empty_file: Path) -> Callable[[], App]:
    """Make the site anew for each game."""
    counted = iter(range(10**9))

    def make() -> App:
        folder = tmp_path / str(next(counted))
        folder.mkdir()
        (folder / "feeder.db").write_bytes(empty_file.read_bytes())
        return anew(shared, folder, f"sqlite:///{folder / 'feeder.db'}")

    return make


@pytest.fixture
def made_on_postgresql(shared: App, tmp_path: Path, postgresql: str) -> Iterator[Callable[[], App]]:
    """Make the site anew for each game, on PostgreSQL."""
    with ExitStack() as databases:
        empty = databases.enter_context(a_database(postgresql))
        open_store(empty, shared.space).close()

        def make() -> App:
            address = databases.enter_context(a_database(postgresql, like=empty))
            folder = tmp_path / address.rpartition("/")[2]
            folder.mkdir()
            return anew(shared, folder, address)

        yield make


def play(made: Callable[[], App], games: int, steps: int) -> None:
    class Game(Consent):
        def __init__(self) -> None:
            super().__init__(made)

    run_state_machine_as_test(
        Game,
        settings=settings(
            max_examples=games,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink],
        ),
    )


def test_nobody_is_mailed_unasked_whatever_happens(made: Callable[[], App]) -> None:
    play(made, games=5, steps=50)


def test_nor_on_postgresql(made_on_postgresql: Callable[[], App]) -> None:
    play(made_on_postgresql, games=2, steps=40)


@pytest.mark.soak
def test_nobody_is_mailed_unasked_whatever_happens_in_long_games(made: Callable[[], App]) -> None:
    play(made, games=120, steps=120)


@pytest.mark.soak
def test_nor_on_postgresql_in_long_games(made_on_postgresql: Callable[[], App]) -> None:
    play(made_on_postgresql, games=20, steps=100)
