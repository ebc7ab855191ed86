"""Where an address leads: asked for without its content."""

import socket
from datetime import timedelta

import pytest

from feeder import net

from .conftest import World, reply


def methods(world: World) -> list[tuple[str, str]]:
    return [(request.method, request.path) for request in world.site.requests]


def test_a_page_that_is_there(world: World) -> None:
    world.site.plays("/a", reply(200, b"x" * 100, Content_Length=10**12))

    found = world.client.look("http://example.org/a#part")

    assert (found.status, found.url, found.settled) == (200, "http://example.org/a", None)
    assert methods(world) == [("HEAD", "/a")]
    assert world.site.requests[0].headers["user-agent"] == "feeder/test (+mailto:me@example.org)"


@pytest.mark.parametrize("refusal", [400, 403, 404, 405, 410, 500, 501, 999])
def test_where_head_is_refused_the_page_itself_is_asked_for(world: World, refusal: int) -> None:
    world.site.plays("/a", reply(refusal), reply(200, b"x" * 100, Content_Length=10**12))

    assert world.client.look("http://example.org/a").status == 200
    assert methods(world) == [("HEAD", "/a"), ("GET", "/a")]


@pytest.mark.parametrize("status", [401, 402, 404, 410, 451, 502, 999])
def test_whatever_is_said_is_an_answer(world: World, status: int) -> None:
    world.site.plays("/a", reply(status, b"no"))

    assert world.client.look("http://example.org/a").status == status
    assert len(world.site.requests) == 2


@pytest.mark.parametrize("status", [429, 503])
def test_who_asks_for_rest_is_not_asked_again(world: World, status: int) -> None:
    world.site.plays("/a", reply(status, Retry_After="7200"))

    found = world.client.look("http://example.org/a")

    assert (found.status, found.retry_after) == (status, timedelta(hours=2))
    assert len(world.site.requests) == 1


@pytest.mark.parametrize(
    ("redirects", "settled"),
    [
        ([301], "/1"),
        ([308, 301], "/2"),
        ([301, 302], "/1"),
        ([301, 307, 301], "/1"),
        ([302], None),
        ([303, 301], None),
    ],
)
def test_an_address_has_moved_as_far_as_permanent_redirects_lead(
    world: World, redirects: list[int], settled: str | None
) -> None:
    for number, status in enumerate(redirects):
        world.site.plays(f"/{number}", reply(status, Location=f"/{number + 1}"))
    world.site.plays(f"/{len(redirects)}", reply(200))

    found = world.client.look("http://example.org/0")

    assert found.url == f"http://example.org/{len(redirects)}"
    assert found.settled == (settled and f"http://example.org{settled}")


def test_nothing_leads_into_this_machine(world: World) -> None:
    world.site.plays("/a", reply(301, Location="http://169.254.169.254/latest/"))

    with pytest.raises(net.RequestFailed, match="an address that no site has"):
        world.client.look("http://example.org/a")
    with pytest.raises(net.RequestFailed, match="this machine"):
        world.client.look("http://127.0.0.1/a")


def test_a_domain_that_is_no_more_is_told_from_one_that_does_not_answer_now(world: World) -> None:
    errors = {"lapsed.example": socket.EAI_NONAME, "slow.example": socket.EAI_AGAIN}

    def resolve(host: str) -> list[str]:
        raise socket.gaierror(errors[host], "no")

    with net.Client(resolve=resolve, network=world.network, sleep=world.slept.append) as client:
        with pytest.raises(net.NoSuchHost):
            client.look("http://lapsed.example/a")
        with pytest.raises(net.RequestFailed) as caught:
            client.look("http://slow.example/a")
    assert not isinstance(caught.value, net.NoSuchHost)
