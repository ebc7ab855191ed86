"""Link care on a web of made-up outlets, all on the loopback."""

import json
import logging
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import urlencode

import pytest

from feeder import net
from feeder.app import App
from feeder.errors import NotFound, StoreError
from feeder.model.changes import Visit
from feeder.model.links import Copy, Standing
from feeder.model.settings import LinkCare
from feeder.workflows import curate, links
from feeder.workflows.collect import apply
from feeder.workflows.curate import Edits
from feeder.workflows.links import Checked, Told
from feeder.workflows.release import release
from tests.net.conftest import PUBLIC, Rerouted, Site, reply

DAY = timedelta(days=1)
ARCHIVE = "http://archive.example/wayback/available"
CARE = LinkCare(check=True, archive=ARCHIVE)
PAPER = "http://paper.example"


@dataclass(slots=True)
class Web:
    """Outlets that all live on one site, by what they answer; `lapsed` are the hosts that are no more."""

    app: App
    site: Site
    client: net.Client
    lapsed: set[str]

    def check(self, now: datetime, care: LinkCare = CARE) -> Checked:
        return links.check(self.app.store, self.client, care, lambda: now, lambda: False)

    def standings(self) -> dict[str, str]:
        return {
            one.item.key: one.link.standing.value for one in links.told(self.app.store, frozenset(Standing))
        }

    def link(self, key: str) -> Told:
        return next(one for one in links.told(self.app.store, frozenset(Standing)) if one.item.key == key)

    def archives(self, url: str, day: str, told: object) -> str:
        path = f"/wayback/available?{urlencode({'url': url, 'timestamp': day})}"
        self.site.plays(path, reply(200, json.dumps(told).encode(), Content_Type="application/json"))
        return path

    @property
    def asked(self) -> list[str]:
        return [f"{request.method} {request.headers['host']}{request.path}" for request in self.site.requests]


@pytest.fixture
def web(app: App) -> Iterator[Web]:
    site, lapsed = Site(), set[str]()

    def resolve(host: str) -> list[str]:
        if host in lapsed:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return [PUBLIC]

    with net.Client(
        "feeder/test",
        tls=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        resolve=resolve,
        network=Rerouted({80: site.port}),
        sleep=lambda _: None,
        random=Random(1),
    ) as client:
        yield Web(app, site, client, lapsed)
    site.close()


def copy(stamp: str = "20170102030405", status: str = "200", **more: object) -> dict[str, Any]:
    closest = {"available": True, "status": status, "timestamp": stamp}
    closest |= {"url": f"http://web.archive.org/web/{stamp}/{PAPER}/a", **more}
    return {"url": f"{PAPER}/a", "archived_snapshots": {"closest": closest}}


def until_gone(web: Web, now: datetime) -> datetime:
    for days in (0, 4, 8):
        web.check(now + days * DAY)
    return now + 8 * DAY


# ── Looking ──────────────────────────────────────────────────────────────────────────────────────


def test_each_public_address_is_looked_at_once_in_a_while(web: Web, put: Any, now: datetime) -> None:
    web.site.plays("/a", reply(200))
    web.site.plays("/b", reply(405), reply(200, b"long"))
    put("a", now, url=f"{PAPER}/a")
    put("b", now, url="http://weekly.example/b")
    put("none", now)
    put("draft", now, url=f"{PAPER}/draft", withheld=True)
    put("later", now, url=f"{PAPER}/later", posted=now + DAY)

    assert web.check(now).looked == 2
    assert web.asked == ["HEAD paper.example/a", "HEAD weekly.example/b", "GET weekly.example/b"]
    assert web.standings() == {"a": "well", "b": "well"}

    assert web.check(now + 29 * DAY).looked == 0
    put("later", now + DAY, url=f"{PAPER}/later", posted=now + DAY)
    web.check(now + 30 * DAY)
    assert sorted(web.asked[3:]) == [
        "GET paper.example/later",
        "HEAD paper.example/a",
        "HEAD paper.example/later",
        "HEAD weekly.example/b",
    ]


def test_a_run_is_small_and_smaller_for_one_host(web: Web, draft: Any, now: datetime) -> None:
    papers = [draft(f"p{number}", url=f"{PAPER}/{number}") for number in range(5)]
    others = [draft(f"o{number}", url=f"http://o{number}.example/") for number in range(40)]
    apply(web.app.store, "told", [*papers, *others], Visit(now, now - DAY, announce=False))
    release(web.app.store, now)

    assert web.check(now).looked == links.AT_ONCE
    assert len([asked for asked in web.asked if asked.startswith("HEAD paper.example")]) == 3
    looked = web.check(now).looked + web.check(now).looked
    assert looked == 45 - links.AT_ONCE
    assert web.check(now).looked == 0


def test_one_hour_is_one_run(web: Web, put: Any, now: datetime) -> None:
    def hourly(at: datetime) -> int:
        return links.check_hourly(web.app.store, web.client, CARE, lambda: at, lambda: False).looked

    put("a", now, url=f"{PAPER}/a")
    assert hourly(now) == 1
    put("b", now, url=f"{PAPER}/b")
    assert hourly(now + timedelta(minutes=59)) == 0
    assert hourly(now + timedelta(minutes=60)) == 1


def test_a_service_that_stops_looks_at_nothing_more(web: Web, put: Any, now: datetime) -> None:
    put("a", now, url=f"{PAPER}/a")
    done = links.check(web.app.store, web.client, CARE, lambda: now, lambda: True)
    assert (done.looked, web.asked) == (0, [])


def test_who_keeps_us_out_has_not_lost_it(web: Web, put: Any, now: datetime) -> None:
    statuses = (401, 402, 403, 429, 451, 500, 503, 999)
    for status in statuses:
        web.site.plays(f"/{status}", reply(status))
        put(f"{status}", now, url=f"http://s{status}.example/{status}")
    for month in range(4):
        web.check(now + month * 30 * DAY)
    assert web.standings() == {f"{status}": "closed" for status in statuses}
    assert web.link("402").link.said == "answers 402"
    assert not any("wayback" in asked for asked in web.asked)


def test_a_host_that_asks_for_rest_gets_it_for_all_its_addresses(web: Web, put: Any, now: datetime) -> None:
    web.site.plays("/a", reply(429, Retry_After="7200"))
    for key in "abc":
        put(key, now, url=f"{PAPER}/{key}")

    for minutes in (0, 60, 119):
        web.check(now + timedelta(minutes=minutes))
    assert web.asked == ["HEAD paper.example/a"]
    web.check(now + timedelta(minutes=120))
    assert len(web.asked) == 5


def test_a_host_that_does_not_answer_is_asked_for_one_address_in_a_run(
    web: Web, put: Any, now: datetime
) -> None:
    web.site.plays("/a", lambda _: None)
    put("a", now, url=f"{PAPER}/a")
    put("b", now, url=f"{PAPER}/b")
    assert web.check(now).looked == 1
    assert web.standings() == {"a": "silent", "b": "new"}


def test_nothing_inside_is_asked(web: Web, put: Any, now: datetime) -> None:
    put("a", now, url="http://169.254.169.254/latest/")
    put("b", now, url=f"http://127.0.0.1:{web.site.port}/")
    web.check(now)
    assert web.standings() == {"a": "silent", "b": "silent"}
    assert web.asked == []
    web.check(now + 7 * DAY, LinkCare(check=True, allow_private=True))
    assert web.standings() == {"a": "silent", "b": "missing"}


def test_gone_is_told_after_three_looks(web: Web, put: Any, now: datetime) -> None:
    put("a", now, url=f"{PAPER}/a")
    web.archives(f"{PAPER}/a", "20261120", {"archived_snapshots": {}})
    found = [(web.check(now + days * DAY), web.standings()["a"]) for days in (0, 2, 4, 6, 8)]
    assert [standing for _, standing in found] == ["missing", "missing", "missing", "missing", "gone"]
    assert [done.looked for done, _ in found] == [1, 0, 1, 0, 1]
    assert [len(done.changed) for done, _ in found] == [1, 0, 0, 0, 1]


def test_a_domain_that_has_lapsed_is_told_after_weeks(web: Web, put: Any, now: datetime) -> None:
    web.lapsed.add("paper.example")
    put("a", now, url=f"{PAPER}/a")
    web.archives(f"{PAPER}/a", "20261120", copy())
    found = []
    for week in range(4):
        web.check(now + week * 7 * DAY)
        found.append(web.standings()["a"])
    assert found == ["adrift", "adrift", "adrift", "lapsed"]
    assert "cannot be resolved" in web.link("a").link.said
    assert web.link("a").link.copy is not None


def test_a_machine_without_a_network_takes_no_domain_for_lapsed(web: Web, put: Any, now: datetime) -> None:
    web.lapsed |= {"paper.example", "archive.example"}
    put("a", now, url=f"{PAPER}/a")
    for week in range(6):
        web.check(now + week * 7 * DAY)
    assert web.standings() == {"a": "silent"}


def test_an_address_that_the_source_mends_begins_anew(web: Web, put: Any, now: datetime) -> None:
    web.site.plays("/b", reply(200))
    put("a", now, url=f"{PAPER}/a")
    end = until_gone(web, now)
    assert web.standings() == {"a": "gone"}

    curate.edit(web.app.store, web.link("a").item.slug, Edits({"url": f"{PAPER}/b"}), end, "", minor=True)
    assert web.standings() == {}  # what was seen was seen at another address
    web.check(end + 30 * DAY)
    assert web.standings() == {"a": "well"}
    assert web.link("a").link.copy is None


def test_what_is_hidden_is_not_looked_at(web: Web, put: Any, now: datetime) -> None:
    put("a", now, url=f"{PAPER}/a")
    web.check(now)
    curate.hide(web.app.store, web.link("a").item.slug, now, "")
    assert web.check(now + 30 * DAY).looked == 0
    assert web.standings() == {}


def test_one_item_can_be_looked_at_now(web: Web, put: Any, now: datetime) -> None:
    web.site.plays("/a", reply(200))
    put("a", now, url=f"{PAPER}/a")
    put("none", now)

    def look(name: str) -> str:
        return links.check_item(web.app.store, web.client, CARE, name, now).link.standing.value

    assert look("a") == look("a") == "well"
    with pytest.raises(StoreError, match="has no address"):
        look("none")
    with pytest.raises(NotFound):
        look("nothing")


def test_no_address_is_logged(web: Web, put: Any, now: datetime, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    web.site.plays("/a?token=s3cret", reply(503))
    put("a", now, url=f"{PAPER}/a?token=s3cret")
    web.check(now)
    assert "s3cret" not in caplog.text


# ── Copies ───────────────────────────────────────────────────────────────────────────────────────


def test_the_archive_is_asked_once_for_the_copy_nearest_to_the_outlets_date(
    web: Web, put: Any, now: datetime
) -> None:
    path = web.archives(f"{PAPER}/a", "20161017", copy())
    put("a", now, url=f"{PAPER}/a", published=datetime(2016, 10, 17, 8, tzinfo=now.tzinfo))
    end = until_gone(web, now)
    web.check(end + 30 * DAY)

    assert len(web.site.asked(path)) == 1
    found = web.link("a").link.copy
    assert found == Copy(
        f"https://web.archive.org/web/20170102030405/{PAPER}/a",
        datetime(2017, 1, 2, 3, 4, 5, tzinfo=now.tzinfo),
    )


@pytest.mark.parametrize(
    "answer",
    [reply(503), reply(200, b"<html>"), reply(200, b"x" * 200_000), reply(200, b'{"archived')],
    ids=["busy", "html", "huge", "cut"],
)
def test_an_archive_that_does_not_answer_is_asked_again_within_days(
    web: Web, put: Any, now: datetime, answer: bytes
) -> None:
    path = web.archives(f"{PAPER}/a", "20261120", {})
    web.site.plays(path, answer)
    put("a", now, url=f"{PAPER}/a")
    end = until_gone(web, now)
    assert web.standings() == {"a": "gone"}

    web.archives(f"{PAPER}/a", "20261120", copy())
    web.check(end + 7 * DAY)
    assert web.link("a").link.copy is not None


def test_without_an_archive_nobody_is_asked(web: Web, put: Any, now: datetime) -> None:
    put("a", now, url=f"{PAPER}/a")
    for days in (0, 4, 8):
        web.check(now + days * DAY, LinkCare(check=True, archive=""))
    assert web.standings() == {"a": "gone"}
    assert not any("archive" in asked for asked in web.asked)


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        {"archived_snapshots": {}},
        {"archived_snapshots": {"closest": []}},
        copy(available=False),
        copy(status="404"),
        copy(url="javascript:alert(1)"),
        copy(url="https://ada:pw@web.archive.org/a"),
        copy(url=7),
        copy(stamp="2017"),
        copy(stamp="20171399000000"),
        copy(stamp="２０１７０１０２０３０４０５"),
    ],
)
def test_what_is_no_copy(told: object) -> None:
    assert links.copy_in(told) is None


# ── Deciding ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def moved(web: Web, put: Any, now: datetime) -> Web:
    """A paper that has moved an article for good."""
    web.site.plays("/a", reply(301, Location=f"{PAPER}/archive/a"))
    web.site.plays("/archive/a", reply(200))
    put("a", now, url=f"{PAPER}/a")
    web.check(now)
    assert web.link("a").link.target == f"{PAPER}/archive/a"
    return web


def test_accepted_is_edited_by_hand_and_outlives_the_source(
    moved: Web, now: datetime, draft: Any, press: Any, tree: Any
) -> None:
    store = moved.app.store
    before = moved.link("a").item
    press(now)

    after = links.accept(store, before.slug, now + DAY, "")

    assert after.url == f"{PAPER}/archive/a"
    assert (after.uid, after.number, after.revised) == (before.uid, before.number, before.revised)
    assert curate.show(store, before.slug).history[-1].action == "minor edit"
    assert moved.standings() == {}
    told = draft("a", url=f"{PAPER}/a", body="<p>New.</p>")
    apply(store, "told", [told], Visit(now + 2 * DAY, now + DAY, announce=False))
    assert curate.show(store, before.slug).item.url == f"{PAPER}/archive/a"
    press(now + 2 * DAY)
    assert f'href="{PAPER}/archive/a"' in tree()[f"item/{before.slug}/index.html"].decode()
    with pytest.raises(StoreError, match="has not moved"):
        links.accept(store, before.slug, now, "")


@pytest.mark.parametrize(
    ("status", "target", "end"),
    [
        (301, 404, "missing"),
        (301, 403, "closed"),
        (302, 200, "well"),
        (307, 200, "well"),
        (308, 200, "moved"),
    ],
)
def test_moved_is_only_what_moved_for_good_to_what_is_there(
    web: Web, put: Any, now: datetime, status: int, target: int, end: str
) -> None:
    web.site.plays("/a", reply(status, Location="/b"))
    web.site.plays("/b", reply(target))
    put("a", now, url=f"{PAPER}/a")
    web.check(now)
    assert web.standings() == {"a": end}


def test_addresses_that_all_lead_to_one_are_left_to_a_person(moved: Web, put: Any, now: datetime) -> None:
    moved.site.plays("/b", reply(301, Location=f"{PAPER}/archive/a"))
    put("b", now, url=f"{PAPER}/b")
    moved.check(now)
    assert moved.standings() == {"a": "astray", "b": "astray"}
    assert links.told(moved.app.store, frozenset({Standing.MOVED})) == []
    slug = moved.link("a").item.slug
    assert links.accept(moved.app.store, slug, now, "that is it").url == f"{PAPER}/archive/a"


def test_dropped_is_not_proposed_again(moved: Web, now: datetime) -> None:
    store = moved.app.store
    slug = moved.link("a").item.slug
    links.drop(store, slug, now, "they change it every month")
    moved.check(now + 30 * DAY)
    assert moved.standings() == {"a": "well"}
    assert curate.show(store, slug).history[-1].reason == "they change it every month"
    with pytest.raises(StoreError, match="has not moved"):
        links.drop(store, slug, now, "")


def test_a_page_leads_to_the_copy_where_the_author_agreed(
    web: Web, put: Any, now: datetime, press: Callable[..., Any], tree: Any
) -> None:
    store = web.app.store
    web.archives(f"{PAPER}/a", "20261120", copy())
    put("a", now, url=f"{PAPER}/a")
    end = until_gone(web, now)
    slug = web.link("a").item.slug
    press(end)
    before = tree()
    assert b"Archived copy" not in before[f"item/{slug}/index.html"]

    for _ in range(2):
        links.show_copy(store, slug, end, "")
    press(end)
    after = tree()
    assert {path for path in after if after[path] != before[path]} == {f"item/{slug}/index.html"}
    page = after[f"item/{slug}/index.html"].decode()
    assert f'href="https://web.archive.org/web/20170102030405/{PAPER}/a"' in page
    assert 'Archived copy of <time datetime="2017-01-02T03:04:05Z">2 January 2017</time>' in page
    assert f">{PAPER}/a</a>" in page  # where it was is told, too
    assert [deed.action for deed in curate.show(store, slug).history] == ["show copy"]

    links.show_no_copy(store, slug, end, "")
    press(end)
    assert tree() == before


def test_without_a_copy_there_is_nothing_to_agree_to(moved: Web, now: datetime) -> None:
    for agree in (links.show_copy, links.show_no_copy):
        with pytest.raises(StoreError, match="no archived copy"):
            agree(moved.app.store, moved.link("a").item.slug, now, "")
