"""Double opt-in: which letter goes to an address that somebody asked for, and whose word lifts what."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.model.subscribers import Cause, Matter, Preferences, Status, Subscriber
from feeder.subscribers import optin

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
READER = Subscriber(
    1, "ada@example.org", Preferences("weekly", "UTC"), 0, NOW - 90 * DAY, "asked",
    status=Status.ACTIVE, next_issue_at=None,
)  # fmt: skip
OWN = {Cause.BOUNCE, Cause.OPT_OUT, Cause.ERASURE}
HARD = {Cause.COMPLAINT, Cause.BY_HAND}

readers = st.none() | st.sampled_from([replace(READER, status=status) for status in Status])
causes = st.sets(st.sampled_from(Cause))
letters = st.lists(st.timedeltas(timedelta(0), 30 * DAY), max_size=6).map(
    lambda ages: [NOW - age for age in sorted(ages)]
)


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.ACTIVE}))
def test_an_address_that_gets_no_mail_is_asked_to_confirm(status: Status) -> None:
    assert optin.letter_to(None, (), (), NOW) is Matter.CONFIRM
    assert optin.letter_to(replace(READER, status=status), (), (), NOW) is Matter.CONFIRM


def test_a_reader_is_told_that_they_are_one() -> None:
    assert optin.letter_to(READER, (), (), NOW) is Matter.KNOWN


@given(causes.filter(lambda some: bool(some) and not some & HARD))
def test_who_is_on_the_list_is_asked_to_confirm_whatever_the_status_says(some: set[Cause]) -> None:
    assert optin.letter_to(READER, some, (), NOW) is Matter.CONFIRM


@given(readers, causes.filter(lambda some: bool(some & HARD)), letters)
def test_who_complained_or_was_taken_off_by_hand_gets_no_letter(
    reader: Subscriber | None, some: set[Cause], sent: list[datetime]
) -> None:
    assert optin.letter_to(reader, some, sent, NOW) is None


@given(causes)
def test_a_confirmation_lifts_all_causes_or_none(some: set[Cause]) -> None:
    assert optin.may_join(some) == (some <= OWN)


@pytest.mark.parametrize(
    ("ages", "enough"),
    [
        ([], False),
        ([timedelta(0)], True),
        ([DAY - SECOND], True),
        ([DAY], False),
        ([DAY, 2 * DAY], False),
        ([HOUR, 2 * DAY], True),
        ([DAY, 2 * DAY, 3 * DAY], True),
        ([29 * DAY, 29 * DAY, 29 * DAY], True),
    ],
)
def test_an_address_that_does_not_answer_gets_one_letter_a_day_and_three_in_all(
    ages: list[timedelta], enough: bool
) -> None:
    assert optin.is_enough([NOW - age for age in ages], NOW) is enough


@given(st.lists(st.timedeltas(timedelta(0), 3 * DAY), max_size=60))
def test_however_often_somebody_asks_a_victim_gets_three_letters_in_thirty_days(
    pauses: list[timedelta],
) -> None:
    sent: list[datetime] = []
    now = NOW
    for pause in pauses:
        now += pause
        unanswered = [at for at in sent if at >= now - optin.FORGOTTEN_AFTER]
        if optin.letter_to(None, (), unanswered, now):
            sent.insert(0, now)
    for newer, older in pairwise(sent):
        assert newer - older >= optin.REST
    for newer, older in zip(sent, sent[3:], strict=False):
        assert newer - older > optin.FORGOTTEN_AFTER


def test_a_link_ends_long_before_what_it_is_about_is_forgotten() -> None:
    assert optin.ACCOUNT_WITHIN < optin.CONFIRM_WITHIN < optin.FORGOTTEN_AFTER
    assert optin.UNDO_WITHIN <= optin.FORGOTTEN_AFTER
