"""Signed links: what was signed here opens, and nothing else does."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from itertools import permutations
from string import ascii_letters, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.tokens import Claim, Purpose, Signer

OLD, NEW = b"k" * 32, b"n" * 32
SIGNER = Signer({1: OLD})
subscribers = st.integers(0, 2**63 - 1)
TOKEN = SIGNER.sign(Purpose.UNSUBSCRIBE, 42)


@given(subscribers)
def test_what_was_signed_names_the_subscriber(subscriber: int) -> None:
    token = SIGNER.sign(Purpose.UNSUBSCRIBE, subscriber)

    assert SIGNER.verify(Purpose.UNSUBSCRIBE, token) == Claim(subscriber)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,40}", token)


@given(subscribers, subscribers)
def test_each_subscriber_has_a_token_that_stays(one: int, other: int) -> None:
    same = SIGNER.sign(Purpose.UNSUBSCRIBE, one) == SIGNER.sign(Purpose.UNSUBSCRIBE, other)

    assert same == (one == other)


@pytest.mark.parametrize(("one", "other"), list(permutations(Purpose, 2)))
def test_a_token_of_another_purpose_opens_nothing(one: Purpose, other: Purpose) -> None:
    assert SIGNER.verify(other, SIGNER.sign(one, 42)) is None


@given(st.sampled_from(sorted(set(Purpose) - {Purpose.UNSUBSCRIBE})), subscribers, st.integers(0, 65_535))
def test_a_token_says_its_generation_and_its_end(purpose: Purpose, subject: int, generation: int) -> None:
    end = datetime(2026, 11, 27, 8, 30, 1, tzinfo=UTC)

    ending = SIGNER.sign(purpose, subject, generation, end)

    assert SIGNER.verify(purpose, ending) == Claim(subject, generation, end)
    assert SIGNER.verify(purpose, SIGNER.sign(purpose, subject)) == Claim(subject)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,46}", ending)


def test_mails_that_went_out_before_there_were_other_links_still_unsubscribe() -> None:
    assert SIGNER.verify(Purpose.UNSUBSCRIBE, "AQEAAQAAAAAAAAAqjBst7q6d30iRLLCuP0OYrg") == Claim(42)


def test_a_token_of_another_site_opens_nothing() -> None:
    assert Signer({1: NEW}).verify(Purpose.UNSUBSCRIBE, TOKEN) is None


def test_a_token_of_a_key_that_was_withdrawn_opens_nothing() -> None:
    assert Signer({2: OLD}).verify(Purpose.UNSUBSCRIBE, TOKEN) is None


def test_after_a_rotation_the_newest_key_signs_and_all_verify() -> None:
    both = Signer({2: NEW, 1: OLD})

    assert both.verify(Purpose.UNSUBSCRIBE, TOKEN) == Claim(42)
    assert both.sign(Purpose.UNSUBSCRIBE, 42) == Signer({2: NEW}).sign(Purpose.UNSUBSCRIBE, 42)


def test_a_token_has_every_bit_of_its_signature() -> None:
    raw = urlsafe_b64decode(TOKEN + "==")
    assert len(raw) == 28

    for place in range(len(raw)):
        for bit in range(8):
            changed = bytearray(raw)
            changed[place] ^= 1 << bit
            token = urlsafe_b64encode(changed).decode().rstrip("=")
            assert SIGNER.verify(Purpose.UNSUBSCRIBE, token) is None


@pytest.mark.parametrize("place", range(len(TOKEN)))
def test_a_token_with_another_character_opens_nothing(place: int) -> None:
    for character in f"{ascii_letters}{digits}-_.~ \n=+/é":
        if TOKEN[place] != character:
            token = TOKEN[:place] + character + TOKEN[place + 1 :]
            assert SIGNER.verify(Purpose.UNSUBSCRIBE, token) is None, token


@pytest.mark.parametrize(
    "more", ["", "A", "=", "==", ".", "....", "\n", " ", "!", "AAAA", "é", "\ud800", "\0"], ids=ascii
)
def test_a_token_with_more_or_less_opens_nothing(more: str) -> None:
    for token in (TOKEN + more, more + TOKEN, TOKEN[:9] + more + TOKEN[9:], TOKEN[:-1] + more):
        if token != TOKEN:
            assert SIGNER.verify(Purpose.UNSUBSCRIBE, token) is None, token


@given(st.text() | st.text("AQ-_="))
def test_foreign_text_opens_nothing(foreign: str) -> None:
    assert SIGNER.verify(Purpose.UNSUBSCRIBE, foreign) is None


@given(st.binary(max_size=60))
def test_foreign_bytes_open_nothing(foreign: bytes) -> None:
    assert SIGNER.verify(Purpose.UNSUBSCRIBE, urlsafe_b64encode(foreign).decode().rstrip("=")) is None


def test_a_token_of_ten_kilobytes_opens_nothing() -> None:
    assert SIGNER.verify(Purpose.UNSUBSCRIBE, "A" * 10_240) is None
