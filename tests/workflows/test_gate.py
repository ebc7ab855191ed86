"""The gate before the first mail. What is looked at is in test_deliverability; here it is what a test says."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from feeder.app import App
from feeder.model import checks
from feeder.model.checks import Check
from feeder.model.deliveries import State
from feeder.model.subscribers import Subscriber
from feeder.workflows import gate
from feeder.workflows.gate import Gate
from feeder.workflows.post import Post
from tests.workflows.conftest import NOON
from tests.workflows.consent_rig import ask, post
from tests.workflows.test_send import a_round, deliveries

Add = Callable[..., Subscriber]
Put = Callable[..., None]
Mails = Callable[[], list[object]]

WRONG = checks.wrong("spf", "spans.example", "it must be so", "no record", "add one")
WARNING = checks.warning("dkim", "spans.example", "it must be so", "nothing signs", "sign")
MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class Looks:
    """Finds what a test says, and counts how often it was asked."""

    found: list[Check] = field(default_factory=lambda: [WRONG, WARNING])
    asked: int = 0

    def __call__(self, now: datetime) -> list[Check]:
        self.asked += 1
        return self.found


@pytest.fixture
def looks() -> Looks:
    return Looks()


@pytest.fixture
def behind(app: App, looks: Looks) -> Post:
    """What mails into the Maildir, behind a gate."""
    return replace(app.post, gate=Gate(app.store, looks))


@pytest.fixture
def reader(add: Add, put: Put) -> Subscriber:
    """A reader for whom a welcome waits."""
    put("a", NOON)
    return add("ada@example.org", welcome=1)


def anew(app: App, post: Post, looks: Looks) -> Post:
    """Return what another run mails with."""
    return replace(post, gate=Gate(app.store, looks))


def test_the_first_mail_waits_while_something_is_wrong(
    app: App, behind: Post, looks: Looks, reader: Subscriber, mails: Mails
) -> None:
    sent = a_round(app, NOON, behind)

    (problem,) = sent.problems
    assert "spf of spans.example: no record; add one" in str(problem)
    assert "feeder check --accept REASON" in problem.mend
    assert not mails()
    assert [found.state for found in deliveries(app, reader)] == [State.WAITING]


def test_letters_wait_as_well(app: App, behind: Post, mails: Mails) -> None:
    ask(app, "bo@example.org", NOON)

    (problem,) = post(app, NOON, behind)
    assert "is held back" in problem.rule
    assert not mails()

    gate.force(app.store, "we know", NOON)
    assert not post(app, NOON, behind)
    assert len(mails()) == 1


def test_where_nothing_waits_nobody_is_asked(app: App, behind: Post, looks: Looks) -> None:
    assert not a_round(app, NOON, behind).problems
    assert looks.asked == 0


def test_what_was_found_is_good_for_a_while(
    app: App, behind: Post, looks: Looks, reader: Subscriber, mails: Mails
) -> None:
    for minutes in range(0, 20, 3):
        a_round(app, NOON + minutes * MINUTE, anew(app, behind, looks))
    assert looks.asked == 2

    looks.found = [WARNING]
    a_round(app, NOON + 25 * MINUTE, behind)
    assert len(mails()) == 1


def test_once_it_is_open_nobody_is_asked_again(
    app: App, behind: Post, looks: Looks, reader: Subscriber, add: Add, mails: Mails
) -> None:
    looks.found = []
    a_round(app, NOON, behind)
    looks.found = [WRONG]
    add("bo@example.org", welcome=1)

    a_round(app, NOON + 60 * MINUTE, anew(app, behind, looks))

    assert (looks.asked, len(mails())) == (1, 2)


def test_whoever_knows_better_says_why(
    app: App, behind: Post, looks: Looks, reader: Subscriber, mails: Mails
) -> None:
    a_round(app, NOON, behind)
    forced = gate.force(app.store, "the relay sees to it", NOON)

    assert not a_round(app, NOON + MINUTE, behind).problems
    assert len(mails()) == 1
    with app.store.reading() as tx:
        assert gate.known_of(tx) == forced
    assert (forced.reason, forced.wrong) == (
        "the relay sees to it",
        ("spf of spans.example: no record; add one",),
    )


def test_a_reason_for_what_is_open_already_is_not_kept(app: App) -> None:
    gate.note(app.store, [], NOON)

    assert gate.force(app.store, "because", NOON).reason == ""


def test_what_is_found_later_shuts_nothing(app: App) -> None:
    gate.note(app.store, [], NOON)
    later = gate.note(app.store, [WRONG], NOON + MINUTE)

    assert later.opened == NOON.isoformat()
    assert len(later.wrong) == 1


def test_mail_that_stays_here_has_no_gate(app: App) -> None:
    assert app.gate is None
    assert app.post.gate is None
