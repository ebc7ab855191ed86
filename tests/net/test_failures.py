from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.errors import FeederError
from feeder.net.failures import of_status, shown


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org/a/b", "https://example.org/a/b"),
        ("https://example.org/a?token=secret#secret", "https://example.org/a"),
        ("https://ada:secret@example.org:8443/a", "https://example.org:8443/a"),
        ("https://a@secret@example.org/", "https://example.org/"),
        ("https://social.example/@ada", "https://social.example/@ada"),
        ("https://[2001:db8::1]:80/", "https://[2001:db8::1]:80/"),
        ("ada:secret@example.org/a", "example.org/a"),
        ("https://ada:se/cret@example.org/", "https://…"),
        ("https://ada:se?cret@example.org/", "https://…"),
        ("https://example.org/\x1b[31m\u202ered\n", "https://example.org/[31mred"),
        ("https://example.org/häuser", "https://example.org/häuser"),
        ("https://example.org/" + "a" * 300, "https://example.org/" + "a" * 179 + "…"),
        ("", ""),
    ],
)
def test_what_messages_show_of_an_address(url: str, expected: str) -> None:
    assert shown(url) == expected


@given(st.text(st.characters(exclude_characters="@/?#")), st.text())
def test_no_password_is_shown(start: str, path: str) -> None:
    assert "s3cret" not in shown(f"https://{start}s3cret@example.org/?{path}")


@pytest.mark.parametrize(
    ("status", "rule", "mend", "passing"),
    [
        (401, "asks for a name and a password", "check the user", False),
        (403, "refuses us", "rights", False),
        (404, "nothing at this address", "check the address", False),
        (410, "gone for good", "take it out", False),
        (418, "answers 418", "in a browser", False),
        (429, "too often", "less often", True),
        (500, "in trouble", "wait", False),
        (502, "in trouble", "wait", True),
        (503, "in trouble", "wait", True),
        (504, "in trouble", "wait", True),
        (999, "answers 999", "in a browser", False),
    ],
)
def test_each_status_has_its_words(status: int, rule: str, mend: str, passing: bool) -> None:
    failure = of_status("https://example.org/", status, None)

    assert rule in failure.rule
    assert str(status) in failure.rule
    assert mend in failure.mend
    assert failure.status == status
    assert failure.passing is passing
    assert isinstance(failure, FeederError)


def test_a_wait_that_is_asked_for_is_told() -> None:
    failure = of_status("https://example.org/", 429, timedelta(minutes=5))

    assert "300 s" in str(failure)
    assert failure.retry_after == timedelta(minutes=5)
