"""Leaving by a mail, as the headers of an issue offer it."""

from email import message_from_bytes, policy
from urllib.parse import parse_qs, urlsplit

import pytest

from feeder.mail import headers, returns
from feeder.model.returns import Kind, Return, Trace

TOKEN = "AQEAAQAAAAAAAAAqjBst7q6d30iRLLCuP0OYrg"
LINK = f"https://spans.example/unsubscribe/{TOKEN}"


LEAVES = Return(Kind.LEAVES, Trace(leaving=TOKEN))


def of_headers(by_mail: str) -> list[str]:
    read = message_from_bytes(headers.written([headers.leaving(LINK, by_mail)]), policy=policy.default)
    return [way.strip() for way in str(read["List-Unsubscribe"]).split(",")]


def test_without_an_address_there_is_one_way() -> None:
    assert of_headers("") == [f"<{LINK}>"]


def test_the_mail_that_a_program_writes_names_the_token() -> None:
    link, by_mail = of_headers("leave+x@spans.example")
    assert link == f"<{LINK}>"

    address = urlsplit(by_mail.strip("<>"))
    assert (address.scheme, address.path) == ("mailto", "leave+x@spans.example")
    (subject,) = parse_qs(address.query)["subject"]
    assert returns.read(f"From: ada@example.org\r\nSubject: {subject}\r\n\r\n".encode()) == LEAVES


def test_no_line_of_the_header_is_long() -> None:
    written = headers.written([headers.leaving(LINK, "leave@spans.example")])
    assert max(map(len, written.splitlines())) < 100


@pytest.mark.parametrize(
    "subject",
    [
        f"Re: unsubscribe {TOKEN}",
        f"UNSUBSCRIBE  {TOKEN}",
        f"=?utf-8?q?unsubscribe_{TOKEN}?=",
        f"AW: Re: unsubscribe {TOKEN}",
    ],
)
def test_mail_programs_that_change_the_subject_are_understood(subject: str) -> None:
    assert returns.read(f"Subject: {subject}\r\n\r\n".encode()) == LEAVES


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "unsubscribe",
        "Out of office",
        f"please do not unsubscribe {TOKEN}",
        f"unsubscribe {TOKEN} x",
        TOKEN,
    ],
)
def test_other_mail_asks_nothing(subject: str) -> None:
    found = returns.read(f"Subject: {subject}\r\n\r\nunsubscribe {TOKEN}\r\n".encode())
    assert found is None or found.kind is Kind.IGNORED
