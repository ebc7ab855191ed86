"""What comes back: who is suppressed, who has left, what is told, and that what is not signed changes nothing."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feeder.app import App
from feeder.errors import MailError
from feeder.mail.inboxes.maildir import Maildir
from feeder.model.deliveries import State
from feeder.model.returns import Kind, Return, Trace
from feeder.model.subscribers import Cause, Status, Subscriber
from feeder.subscribers import bouncing
from feeder.tokens import Purpose
from feeder.workflows import alarms, prefer, returns, suppress
from feeder.workflows.returns import Effect
from tests.mail.returns import corpus
from tests.workflows.consent_rig import (
    ADA,
    BO,
    DAY,
    HOUR,
    MINUTE,
    NETWORK,
    a_round,
    ask,
    causes,
    everything,
    link,
    mails_to,
    post,
    rows,
    sign_up,
    there,
)
from tests.workflows.test_suppress import MONDAY

Put = Callable[..., None]
WEEK = 7 * DAY


@pytest.fixture
def app(app: App, changed: Callable[..., App]) -> App:
    """A site to which mail comes back."""
    return changed(mail=replace(app.settings.mail, returns="returns@spans.example"))


def token(app: App, address: str) -> str:
    """Return the token in the return path of the newest mail to an address."""
    (found,) = re.findall(
        r"^<?returns\+([\w-]+)@spans\.example>?$", str(mails_to(app, address)[-1]["Return-Path"])
    )
    return str(found)


def take(app: App, kind: Kind, address: str = ADA, at: datetime = MONDAY + HOUR, **more: Any) -> Effect:
    told = Return(kind, Trace(token(app, address)), **more)
    return returns.take(app.store, app.signer, told, at)


@pytest.fixture
def issue(app: App, put: Put) -> Callable[..., None]:
    """Send an issue to all readers: `issue(weeks)` after the first."""

    def send(weeks: int = 0) -> None:
        at = MONDAY + weeks * WEEK
        put(f"item-{weeks}", at - DAY)
        a_round(app, at)

    return send


@pytest.fixture
def readers(add: Callable[..., Subscriber], issue: Callable[..., None]) -> None:
    """Ada and Bo, who have had an issue."""
    add(ADA)
    add(BO)
    issue()


def states(app: App, address: str) -> list[State]:
    with app.store.reading() as tx:
        return [found.state for found in tx.deliveries.of(there(app, address).id, 10)]


# ── What is done ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("readers")
def test_who_is_gone_is_suppressed_at_once_and_nobody_else(app: App, issue: Callable[..., None]) -> None:
    assert take(app, Kind.HARD, status="5.1.1", reason="550 5.1.1 no such user") is Effect.SUPPRESSED
    assert (there(app, ADA).status, causes(app, ADA)) == (Status.SUPPRESSED, ["bounce"])
    assert (there(app, BO).status, causes(app, BO)) == (Status.ACTIVE, [])
    issue(1)
    assert (len(mails_to(app, ADA)), len(mails_to(app, BO))) == (1, 2)


@pytest.mark.usefixtures("readers")
def test_what_came_back_is_told_beside_the_delivery_which_stays_accepted(app: App) -> None:
    take(app, Kind.SOFT, status="4.2.2", reason="452 full")
    with app.store.reading() as tx:
        (told,) = tx.returns.of(there(app, ADA).id, 10)
    assert (told.kind, told.status, told.reason) == (Kind.SOFT, "4.2.2", "452 full")
    assert (told.digest, told.period) == ("weekly", "2026-W48")
    assert states(app, ADA) == [State.ACCEPTED]


@pytest.mark.usefixtures("readers")
def test_a_mailbox_that_stays_full_is_given_up_and_one_that_is_emptied_is_not(
    app: App, issue: Callable[..., None]
) -> None:
    effects = [take(app, Kind.SOFT)]
    for week in (1, 2, 3):
        issue(week)
        effects.append(take(app, Kind.SOFT, at=MONDAY + week * WEEK + HOUR))
    assert effects == [Effect.COUNTED, Effect.COUNTED, Effect.COUNTED, Effect.SUPPRESSED]
    assert causes(app, ADA) == ["bounce"]

    suppress.lift(app.store, ADA)
    issue(4)
    assert take(app, Kind.SOFT, at=MONDAY + 4 * WEEK + HOUR) is Effect.COUNTED
    assert there(app, ADA).status is Status.ACTIVE


@pytest.mark.usefixtures("readers")
def test_who_complains_has_left_and_comes_back_by_nobodys_word_but_their_own(app: App) -> None:
    assert take(app, Kind.COMPLAINT) is Effect.SUPPRESSED
    assert sorted(causes(app, ADA)) == ["complaint", "opt-out"]
    assert there(app, ADA).status is Status.SUPPRESSED
    suppress.lift(app.store, ADA)
    assert (there(app, ADA).status, causes(app, ADA)) == (Status.LEFT, ["opt-out"])


@pytest.mark.usefixtures("readers")
def test_who_asks_to_leave_has_left(app: App) -> None:
    assert take(app, Kind.LEAVES) is Effect.LEFT
    assert (there(app, ADA).status, causes(app, ADA)) == (Status.LEFT, ["opt-out"])


@pytest.mark.usefixtures("readers")
def test_a_fault_of_ours_is_told_once_and_not_held_against_anybody(app: App) -> None:
    before = there(app, ADA), there(app, BO)
    for who in (ADA, BO):
        assert take(app, Kind.OURS, who, reason=f"550 5.7.26 to {len(who)}") is Effect.TOLD
    assert (there(app, ADA), there(app, BO)) == before
    with app.store.reading() as tx:
        (alarm,) = alarms.standing(tx)
    assert "a fault that is ours (550 5.7.26" in alarm.words

    suppress.tidy(app.store, app.settings.signup, MONDAY + 6 * DAY)
    with app.store.reading() as tx:
        assert alarms.standing(tx) == [alarm]
    suppress.tidy(app.store, app.settings.signup, MONDAY + 8 * DAY)
    with app.store.reading() as tx:
        assert alarms.standing(tx) == []


@pytest.mark.usefixtures("readers")
def test_what_says_nothing_changes_nothing(app: App) -> None:
    before = everything(app)
    assert {take(app, kind) for kind in (Kind.DELAYED, Kind.IGNORED)} == {Effect.NOTHING}
    assert everything(app) == before


@pytest.mark.usefixtures("readers")
def test_a_report_that_comes_twice_counts_once(app: App) -> None:
    for kind in (Kind.SOFT, Kind.DOUBTFUL, Kind.OURS, Kind.HARD, Kind.COMPLAINT):
        take(app, kind)
        before = everything(app)
        assert take(app, kind, at=MONDAY + 2 * DAY) is Effect.KNOWN
        assert everything(app) == before


# ── Whom it is about ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("readers")
def test_what_is_not_signed_changes_nothing(app: App) -> None:
    before, genuine = everything(app), token(app, ADA)
    other = "B" if genuine[-8] == "A" else "A"
    forged = [
        Trace(),
        Trace(address=ADA),
        Trace(genuine[:-8] + other + genuine[-7:]),
        Trace(app.signer.sign(Purpose.UNSUBSCRIBE, there(app, ADA).id)),
        Trace(app.signer.sign(Purpose.RETURN, 10**6)),
        Trace(leaving=genuine),
        Trace("ä" * 46, "\0" * 38, ADA, "q"),
    ]
    acted_on = set(Kind) - {Kind.IGNORED, Kind.DELAYED}
    for told in (Return(kind, trace) for kind in acted_on for trace in forged):
        assert returns.take(app.store, app.signer, told, MONDAY + HOUR) is Effect.UNSIGNED
    assert everything(app) == before


@pytest.mark.usefixtures("readers")
def test_what_is_told_late_changes_nothing(app: App) -> None:
    before, late = everything(app), MONDAY + bouncing.WITHIN + MINUTE
    kinds = (Kind.HARD, Kind.SOFT, Kind.DOUBTFUL, Kind.OURS)
    assert {take(app, kind, at=late) for kind in kinds} == {Effect.NOTHING}
    assert everything(app) == before


@pytest.mark.usefixtures("readers")
def test_who_complains_late_has_left_and_may_come_back_by_themselves(app: App) -> None:
    assert take(app, Kind.COMPLAINT, at=MONDAY + bouncing.WITHIN + MINUTE) is Effect.LEFT
    assert (there(app, ADA).status, causes(app, ADA)) == (Status.LEFT, ["opt-out"])


@pytest.mark.usefixtures("readers")
def test_links_that_were_revoked_do_no_more_than_let_them_leave(app: App) -> None:
    prefer.revoke_links(app.store, there(app, ADA), MONDAY)
    assert take(app, Kind.HARD) is Effect.NOTHING
    assert there(app, ADA).status is Status.ACTIVE
    assert take(app, Kind.COMPLAINT) is Effect.LEFT


@pytest.mark.usefixtures("readers")
def test_mail_to_the_address_of_before_says_nothing_of_the_new_one(app: App) -> None:
    old = token(app, ADA)
    with app.store.transaction() as tx:
        tx.subscribers.move(there(app, ADA).id, "ada@new.example")
    told = Return(Kind.HARD, Trace(old))
    assert returns.take(app.store, app.signer, told, MONDAY + HOUR) is Effect.NOTHING
    assert there(app, "ada@new.example").status is Status.ACTIVE


@pytest.mark.usefixtures("readers")
def test_what_was_sent_before_they_confirmed_again_says_nothing(app: App) -> None:
    old = token(app, ADA)
    suppress.suppress(app.store, ADA, Cause.BOUNCE, "", MONDAY + HOUR)
    sign_up(app, ADA, MONDAY + 2 * DAY)
    told = Return(Kind.HARD, Trace(old))
    assert returns.take(app.store, app.signer, told, MONDAY + 3 * DAY) is Effect.NOTHING
    assert there(app, ADA).status is Status.ACTIVE


@pytest.mark.usefixtures("readers")
def test_the_link_for_leaving_is_good_for_leaving_alone(app: App) -> None:
    leaving = Trace(leaving=link(mails_to(app, ADA)[-1], "unsubscribe"))
    before = everything(app)
    told = Return(Kind.HARD, leaving)
    assert returns.take(app.store, app.signer, told, MONDAY + HOUR) is Effect.UNSIGNED
    assert everything(app) == before
    told = Return(Kind.COMPLAINT, leaving)
    assert returns.take(app.store, app.signer, told, MONDAY + HOUR) is Effect.LEFT
    assert causes(app, ADA) == ["opt-out"]


@pytest.mark.usefixtures("readers")
def test_of_one_who_was_erased_nothing_is_written_down(app: App) -> None:
    take(app, Kind.SOFT)
    old = token(app, ADA)
    suppress.erase(app.store, ADA, None, MONDAY + HOUR)
    assert rows(app, "returns") == []
    told = Return(Kind.HARD, Trace(old), reason="550")
    assert returns.take(app.store, app.signer, told, MONDAY + HOUR) is Effect.NOTHING
    assert rows(app, "returns") == []


# ── Letters ──────────────────────────────────────────────────────────────────────────────────────


def test_a_letter_that_comes_back_closes_the_address_to_issues_and_a_complaint_to_letters_as_well(
    app: App, now: datetime
) -> None:
    for address in (ADA, BO):
        ask(app, address, now)
    post(app, now)

    for _ in range(2):  # what is told twice is the same
        assert take(app, Kind.HARD, ADA, now + HOUR) is Effect.SUPPRESSED
        assert take(app, Kind.COMPLAINT, BO, now + HOUR) is Effect.SUPPRESSED

    assert causes(app, ADA) == ["bounce"]
    assert sorted(causes(app, BO)) == ["complaint", "opt-out"]
    for address in (ADA, BO):
        ask(app, address, now + 2 * DAY)
    post(app, now + 2 * DAY)
    assert (len(mails_to(app, ADA)), len(mails_to(app, BO))) == (2, 1)


def test_a_letter_to_a_new_address_that_comes_back_is_not_held_against_the_old_one(
    app: App, now: datetime
) -> None:
    ada = sign_up(app, ADA, now)
    prefer.ask_to_move(app.store, ada, BO, now, NETWORK)
    post(app, now)
    assert take(app, Kind.HARD, BO, now + HOUR) is Effect.SUPPRESSED
    assert (causes(app, ADA), causes(app, BO)) == ([], ["bounce"])
    assert there(app, ADA).status is Status.ACTIVE


def test_a_letter_is_known_by_its_moment_since_ids_are_given_again(app: App, now: datetime) -> None:
    ask(app, ADA, now)
    post(app, now)
    with app.store.reading() as tx:
        (letter,) = tx.letters.of(there(app, ADA).id)
    before = everything(app)
    for end in (None, now + bouncing.WITHIN + DAY, now - DAY):
        trace = Trace(app.signer.sign(Purpose.LETTER, letter.id, end=end))
        told = Return(Kind.HARD, trace)
        assert returns.take(app.store, app.signer, told, now + HOUR) is Effect.UNSIGNED
    assert take(app, Kind.HARD, ADA, now + bouncing.WITHIN) is Effect.UNSIGNED
    assert everything(app) == before


# ── On a provider's word ─────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("readers")
def test_a_provider_may_name_the_address_and_what_it_called_the_message(app: App) -> None:
    with app.store.reading() as tx:
        (sent,) = tx.ledger.of(there(app, ADA).id, 1)
    told = Return(Kind.SOFT, Trace(address="Ada@Example.org", queue_id=sent.queue_id), at=MONDAY + MINUTE)
    assert returns.take_on_word(app.store, app.signer, told, MONDAY + HOUR) is Effect.COUNTED
    assert returns.take_on_word(app.store, app.signer, told, MONDAY + HOUR) is Effect.KNOWN
    with app.store.reading() as tx:
        (kept,) = tx.returns.of(there(app, ADA).id, 10)
    assert (kept.at, kept.period) == (MONDAY + MINUTE, "2026-W48")


@pytest.mark.usefixtures("readers")
def test_a_provider_that_names_only_the_address_is_understood_and_heard_once(app: App) -> None:
    told = Return(Kind.SOFT, Trace(address=ADA), at=MONDAY + MINUTE)
    assert returns.take_on_word(app.store, app.signer, told, MONDAY + HOUR) is Effect.COUNTED
    assert returns.take_on_word(app.store, app.signer, told, MONDAY + HOUR) is Effect.KNOWN
    told = Return(Kind.HARD, Trace(address=ADA), at=MONDAY + MINUTE)
    assert returns.take_on_word(app.store, app.signer, told, MONDAY + HOUR) is Effect.SUPPRESSED


@pytest.mark.parametrize(
    ("kind", "effect", "suppressed"),
    [
        (Kind.HARD, Effect.SUPPRESSED, ["bounce"]),
        (Kind.COMPLAINT, Effect.SUPPRESSED, ["complaint", "opt-out"]),
        (Kind.LEAVES, Effect.SUPPRESSED, ["opt-out"]),
        (Kind.OURS, Effect.TOLD, []),
        (Kind.SOFT, Effect.NOTHING, []),
    ],
)
def test_an_address_that_is_no_readers_is_suppressed_as_well(
    app: App, now: datetime, kind: Kind, effect: Effect, suppressed: list[str]
) -> None:
    told = Return(kind, Trace(address=ADA))
    assert returns.take_on_word(app.store, app.signer, told, now) is effect
    assert sorted(causes(app, ADA)) == suppressed


def test_who_has_not_confirmed_and_bounced_is_forgotten_like_others(app: App, now: datetime) -> None:
    ask(app, ADA, now)
    post(app, now)
    for kind in Kind:
        told = Return(kind, Trace(address=ADA), at=now)
        returns.take_on_word(app.store, app.signer, told, now + HOUR)
    assert rows(app, "returns") == []
    suppress.tidy(app.store, app.settings.signup, now + timedelta(days=31))
    assert rows(app, "subscribers") == []


# ── A mailbox ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for part in ("tmp", "new", "cur"):
        (tmp_path / "came-back" / part).mkdir(parents=True)
    return tmp_path / "came-back"


def gather(app: App, maildir: Path) -> dict[str, int]:
    found = returns.gather(
        app.store, app.signer, Maildir(maildir), lambda: MONDAY + HOUR, stopped=lambda: False
    )
    return {**{effect.value: n for effect, n in found.effects.items()}, "others": found.others}


@pytest.mark.usefixtures("readers")
def test_what_came_into_a_mailbox_is_acted_on_and_the_rest_is_left_to_people(app: App, maildir: Path) -> None:
    for name in ("gmail-no-account", "vacation-sieve", "spam", "forged-without-token"):
        content = corpus.message(name).replace(corpus.TOKEN.encode(), token(app, ADA).encode())
        (maildir / "new" / name).write_bytes(content)

    assert gather(app, maildir) == {"suppressed": 1, "nothing": 1, "unsigned": 1, "others": 1}

    assert causes(app, ADA) == ["bounce"]
    assert sorted(file.name for file in (maildir / "cur").iterdir()) == [
        "forged-without-token:2,F",
        "gmail-no-account:2,S",
        "spam:2,F",
        "vacation-sieve:2,S",
    ]
    assert gather(app, maildir) == {"others": 0}


def test_a_mailbox_that_cannot_be_read_is_an_alarm_until_it_can(app: App, maildir: Path) -> None:
    aside = maildir.rename(maildir.with_name("aside"))
    with pytest.raises(MailError):
        gather(app, maildir)
    with app.store.reading() as tx:
        (alarm,) = alarms.standing(tx)
    assert "What comes back is not read: the Maildir" in alarm.words

    aside.rename(maildir)
    gather(app, maildir)
    with app.store.reading() as tx:
        assert alarms.standing(tx) == []
