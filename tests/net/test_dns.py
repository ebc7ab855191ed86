"""Questions to a DNS server of our own."""

from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_address

import pytest

from feeder.net import dns
from feeder.net.dns import Dns, Limits, Silent
from tests.dns_rig import NameServer, a_name_server


@pytest.fixture
def server() -> Iterator[NameServer]:
    with a_name_server() as made:
        yield made


def test_records_of_each_kind(server: NameServer) -> None:
    server.text("a.example", "one", "t" * 300)
    server.records |= {
        ("a.example", "A"): ["192.0.2.1"],
        ("a.example", "AAAA"): ["2001:db8::1"],
        ("a.example", "MX"): ["20 Two.example.", "10 one.example."],
        ("1.2.0.192.in-addr.arpa", "PTR"): ["a.example."],
    }
    asks = Dns(server.address)

    assert sorted(asks.texts("a.example")) == ["one", "t" * 300]
    assert (asks.addresses("a.example", 4), asks.addresses("a.example", 6)) == (
        ["192.0.2.1"],
        ["2001:db8::1"],
    )
    assert asks.exchangers("a.example") == ["one.example", "two.example"]
    assert asks.names(ip_address("192.0.2.1")) == ["a.example"]


def test_who_takes_no_mail_says_so_by_an_empty_name(server: NameServer) -> None:
    server.records["a.example", "MX"] = ["0 ."]

    assert Dns(server.address).exchangers("a.example") == [""]


@pytest.mark.parametrize("name", ["b.example", "x" * 64 + ".example", "a..example", ""])
def test_what_is_not_there_or_cannot_be_has_no_records(server: NameServer, name: str) -> None:
    assert Dns(server.address).texts(name) == []


def test_an_answer_that_is_too_long_for_a_packet_comes_all_the_same(server: NameServer) -> None:
    server.text("a.example", *(f"{number}" * 200 for number in range(9)))

    assert len(Dns(server.address).texts("a.example")) == 9


def test_each_question_is_asked_once(server: NameServer) -> None:
    server.text("a.example", "one")
    asks = Dns(server.address)

    assert asks.texts("a.example") == asks.texts("A.example") == ["one"]
    assert len(server.asked) == 1


def test_servers_that_fail_are_told_from_names_without_records(server: NameServer) -> None:
    server.failing.add("a.example")

    with pytest.raises(Silent, match=r"a\.example"):
        Dns(server.address).texts("a.example")


def test_silence_is_waited_for_in_bounds(server: NameServer) -> None:
    server.silent |= {f"{number}.example" for number in range(9)}
    asks = Dns(server.address, Limits(question=timedelta(milliseconds=50), unanswered=2))

    for number in range(9):
        with pytest.raises(Silent):
            asks.texts(f"{number}.example")

    assert {name for name, _ in server.asked} == {"0.example", "1.example"}


def test_no_more_is_asked_than_may_be(server: NameServer) -> None:
    asks = Dns(server.address, Limits(questions=2))
    assert asks.texts("a.example") == asks.texts("b.example") == []

    with pytest.raises(Silent):
        asks.texts("c.example")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("192.0.2.1:5300", ("192.0.2.1", 5300)),
        ("2001:db8::1", ("2001:db8::1", 53)),
        ("[2001:db8::1]:5300", ("2001:db8::1", 5300)),
        ("[2001:db8::1]", ("2001:db8::1", 53)),
    ],
)
def test_addresses_of_servers(written: str, expected: tuple[str, int]) -> None:
    assert dns.address_and_port(written) == expected


@pytest.mark.parametrize("written", ["", "dns.example", "192.0.2.1:", "192.0.2.1:x", "1.2.3", ":53"])
def test_what_is_no_address_of_a_server(written: str) -> None:
    with pytest.raises(ValueError, match=r"address|IP"):
        dns.address_and_port(written)
