"""One message: its bytes, its headers, and that nothing in it can add another."""

import email
import os
import quopri
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from feeder.errors import MailError
from feeder.mail import composing, quoted
from feeder.mail.composing import Frame, Own
from feeder.markup import text
from feeder.model.deliveries import Message
from feeder.model.digests import Mark, Rendered

GOLDEN = Path(__file__).parent.parent / "golden"
FRAME = Frame("digest@ada.example", "Ada Fjordman", "Ada & Bridges: Weekly", "weekly.ada.example", "en")
WORDS = Rendered("Ada: Why cranes wait and 2 more", "Plain text\n", "<p>HTML</p>\n")
DATE = datetime(2026, 11, 16, 7, 0, tzinfo=UTC)
ID = "<00000000-0000-5000-8000-0000000000aa@ada.example>"
LEAVE = "https://ada.example/unsubscribe/AQEAAQAAAAAAAAAqjBst7q6d30iRLLCuP0OYrg"
FIELDS = [
    "Auto-Submitted",
    "Content-Language",
    "Content-Type",
    "Date",
    "From",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "MIME-Version",
    "Message-ID",
    "Subject",
    "To",
]


def compose(words: Rendered = WORDS, frame: Frame = FRAME, **parts: Any) -> Message:
    values = {"reader": "reader@example.net", "message_id": ID, "date": DATE, "unsubscribe": LEAVE, **parts}
    return composing.cut(words, frame).fill(Own(**values))


def read(message: Message) -> EmailMessage:
    parsed = email.message_from_bytes(message.content, policy=default)
    assert isinstance(parsed, EmailMessage)
    assert parsed.defects == []
    return parsed


def head(message: Message) -> bytes:
    return message.content.partition(b"\r\n\r\n")[0] + b"\r\n"


def fields(message: Message) -> list[str]:
    """Return the names of the fields that a mail program sees, as the bytes have them."""
    lines = re.split(rb"\r\n|\r|\n", head(message))
    return sorted(line.partition(b":")[0].decode() for line in lines if line and line[:1] not in b" \t")


def raw(message: Message, name: str) -> str:
    (found,) = re.findall(rf"(?m)^{name}:((?:.*\r\n)(?:[ \t].*\r\n)*)", head(message).decode("ascii"))
    return str(found)


def keeps_the_standard(message: Message) -> None:
    """Assert what RFC 5322 and 5321 ask of any message."""
    assert message.content.isascii()
    assert b"\n" not in message.content.replace(b"\r\n", b"")
    assert b"\r" not in message.content.replace(b"\r\n", b"")
    assert fields(message) == FIELDS
    lines = message.content.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert message.dotless
    assert not [line for line in lines if line.startswith(b".")]
    assert not lines[-1]
    assert all(line.strip() for line in head(message).split(b"\r\n")[:-1]), "a line of nothing but space"
    body = message.content.partition(b"\r\n\r\n")[2].split(b"\r\n")
    # RFC 2045, 6.7: the encoding REQUIRES lines of at most 76 characters.
    assert max(map(len, body)) <= 76


def is_canonical(message: Message) -> None:
    """Assert that the body is its own relaxed form (RFC 6376, 3.4.4)."""
    body = message.content.partition(b"\r\n\r\n")[2]
    relaxed = b"\r\n".join(re.sub(rb"[ \t]+", b" ", line.rstrip(b" \t")) for line in body.split(b"\r\n"))
    assert body == relaxed
    assert not body.endswith(b"\r\n\r\n")


@pytest.fixture
def golden() -> Callable[[str, bytes], None]:
    """Compare bytes with a golden file; tests/golden/README.md tells how to renew it."""

    def check(name: str, content: bytes) -> None:
        if os.environ.get("FEEDER_GOLDEN") == "write":
            assert "CI" not in os.environ, "golden files are renewed by people"
            (GOLDEN / name).write_bytes(content)
        assert content == (GOLDEN / name).read_bytes()

    return check


def test_a_message_is_as_mail_programs_know_it(golden: Callable[[str, bytes], None]) -> None:
    words = Rendered(
        "Mara Lindqvist: Der Kran ist nicht das Problem; 起重机 and 2 more",
        f"Häfen und Kräne\n\n{'ein langer Satz ' * 12}\n.\nFrom here\n-- \ntrailing space \n"
        f"{Mark.COPY}\n{Mark.WHY}\n{Mark.PREFERENCES}\n{Mark.UNSUBSCRIBE}\n",
        f'<p>Häfen &amp; Kräne = ports</p>\n<p>{"x" * 200}</p>\n<a href="{Mark.COPY}">3 more</a>\n'
        f'<p>{Mark.WHY} <a href="{Mark.PREFERENCES}">choose</a> <a href="{Mark.UNSUBSCRIBE}">leave</a>\n',
    )
    frame = Frame(
        "digest@ada.example",
        "Mara Lindqvist, Ökonomin",
        "Mara Lindqvist: Überblick",
        "weekly.ada.example",
        "de",
        leave="leave@ada.example",
        feedback="2026-W47:weekly:week:617b08be607227",
    )
    copy = "https://ada.example/copy/AQcAAQAAAAAAAAABAAAAAAAArl2E_zD6RknptspKi1rbxg"

    message = compose(
        words,
        frame,
        why="You get the weekly digest with pieces & appearances about “Häfen”, because you asked for it.",
        preferences=LEAVE.replace("unsubscribe", "preferences"),
        copy=copy,
        rest=f"{copy}/all",
    )

    golden("digest.eml", message.content)


def test_what_was_composed_is_read_back() -> None:
    words = Rendered(
        "Häfen: 港口", "Text: ä 港\n.\nFrom me\n" + "long " * 100 + "\n", "<p>ä</p>" + "y" * 300 + "\n"
    )

    message = read(compose(words))

    assert message["Subject"] == "Häfen: 港口"
    assert message["From"].addresses[0].display_name == "Ada Fjordman"
    assert message["From"].addresses[0].addr_spec == "digest@ada.example"
    assert [to.addr_spec for to in message["To"].addresses] == ["reader@example.net"]
    assert message["Date"].datetime == DATE
    assert message["Message-ID"] == ID
    assert message["List-Unsubscribe"].strip() == f"<{LEAVE}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "en"
    assert message.get_content_type() == "multipart/alternative"
    plain, html = message.iter_parts()
    assert isinstance(plain, EmailMessage)
    assert isinstance(html, EmailMessage)
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert {part["Content-Transfer-Encoding"] for part in (plain, html)} == {"quoted-printable"}
    assert {part.get_content_charset() for part in (plain, html)} == {"utf-8"}
    assert plain.get_content().replace("\r\n", "\n") == words.text
    assert html.get_content().replace("\r\n", "\n") == words.html


def test_the_same_message_is_the_same_bytes() -> None:
    assert compose() == compose()


def test_the_boundary_follows_from_the_words() -> None:
    one, same, other = compose(), compose(message_id="<other@ada.example>"), compose(replace(WORDS, text="x"))

    assert read(one).get_boundary() == read(same).get_boundary() != read(other).get_boundary()
    assert (one.id, same.id) == (ID, "<other@ada.example>")


@pytest.mark.parametrize("length", [0, 10, 40, 60, 200, 900])
def test_the_address_to_leave_by_is_never_encoded_nor_cut(length: int) -> None:
    address = f"https://ada.example/{'u' * length}"

    message = compose(unsubscribe=address)

    assert f"<{address}>\r\n" in raw(message, "List-Unsubscribe")
    assert "=?" not in raw(message, "List-Unsubscribe")
    assert raw(message, "List-Unsubscribe").split() == [f"<{address}>"]
    keeps_the_standard(message)


@pytest.mark.parametrize(
    ("name", "phrase"),
    [
        ("Weekly", '"Weekly"'),
        ("Ada & Bridges: Weekly", '"Ada & Bridges: Weekly"'),
        ('Ada "the\\bridge"', r'"Ada \"the\\bridge\""'),
        ("Ada <x@y>, (z)", '"Ada <x@y>, (z)"'),
        ("Häfen", "=?utf-8?b?SMOkZmVu?="),
    ],
)
def test_the_list_is_named_by_the_standard(name: str, phrase: str) -> None:
    assert (
        raw(compose(frame=replace(FRAME, list_name=name)), "List-Id").strip()
        == f"{phrase} <weekly.ada.example>"
    )


def test_a_long_name_of_a_list_is_folded_and_read_back() -> None:
    name = "Überblick über Häfen und Kräne 港口 " * 8

    message = compose(frame=replace(FRAME, list_name=name.strip()))

    keeps_the_standard(message)
    assert max(map(len, raw(message, "List-Id").split("\r\n"))) <= 78
    assert str(read(message)["List-Id"]).strip() == f"{name.strip()} <weekly.ada.example>"


@pytest.mark.parametrize(
    "name",
    ["Ada Fjordman", 'Ada "A" Fjordman', "Fjordman, Ada", "Åda Fjördman", "<x@y.example>", "艾达", "a" * 100],
)
def test_the_sender_is_called_by_name(name: str) -> None:
    message = read(compose(frame=replace(FRAME, sender_name=name)))

    (sender,) = message["From"].addresses
    assert (sender.display_name, sender.addr_spec) == (name, "digest@ada.example")


@pytest.mark.parametrize(
    "reader",
    ["reader@localhost", "o'hara+x@xn--bcher-kva.example", f"{'a' * 64}@{'b' * 60}.{'c' * 60}.example"],
)
def test_a_reader_is_addressed_as_written(reader: str) -> None:
    message = compose(reader=reader)

    assert raw(message, "To").strip() == reader
    assert fields(message) == FIELDS


def test_a_mailbox_of_any_script_is_addressed_in_that_script() -> None:
    # RFC 6532, 3.2: a server that takes such an address takes it so.
    assert "To: 用户@xn--fsqu00a.example\r\n".encode() in compose(reader="用户@xn--fsqu00a.example").content


# ── Nothing adds a header ────────────────────────────────────────────────────────────────────────

INJECTIONS = [
    "x\r\nBcc: evil@example.com",
    "x\nBcc: evil@example.com",
    "x\rBcc: evil@example.com",
    "x\r\n\r\n<p>evil</p>",
    "x\r\n Bcc: evil@example.com",
    "x\x0bBcc: evil@example.com",
    "x\x85Bcc: evil@example.com",
    "x\u2028Bcc: evil@example.com",
    "x\x00Bcc: evil@example.com",
    "=?utf-8?q?x=0D=0ABcc:_evil@example.com?=",
    "=?utf-8?q?x=0ABcc:_evil@example.com?=",
    "=?utf-8?b?eApCY2M6IGV2aWxAZXhhbXBsZS5jb20=?=",
    "é =?utf-8?q?x=0D=0ABcc:_evil@example.com?=",
]


def composed(words: Rendered = WORDS, frame: Frame = FRAME, **parts: Any) -> Message | None:
    """Compose, or return None when it is refused."""
    try:
        return compose(words, frame, **parts)
    except (ValueError, MailError):
        return None


def adds_nothing(message: Message | None) -> None:
    if message is not None:
        assert fields(message) == FIELDS
        assert Counter(name.lower() for name in read(message)).most_common(1)[0][1] == 1
        assert "evil@example.com" not in str(read(message)["To"])


@pytest.mark.parametrize("injection", INJECTIONS, ids=ascii)
def test_a_subject_adds_no_header(injection: str) -> None:
    adds_nothing(composed(replace(WORDS, subject=injection)))


@pytest.mark.parametrize("injection", INJECTIONS, ids=ascii)
@pytest.mark.parametrize("field", ["sender_name", "list_name", "list_id", "language", "sender"])
def test_what_a_message_says_of_itself_adds_no_header(field: str, injection: str) -> None:
    adds_nothing(composed(frame=replace(FRAME, **{field: injection})))


@pytest.mark.parametrize("injection", INJECTIONS, ids=ascii)
def test_addresses_add_no_header(injection: str) -> None:
    for at in ("@example.net", ""):
        adds_nothing(composed(reader=injection + at))
    adds_nothing(composed(unsubscribe=injection))
    adds_nothing(composed(message_id=injection))


@pytest.mark.parametrize("reader", ["a@b.example, evil@example.com", "a@b.example;evil@example.com", "a"])
def test_a_message_goes_to_one_reader(reader: str) -> None:
    message = composed(reader=reader)

    assert message is None or len(read(message)["To"].addresses) == 1


@pytest.mark.parametrize("subject", ["=?utf-8?q?H=C3=A4fen?=", "a =?utf-8?b?eA==?= b", "=?x?q?y?="])
def test_a_title_that_looks_like_an_encoded_word_is_shown_as_written(subject: str) -> None:
    assert read(compose(replace(WORDS, subject=subject)))["Subject"] == subject


# ── A reader's own words ─────────────────────────────────────────────────────────────────────────

OWN = Own("reader@example.net", ID, DATE, "because “ä” < b & c", LEAVE, "https://ada.example/preferences/AQ")


def test_each_reader_gets_their_own_words_where_they_belong() -> None:
    words = Rendered(
        "s",
        f"Why: {Mark.WHY}.\n\n{Mark.UNSUBSCRIBE}\n{Mark.PREFERENCES}",
        f'<p>{Mark.WHY}</p><a href="{Mark.UNSUBSCRIBE}">x</a>\n<a href="{Mark.PREFERENCES}">y</a>\n',
    )
    mould = composing.cut(words, FRAME)

    parts = read(mould.fill(OWN)).iter_parts()
    plain, html = (
        part.get_content().replace("\r\n", "\n") for part in parts if isinstance(part, EmailMessage)
    )

    assert plain == f"Why: {OWN.why}.\n\n{LEAVE}\n{OWN.preferences}\n"
    assert html == (
        f'<p>because “ä” &lt; b &amp; c</p><a href="{LEAVE}">x</a>\n<a href="{OWN.preferences}">y</a>\n'
    )
    for message in (mould.fill(OWN), mould.fill(replace(OWN, why="y " * 300, unsubscribe=LEAVE + "x" * 99))):
        keeps_the_standard(message)
        is_canonical(message)


def test_a_letter_is_from_no_list() -> None:
    message = composing.cut(WORDS, replace(FRAME, list_id="")).fill(OWN)
    assert [name for name in fields(message) if name.startswith("List-")] == []


def test_what_complaints_are_counted_by_and_where_it_can_be_read_are_told() -> None:
    framed = composing.cut(WORDS, replace(FRAME, feedback="weekly:2026-W47:digest:feeder"))
    message = framed.fill(replace(OWN, copy="https://ada.example/copy/AQ"))
    assert raw(message, "Feedback-ID").strip() == "weekly:2026-W47:digest:feeder"
    assert raw(message, "Archived-At").strip() == "<https://ada.example/copy/AQ>"


@given(st.lists(st.sampled_from(["a", " ", "  ", "\t", "\n", "=", "é", "From ", ".", "x" * 80]), max_size=40))
def test_texts_one_after_another_decode_to_all_of_them(parts: list[str]) -> None:
    encoded = b"".join(map(quoted.encode, parts))
    assert quopri.decodestring(encoded).decode().replace("\r\n", "\n") == "".join(parts)
    assert all(len(line) <= 76 and not line.startswith(b".") for line in encoded.split(b"\r\n"))


lines = st.text(max_size=120).map(text.line)
bodies = st.text(max_size=200).map(text.scrub)


@given(lines, bodies, bodies)
@example("a" * 300, "b" * 2000, "c" * 2000)
@example(".", "." * 300, "c" * 75 + "." * 300)
@settings(max_examples=100, deadline=None)
def test_any_words_make_a_message_that_keeps_the_standard(subject: str, plain: str, html: str) -> None:
    message = compose(Rendered(subject, plain, html))

    keeps_the_standard(message)
    is_canonical(message)
    parts = [part.get_content() for part in read(message).iter_parts() if isinstance(part, EmailMessage)]
    assert [part.replace("\r\n", "\n").rstrip("\n") for part in parts] == [
        plain.rstrip("\n"),
        html.rstrip("\n"),
    ]


@given(lines.filter(lambda subject: "=?" not in subject))
@settings(max_examples=100, deadline=None)
def test_any_subject_is_read_back(subject: str) -> None:
    assert read(compose(replace(WORDS, subject=subject)))["Subject"] == subject


@given(lines.filter(bool), lines.filter(bool))
@settings(max_examples=100, deadline=None)
def test_any_names_make_a_message_that_keeps_the_standard(sender: str, name: str) -> None:
    keeps_the_standard(compose(frame=replace(FRAME, sender_name=sender, list_name=name)))
