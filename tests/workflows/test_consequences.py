"""What servers answer has consequences: for the reader, for their domain, for the round, and for whoever has to mend it."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from feeder.app import App
from feeder.mail.transports.folder import Maildir
from feeder.model.deliveries import Deferred, Envelope, Lost, Message, Outcome, Refused, State, Verdict
from feeder.model.settings import Delivery as DeliverySettings
from feeder.model.settings import MailServer
from feeder.model.subscribers import Status, Subscriber
from feeder.workflows import alarms
from feeder.workflows.post import Post
from tests.workflows.test_send import DAY, HOUR, MONDAY, a_round, as_now, states

Add = Callable[..., Subscriber]
Put = Callable[..., None]
Mails = Callable[[], list[EmailMessage]]

MINUTE = timedelta(minutes=1)


class Answering(Maildir):
    """A way out that answers for some addresses as it is told, by how they begin, and takes all others."""

    def __init__(self, folder: Path, answers: dict[str, Outcome]) -> None:
        super().__init__(folder)
        self.answers = answers
        self.asked: list[str] = []

    def send(self, envelope: Envelope, message: Message) -> Outcome:
        self.asked.append(envelope.recipient)
        for start, outcome in self.answers.items():
            if envelope.recipient.startswith(start):
                return outcome
        return super().send(envelope, message)


def by(app: App, answers: dict[str, Outcome], **delivery: int) -> tuple[Post, Answering]:
    way = Answering(app.settings.mail.folder, answers)
    settings = replace(DeliverySettings(), **delivery)  # type: ignore[arg-type]
    return replace(app.post, transport=way, delivery=settings), way


def causes(app: App, address: str) -> list[str]:
    with app.store.reading() as tx:
        return [found.cause.value for found in tx.suppressions.of(address)]


def test_an_address_that_is_no_more_is_suppressed_at_once(
    app: App, add: Add, put: Put, now: datetime
) -> None:
    gone, full = add("gone@example.org"), add("full@example.org")
    put("a", now)
    answers: dict[str, Outcome] = {
        "gone": Refused("550 5.1.1 no such user", Verdict.DEAD),
        "full": Refused("552 5.2.2 full", Verdict.FULL),
    }
    a_round(app, MONDAY, by(app, answers)[0])
    assert (as_now(app, gone).status, causes(app, gone.address)) == (Status.SUPPRESSED, ["bounce"])
    assert (as_now(app, full).status, causes(app, full.address)) == (Status.ACTIVE, [])


def test_who_is_refused_twice_without_a_reason_is_suppressed(
    app: App, add: Add, put: Put, now: datetime
) -> None:
    odd = add("odd@example.org")
    put("a", now)
    post, _ = by(app, {"odd": Refused("554 no")})
    a_round(app, MONDAY, post)
    assert as_now(app, odd).status is Status.ACTIVE
    put("b", MONDAY + DAY)
    a_round(app, MONDAY + 7 * DAY, post)
    assert (as_now(app, odd).status, causes(app, odd.address)) == (Status.SUPPRESSED, ["bounce"])


def test_our_own_fault_stops_the_round_is_nobodys_bounce_and_is_told_once(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    readers = [add(f"{n}@example.org") for n in range(30)]
    put("a", now)
    post, way = by(app, {"": Deferred("530 5.7.0 log in first", Verdict.OURS)})
    post = replace(post, mail=replace(post.mail, operator="operator@spans.example"))
    a_round(app, MONDAY, post)
    assert len([to for to in way.asked if "example.org" in to]) == 10  # one group, and no more
    assert Counter(as_now(app, reader).status for reader in readers) == {Status.ACTIVE: 30}
    with app.store.reading() as tx:
        (alarm,) = alarms.standing(tx)
    assert "530 5.7.0 log in first" in alarm.words
    way.answers = {}
    for minutes in range(0, 300, 5):
        a_round(app, MONDAY + minutes * MINUTE, post)
    told = [mail for mail in mails() if mail["Delivered-To"] == "operator@spans.example"]
    assert [mail["Subject"] for mail in told] == ["Spans: mail needs you"]
    assert {state for reader in readers for _, state in states(app, reader)} == {State.ACCEPTED}
    with app.store.reading() as tx:
        assert alarms.standing(tx) == []


def test_one_fault_among_many_that_are_taken_stops_nothing(
    app: App, add: Add, put: Put, now: datetime
) -> None:
    for n in range(30):
        add(f"{n}@example.org")
    add("policy@example.org")
    put("a", now)
    post, _ = by(app, {"policy": Deferred("550 5.7.1 policy", Verdict.OURS)})
    sent = a_round(app, MONDAY, post)
    assert sent.outcomes == Counter({State.ACCEPTED: 30, State.WAITING: 1})


def test_a_digest_that_nobody_takes_is_stopped(app: App, add: Add, put: Put, now: datetime) -> None:
    readers = [add(f"{n}@example.org") for n in range(20)]
    put("a", now)
    post, way = by(app, {"": Refused("552 5.3.4 message too big", Verdict.UNFIT)})
    a_round(app, MONDAY, post)
    assert len(way.asked) == 10
    with app.store.reading() as tx:
        assert [hold.digest for hold in tx.holds.all()] == ["weekly"]
        assert "too big" in alarms.standing(tx)[0].words
    assert Counter(state for reader in readers for _, state in states(app, reader)) == {
        State.REFUSED: 10,
        State.WAITING: 10,
    }


def test_no_more_leave_in_an_hour_than_the_site_allows(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    for n in range(30):
        add(f"{n}@example.org")
    put("a", now)
    post, _ = by(app, {}, rate=600)
    left = []
    for minutes in range(6):
        a_round(app, MONDAY + minutes * MINUTE, post)
        left.append(len(mails()))
    assert left == [10, 20, 30, 30, 30, 30]


def test_a_domain_that_gets_too_much_is_slowed_and_no_other(
    app: App, add: Add, put: Put, now: datetime
) -> None:
    for n in range(40):
        add(f"{n}@slow.example")
        add(f"{n}@quick.example")
    put("a", now)

    class Throttling(Answering):
        def send(self, envelope: Envelope, message: Message) -> Outcome:
            slow = [to for to in self.asked if to.endswith("slow.example")]
            if envelope.recipient.endswith("slow.example") and len(slow) >= 10:
                self.asked.append(envelope.recipient)
                return Deferred("421 4.7.28 too fast", Verdict.THROTTLED)
            return super().send(envelope, message)

    way = Throttling(app.settings.mail.folder, {})
    a_round(app, MONDAY, replace(app.post, transport=way))
    asked = Counter(to.partition("@")[2] for to in way.asked)
    assert asked["quick.example"] == 40
    a_round(app, MONDAY + 6 * MINUTE, replace(app.post, transport=way))
    with app.store.reading() as tx:
        assert "slow.example" in (tx.facts.get("paces") or "")
        assert "quick.example" not in (tx.facts.get("paces") or "")


def test_a_plan_to_warm_up_spreads_a_first_send_over_days(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    for n in range(12):
        add(f"{n}@large.example")
        add(f"{n}@{n}.example")
    put("a", now)
    way = Answering(app.settings.mail.folder, {})
    settings = replace(DeliverySettings(), warm_up=(2, 3, 5), rate=60_000)
    post = replace(app.post, transport=way, delivery=settings)
    left = []
    for days in range(4):
        a_round(app, MONDAY + days * DAY, post)
        left.append(Counter(to.partition("@")[2] for to in way.asked)["large.example"])
    assert left == [2, 5, 10, 12]
    assert len(mails()) == 24


class Relays(Answering):
    """Two servers, of which each message tells its own; the small one says for a while that it gets too much."""

    servers = {"large": 3, "small": 1}  # noqa: RUF012 - as a way out has them

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, {})
        self.by: Counter[str] = Counter()
        self.throttles = False

    def send(self, envelope: Envelope, message: Message) -> Outcome:
        self.by[envelope.server] += 1
        if self.throttles and envelope.server in ("", "small"):
            return Deferred("454 4.7.0 sending rate exceeded", Verdict.THROTTLED, "small")
        return super().send(envelope, message)


def test_a_server_takes_no_more_than_its_limit_and_the_others_take_the_rest(
    app: App, add: Add, put: Put, now: datetime
) -> None:
    for n in range(60):
        add(f"{n}@example.org")
    put("a", now)
    small = MailServer("small", "127.0.0.1", 25, rate=300)  # five a minute
    way = Relays(app.settings.mail.folder)
    post = replace(app.post, transport=way, mail=replace(app.post.mail, servers={"small": small}))
    a_round(app, MONDAY, post)
    assert way.by == {"large": 55, "small": 5}


def test_a_server_that_gets_too_much_is_slowed_and_no_other(
    app: App, add: Add, put: Put, now: datetime
) -> None:
    for n in range(10):  # who are claimed together
        add(f"{n}@example.org")
    put("a", now)
    way = Relays(app.settings.mail.folder)
    way.throttles = True
    a_round(app, MONDAY, replace(app.post, transport=way))
    assert way.by == {"": 10}
    way.throttles, way.by = False, Counter()
    a_round(app, MONDAY + 6 * MINUTE, replace(app.post, transport=way))
    assert way.by == {"large": 8, "small": 2}  # its pace is known now, and so each message has a server
    with app.store.reading() as tx:
        assert set(json.loads(tx.facts.get("paces") or "{}")) == {"@small"}


def test_what_was_lost_on_the_way_goes_again_when_its_lease_has_ended(
    app: App, add: Add, put: Put, mails: Mails, now: datetime
) -> None:
    ada = add("ada@example.org")
    put("a", now)
    post, way = by(app, {"ada": Lost("the connection ended")})
    a_round(app, MONDAY, post)
    assert states(app, ada) == [("2026-W48", State.ATTEMPTED)]
    way.answers = {}
    a_round(app, MONDAY + HOUR, post)
    assert (states(app, ada), len(mails())) == ([("2026-W48", State.ACCEPTED)], 1)
