import socket
import threading

import pytest

from feeder.net import resolving
from feeder.net.resolving import Unresolved


def failing(error: Exception) -> resolving.Resolve:
    def resolve(host: str) -> list[str]:
        raise error

    return resolve


def test_addresses_in_order_and_once() -> None:
    assert resolving.find(lambda _: ["192.0.2.2", "192.0.2.1", "192.0.2.2"], "x.example", 1) == [
        "192.0.2.2",
        "192.0.2.1",
    ]


def test_an_address_needs_nobody() -> None:
    def never(host: str) -> list[str]:
        pytest.fail(host)

    assert resolving.find(never, "192.0.2.1", 1) == ["192.0.2.1"]
    assert resolving.find(never, "2001:db8::1", 1) == ["2001:db8::1"]


@pytest.mark.parametrize(
    ("error", "passing"),
    [
        (socket.gaierror(socket.EAI_AGAIN, "later"), True),
        (socket.gaierror(socket.EAI_NONAME, "unknown"), False),
        (UnicodeError("label too long"), False),
    ],
)
def test_names_without_addresses(error: Exception, passing: bool) -> None:
    with pytest.raises(Unresolved) as raised:
        resolving.find(failing(error), "x.example", 1)

    assert raised.value.passing is passing
    assert raised.value.__cause__ is error


def test_no_address_at_all() -> None:
    with pytest.raises(Unresolved):
        resolving.find(lambda _: [], "x.example", 1)


def test_a_silent_resolver_does_not_hold_us() -> None:
    done = threading.Event()

    def slow(host: str) -> list[str]:
        done.wait(5)
        return ["192.0.2.1"]

    with pytest.raises(Unresolved) as raised:
        resolving.find(slow, "x.example", 0.01)
    done.set()

    assert raised.value.passing


def test_the_system_knows_itself() -> None:
    assert "127.0.0.1" in resolving.ask_system("localhost")


@pytest.mark.parametrize("written", ["127.1", "0x7f.1", "2130706433", "0177.0.0.1"])
def test_odd_ways_to_write_an_address_come_out_plain(written: str) -> None:
    assert resolving.ask_system(written) == ["127.0.0.1"]
