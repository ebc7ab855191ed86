"""Readers change what they get by a link that others may have, too: each change is told, and can be undone."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeder.app import App
from feeder.model.changes import Visit
from feeder.model.deliveries import State
from feeder.model.items import Draft, Kind
from feeder.model.settings import DAILY, MONTHLY, WEEKLY
from feeder.model.subscribers import Ask, Cause, Choice, Form, Matter, Preferences, Status, Subscriber
from feeder.subscribers import preferences
from feeder.tokens import Purpose
from feeder.workflows import prefer, send, subscribe, suppress
from feeder.workflows.collect import apply
from feeder.workflows.release import release
from feeder.workflows.subscribe import Lapsed
from tests.workflows.consent_rig import (
    ADA,
    BO,
    DAY,
    HOUR,
    MINUTE,
    NETWORK,
    a_round,
    ask,
    confirm,
    everything,
    leave,
    link,
    links,
    mails_to,
    markup,
    post,
    sign_up,
    subjects,
    there,
    words,
)

Put = Callable[..., None]
Changed = Callable[..., App]
Add = Callable[..., Subscriber]

SECOND = timedelta(seconds=1)
MONDAY = datetime.fromisoformat("2026-11-23T08:00:00Z")  # the first slot of the weekly digest after NOON


@pytest.fixture
def put(app: App, draft: Callable[..., Draft]) -> Put:
    """Let an item arrive: `put("a", now)`."""

    def tell(key: str, at: datetime, **fields: Any) -> None:
        apply(app.store, "told", [draft(key, **fields)], Visit(at, at - MINUTE, announce=False))
        release(app.store, at)

    return tell


def choose(app: App, reader: Subscriber, at: datetime, **wanted: Any) -> Subscriber:
    """Save other preferences, and send the letter about it."""
    changed = prefer.choose(
        app.store, app.settings.digests, reader, replace(reader.preferences, **wanted), at
    )
    post(app, at)
    return changed


def made(app: App, token: str, at: datetime) -> Choice | None:
    return prefer.choice(app.store, app.signer, token, at)


def undo(app: App, token: str, at: datetime) -> Subscriber | None:
    """Press the button that undoes a choice."""
    choice = made(app, token, at)
    assert choice is not None
    return prefer.undo(app.store, app.settings.digests, choice, at)


def undoing(app: App, address: str = ADA) -> str:
    """Return the token that undoes what was told last."""
    return link(mails_to(app, address)[-1], "undo")


def held_by(app: App, purpose: Purpose, token: str, at: datetime) -> Subscriber | None:
    return prefer.holder(app.store, app.signer, purpose, token, at)


# ── Choosing ─────────────────────────────────────────────────────────────────────────────────────


def test_what_is_chosen_is_kept_and_told_with_what_it_was_before(app: App, put: Put, now: datetime) -> None:
    put("a", now, tags=("Old Bridges",))
    ada = sign_up(app, ADA, now)
    wanted = Preferences(
        "monthly",
        "Asia/Tokyo",
        any_tags=("old-bridges",),
        no_tags=("ferries",),
        kinds=(Kind.PIECE,),
        hour=7,
        day=28,
        form=Form.FULL,
        language="",
        paused_until=now + 3 * DAY,
    )
    changed = prefer.choose(app.store, app.settings.digests, ada, wanted, now + HOUR)
    post(app, now + HOUR)
    assert changed == there(app, ADA)
    assert changed == replace(ada, preferences=wanted, next_issue_at=changed.next_issue_at)
    (_, letter) = mails_to(app, ADA)
    for line in (
        "Pace: Monthly digest (before: Weekly digest)",
        "Time zone: Asia/Tokyo (before: UTC)",
        "Subjects: “Old Bridges” (before: all of them)",
        "Nothing about: “ferries” (before: no exceptions)",
        "Kinds: pieces only (before: pieces and media appearances)",
        "Hour: 07:00 (before: as usual)",
        "Day: 28 (before: as usual)",
        "Length: whole texts (before: short)",
        "Pause: until 23 November 2026 (before: none)",
    ):
        assert f"* {line}" in words(letter).splitlines()
        assert f"<li>{line}</li>" in markup(letter)
    assert "Language" not in words(letter)
    assert [page for page, _ in links(letter)] == ["undo", "preferences", "unsubscribe"]


def test_what_is_as_it_was_changes_nothing_and_is_not_told(app: App, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    before = everything(app)
    assert choose(app, ada, now + HOUR) == ada
    assert everything(app) == before


def test_a_change_is_told_in_the_language_that_was_chosen(app: App, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    choose(app, ada, now, language="fr")
    assert mails_to(app, ADA)[-1]["Content-Language"] == "fr"


def test_a_change_of_the_pace_moves_the_next_issue_and_another_change_does_not(
    app: App, now: datetime
) -> None:
    ada = sign_up(app, ADA, now)
    assert ada.next_issue_at == MONDAY
    assert choose(app, ada, now + HOUR, any_tags=("x",), form=Form.FULL).next_issue_at == MONDAY
    daily = choose(app, there(app, ADA), now + HOUR, digest="daily", hour=20)
    assert daily.next_issue_at == now.replace(hour=20)


def test_a_pause_puts_the_next_issue_after_its_end_and_ending_it_brings_it_back(
    app: App, now: datetime
) -> None:
    ada = sign_up(app, ADA, now)
    paused = choose(app, ada, now, paused_until=MONDAY + SECOND)
    assert paused.next_issue_at == MONDAY + 7 * DAY
    assert choose(app, paused, now, paused_until=None).next_issue_at == MONDAY


def test_a_pause_keeps_what_comes_meanwhile_for_afterwards(app: App, put: Put, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    choose(app, ada, now, paused_until=MONDAY + HOUR)
    put("a", now + HOUR)
    a_round(app, MONDAY)
    assert subjects(app, ADA) == ["confirm", "changed"]
    a_round(app, MONDAY + 7 * DAY)
    assert subjects(app, ADA) == ["confirm", "changed", "issue"]
    assert "Title of a." in words(mails_to(app, ADA)[-1])


def test_a_pause_that_is_over_is_no_change_when_it_is_taken_out(app: App, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    paused = choose(app, ada, now, paused_until=now + DAY)
    before = everything(app)
    same = choose(app, paused, now + 2 * DAY, paused_until=None)
    assert same.next_issue_at == paused.next_issue_at
    assert subjects(app, ADA) == ["confirm", "changed"]
    assert everything(app) == before


def test_one_who_has_left_may_still_choose_but_is_mailed_nothing(app: App, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    leave(app, ada, now)
    changed = choose(app, there(app, ADA), now, digest="daily")
    assert (changed.status, changed.next_issue_at) == (Status.LEFT, None)
    assert changed.preferences.digest == "daily"
    assert subjects(app, ADA) == ["confirm"]


def test_one_whose_suppression_is_lifted_is_due_again_whatever_they_chose_meanwhile(
    app: App, put: Put, now: datetime
) -> None:
    sign_up(app, ADA, now)
    suppress.suppress(app.store, ADA, Cause.BOUNCE, "550", now)
    choose(app, there(app, ADA), now, digest="daily", hour=8)
    suppress.lift(app.store, ADA)
    put("a", now)
    a_round(app, now + DAY)
    a_round(app, now.replace(hour=8) + 2 * DAY)
    assert "issue" in subjects(app, ADA)


def test_one_who_was_erased_chooses_nothing(app: App, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    suppress.erase(app.store, ADA, None, now)
    before = everything(app)
    choose(app, ada, now, digest="daily")
    assert everything(app) == before


def test_one_whose_digest_is_not_configured_any_more_can_choose_the_rest(
    app: App, changed: Changed, now: datetime
) -> None:
    sign_up(app, ADA, now, digest="daily")
    later = changed(digests={"weekly": WEEKLY})
    kept = choose(later, there(app, ADA), now, hour=9, any_tags=("x",))
    assert (kept.preferences.hour, kept.preferences.digest) == (9, "daily")
    assert choose(later, kept, now, digest="weekly", hour=None).next_issue_at == MONDAY


# ── Undoing ──────────────────────────────────────────────────────────────────────────────────────


def test_a_choice_is_undone_by_the_link_in_the_letter_about_it(app: App, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    choose(app, ada, now, digest="daily", any_tags=("x",), paused_until=now + 90 * DAY)
    assert undo(app, undoing(app), now + DAY) == ada
    assert there(app, ADA) == ada


def test_undoing_is_not_told_by_one_more_letter(app: App, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    choose(app, ada, now, digest="daily")
    undo(app, undoing(app), now)
    post(app, now + DAY)
    assert subjects(app, ADA) == ["confirm", "changed"]


def test_what_was_changed_since_in_other_ways_stays(app: App, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    choose(app, ada, now, any_tags=("x",), form=Form.FULL)
    token = undoing(app)
    choose(app, there(app, ADA), now + HOUR, kinds=(Kind.PIECE,), hour=5)
    undo(app, token, now + 2 * HOUR)
    assert there(app, ADA).preferences == replace(ada.preferences, kinds=(Kind.PIECE,), hour=5)


def test_a_choice_is_undone_once_and_does_not_undo_what_was_chosen_afterwards(
    app: App, now: datetime
) -> None:
    ada = sign_up(app, ADA, now)
    choose(app, ada, now, any_tags=("x",))
    token = undoing(app)
    undo(app, token, now)
    choose(app, there(app, ADA), now, any_tags=("x",))
    before = everything(app)
    assert undo(app, token, now) == there(app, ADA)
    assert everything(app) == before


def test_who_only_looks_at_what_would_be_undone_changes_nothing(app: App, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    choose(app, ada, now, any_tags=("x",))
    before, token = everything(app), undoing(app)
    assert len({made(app, token, now) for _ in range(100)}) == 1
    assert everything(app) == before


def test_a_choice_can_be_undone_for_thirty_days(app: App, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    choose(app, ada, now, any_tags=("x",))
    token = undoing(app)
    suppress.tidy(app.store, app.settings.signup, now + 30 * DAY)
    assert made(app, token, now + 30 * DAY - SECOND) is not None
    assert made(app, token, now + 30 * DAY) is None
    suppress.tidy(app.store, app.settings.signup, now + 30 * DAY + SECOND)
    assert everything(app)["choices"] == []


def test_a_choice_of_one_who_left_is_undone_without_bringing_them_back(app: App, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    choose(app, ada, now, digest="daily")
    token = undoing(app)
    leave(app, ada, now)
    undo(app, token, now)
    left = there(app, ADA)
    assert (left.status, left.preferences, left.next_issue_at) == (Status.LEFT, ada.preferences, None)


def test_a_choice_of_one_who_was_erased_is_undone_no_more(app: App, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    choose(app, ada, now, digest="daily")
    token = undoing(app)
    choice = made(app, token, now)
    assert choice is not None
    suppress.erase(app.store, ADA, None, now)
    assert made(app, token, now) is None
    assert prefer.undo(app.store, app.settings.digests, choice, now) is None


def test_a_link_of_one_who_was_erased_undoes_nothing_that_another_chooses_later(
    app: App, now: datetime
) -> None:
    ada, bo = sign_up(app, ADA, now), sign_up(app, BO, now)
    choose(app, ada, now, digest="daily")
    token = undoing(app)
    suppress.erase(app.store, ADA, None, now)
    # SQLite gives ids again that nothing has any more.
    choose(app, bo, now + HOUR, digest="monthly")
    assert made(app, token, now + HOUR) is None


def test_a_digest_that_is_gone_is_not_put_back(app: App, changed: Changed, now: datetime) -> None:
    ada = sign_up(app, ADA, now, digest="monthly", day=28)
    choose(app, ada, now, digest="weekly", day=None, any_tags=("x",))
    later = changed(digests={"weekly": WEEKLY})
    undone = undo(later, undoing(app), now)
    assert undone is not None
    assert undone.preferences == Preferences("weekly", "UTC")
    assert undone.next_issue_at == MONDAY


_RECIPES = {recipe.name: recipe for recipe in (WEEKLY, DAILY, MONTHLY)}


@st.composite
def wishes_of_people(draw: st.DrawFn) -> Preferences:
    recipe = draw(st.sampled_from([WEEKLY, DAILY, MONTHLY]))
    return Preferences(
        recipe.name,
        draw(st.sampled_from(["UTC", "Asia/Tokyo"])),
        hour=draw(st.none() | st.integers(0, 23)),
        day=draw(st.none() | st.sampled_from([*preferences.DAYS.get(recipe.unit, [None])])),
        any_tags=draw(st.sampled_from([(), ("x",)])),
    )


@given(st.lists(wishes_of_people(), max_size=4), st.data())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_undone_in_whatever_order_there_is_a_next_issue(
    app: App, now: datetime, wishes: list[Preferences], data: st.DataObject
) -> None:
    with app.store.transaction() as tx:
        there_already = tx.subscribers.find(ADA)
        if there_already is not None:
            tx.subscribers.erase(there_already.id)
        ada = tx.subscribers.add(ADA, Preferences("weekly", "UTC"), 0, MONDAY, "", now)
    for wish in wishes:
        prefer.choose(app.store, _RECIPES, there(app, ADA), wish, now)
    with app.store.reading() as tx:
        choices = tx.choices.of(ada)
    for choice in data.draw(st.permutations(choices)):
        undone = prefer.undo(app.store, _RECIPES, choice, now)
        assert undone is not None
        preferences.checked(undone.preferences, _RECIPES[undone.preferences.digest])
        assert undone.next_issue_at is not None
        assert undone.next_issue_at > now


# ── Links ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("purpose", [Purpose.PREFERENCES, Purpose.ACCOUNT])
def test_a_link_opens_what_it_was_made_for_and_nothing_else(
    app: App, now: datetime, purpose: Purpose
) -> None:
    ada = sign_up(app, ADA, now)
    for other in Purpose:
        token = app.signer.sign(other, ada.id, ada.links, now + HOUR)
        assert held_by(app, purpose, token, now) == (ada if other is purpose else None)


def test_a_link_opens_nothing_when_its_time_is_over_or_its_reader_unknown(app: App, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    ending = app.signer.sign(Purpose.ACCOUNT, ada.id, ada.links, now + DAY)
    assert held_by(app, Purpose.ACCOUNT, ending, now + DAY - SECOND) == ada
    assert held_by(app, Purpose.ACCOUNT, ending, now + DAY) is None
    stranger = app.signer.sign(Purpose.ACCOUNT, ada.id + 1, ada.links, now + DAY)
    assert held_by(app, Purpose.ACCOUNT, stranger, now) is None


def test_the_links_of_one_who_was_erased_open_nothing(app: App, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    token = app.signer.sign(Purpose.PREFERENCES, ada.id, ada.links)
    suppress.erase(app.store, ADA, None, now)
    assert held_by(app, Purpose.PREFERENCES, token, now) is None


def test_revoking_makes_every_link_of_earlier_mails_useless_but_for_leaving(
    app: App, put: Put, now: datetime
) -> None:
    sign_up(app, ADA, now)
    ask(app, ADA, now)
    prefer.ask_for_account(app.store, there(app, ADA), now)
    choose(app, there(app, ADA), now, any_tags=(), form=Form.FULL)
    put("a", now)
    a_round(app, MONDAY)
    mails = mails_to(app, ADA)
    assert sorted(subjects(app, ADA)) == ["account", "changed", "confirm", "issue", "known"]
    prefer.revoke_links(app.store, there(app, ADA), now)
    for mail in mails:
        for page, token in links(mail):
            match page:
                case "confirm":
                    assert subscribe.requested(app.store, app.signer, token, now) is None
                    assert confirm(app, token, now) == Lapsed()
                case "undo":
                    assert made(app, token, now) is None
                case "preferences":
                    assert held_by(app, Purpose.PREFERENCES, token, now) is None
                case "account":
                    assert held_by(app, Purpose.ACCOUNT, token, now) is None
    assert there(app, ADA).status is Status.ACTIVE
    leave(app, there(app, ADA), now)
    assert there(app, ADA).status is Status.LEFT


def test_the_next_mail_after_revoking_has_new_links(app: App, put: Put, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    prefer.revoke_links(app.store, ada, now)
    choose(app, there(app, ADA), now, form=Form.FULL)
    put("a", now)
    a_round(app, MONDAY)
    changed, issue = mails_to(app, ADA)[1:]
    assert made(app, link(changed, "undo"), now) is not None
    for mail in (changed, issue):
        assert held_by(app, Purpose.PREFERENCES, link(mail, "preferences"), MONDAY) == there(app, ADA)


def test_an_issue_that_is_claimed_while_links_are_revoked_has_the_new_ones(
    app: App, put: Put, now: datetime
) -> None:
    ada = sign_up(app, ADA, now)
    put("a", now)

    def clock() -> datetime:
        with app.store.reading() as tx:
            claimed = State.CLAIMED in tx.deliveries.counts()
        if claimed and not there(app, ADA).links:
            prefer.revoke_links(app.store, ada, MONDAY)
        return MONDAY

    send.send_due(app.store, app.post, clock, stopped=lambda: False)
    assert there(app, ADA).links == 1
    issue = mails_to(app, ADA)[-1]
    assert held_by(app, Purpose.PREFERENCES, link(issue, "preferences"), MONDAY) == there(app, ADA)


@pytest.mark.parametrize("when", ["before it is answered", "before its letter", "after its letter"])
def test_revoking_lets_a_move_that_somebody_asked_for_come_to_nothing(
    app: App, now: datetime, when: str
) -> None:
    ada = sign_up(app, ADA, now)
    prefer.ask_to_move(app.store, ada, "evil@example.net", now, NETWORK)
    if when == "before its letter":
        subscribe.answer(app.store, app.settings.signup, now)
    elif when == "after its letter":
        post(app, now)
    prefer.revoke_links(app.store, ada, now)
    post(app, now)
    for mail in mails_to(app, "evil@example.net"):
        assert confirm(app, link(mail, "confirm"), now) == Lapsed()
    assert len(mails_to(app, "evil@example.net")) == int(when == "after its letter")
    assert there(app, ADA) == replace(ada, links=1)


# ── The account ──────────────────────────────────────────────────────────────────────────────────


def test_the_link_to_an_account_comes_to_the_readers_own_address_for_a_day_and_once_an_hour(
    app: App, now: datetime
) -> None:
    ada = sign_up(app, ADA, now)
    for minutes in (0, 1, 59, 60, 119):
        prefer.ask_for_account(app.store, ada, now + minutes * MINUTE)
        post(app, now + minutes * MINUTE)
    letters = mails_to(app, ADA)[1:]
    assert [mail["Date"].datetime for mail in letters] == [now, now + HOUR]
    ((page, token),) = links(letters[0])
    assert page == "account"
    assert held_by(app, Purpose.ACCOUNT, token, now + DAY - SECOND) == ada
    assert held_by(app, Purpose.ACCOUNT, token, now + DAY) is None


def test_a_link_to_an_account_that_would_be_dead_on_arrival_is_not_sent(app: App, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    prefer.ask_for_account(app.store, ada, now)
    subscribe.answer(app.store, app.settings.signup, now)
    post(app, now + DAY)
    assert subjects(app, ADA) == ["confirm"]


def test_all_that_is_known_of_a_reader_is_told(app: App, put: Put, now: datetime) -> None:
    sign_up(app, ADA, now - 12 * 7 * DAY, any_tags=("x",))
    bo = sign_up(app, BO, now)
    for weeks in range(12, 0, -1):
        put(f"a{weeks}", MONDAY - weeks * 7 * DAY - DAY, tags=("x",))
        a_round(app, MONDAY - weeks * 7 * DAY)
    choose(app, there(app, ADA), now, form=Form.FULL)
    choose(app, bo, now, form=Form.FULL)
    ask(app, ADA, now)
    prefer.ask_to_move(app.store, there(app, ADA), "new@example.org", now, NETWORK)
    post(app, now)
    ada = there(app, ADA)
    told = json.loads(json.dumps(prefer.told(app.store, ada)))
    assert told["subscriber"]["address"] == ADA
    assert told["subscriber"]["consent"]["wording"] == "Yes, send it."
    assert told["subscriber"]["preferences"]["any_tags"] == ["x"]
    assert len(told["deliveries"]) == 12
    assert {one["state"] for one in told["deliveries"]} == {"accepted"}
    assert [(one["ask"], one["address"]) for one in told["requests"]] == [
        (Ask.JOIN, ADA),
        (Ask.JOIN, ADA),
        (Ask.MOVE, "new@example.org"),
    ]
    assert [one["after"]["form"] for one in told["choices"]] == ["full"]
    assert {one["matter"] for one in told["letters"]} == {
        Matter.CONFIRM,
        Matter.CHANGED,
        Matter.KNOWN,
        Matter.MOVE,
    }
    assert BO not in json.dumps(told)


def test_the_causes_for_which_an_address_is_suppressed_are_told_too(app: App, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    leave(app, ada, now)
    told = prefer.told(app.store, there(app, ADA))
    assert [one["cause"] for one in told["suppressions"]] == [Cause.OPT_OUT]  # type: ignore[attr-defined]
