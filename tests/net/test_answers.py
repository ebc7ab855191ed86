import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder import net

URL = "https://example.org/api/posts?token=secret"


def answer(content: bytes = b"", **headers: str) -> net.Answer:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return net.Answer(200, fields, content, URL)


@pytest.mark.parametrize(
    ("written", "expected"),
    [("text/html; charset=utf-8", "text/html"), (" Application/JSON ", "application/json"), ("", "")],
)
def test_media_type(written: str, expected: str) -> None:
    assert answer(content_type=written).media_type == expected


def test_without_media_type() -> None:
    assert answer().media_type == ""


@pytest.mark.parametrize(
    ("content", "content_type", "expected"),
    [
        ("Häfen".encode(), "text/html", "Häfen"),
        ("Häfen".encode("latin-1"), "text/html; charset=ISO-8859-1", "Häfen"),
        ("Häfen".encode("utf-16"), 'text/html; charset="utf-16"', "Häfen"),
        ("Häfen".encode("utf-8-sig"), "text/html", "Häfen"),
        ("Häfen".encode("utf-8-sig"), "text/html; charset=latin-1", "Häfen"),
        ("Häfen".encode(), "text/html; charset=no-such", "Häfen"),
        ("Häfen".encode(), "text/html; charset=zip", "Häfen"),
        (b"H\xe4fen", "text/html", "H�fen"),
    ],
)
def test_text(content: bytes, content_type: str, expected: str) -> None:
    assert answer(content, content_type=content_type).text() == expected


@given(st.binary(), st.text())
def test_text_never_fails(content: bytes, charset: str) -> None:
    assert isinstance(answer(content, content_type=f"text/plain; charset={charset}").text(), str)


def test_links() -> None:
    link = (
        '<https://example.org/wp-json/>; rel="https://api.w.org/", '
        '</api/posts?page=2>; rel="next last"; title="two", <bad'
    )

    assert answer(link=link).links == {
        "https://api.w.org/": "https://example.org/wp-json/",
        "next": "https://example.org/api/posts?page=2",
        "last": "https://example.org/api/posts?page=2",
    }
    assert answer().links == {}


@given(st.text())
def test_any_link_header_can_be_read(link: str) -> None:
    assert isinstance(answer(link=link).links, dict)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_json(value: object) -> None:
    assert answer(json.dumps(value).encode()).json() == value


def test_json_with_a_mark_in_front() -> None:
    assert answer(b'\xef\xbb\xbf{"a": 1}').json() == {"a": 1}


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"<!doctype html><p>Hello", "answered HTML, not JSON"),
        (b"\n <br /><b>Warning</b>: in /wp.php", "answered HTML, not JSON"),
        (b"", "answered nothing, not JSON"),
        (b" \n", "answered nothing, not JSON"),
        (b'[{"a": 1}, {"a"', "answered half a JSON"),
        (b'[{"a": 1}, ', "answered half a JSON"),
        (b'[{"a": "one and a ha', "answered half a JSON"),
        (b'{"a": 1,}, "b": 2}', "answered broken JSON (line 1, column 9)"),
        (b"\xff\xfe\xfa", "answered a JSON that cannot be read"),
        (b"[" * 200_000, "answered a JSON that cannot be read"),
        (b"1" * 10_000, "answered a JSON that cannot be read"),
    ],
)
def test_what_is_no_json(content: bytes, rule: str) -> None:
    with pytest.raises(net.RequestFailed) as raised:
        answer(content).json()

    assert raised.value.rule == rule
    assert raised.value.thing == "https://example.org/api/posts"
    assert raised.value.status == 200


def test_what_was_answered_does_not_show_in_logs() -> None:
    shown = repr(answer(b"private", set_cookie="session"))

    assert shown == "Answer(status=200)"
