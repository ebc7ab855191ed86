"""Coming and going: who asks, who confirms, who leaves, and what a stranger can bring about, which is little."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from feeder.app import App
from feeder.digests import periods
from feeder.errors import AlreadyThere, ConfigurationError
from feeder.model.changes import Visit
from feeder.model.items import Draft
from feeder.model.settings import DAILY, WEEKLY, Signup
from feeder.model.subscribers import Ask, Cause, Consent, Origin, Preferences, Status, Subscriber
from feeder.tokens import Purpose
from feeder.workflows import letters, prefer, send, subscribe, suppress
from feeder.workflows.collect import apply
from feeder.workflows.release import release
from feeder.workflows.subscribe import SIGNED_UP, Asked, Confirmed, Lapsed, Taken, Wanted
from tests.workflows.consent_rig import (
    ADA,
    BO,
    CY,
    DAY,
    HOUR,
    MINUTE,
    NETWORK,
    a_round,
    ask,
    causes,
    confirm,
    everything,
    find,
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

Add = Callable[..., Subscriber]
Put = Callable[..., None]
Changed = Callable[..., App]

SECOND = timedelta(seconds=1)
MONDAY = datetime.fromisoformat("2026-11-23T08:00:00Z")  # the first slot of the weekly digest after NOON

BY_THE_READER = [Cause.OPT_OUT, Cause.ERASURE, Cause.BOUNCE]
NEVER_BY_THE_READER = [Cause.COMPLAINT, Cause.BY_HAND]


@pytest.fixture
def put(app: App, draft: Callable[..., Draft]) -> Put:
    """Let an item arrive: `put("a", now)`."""

    def tell(key: str, at: datetime, **fields: Any) -> None:
        apply(app.store, "told", [draft(key, **fields)], Visit(at, at - MINUTE, announce=False))
        release(app.store, at)

    return tell


def newest(app: App, address: str) -> EmailMessage:
    return mails_to(app, address)[-1]


# ── Asking ───────────────────────────────────────────────────────────────────────────────────────


def test_who_signs_up_gets_one_letter_with_one_link_and_is_no_reader_yet(app: App, now: datetime) -> None:
    ask(app, ADA, now)
    assert post(app, now) == []
    assert post(app, now + HOUR) == []
    (letter,) = mails_to(app, ADA)
    ((page, token),) = links(letter)
    assert page == "confirm"
    assert f"https://spans.example/confirm/{token}" in markup(letter)
    assert letter["List-Id"] is letter["List-Unsubscribe"] is None
    assert letter["Auto-Submitted"] == "auto-generated"
    ada = there(app, ADA)
    assert (ada.status, ada.consent, ada.next_issue_at, ada.reason) == (Status.PENDING, None, None, "")


def test_asking_alone_writes_nothing_but_what_was_asked(app: App, now: datetime) -> None:
    before = everything(app)
    ask(app, ADA, now)
    after = everything(app)
    assert {name for name in after if after[name] != before[name]} == {"requests"}


def test_no_word_of_who_asked_gets_into_the_letter(app: App, now: datetime) -> None:
    wish = Preferences("weekly", "UTC", any_tags=("no-such-tag",))
    wanted = Wanted(ADA, wish, "Buy pills at https://evil.example/", "Win money now", "en", NETWORK)
    subscribe.ask(app.store, wanted, now)
    post(app, now)
    letter = newest(app, ADA)
    said = f"{letter['Subject']}{words(letter)}{markup(letter)}".lower()
    assert not [word for word in ("pills", "evil", "money") if word in said]


def test_the_letter_says_what_was_chosen_in_the_words_of_the_site(app: App, put: Put, now: datetime) -> None:
    put("a", now, tags=("Old Bridges",))
    ask(app, ADA, now, any_tags=("old-bridges",), digest="monthly")
    post(app, now)
    assert "“Old Bridges”" in words(newest(app, ADA))
    assert "Monthly digest" in words(newest(app, ADA))


def test_the_letter_speaks_the_language_in_which_it_was_asked_for(app: App, now: datetime) -> None:
    wanted = Wanted(ADA, Preferences("weekly", "UTC", language="de"), "subscribe", "Ja.", "de", NETWORK)
    subscribe.ask(app.store, wanted, now)
    post(app, now)
    assert newest(app, ADA)["Content-Language"] == "de"
    assert newest(app, ADA)["Subject"] != "Please confirm: mail from Spans"


# ── Confirming ───────────────────────────────────────────────────────────────────────────────────


def test_who_confirms_is_a_reader_from_what_comes_next_with_the_proof_that_they_asked(
    app: App, put: Put, now: datetime
) -> None:
    put("before", now)
    wish = Preferences("daily", "Asia/Tokyo", hour=7, language="de")
    wanted = Wanted(ADA, wish, "tag/x/", "Ja, bitte.", "de", NETWORK)
    subscribe.ask(app.store, wanted, now)
    post(app, now)
    put("meanwhile", now + HOUR)
    at = now + 2 * HOUR
    outcome = confirm(app, link(newest(app, ADA), "confirm"), at)
    ada = there(app, ADA)
    assert outcome == Confirmed(ada, Ask.JOIN)
    assert ada == Subscriber(
        id=ada.id,
        address=ADA,
        status=Status.ACTIVE,
        preferences=wish,
        cursor=2,
        created=now,
        reason=SIGNED_UP,
        next_issue_at=periods.next_issue_at(DAILY, wish.rhythm, at),
        consent=Consent(Origin.FORM, now, at, "tag/x/", "Ja, bitte.", "de"),
    )


def test_a_new_reader_gets_what_arrives_after_the_confirmation_and_nothing_before(
    app: App, put: Put, now: datetime
) -> None:
    put("before", now)
    sign_up(app, ADA, now)
    put("after", now + HOUR)
    a_round(app, MONDAY)
    assert subjects(app, ADA) == ["confirm", "issue"]
    said = words(newest(app, ADA))
    assert ("Title of after." in said, "Title of before." in said) == (True, False)


def test_who_has_not_confirmed_gets_no_issue(app: App, put: Put, now: datetime) -> None:
    ask(app, ADA, now)
    put("a", now)
    for weeks in range(3):
        a_round(app, MONDAY + 7 * weeks * DAY)
    assert subjects(app, ADA) == ["confirm"]


def test_confirming_twice_is_confirming_once(app: App, put: Put, now: datetime) -> None:
    ask(app, ADA, now)
    post(app, now)
    token = link(newest(app, ADA), "confirm")
    first = confirm(app, token, now + HOUR)
    put("a", now + 2 * HOUR)
    before = everything(app)
    assert confirm(app, token, now + 3 * HOUR) == first
    assert everything(app) == before


def test_a_confirmation_that_is_pressed_again_after_leaving_brings_nobody_back(
    app: App, now: datetime
) -> None:
    ask(app, ADA, now)
    post(app, now)
    token = link(newest(app, ADA), "confirm")
    confirm(app, token, now)
    leave(app, there(app, ADA), now + HOUR)
    confirm(app, token, now + 2 * HOUR)
    assert there(app, ADA).status is Status.LEFT


def test_a_confirmation_can_be_given_for_seven_days(app: App, now: datetime) -> None:
    for address in (ADA, BO):
        ask(app, address, now)
    post(app, now)
    end = now + 7 * DAY
    late, early = (link(newest(app, address), "confirm") for address in (ADA, BO))
    assert subscribe.requested(app.store, app.signer, late, end - SECOND) is not None
    assert subscribe.requested(app.store, app.signer, late, end) is None
    assert confirm(app, late, end) == Lapsed()
    assert isinstance(confirm(app, early, end - SECOND), Confirmed)
    assert there(app, ADA).status is Status.PENDING


def test_who_only_looks_at_what_would_be_confirmed_changes_nothing(app: App, now: datetime) -> None:
    ask(app, ADA, now)
    post(app, now)
    before, token = everything(app), link(newest(app, ADA), "confirm")
    shown = {subscribe.requested(app.store, app.signer, token, now) for _ in range(100)}
    (request,) = shown
    assert request is not None
    assert (request.address, request.ask) == (ADA, Ask.JOIN)
    assert everything(app) == before


@pytest.mark.parametrize("purpose", sorted(set(Purpose) - {Purpose.CONFIRM}))
def test_no_other_link_confirms(app: App, now: datetime, purpose: Purpose) -> None:
    ask(app, ADA, now)
    post(app, now)
    token = app.signer.sign(purpose, 1, end=now + DAY)
    assert subscribe.requested(app.store, app.signer, token, now) is None
    assert confirm(app, token, now) == Lapsed()
    assert there(app, ADA).status is Status.PENDING


def test_who_never_confirmed_is_forgotten_after_thirty_days_with_all_that_was_asked(
    app: App, now: datetime
) -> None:
    ask(app, ADA, now)
    post(app, now)
    suppress.tidy(app.store, app.settings.signup, now + 30 * DAY)
    assert there(app, ADA).status is Status.PENDING
    suppress.tidy(app.store, app.settings.signup, now + 30 * DAY + SECOND)
    assert find(app, ADA) is None
    assert "ada@" not in str(everything(app)).lower()


def test_a_reader_is_not_forgotten_when_what_they_once_asked_is(app: App, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    suppress.tidy(app.store, app.settings.signup, now + 31 * DAY)
    assert there(app, ADA) == ada
    assert everything(app)["requests"] == []


def test_a_link_to_a_request_that_was_forgotten_comes_to_nothing(app: App, now: datetime) -> None:
    ask(app, ADA, now)
    post(app, now)
    token = link(newest(app, ADA), "confirm")
    suppress.tidy(app.store, app.settings.signup, now + 31 * DAY)
    # The same id comes again on SQLite: the link must not confirm what another asked.
    ask(app, BO, now + 31 * DAY)
    post(app, now + 31 * DAY)
    assert confirm(app, token, now + 31 * DAY) == Lapsed()
    assert there(app, BO).status is Status.PENDING


def test_a_wish_for_a_digest_that_is_gone_is_met_with_the_one_that_the_site_offers(
    app: App, changed: Changed, now: datetime
) -> None:
    ask(app, ADA, now, digest="daily", hour=7)
    post(app, now)
    later = changed(digests={"weekly": WEEKLY})
    confirm(later, link(newest(app, ADA), "confirm"), now)
    assert there(app, ADA).preferences == Preferences("weekly", "UTC")


def test_who_confirms_is_welcomed_where_the_site_does_so(
    app: App, changed: Changed, put: Put, now: datetime
) -> None:
    for number in range(5):
        put(f"a{number}", now)
    welcoming = changed(signup=Signup(welcome=2))
    sign_up(welcoming, ADA, now)
    a_round(welcoming, now)
    assert subjects(app, ADA) == ["confirm", "issue"]
    assert "Welcome" in words(newest(app, ADA))


# ── However often somebody asks ──────────────────────────────────────────────────────────────────


def test_one_victim_gets_one_letter_from_hundreds_who_ask(app: App, now: datetime) -> None:
    for number in range(400):
        ask(app, ADA.upper() if number % 2 else ADA, now + number * SECOND)
        if not number % 100:
            post(app, now + number * SECOND)
    post(app, now + HOUR)
    assert subjects(app, ADA) == ["confirm"]
    with app.store.reading() as tx:
        assert tx.requests.letters_about(ADA, [Ask.JOIN], now) == [now]


def test_each_day_brings_one_letter_more_and_three_are_all_until_the_address_is_forgotten(
    app: App, now: datetime
) -> None:
    for hours in range(0, 29 * 24, 8):
        ask(app, ADA, now + hours * HOUR)
        post(app, now + hours * HOUR)
    dates = [mail["Date"].datetime for mail in mails_to(app, ADA)]
    assert dates == [now, now + DAY, now + 2 * DAY]


def test_a_second_letter_goes_out_just_a_day_after_the_first(app: App, now: datetime) -> None:
    for at in (now, now + DAY - SECOND, now + DAY):
        ask(app, ADA, at)
        post(app, at)
    assert [mail["Date"].datetime for mail in mails_to(app, ADA)] == [now, now + DAY]


def test_either_of_two_letters_confirms_and_the_other_then_comes_to_nothing(app: App, now: datetime) -> None:
    for days, digest in enumerate(("weekly", "daily")):
        ask(app, ADA, now + days * DAY, digest=digest)
        post(app, now + days * DAY)
    first, second = (link(mail, "confirm") for mail in mails_to(app, ADA))
    assert isinstance(confirm(app, first, now + DAY), Confirmed)
    assert confirm(app, second, now + DAY) == Lapsed()
    assert there(app, ADA).preferences.digest == "weekly"


def test_many_who_ask_for_one_take_nothing_from_another(app: App, now: datetime) -> None:
    for _ in range(120):
        ask(app, ADA, now)
    ask(app, BO, now)
    post(app, now)
    assert (subjects(app, ADA), subjects(app, BO)) == (["confirm"], ["confirm"])


def test_an_address_in_other_capitals_is_the_same_and_its_letters_go_where_its_mail_goes(
    app: App, now: datetime
) -> None:
    # Servers may tell "Ada" from "ada" (RFC 5321, 2.4): a stranger must not get to somebody's choices so.
    ada = sign_up(app, ADA, now)
    ask(app, "ADA@example.org", now + DAY)
    post(app, now + DAY)
    assert [mail["To"] for mail in mails_to(app, ADA)] == [ADA, ADA]
    leave(app, ada, now + 2 * DAY)
    ask(app, "ADA@example.org", now + 3 * DAY)
    post(app, now + 3 * DAY)
    assert newest(app, ADA)["To"] == ADA


# ── Somebody who is known already ────────────────────────────────────────────────────────────────


def test_a_known_address_is_told_so_once_a_day_and_nothing_changes(app: App, now: datetime) -> None:
    ada = sign_up(app, ADA, now, digest="monthly")
    for hours in range(1, 49, 4):
        ask(app, ADA, now + hours * HOUR, digest="daily")
        post(app, now + hours * HOUR)
    known = mails_to(app, ADA)[1:]
    assert subjects(app, ADA)[1:] == ["known", "known"]
    assert [mail["Date"].datetime for mail in known] == [now + HOUR, now + 25 * HOUR]
    assert there(app, ADA) == ada
    assert [page for page, _ in links(known[0])] == ["preferences", "unsubscribe"]
    token = link(known[0], "preferences")
    assert prefer.holder(app.store, app.signer, Purpose.PREFERENCES, token, now) == ada


def test_who_left_while_that_was_on_its_way_is_not_told_that_they_are_subscribed(
    app: App, now: datetime
) -> None:
    ada = sign_up(app, ADA, now)
    ask(app, ADA, now + HOUR)
    subscribe.answer(app.store, app.settings.signup, now + HOUR)
    leave(app, ada, now + HOUR)
    post(app, now + HOUR)
    assert subjects(app, ADA) == ["confirm"]


# ── Leaving, and coming back ─────────────────────────────────────────────────────────────────────


def test_who_leaves_is_on_the_list_and_gets_nothing_more(app: App, put: Put, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    put("a", now)
    leave(app, ada, now + HOUR)
    a_round(app, MONDAY)
    assert subjects(app, ADA) == ["confirm"]
    assert (there(app, ADA).status, causes(app, ADA)) == (Status.LEFT, ["opt-out"])


def test_who_has_left_comes_back_by_a_new_double_opt_in_with_new_wishes_and_a_new_proof(
    app: App, put: Put, now: datetime
) -> None:
    ada = sign_up(app, ADA, now)
    leave(app, ada, now + HOUR)
    put("missed", now + 2 * HOUR)
    at = now + DAY
    ask(app, ADA, at, digest="daily")
    post(app, at)
    assert there(app, ADA).status is Status.LEFT  # nothing happens before they say so
    confirm(app, link(newest(app, ADA), "confirm"), at + HOUR)
    back = there(app, ADA)
    assert (back.id, back.status, back.cursor) == (ada.id, Status.ACTIVE, 1)
    assert back.preferences.digest == "daily"
    assert back.consent is not None
    assert (back.consent.asked, back.consent.confirmed) == (at, at + HOUR)
    assert causes(app, ADA) == []


def test_who_comes_back_by_the_button_is_asked_by_a_letter_and_is_as_before_without_a_pause(
    app: App, now: datetime
) -> None:
    ada = sign_up(app, ADA, now, digest="monthly", day=3, hour=5)
    prefer.choose(
        app.store, app.settings.digests, ada, replace(ada.preferences, paused_until=now + 40 * DAY), now
    )
    leave(app, ada, now)
    subscribe.come_back(app.store, ada.id, now + HOUR)
    post(app, now + HOUR)
    assert there(app, ADA).status is Status.LEFT
    confirm(app, link(newest(app, ADA), "confirm"), now + 2 * HOUR)
    assert (there(app, ADA).status, there(app, ADA).preferences) == (Status.ACTIVE, ada.preferences)


def test_nobody_comes_back_who_has_not_left(app: App, now: datetime) -> None:
    active, erased = sign_up(app, ADA, now), sign_up(app, BO, now)
    suppress.erase(app.store, BO, None, now)
    before = everything(app)
    for who in (active.id, erased.id, 999):
        subscribe.come_back(app.store, who, now)
    assert everything(app) == before


def test_leaving_twice_is_leaving_once(app: App, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    leave(app, ada, now)
    before = everything(app)
    leave(app, ada, now + DAY)
    assert everything(app) == before


def test_a_link_that_was_not_made_to_leave_takes_nobody_off(app: App, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    for purpose in set(Purpose) - {Purpose.UNSUBSCRIBE}:
        subscribe.leave(app.store, app.signer, app.signer.sign(purpose, ada.id), now)
    subscribe.leave(app.store, app.signer, app.signer.sign(Purpose.UNSUBSCRIBE, 999), now)
    assert there(app, ADA) == ada


def test_an_old_link_leaves_for_one_who_was_erased_and_has_come_back(app: App, now: datetime) -> None:
    first = sign_up(app, ADA, now)
    suppress.erase(app.store, ADA, None, now)
    second = sign_up(app, ADA, now + DAY)
    suppress.erase(app.store, ADA, None, now + 2 * DAY)
    leave(app, first, now + 2 * DAY)  # nobody has the address: nothing to do
    third = sign_up(app, ADA, now + 3 * DAY)
    for old in (first, second, third):
        assert there(app, ADA).status is Status.ACTIVE
        leave(app, old, now + 4 * DAY)
        assert (there(app, ADA).status, causes(app, ADA)) == (Status.LEFT, ["opt-out"])
        subscribe.come_back(app.store, old.id, now + 4 * DAY)
        post(app, now + 4 * DAY)
        confirm(app, link(newest(app, ADA), "confirm"), now + 4 * DAY)


def test_an_old_link_leaves_for_one_who_took_over_the_address_wherever_they_are_now(
    app: App, now: datetime
) -> None:
    bo, ada = sign_up(app, BO, now), sign_up(app, ADA, now)
    leave(app, bo, now)
    confirm(app, move(app, ada, BO, now + 2 * DAY), now + 2 * DAY)
    moved = there(app, BO)
    assert (moved.id, moved.status) == (ada.id, Status.ACTIVE)
    confirm(app, move(app, moved, CY, now + 4 * DAY), now + 4 * DAY)
    leave(app, bo, now + 5 * DAY)
    assert (there(app, CY).status, causes(app, CY)) == (Status.LEFT, ["opt-out"])


# ── Old links ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def old(app: App, now: datetime) -> str:
    """The confirmation of one who left and wanted to come back, pressed by nobody yet."""
    ada = sign_up(app, ADA, now)
    leave(app, ada, now)
    subscribe.come_back(app.store, ada.id, now + HOUR)
    post(app, now + HOUR)
    return link(newest(app, ADA), "confirm")


def comes_to_nothing(app: App, token: str, at: datetime) -> bool:
    """Tell whether a link neither shows a button nor does anything."""
    before = everything(app)
    shown, outcome = subscribe.requested(app.store, app.signer, token, at), confirm(app, token, at)
    return (shown, outcome) == (None, Lapsed()) and everything(app) == before


def test_a_confirmation_that_nothing_came_between_works(app: App, now: datetime, old: str) -> None:
    assert isinstance(confirm(app, old, now + DAY), Confirmed)


def test_who_leaves_once_more_makes_what_was_asked_before_come_to_nothing(
    app: App, now: datetime, old: str
) -> None:
    leave(app, there(app, ADA), now + 2 * HOUR)
    assert comes_to_nothing(app, old, now + DAY)
    assert there(app, ADA).status is Status.LEFT


def test_what_was_asked_before_leaving_and_not_answered_yet_gets_no_letter(app: App, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    leave(app, ada, now)
    subscribe.come_back(app.store, ada.id, now + HOUR)
    leave(app, ada, now + 2 * HOUR)
    post(app, now + 2 * HOUR)
    assert subjects(app, ADA) == ["confirm"]


def test_who_is_erased_makes_old_links_come_to_nothing(app: App, now: datetime, old: str) -> None:
    suppress.erase(app.store, ADA, None, now + 2 * HOUR)
    assert comes_to_nothing(app, old, now + DAY)
    ask(app, ADA, now + DAY)
    post(app, now + DAY)
    assert confirm(app, old, now + DAY) == Lapsed()
    assert there(app, ADA).status is Status.PENDING


def test_a_link_of_one_who_was_erased_confirms_nothing_that_another_asks_later(
    app: App, now: datetime
) -> None:
    ada = sign_up(app, ADA, now)
    token = move(app, ada, "mine@example.org", now + HOUR)
    suppress.erase(app.store, ADA, None, now + 2 * HOUR)
    # SQLite gives ids again that nothing has any more.
    for number in range(5):
        ask(app, f"victim{number}@example.org", now + 3 * HOUR)
    post(app, now + 3 * HOUR)
    before = everything(app)
    assert subscribe.requested(app.store, app.signer, token, now + 4 * HOUR) is None
    assert confirm(app, token, now + 4 * HOUR) == Lapsed()
    assert everything(app) == before


@pytest.mark.parametrize("cause", Cause)
def test_a_suppression_makes_old_links_come_to_nothing(
    app: App, now: datetime, old: str, cause: Cause
) -> None:
    suppress.suppress(app.store, ADA, cause, "said so", now + 2 * HOUR)
    assert comes_to_nothing(app, old, now + DAY)
    assert cause.value in causes(app, ADA)


def test_a_letter_about_what_came_to_nothing_is_not_sent(app: App, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    leave(app, ada, now)
    subscribe.come_back(app.store, ada.id, now + HOUR)
    subscribe.answer(app.store, app.settings.signup, now + HOUR)
    leave(app, ada, now + 2 * HOUR)
    letters.send(app.store, app.post, lambda: now + 2 * HOUR, stopped=lambda: False)
    assert subjects(app, ADA) == ["confirm"]


# ── Whose word lifts what ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("known", [True, False], ids=["a reader", "a stranger"])
@pytest.mark.parametrize("cause", BY_THE_READER)
def test_a_double_opt_in_lifts_what_is_the_readers_to_lift(
    app: App, put: Put, now: datetime, cause: Cause, known: bool
) -> None:
    if known:
        sign_up(app, ADA, now)
    suppress.suppress(app.store, ADA, cause, "", now)
    ask(app, ADA, now + DAY)
    post(app, now + DAY)
    assert causes(app, ADA) == [cause.value]  # asking lifts nothing
    confirm(app, link(newest(app, ADA), "confirm"), now + DAY)
    assert (there(app, ADA).status, causes(app, ADA)) == (Status.ACTIVE, [])
    put("a", now + DAY)
    a_round(app, MONDAY)
    assert subjects(app, ADA)[-1] == "issue"


@pytest.mark.parametrize("known", [True, False], ids=["a reader", "a stranger"])
@pytest.mark.parametrize("cause", NEVER_BY_THE_READER)
def test_who_complained_or_was_taken_off_by_hand_gets_no_letter_and_comes_back_by_no_link(
    app: App, put: Put, now: datetime, cause: Cause, known: bool
) -> None:
    if known:
        sign_up(app, ADA, now)
    ask(app, ADA, now + DAY)
    post(app, now + DAY)
    before = subjects(app, ADA)
    suppress.suppress(app.store, ADA, cause, "", now + DAY)
    for days in range(2, 40, 4):
        ask(app, ADA, now + days * DAY)
        put(f"a{days}", now + days * DAY)
        a_round(app, now + days * DAY)
    assert subjects(app, ADA) == before
    assert causes(app, ADA) == [cause.value]


def test_a_complaint_outweighs_what_the_reader_could_lift(app: App, now: datetime) -> None:
    for cause in (Cause.OPT_OUT, Cause.COMPLAINT):
        suppress.suppress(app.store, ADA, cause, "", now)
    ask(app, ADA, now + DAY)
    post(app, now + DAY)
    assert mails_to(app, ADA) == []


# ── Floods ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def narrow(changed: Changed) -> App:
    """The same site, which sends three confirmations an hour."""
    return changed(signup=Signup(most=3))


def confirmations(app: App, at: datetime) -> int:
    """Return how many confirmations have gone out so far, when all that can be is sent."""
    post(app, at)
    return len(list(app.settings.mail.folder.glob("new/*")))


def test_in_a_flood_confirmations_wait_and_go_out_later_and_none_is_lost(narrow: App, now: datetime) -> None:
    for number in range(10):
        ask(narrow, f"{number}@example.org", now + number * SECOND)
    assert not subscribe.is_flooded(narrow.store, narrow.settings.signup, now)
    sent = [confirmations(narrow, now + MINUTE + minutes * MINUTE) for minutes in range(0, 300, 5)]
    assert sent[0] == 3
    assert sent[-1] == 10
    assert [sum(1 for mail in mails_to(narrow, f"{n}@example.org")) for n in range(10)] == [1] * 10


def test_in_no_hour_more_confirmations_go_out_than_the_site_allows(narrow: App, now: datetime) -> None:
    for number in range(10):
        ask(narrow, f"{number}@example.org", now + number * MINUTE)
    sent = [confirmations(narrow, now + minutes * MINUTE) for minutes in range(300)]
    within_an_hour = [later - earlier for earlier, later in zip(sent, sent[60:], strict=False)]
    assert max(within_an_hour) == 3
    assert sent[-1] == 10


def test_a_flood_is_told_while_it_lasts_and_ends_an_hour_after(narrow: App, now: datetime) -> None:
    for number in range(3):
        ask(narrow, f"{number}@example.org", now)
    signup = narrow.settings.signup
    assert not subscribe.is_flooded(narrow.store, signup, now)
    post(narrow, now)
    assert subscribe.is_flooded(narrow.store, signup, now + HOUR)
    assert not subscribe.is_flooded(narrow.store, signup, now + HOUR + SECOND)


def test_in_a_flood_a_reader_still_gets_at_their_account_and_moves_wait(narrow: App, now: datetime) -> None:
    ada = sign_up(narrow, ADA, now - 2 * HOUR)
    for number in range(5):
        ask(narrow, f"{number}@example.org", now)
    prefer.ask_to_move(narrow.store, ada, NEW, now, NETWORK)
    prefer.ask_for_account(narrow.store, ada, now)
    post(narrow, now)
    assert (subjects(narrow, ADA), subjects(narrow, NEW)) == (["confirm", "account"], [])
    post(narrow, now + 2 * HOUR)
    assert subjects(narrow, NEW) == ["move"]


def test_letters_to_those_who_are_known_are_no_flood(narrow: App, now: datetime) -> None:
    for number in range(3):
        sign_up(narrow, f"{number}@example.org", now - (4 - number) * DAY)
        ask(narrow, f"{number}@example.org", now)
    ask(narrow, ADA, now)
    post(narrow, now)
    assert subjects(narrow, ADA) == ["confirm"]
    assert not subscribe.is_flooded(narrow.store, narrow.settings.signup, now)


def test_addresses_that_get_no_letter_hold_up_nobody_in_the_queue(narrow: App, now: datetime) -> None:
    for number in range(130):
        suppress.suppress(narrow.store, f"{number}@example.org", Cause.COMPLAINT, "", now)
        ask(narrow, f"{number}@example.org", now)
    ask(narrow, ADA, now + SECOND)
    post(narrow, now + MINUTE)
    assert subjects(narrow, ADA) == ["confirm"]


def test_what_waited_until_its_link_would_be_dead_gets_no_letter(app: App, now: datetime) -> None:
    ask(app, ADA, now)
    post(app, now + 7 * DAY)  # nobody was at work for a week
    assert mails_to(app, ADA) == []
    assert find(app, ADA) is None


# ── Another address ──────────────────────────────────────────────────────────────────────────────

NEW = "ada@new.example"


def move(app: App, reader: Subscriber, address: str, at: datetime) -> str:
    """Ask to move, and return what confirms it."""
    prefer.ask_to_move(app.store, reader, address, at, NETWORK)
    post(app, at)
    return link(newest(app, address), "confirm")


def test_a_move_is_confirmed_at_the_new_address_and_told_at_the_old(
    app: App, put: Put, now: datetime
) -> None:
    ada = sign_up(app, ADA, now)
    put("a", now)
    token = move(app, ada, NEW, now + HOUR)
    assert there(app, ADA) == ada  # asking changes nothing
    assert subjects(app, NEW) == ["move"]
    at = now + 2 * HOUR
    outcome = confirm(app, token, at)
    moved = there(app, NEW)
    assert ada.consent is not None
    assert moved == replace(ada, address=NEW, links=1, consent=replace(ada.consent, confirmed=at))
    assert outcome == Confirmed(moved, Ask.MOVE)
    assert find(app, ADA) is None
    a_round(app, MONDAY)
    assert (subjects(app, ADA), subjects(app, NEW)) == (["confirm", "moved"], ["move", "issue"])


def test_the_letter_to_the_new_address_does_not_tell_the_old_one_and_the_other_way_round(
    app: App, now: datetime
) -> None:
    ada = sign_up(app, ADA, now)
    confirm(app, move(app, ada, NEW, now), now)
    post(app, now)
    assert ADA not in newest(app, NEW).as_string()
    assert NEW not in newest(app, ADA).as_string()
    assert links(newest(app, ADA)) == []


def test_a_move_that_is_confirmed_twice_is_done_once(app: App, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    token = move(app, ada, NEW, now)
    first = confirm(app, token, now)
    before = everything(app)
    assert confirm(app, token, now + HOUR) == first
    assert everything(app) == before


def test_a_move_makes_the_links_in_mails_to_the_old_address_useless_but_for_leaving(
    app: App, now: datetime
) -> None:
    ada = sign_up(app, ADA, now)
    joined = link(newest(app, ADA), "confirm")
    old = app.signer.sign(Purpose.PREFERENCES, ada.id, ada.links)
    account = app.signer.sign(Purpose.ACCOUNT, ada.id, ada.links, now + DAY)
    confirm(app, move(app, ada, NEW, now), now)
    assert prefer.holder(app.store, app.signer, Purpose.PREFERENCES, old, now) is None
    assert prefer.holder(app.store, app.signer, Purpose.ACCOUNT, account, now) is None
    # What answers a confirmation leads on to the choices of the reader.
    assert comes_to_nothing(app, joined, now)
    leave(app, ada, now)
    assert there(app, NEW).status is Status.LEFT


def test_a_move_to_the_address_of_a_reader_is_refused(app: App, now: datetime) -> None:
    ada, bo = sign_up(app, ADA, now), sign_up(app, BO, now)
    token = move(app, ada, BO, now + DAY)
    assert confirm(app, token, now + DAY) == Taken()
    assert (there(app, ADA), there(app, BO)) == (ada, bo)


@pytest.mark.parametrize("how", ["left", "pending", "bounced"])
def test_a_move_frees_the_address_of_one_who_has_left_bounced_or_never_confirmed(
    app: App, now: datetime, how: str
) -> None:
    ada = sign_up(app, ADA, now)
    if how == "pending":
        ask(app, BO, now)
        post(app, now)
    else:
        bo = sign_up(app, BO, now)
        if how == "left":
            leave(app, bo, now)
        else:
            suppress.suppress(app.store, BO, Cause.BOUNCE, "", now)
    old = link(newest(app, BO), "confirm")
    confirm(app, move(app, ada, BO, now + 2 * DAY), now + 2 * DAY)
    assert (there(app, BO).id, there(app, BO).status) == (ada.id, Status.ACTIVE)
    assert causes(app, BO) == []
    assert confirm(app, old, now + 2 * DAY) == Lapsed()
    assert there(app, BO).id == ada.id


@pytest.mark.parametrize("cause", NEVER_BY_THE_READER)
def test_nobody_moves_to_an_address_that_must_not_be_mailed(app: App, now: datetime, cause: Cause) -> None:
    ada = sign_up(app, ADA, now)
    token = move(app, ada, NEW, now)
    suppress.suppress(app.store, NEW, cause, "", now)
    assert comes_to_nothing(app, token, now)
    prefer.ask_to_move(app.store, ada, NEW, now + 2 * DAY, NETWORK)
    post(app, now + 2 * DAY)
    assert subjects(app, NEW) == ["move"]
    assert there(app, ADA) == ada


def test_who_leaves_makes_the_move_that_they_asked_for_come_to_nothing(app: App, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    token = move(app, ada, NEW, now)
    leave(app, ada, now)
    subscribe.come_back(app.store, ada.id, now + HOUR)
    post(app, now + HOUR)
    confirm(app, link(newest(app, ADA), "confirm"), now + HOUR)
    assert comes_to_nothing(app, token, now + 2 * HOUR)
    assert there(app, ADA).status is Status.ACTIVE


def test_nobody_moves_to_where_they_are(app: App, now: datetime) -> None:
    ada = sign_up(app, ADA, now - 40 * DAY)
    prefer.ask_to_move(app.store, ada, ADA, now, NETWORK)
    post(app, now)
    assert subjects(app, ADA) == ["confirm"]
    # Other capitals may be another mailbox, and are at any rate what the reader wants to read.
    confirm(app, move(app, ada, "Ada@example.org", now), now)
    assert there(app, ADA).address == "Ada@example.org"


def test_moves_pester_nobody_more_than_sign_ups_do(app: App, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    for hours in range(0, 28 * 24, 6):
        prefer.ask_to_move(app.store, ada, BO, now + hours * HOUR, NETWORK)
        ask(app, BO, now + hours * HOUR)
        post(app, now + hours * HOUR)
    assert len(mails_to(app, BO)) == 3


def test_a_letter_that_waits_while_the_reader_moves_does_not_open_the_account_at_the_old_address(
    app: App, now: datetime
) -> None:
    ada = sign_up(app, ADA, now)
    token = move(app, ada, NEW, now)
    prefer.ask_for_account(app.store, ada, now)
    wish = replace(ada.preferences, hour=3)
    prefer.choose(app.store, app.settings.digests, ada, wish, now)
    ask(app, ADA, now)
    subscribe.answer(app.store, app.settings.signup, now)  # the letters are written, and wait
    confirm(app, token, now)
    post(app, now)
    assert subjects(app, ADA) == ["confirm", "moved"]


def test_an_issue_that_is_claimed_while_the_reader_moves_goes_to_the_new_address(
    app: App, put: Put, now: datetime
) -> None:
    ada = sign_up(app, ADA, now)
    put("a", now)
    token = move(app, ada, NEW, MONDAY - DAY)
    moments = iter([MONDAY] * 3)

    def clock() -> datetime:
        """Let the reader move as soon as their issue is claimed."""
        with app.store.reading() as tx:
            claimed = "claimed" in tx.deliveries.counts()
        if claimed:
            confirm(app, token, MONDAY)
        return next(moments, MONDAY)

    send.send_due(app.store, app.post, clock, stopped=lambda: False)
    a_round(app, MONDAY + HOUR)
    assert subjects(app, ADA) == ["confirm", "moved"]
    assert subjects(app, NEW) == ["move", "issue"]


# ── By hand ──────────────────────────────────────────────────────────────────────────────────────


def by_hand(app: App, address: str, at: datetime) -> Subscriber | Asked:
    return subscribe.add(
        app.store, address, Preferences("weekly", "UTC"), WEEKLY, at, reason="a card", welcome=0
    )


def test_one_who_is_added_by_hand_is_a_reader_and_says_why(app: App, put: Put, now: datetime) -> None:
    put("a", now)
    added = by_hand(app, ADA, now)
    assert added == there(app, ADA)
    assert isinstance(added, Subscriber)
    assert (added.status, added.cursor, added.reason) == (Status.ACTIVE, 1, "a card")
    assert added.consent == Consent(Origin.HAND, now, None, "subscriber add", "a card")


@pytest.mark.parametrize("cause", BY_THE_READER)
def test_who_left_was_erased_or_bounced_is_not_added_by_hand_but_asked(
    app: App, now: datetime, cause: Cause
) -> None:
    sign_up(app, ADA, now)
    suppress.suppress(app.store, ADA, cause, "", now)
    assert by_hand(app, ADA, now + DAY) == Asked(ADA)
    assert there(app, ADA).status is Status.SUPPRESSED
    post(app, now + DAY)
    confirm(app, link(newest(app, ADA), "confirm"), now + DAY)
    assert there(app, ADA).status is Status.ACTIVE


@pytest.mark.parametrize("cause", NEVER_BY_THE_READER)
def test_who_complained_is_not_even_asked(app: App, now: datetime, cause: Cause) -> None:
    suppress.suppress(app.store, ADA, cause, "", now)
    before = everything(app)
    with pytest.raises(AlreadyThere, match="must not be mailed"):
        by_hand(app, ADA, now)
    assert everything(app) == before


def test_a_reader_is_not_added_again(app: App, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    with pytest.raises(AlreadyThere, match="is a subscriber already"):
        by_hand(app, "ADA@Example.org", now)
    assert there(app, ADA) == ada


def test_one_who_had_not_confirmed_yet_is_added_by_hand_and_the_open_link_comes_to_nothing(
    app: App, now: datetime
) -> None:
    ask(app, ADA, now)
    post(app, now)
    token = link(newest(app, ADA), "confirm")
    by_hand(app, ADA, now)
    assert there(app, ADA).status is Status.ACTIVE
    assert comes_to_nothing(app, token, now)


@pytest.mark.parametrize(
    "address", ["", "ada", "ada@", "@example.org", "a da@example.org", "ada@example..org"]
)
def test_what_is_no_address_is_refused(app: App, now: datetime, address: str) -> None:
    with pytest.raises(ConfigurationError):
        by_hand(app, address, now)


def test_two_who_were_never_here_are_kept_apart(app: App, now: datetime) -> None:
    for address in (ADA, BO, CY):
        ask(app, address, now)
    post(app, now)
    tokens = {address: link(newest(app, address), "confirm") for address in (ADA, BO, CY)}
    confirm(app, tokens[BO], now)
    assert [there(app, address).status for address in (ADA, BO, CY)] == [
        Status.PENDING,
        Status.ACTIVE,
        Status.PENDING,
    ]
