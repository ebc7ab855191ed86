"""What servers and providers send back is judged rightly, in whichever shape, and whatever has become of it."""

import random
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.mail import answers, returns
from feeder.mail.returns import parts
from feeder.model.returns import Kind, Return
from tests.accidents import befall
from tests.mail.returns.corpus import FOLDER, JUDGED, LEAVING, TOKEN, message

_SENDERS = (
    "postfix",
    "exim",
    "qmail",
    "sendmail",
    "exchange",
    "gmail",
    "yahoo",
    "outlook",
    "ses",
    "arf",
    "vacation",
)

MESSAGES = [message(name) for name in JUDGED]

_PIECES = [
    *(b"\r\n", b"\n\n", b"--", b"\0", b"\xff\xfe", b'"', b"=?", b"?=", b"=?utf-8?q?", b"=?x?b?AAA"),
    *(b"Content-Type: ", b"message/delivery-status", b"multipart/report; boundary=", b"boundary*0*=utf-8''x"),
    *(
        b"Content-Transfer-Encoding: base64\n",
        b"quoted-printable",
        b"x-uuencode",
        b"; charset=",
        b"charset=idna",
    ),
    *(b"Status: ", b"5.1.1", b"Action: failed", b"550 ", b"Diagnostic-Code: smtp; "),
]


def test_the_corpus_is_whole() -> None:
    assert {file.stem for file in FOLDER.glob("*.eml")} == set(JUDGED)
    assert len(JUDGED) >= 60
    assert [sender for sender in _SENDERS if not any(name.startswith(sender) for name in JUDGED)] == []


@pytest.mark.parametrize("name", JUDGED)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_it_is_judged_rightly(name: str, end: bytes) -> None:
    expected = JUDGED[name]
    found = returns.read(message(name).replace(b"\n", end))
    if found is None:
        assert expected["kind"] == "none"
        return
    assert (found.kind, found.status) == (expected["kind"], expected["status"])
    assert found.trace.token == (TOKEN if expected.get("token", True) else "")
    assert found.trace.leaving in ((LEAVING,) if expected.get("leaving") else (LEAVING, ""))
    is_harmless(found)


def is_harmless(found: Return) -> None:
    """Assert that what is kept is short, on one line, and nobody's address."""
    assert found.reason.isprintable()
    assert len(found.reason) <= answers.LONGEST_REASON + 10
    assert not re.search(r"[\w.+-]@\w", found.reason)


def test_the_recipient_of_the_envelope_tells_where_no_field_does() -> None:
    content = message("forged-without-token")
    found = returns.read(content, f"<returns+{TOKEN}@spans.example>")
    assert found is not None
    assert found.trace.token == TOKEN


def test_a_notice_within_another_message_is_read_though_their_boundaries_begin_alike() -> None:
    inner = message("gmail-no-account").replace(b"00000000000012ab3405b4c0de12", b"outer-1")
    outer = f"To: returns+{TOKEN}@spans.example\nContent-Type: multipart/mixed; boundary=outer\n\n--outer\n"
    found = returns.read(outer.encode() + inner + b"\n--outer--\n")
    assert found is not None
    assert (found.kind, found.status, found.trace.token) == (Kind.HARD, "5.1.1", TOKEN)


def test_what_comes_after_the_first_megabyte_is_not_looked_at() -> None:
    first, report, rest = message("gmail-no-account").partition(
        b"--00000000000012ab3405b4c0de12\nContent-Description: Deli"
    )
    small, large = (
        returns.read(first + b"x" * size + b"\n" + report + rest) for size in (1000, returns.MOST_BYTES)
    )
    assert small is not None
    assert large is not None
    assert (small.status, large.status) == ("5.1.1", "")


@pytest.mark.parametrize(
    "content",
    [
        b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\n" * 10_000,
        b"".join(b"Content-Type: multipart/mixed; boundary=a%d\n\n--a%d\n" % (n, n) for n in range(10_000)),
        b"Content-Type: message/rfc822\n\n" * 10_000,
    ],
    ids=["wide", "deep", "enclosed"],
)
def test_what_nests_for_ever_is_looked_at_for_a_few_levels(content: bytes) -> None:
    assert len(parts.inside(parts.opened(content))) <= 30
    assert returns.read(content) is None


@given(st.binary(max_size=400))
def test_no_bytes_crash_it(content: bytes) -> None:
    returns.read(content)


def mutated(chance: random.Random) -> bytes:
    """Return a message of the corpus to which a few things have happened."""
    return befall(chance.choice(MESSAGES), MESSAGES, _PIECES, chance)


@pytest.mark.parametrize("times", [300, pytest.param(10_000, marks=pytest.mark.soak)])
def test_whatever_happened_to_a_message_it_is_judged_or_not(times: int) -> None:
    chance = random.Random(f"returns {times}")
    for _ in range(times):
        found = returns.read(mutated(chance))
        if found:
            is_harmless(found)


@pytest.mark.soak
def test_so_it_is_for_a_minute() -> None:
    seed, end = time.time_ns(), time.monotonic() + 60
    chance = random.Random(seed)
    try:
        while time.monotonic() < end:
            found = returns.read(mutated(chance))
            if found:
                is_harmless(found)
    except Exception as error:
        error.add_note(f"the seed was {seed}")
        raise
