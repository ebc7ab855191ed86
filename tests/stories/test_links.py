"""The author looks after the addresses of old work, by the real command."""

import json
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from tests.conftest import SUNDAY, piece
from tests.conftest import Site as FeederSite
from tests.net.conftest import Site, reply


@pytest.fixture
def outlets() -> Iterator[Site]:
    made = Site()
    yield made
    made.close()


def test_moved_and_gone(site: FeederSite, outlets: Site) -> None:
    outlets.plays("/old", reply(301, Location="/new"))
    outlets.plays("/new", reply(200))
    asked = urlencode({"url": outlets.url("/lost"), "timestamp": "20161017"})
    copy = {"available": True, "status": "200", "url": outlets.url("/copy"), "timestamp": "20170102030405"}
    outlets.plays(
        f"/wayback?{asked}", reply(200, json.dumps({"archived_snapshots": {"closest": copy}}).encode())
    )
    site.write("old.md", piece("Old", f"url: {outlets.url('/old')}"))
    site.write("lost.md", piece("Lost", f"url: {outlets.url('/lost')}", "published: 2016-10-17"))

    site.done("once")
    assert site.done("links", "list").out.startswith("Nothing is known")
    assert outlets.requests == []  # nobody is asked unasked

    site.settings |= {
        "FEEDER_LINKS__CHECK": "true",
        "FEEDER_LINKS__ALLOW_PRIVATE": "true",
        "FEEDER_LINKS__ARCHIVE": outlets.url("/wayback"),
    }
    for day in (SUNDAY, "2026-11-26T08:00:00Z", "2026-11-30T08:00:00Z"):
        site.now = day
        told = site.done("once")
    assert "links: 1 stand otherwise than before" in told.out
    found = {one["slug"]: one for one in site.done("links", "list", "--json").json}
    assert {slug: one["standing"] for slug, one in found.items()} == {"old": "moved", "lost": "gone"}
    assert found["old"]["target"] == outlets.url("/new")
    assert found["lost"]["copy"] == outlets.url("/copy")
    assert (found["lost"]["since"], found["lost"]["said"]) == ("2026-11-22T08:00:00Z", "answers 404")

    assert site.done("links", "accept", "--all").out == f"edited: old  {outlets.url('/new')}\n"
    site.done("links", "archive", "lost", "--reason", "the paper has closed")
    site.done("once")
    assert f'href="{outlets.url("/new")}"' in site.page("item/old/index.html")
    assert "Archived copy of" in site.page("item/lost/index.html")
    assert outlets.url("/copy") in site.page("item/lost/index.html")
    assert [one["slug"] for one in site.done("links", "list", "--json").json] == ["lost"]
    assert site.done("links", "check", "old").out.startswith("well since 2026-11-30: old")
    assert {request.headers["user-agent"].split("/")[0] for request in outlets.requests} == {"feeder"}


def test_what_cannot_be_done_is_said(site: FeederSite) -> None:
    site.write("a.md", piece("A"))
    site.done("sync")
    for words, code, said in (
        (("links", "accept"), 2, "is to accept what"),
        (("links", "accept", "a"), 1, "has not moved"),
        (("links", "archive", "a"), 1, "has no archived copy"),
        (("links", "check", "a"), 1, "has no address"),
    ):
        told = site.feeder(*words)
        assert (told.code, said in told.err) == (code, True), str(told)
