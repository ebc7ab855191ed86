"""In which language somebody is answered. Source: RFC 9110, 12.5.4; RFC 4647, 3.4."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.web import speaking

KNOWN = ("de", "en", "es", "fr", "it", "zh-Hans")


@pytest.mark.parametrize(
    ("wanted", "accepted", "chosen"),
    [
        ("", "", "en"),
        ("fr", "de", "fr"),
        ("tlh", "de", "de"),
        ("", "de-AT, en;q=0.8", "de"),
        ("", "en;q=0.5, fr;q=0.9", "fr"),
        ("", "fr;q=0, es", "es"),
        ("", "*", "en"),
        ("", "zh-CN", "zh-Hans"),
        ("", "zh", "zh-Hans"),
        ("", "zh-Hans-CN", "zh-Hans"),
        ("", "zh-TW, it", "it"),
        ("", "DE", "de"),
        ("", "de;q=2, it", "it"),
        ("", "de;level=1, it", "it"),
        ("", ";;;,,,q=1", "en"),
    ],
)
def test_the_best_language_that_is_known_is_chosen(wanted: str, accepted: str, chosen: str) -> None:
    assert speaking.choose(wanted, accepted, KNOWN, "en") == chosen


@given(st.text(), st.text())
def test_whatever_is_sent_a_known_language_is_spoken(wanted: str, accepted: str) -> None:
    assert speaking.choose(wanted, accepted, KNOWN, "en") in KNOWN
