"""Robots: scanners that open every link of every mail, and scripts that fill in forms for others."""

import asyncio
import random
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from http.client import HTTPConnection
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import pytest
from sqlalchemy import Engine, event

from feeder import config, web
from feeder.app import App
from feeder.workflows import subscribe
from tests.browser_rig import part, read
from tests.conftest import Site, at_free_port, running, until
from tests.town_rig import Town, town_in

HANDS = 4
NETWORKS = [f"203.0.113.{number}" for number in range(1, 101)]
A_FEW = NETWORKS[:20]
TIMES = 100


BY_ITSELF = 'INSERT INTO "members"', 'INSERT INTO "runs" VALUES(\'tick:'
"""What the service writes by and by: that it lives, and for which slots its clock has ticked."""


def rows(site: Site) -> list[str]:
    """Return all that a site's database holds, as the statements that would write it, but what comes `BY_ITSELF`."""
    with closing(sqlite3.connect(f"file:{site.folder / 'feeder.db'}?mode=ro", uri=True)) as database:
        return [row for row in database.iterdump() if not row.startswith(BY_ITSELF)]


def answered(
    service: str, requests: Sequence[tuple[str, str, str]], networks: Sequence[str] = NETWORKS
) -> Counter[int]:
    """Send requests (method, path, form), each from the next network, by connections that stay open.

    Returns how many answers of each status came.
    """
    from_networks = list(zip(requests, cycle(networks), strict=False))

    def some(mine: Sequence[tuple[tuple[str, str, str], str]]) -> Counter[int]:
        statuses: Counter[int] = Counter()
        with closing(HTTPConnection(urlsplit(service).netloc, timeout=60)) as connection:
            for (method, path, form), network in mine:
                fields = {"X-Forwarded-For": network, "Content-Type": "application/x-www-form-urlencoded"}
                connection.request(method, path, form or None, fields)
                answer = connection.getresponse()
                answer.read()
                statuses[answer.status] += 1
        return statuses

    with ThreadPoolExecutor(HANDS) as hands:
        return sum(hands.map(some, [from_networks[hand::HANDS] for hand in range(HANDS)]), Counter())


# ── Scanners ─────────────────────────────────────────────────────────────────────────────────────

ACTS = "do=save&scope=all&kind=piece&digest=daily", "do=erase&sure=1", "do=move&address=x@example.org"
"""What would act, if it were sent as a form."""


def test_a_robot_that_opens_every_link_of_every_mail_a_hundred_times_changes_nothing(tmp_path: Path) -> None:
    with town_in(tmp_path, "en") as town:
        town.every_mail()
        site = town.site
    links = {link for content in site.mails().values() for link in links_of(town, read(content))}
    kinds = {link.split("/")[1] for link in links}
    assert kinds >= {"confirm", "preferences", "undo", "unsubscribe", "account"}

    # All that the service does by itself, it does when it begins, and then not for a while.
    with running(site) as service:
        before = at_rest(site)
        requests = [
            (method, link, "") for link in sorted(links) for method in ("GET", "HEAD") for _ in range(TIMES)
        ]
        statuses = answered(service.address, requests + [("GET", link, "") for link in further(links)])
        after = rows(site)

    # Two moves have made the links in older mails useless.
    assert set(statuses) == {200, 410}
    assert statuses[200] > len(requests) / 2
    assert [row for row in after if row not in before[0]] == []
    assert (after, site.mails()) == before


def links_of(town: Town, mail: EmailMessage) -> set[str]:
    """Return the paths of this site to which a mail leads."""
    text = f"{part(mail, 'plain')} {part(mail, 'html')} {mail['List-Unsubscribe']}"
    return {f"/{path}" for path in re.findall(rf"{re.escape(town.address)}([^\s<>\"']*)", text)}


def further(links: set[str]) -> Iterator[str]:
    """Tell what a robot may try that knows the pages, too."""
    for link in links:
        page = link.split("/")[1]
        if page == "preferences":
            yield f"{link}/preview"
        if page == "account":
            yield f"{link}/data.json"
        if page in ("confirm", "preferences", "undo", "unsubscribe", "account"):
            yield from (f"{link}?{act}" for act in ACTS)


def at_rest(site: Site) -> tuple[list[str], dict[str, bytes]]:
    """Return a site's rows and mails, once it has done all that it had to do."""
    seen = [rows(site)]

    def rests() -> bool:
        time.sleep(7)  # a folder is read once more when nothing has changed in it for five seconds
        seen.append(rows(site))
        return seen[-1] == seen[-2]

    assert until(rests, 60)
    return seen[-1], site.mails()


# ── Forms for others ─────────────────────────────────────────────────────────────────────────────

VICTIM = "victim@example.org"


@pytest.mark.parametrize(
    ("forms", "networks"), [(500, A_FEW), pytest.param(10_000, NETWORKS, marks=pytest.mark.soak)]
)
def test_a_robot_with_many_networks_is_refused_and_its_victim_gets_one_mail(
    site: Site, forms: int, networks: list[str]
) -> None:
    statuses = sent_for(at_free_port(site), forms, networks)

    taken = statuses[200]
    assert statuses == {200: taken, 429: forms - taken}
    # Each network may ask twenty times within an hour, and once more every three minutes.
    assert 20 * len(networks) <= taken <= 22 * len(networks)
    assert count(site, "requests") == taken
    assert [mail["Delivered-To"].lower() for mail in map(read, site.mails().values())] == [VICTIM]


@pytest.mark.parametrize("forms", [200, pytest.param(10_000, marks=pytest.mark.soak)])
def test_where_nobody_is_refused_the_victim_gets_one_mail_too(site: Site, forms: int) -> None:
    at_free_port(site).settings["FEEDER_SIGNUP__PER_NETWORK"] = "100000"

    statuses = sent_for(site, forms, NETWORKS)

    assert statuses == {200: forms}
    assert count(site, "requests") == forms
    assert [mail["Delivered-To"].lower() for mail in map(read, site.mails().values())] == [VICTIM]


def sent_for(site: Site, forms: int, networks: list[str]) -> Counter[int]:
    """Send so many forms for one victim, and wait until it is decided about all of them."""
    site.done("once")
    dice = random.Random(7)
    spellings = (VICTIM, VICTIM.title(), VICTIM.upper())  # of one address
    filled_in = [urlencode({"address": dice.choice(spellings)}) for _ in range(forms)]
    with running(site) as service:
        statuses = answered(service.address, [("POST", "/subscribe", form) for form in filled_in], networks)
        assert until(lambda: count(site, "requests WHERE answered IS NULL") == 0, 60)
    return statuses


def count(site: Site, of: str) -> int:
    with closing(sqlite3.connect(f"file:{site.folder / 'feeder.db'}?mode=ro", uri=True)) as database:
        (found,) = database.execute(f"SELECT count(*) FROM {of}").fetchone()
        return int(found)


# ── Guesses ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Noticed:
    """All that whoever asks could notice of an answer, and what costs time about it."""

    answer: tuple[int, dict[str, str], str]
    statements: list[str]
    wakes: int


def test_whether_an_address_is_known_changes_neither_an_answer_nor_what_is_asked_of_the_database(
    site: Site,
) -> None:
    for name in ("reader", "left", "erased"):
        site.done("subscriber", "add", f"{name}@example.org")
    site.done("subscriber", "erase", "erased@example.org")
    site.done("subscriber", "suppress", "silent@example.org")
    with App(config.load(site.folder / "config" / "feeder.toml", {})) as app:
        with app.store.transaction() as tx:
            tx.subscribers.leave(tx.subscribers.get("left@example.org").id)
        noticed(app, "pending@example.org")
        subscribe.answer(app.store, app.settings.signup, datetime.now(UTC))

        unknown = noticed(app, "unknown@example.org")
        for name in ("reader", "left", "erased", "silent", "pending"):
            assert noticed(app, f"{name}@example.org") == unknown, name

    assert unknown.answer[0] == 200
    assert any(statement.startswith("INSERT INTO requests") for statement in unknown.statements)
    assert unknown.wakes == 1


def noticed(app: App, address: str) -> Noticed:
    """Ask for mail, and tell what came of it."""
    statements: list[str] = []
    wakes: list[None] = []

    def hear(*told: Any) -> None:
        statements.append(told[2])

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(web.create(app, lambda _: wakes.append(None)))
        async with httpx.AsyncClient(transport=transport, base_url=app.settings.site.public_url) as client:
            return await client.post("/subscribe", data={"address": address})

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        answer = asyncio.run(ask())
    finally:
        event.remove(Engine, "before_cursor_execute", hear)
    return Noticed((answer.status_code, dict(answer.headers), answer.text), statements, len(wakes))
