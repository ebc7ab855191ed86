"""Where connections go: to addresses that were checked, whatever names do meanwhile."""

import socket
import threading
from datetime import timedelta
from typing import Any

import httpcore
import pytest

from feeder import net

from .conftest import PUBLIC, MakeWorld, Site, World, reply

SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _here(site: Site) -> None:
    site.plays("/", reply(200, b"here"))


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("10.0.0.7", "a private network"),
        ("127.0.0.1", "this machine"),
        ("100.64.0.1", "a private network"),
        ("::1", "this machine"),
        ("::ffff:192.168.1.1", "a private network"),
        ("64:ff9b::a00:7", "a private network"),
        ("169.254.169.254", "that no site has"),
        ("0.0.0.0", "that no site has"),
        ("fe80::1%eth0", "that no site has"),
        ("2002:a00:7::", "that no site has"),
    ],
)
@pytest.mark.parametrize("others", [[], [PUBLIC]])
def test_one_refused_address_refuses_the_name(
    world: World, address: str, kind: str, others: list[str]
) -> None:
    world.names.table["inside.example"] = [*others, address]

    failure = world.fails("http://inside.example/")

    assert address in failure.rule
    assert kind in failure.rule
    assert not world.network.addresses
    assert not world.slept


def test_what_may_be_allowed(world: World) -> None:
    world.names.table["inside.example"] = ["192.168.1.1"]

    assert "allow_private = true" in world.fails("http://inside.example/").mend
    assert world.get("http://inside.example/", allow_private=True).content == b"here"


def test_what_may_not_be_allowed(world: World) -> None:
    world.names.table["inside.example"] = ["169.254.169.254"]

    assert "no site has" in world.fails("http://inside.example/", allow_private=True).rule
    assert not world.network.addresses


def test_the_checked_address_is_the_one_that_is_asked(world: World) -> None:
    changing = iter([[PUBLIC], ["127.0.0.1"]])
    client = net.Client(resolve=lambda _: next(changing), network=world.network)

    with client:
        assert client.get("http://rebinding.example/").content == b"here"
        world.site.plays("/", reply(200, b"again", Connection="close"))
        # The connection is still that to the first address; nobody asks for the name again.
        assert client.get("http://rebinding.example/").content == b"again"
        with pytest.raises(net.RequestFailed, match=r"127\.0\.0\.1"):
            client.get("http://rebinding.example/")

    assert world.network.addresses == [PUBLIC]
    assert {request.headers["host"] for request in world.site.requests} == {"rebinding.example"}


def test_a_redirect_resolves_anew_and_is_checked(world: World) -> None:
    changing = iter([[PUBLIC], ["10.0.0.7"]])
    world.site.plays("/", reply(302, Location="/inside", Connection="close"))

    client = net.Client(resolve=lambda _: next(changing), network=world.network)
    with client, pytest.raises(net.RequestFailed, match=r"10\.0\.0\.7"):
        client.get("http://rebinding.example/")

    assert world.network.addresses == [PUBLIC]


def test_leave_is_not_inherited_with_a_connection(world: World) -> None:
    world.names.table["inside.example"] = ["10.0.0.7"]
    world.get("http://inside.example/", allow_private=True)

    assert "10.0.0.7" in world.fails("http://inside.example/").rule
    assert world.network.addresses == ["10.0.0.7"]


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.0.0.1"])
def test_odd_ways_to_write_this_machine(host: str) -> None:
    with net.Client() as client, pytest.raises(net.RequestFailed, match=r"leads to 127\.0\.0\.1"):
        client.get(f"http://{host}/")


def test_with_leave_the_real_network_is_asked(site: Site) -> None:
    with net.Client() as client:
        assert client.get(site.url(), allow_private=True).content == b"here"
        with pytest.raises(net.RequestFailed, match="private network"):
            client.get(site.url())


def test_the_next_address_when_one_does_not_answer(world: World) -> None:
    class Deaf(httpcore.NetworkBackend):
        """The first address cannot be reached."""

        def connect_tcp(self, host: str, port: int, *rest: Any, **named: Any) -> httpcore.NetworkStream:
            if host == "2606:2800:220:1::1":
                raise httpcore.ConnectError(OSError(101, "Network is unreachable"))
            return world.network.connect_tcp(host, port)

    names = ["2606:2800:220:1::1", PUBLIC]
    with net.Client(resolve=lambda _: names, network=Deaf()) as client:
        assert client.get("http://example.org/").content == b"here"

    client = net.Client(resolve=lambda _: names[:1], network=Deaf(), sleep=lambda _: None)
    with client, pytest.raises(net.RequestFailed, match="Network is unreachable"):
        client.get("http://example.org/")


def test_proxies_of_the_environment_are_not_asked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://192.0.2.1:3128")

    world.get("http://example.org/")

    assert world.network.addresses == [PUBLIC]


def test_names_that_cannot_be_resolved(world: World) -> None:
    world.names.table["nowhere.example"] = []

    failure = world.fails("http://nowhere.example/")

    assert "“nowhere.example” cannot be resolved" in failure.rule
    assert not world.slept


def test_names_whose_servers_are_busy_are_asked_again(world: World) -> None:
    asked: list[str] = []

    def busy(host: str) -> list[str]:
        asked.append(host)
        if len(asked) < 3:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return [PUBLIC]

    with net.Client(resolve=busy, network=world.network, sleep=lambda _: None) as client:
        assert client.get("http://example.org/").content == b"here"
    assert len(asked) == 3


def test_a_silent_resolver_does_not_hold_us(world: World) -> None:
    done = threading.Event()

    def silent(host: str) -> list[str]:
        done.wait(5)
        return [PUBLIC]

    limits = net.Limits(resolve=SECOND / 50, retries=0)
    client = net.Client(limits=limits, resolve=silent, network=world.network)
    with client, pytest.raises(net.RequestFailed, match="cannot be resolved"):
        client.get("http://example.org/")
    done.set()
    assert not world.network.addresses


def test_whoever_does_not_answer_a_connection(new_world: MakeWorld) -> None:
    # One waits in the queue of a listener that never accepts, and no other gets in.
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            world = new_world(net.Limits(connect=SECOND / 20, retries=1), ports={80: port})
            failure = world.fails("http://example.org/")

    assert "cannot be reached in time" in failure.rule
    assert failure.passing
    assert len(world.slept) == 1
