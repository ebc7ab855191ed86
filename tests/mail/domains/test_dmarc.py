"""DMARC as receivers find it since RFC 9989: by walking up the names, against a DNS server of our own."""

import pytest

from feeder.mail.domains import dmarc
from feeder.net.dns import Dns, Silent
from tests.dns_rig import NameServer


def zone(server: NameServer, **records: str) -> Dns:
    """Let domains have records; in their names, _ stands for a dot."""
    for name, record in records.items():
        server.text(f"_dmarc.{name.replace('_', '.')}", record)
    return Dns(server.address)


def found(walk: dmarc.Walk) -> tuple[str | None, str]:
    """Return whose record counts, and what is the domain of the organisation."""
    return (walk.record.domain if walk.record else None, walk.organization)


REJECT = "v=DMARC1; p=reject"


@pytest.mark.parametrize(
    ("records", "domain", "expected"),
    [
        ({}, "news.spans.example", (None, "news.spans.example")),
        ({"spans_example": REJECT}, "Spans.example.", ("spans.example", "spans.example")),
        ({"spans_example": REJECT}, "a.news.spans.example", ("spans.example", "spans.example")),
        (
            {"spans_example": REJECT, "news_spans_example": REJECT},
            "news.spans.example",
            ("news.spans.example", "spans.example"),
        ),
        (
            {"spans_example": REJECT, "news_spans_example": REJECT},
            "a.news.spans.example",
            ("spans.example", "spans.example"),
        ),
        (
            {"spans_example": REJECT, "news_spans_example": f"{REJECT}; psd=n"},
            "a.news.spans.example",
            ("news.spans.example", "news.spans.example"),
        ),
        (
            {"example": f"{REJECT}; psd=y", "spans_example": REJECT},
            "news.spans.example",
            ("spans.example", "spans.example"),
        ),
        ({"example": f"{REJECT}; psd=y"}, "news.spans.example", ("example", "spans.example")),
        ({"example": f"{REJECT}; psd=y"}, "example", ("example", "example")),
        ({"example": REJECT}, "spans.example", ("example", "example")),
        ({"spans_example": "v=DMARC1; p=sometimes"}, "spans.example", (None, "spans.example")),
        ({"spans_example": "v=DMARC2; p=none"}, "spans.example", (None, "spans.example")),
        ({"spans_example": "v=DMARC1; p"}, "spans.example", (None, "spans.example")),
        ({"spans_example": "p=reject; v=DMARC1"}, "spans.example", (None, "spans.example")),
    ],
)
def test_whose_record_counts(
    server: NameServer, records: dict[str, str], domain: str, expected: tuple[str | None, str]
) -> None:
    assert found(dmarc.walk(zone(server, **records), domain)) == expected


def test_several_records_count_for_none(server: NameServer) -> None:
    server.text("_dmarc.spans.example", REJECT, "v=DMARC1; p=none")

    assert found(dmarc.walk(Dns(server.address), "spans.example")) == (None, "spans.example")


def test_other_texts_beside_it_do_not_count(server: NameServer) -> None:
    server.text("_dmarc.spans.example", "v=spf1 -all", REJECT)

    assert found(dmarc.walk(Dns(server.address), "spans.example"))[0] == "spans.example"


def test_a_long_name_takes_eight_steps(server: NameServer) -> None:
    dmarc.walk(Dns(server.address), "a.b.c.d.e.f.g.h.i.j.mail.example.com")

    assert [name for name, _ in server.asked] == [
        "_dmarc.a.b.c.d.e.f.g.h.i.j.mail.example.com",
        "_dmarc.g.h.i.j.mail.example.com",
        "_dmarc.h.i.j.mail.example.com",
        "_dmarc.i.j.mail.example.com",
        "_dmarc.j.mail.example.com",
        "_dmarc.mail.example.com",
        "_dmarc.example.com",
        "_dmarc.com",
    ]


def test_a_dns_that_fails_is_not_taken_for_one_without_a_record(server: NameServer) -> None:
    server.failing.add("_dmarc.example")

    with pytest.raises(Silent):
        dmarc.walk(Dns(server.address), "spans.example")


@pytest.mark.parametrize(
    ("record", "domain", "expected"),
    [
        ("v=DMARC1; p=reject", "spans.example", "reject"),
        ("v=DMARC1; p=Reject; sp=none", "spans.example", "reject"),
        ("v=DMARC1; p=reject; sp=none", "news.spans.example", "none"),
        ("v=DMARC1; p=quarantine", "news.spans.example", "quarantine"),
        ("v=DMARC1", "spans.example", "none"),
        ("v=DMARC1; p=sometimes; rua=mailto:a@spans.example", "spans.example", "none"),
    ],
)
def test_what_is_to_be_done(server: NameServer, record: str, domain: str, expected: str) -> None:
    record_found = dmarc.walk(zone(server, spans_example=record), domain).record

    assert record_found
    assert record_found.policy(domain) == expected


@pytest.mark.parametrize(
    ("record", "author", "proven", "expected"),
    [
        (REJECT, "spans.example", "spans.example", True),
        (REJECT, "spans.example", "news.spans.example", True),
        (REJECT, "news.spans.example", "Spans.example", True),
        (REJECT, "spans.example", "spans.example.net", False),
        (REJECT, "spans.example", "ospans.example", False),
        (f"{REJECT}; adkim=s", "spans.example", "news.spans.example", False),
        (f"{REJECT}; adkim=s", "spans.example", "spans.example", True),
        (f"{REJECT}; aspf=s", "spans.example", "news.spans.example", True),
    ],
)
def test_what_proves_that_a_message_is_the_authors(
    server: NameServer, record: str, author: str, proven: str, expected: bool
) -> None:
    asks = zone(server, spans_example=record)

    assert dmarc.is_aligned(asks, dmarc.walk(asks, author), proven, "adkim") is expected
