"""What a status and the words beside it mean for whoever was not reached."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.mail.returns import judging
from feeder.model.returns import Kind

words = st.lists(
    st.sampled_from(["user", "unknown", "mailbox", "full", "expired", "spam", "quota", "no", "such", "Grüße"])
    | st.text(string.ascii_letters, max_size=8),
    max_size=8,
).map(" ".join)


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        ("5.1.1", "", Kind.HARD),
        ("5.0.0", "550 5.1.1 unknown", Kind.HARD),
        ("5.1.1", "550 5.7.1 blocked by policy", Kind.OURS),  # whoever refused knows better than who reports
        ("5.0.0", "550 mailbox unavailable", Kind.HARD),
        ("5.0.0", "Unrouteable address", Kind.HARD),
        ("", "no mailbox here by that name", Kind.HARD),
        ("5.7.17", "", Kind.HARD),
        ("4.2.2", "", Kind.SOFT),
        ("5.2.2", "550 over quota", Kind.SOFT),
        ("4.4.1", "connection timed out", Kind.SOFT),
        ("5.4.7", "delivery time expired", Kind.SOFT),
        ("5.4.316", "550 5.4.316 Message expired, connection refused", Kind.SOFT),
        ("5.0.0", "retry timeout exceeded", Kind.SOFT),
        ("5.4.6", "routing loop", Kind.DOUBTFUL),
        ("", "Remote host said: 550 Not taken. Giving up on 192.0.2.25.", Kind.DOUBTFUL),
        ("", "", Kind.DOUBTFUL),
        ("4.7.1", "450 greylisted for days", Kind.OURS),
        ("4.7.0", "421 too many connections", Kind.OURS),
        ("5.3.4", "552 too big", Kind.OURS),
        ("5.6.0", "554 content", Kind.OURS),
        ("5.1.8", "553 sender address rejected", Kind.OURS),
    ],
)
def test_it_means(status: str, said: str, kind: Kind) -> None:
    assert judging.judge(status, said).kind is kind


@given(st.integers(4, 5), st.integers(0, 999).filter(lambda detail: detail not in {17, 18}), words)
def test_what_is_said_of_us_is_never_held_against_a_reader(kind: int, detail: int, said: str) -> None:
    assert judging.judge(f"{kind}.7.{detail}", said).kind is Kind.OURS


@given(st.from_regex(r"\A([45]\.\d{1,3}\.\d{1,3})?\Z"), st.text(max_size=200))
def test_every_failure_is_judged_in_words_that_can_be_kept(status: str, said: str) -> None:
    judgement = judging.judge(status, said)
    assert judgement.kind in {Kind.HARD, Kind.SOFT, Kind.DOUBTFUL, Kind.OURS}
    assert judgement.reason.isprintable()


@given(words, st.sampled_from(["550", "554", "452"]), st.sampled_from(["5.1.1", "4.2.2", "5.7.1"]))
def test_lines_of_an_answer_say_what_one_line_says(said: str, code: str, status: str) -> None:
    one = judging.judge(status, f"{code} {status} {said}")
    several = judging.judge(status, f"{code}-{status} {said}\n {code} {status} more")
    assert (one.kind, one.status) == (several.kind, several.status)


@pytest.mark.parametrize(
    "text", ["192.0.2.552 there", "after 450 hours", "port :550 x", "x5.1.1", "5.1.1.example"]
)
def test_what_looks_like_a_code_and_is_none_says_nothing(text: str) -> None:
    assert not judging.is_said(text)
