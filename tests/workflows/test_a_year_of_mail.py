"""Nothing twice, nothing skipped: a simulated year with readers of every pace in several zones.

Items come, are edited, go and come back at random, rounds are hours late, and workers die at any
moment. Source: the delivery contract, "The promise".
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from random import Random
from typing import Any

import pytest

from feeder.app import App
from feeder.digests import selecting
from feeder.mail.transports.folder import Maildir
from feeder.model.deliveries import OPEN, Envelope, Message, Outcome, State
from feeder.model.items import Draft, Item, Kind, Past, Reading
from feeder.model.subscribers import Subscriber
from feeder.workflows import send
from feeder.workflows.collect import collect
from feeder.workflows.post import Post
from feeder.workflows.release import release

BEGIN = datetime(2026, 1, 1, 5, 30, tzinfo=UTC)
END = BEGIN + timedelta(days=365)
HOUR = timedelta(hours=1)

READERS: Mapping[str, dict[str, Any]] = {
    "weekly": {},
    "weekly-auckland": {"zone": "Pacific/Auckland", "day": 3, "hour": 20},
    "weekly-x": {"zone": "America/New_York", "any_tags": ("x",), "hour": 2},  # an hour that spring skips
    "daily-kolkata": {"digest": "daily", "zone": "Asia/Kolkata", "kinds": (Kind.PIECE,)},
    "monthly-berlin": {"digest": "monthly", "zone": "Europe/Berlin", "day": 28},
    "monthly-not-y": {"digest": "monthly", "no_tags": ("y",)},
}


class Killed(BaseException):
    """A process that ends here."""


@dataclass
class Told:
    """A source that has just these drafts."""

    drafts: dict[str, Draft] = field(default_factory=dict)
    name: str = "told"

    def read(self, past: Past) -> Reading:
        return Reading(tuple(self.drafts.values()), complete=True)


class Fragile(Maildir):
    """A Maildir whose process may end at each message, before or after it is written."""

    random: Random

    def send(self, envelope: Envelope, message: Message) -> Outcome:
        fate = self.random.random()
        if fate < 0.06:
            raise Killed
        outcome = super().send(envelope, message)
        if fate < 0.12:
            raise Killed
        return outcome


class Author:
    """Writes, edits, removes and brings back at random."""

    def __init__(self, random: Random) -> None:
        self.source = Told()
        self.worked = False
        self._random = random
        self._removed: dict[str, Draft] = {}
        self._count = 0

    def work(self, now: datetime) -> None:
        for chance, change in (
            (0.5, self.write),
            (0.15, self._edit),
            (0.1, self._remove),
            (0.1, self._bring),
        ):
            if self._random.random() < chance:
                change(now)
                self.worked = True

    def write(self, now: datetime) -> None:
        self._count += 1
        key = f"k{self._count}"
        title = f"Title of {key}."
        self.source.drafts[key] = Draft(
            key,
            self._random.choice(list(Kind)),
            title,
            title,
            posted=self._random.choice([None, now - 900 * HOUR, now + self._random.randrange(99) * HOUR]),
            published=self._random.choice([None, now.date(), now - 9000 * HOUR]),
            tags=tuple(tag for tag in "xy" if self._random.random() < 0.5),
        )

    def _edit(self, now: datetime) -> None:
        if self.source.drafts:
            key = self._random.choice(list(self.source.drafts))
            edited = self.source.drafts[key]
            self.source.drafts[key] = replace(edited, standfirst=f"{now}", substance=f"{now}")

    def _remove(self, now: datetime) -> None:
        if self.source.drafts:
            key = self._random.choice(list(self.source.drafts)[-12:])
            self._removed[key] = self.source.drafts.pop(key)

    def _bring(self, now: datetime) -> None:
        if self._removed:
            key = self._random.choice(list(self._removed))
            self.source.drafts[key] = self._removed.pop(key)


def a_round(app: App, author: Author, post: Post, now: datetime, random: Random) -> None:
    """Do what `feeder once` does about items and mail; it may be killed at any look at the clock."""
    deadly = random.random() < 0.1

    def clock() -> datetime:
        if deadly and random.random() < 0.15:
            raise Killed
        return now

    send.recover(app.store, now)
    if author.worked:
        collect(app.store, author.source, now, announce=False, confirmed=True)
        author.worked = False
    release(app.store, now)
    send.send_due(app.store, post, clock, stopped=lambda: False)


def keys(mail: EmailMessage) -> list[str]:
    part = mail.get_body(("plain",))
    assert part is not None
    return re.findall(r"Title of (\w+)\.", part.get_content())


def public(app: App) -> list[Item]:
    with app.store.reading() as tx:
        return list(tx.items.public())


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(2, 7))])
def test_every_reader_gets_each_fitting_item_exactly_once(
    app: App, add: Callable[..., Subscriber], mails: Callable[[], list[EmailMessage]], seed: int
) -> None:
    random = Random(seed)
    author = Author(random)
    transport = Fragile(app.settings.mail.folder)
    transport.random = random
    for _ in range(4):  # the back catalogue
        author.write(BEGIN - 2000 * HOUR)
    old = set(author.source.drafts)
    collect(app.store, author.source, BEGIN, announce=False, confirmed=False)
    release(app.store, BEGIN)
    readers = {name: add(f"{name}@example.org", at=BEGIN, **wants) for name, wants in READERS.items()}

    now, deaths = BEGIN, 0
    while now < END:
        now += HOUR * random.choice([1, 24, 30, 47, 71])
        author.work(now)
        try:
            a_round(app, author, replace(app.post, transport=transport, owner=f"{now}"), now, random)
        except Killed:
            deaths += 1
        if now > BEGIN + timedelta(days=150) and "late" not in readers:
            readers["late"] = add("late@example.org", at=now, welcome=3)
    assert deaths > 8

    for _ in range(48):  # until everybody's next issue has come
        now += 23 * HOUR
        release(app.store, now)
        send.recover(app.store, now)
        send.send_due(app.store, app.post, lambda: now, stopped=lambda: False)  # noqa: B023 - called at once

    got: dict[str, Counter[str]] = defaultdict(Counter)
    messages = mails()
    for mail in messages:
        assert keys(mail)
        got[mail["Delivered-To"].split("@")[0]].update(keys(mail))
    items = public(app)
    assert len(items) > 50
    for name, joined in readers.items():
        assert [key for key, times in got[name].items() if times > 1] == []
        with app.store.reading() as tx:
            assert tx.subscribers.get(joined.address).cursor == tx.items.newest_number()
        new = [item for item in items if item.announced and (item.number or 0) > joined.cursor]
        wish = selecting.wish(joined.preferences)
        fitting = {item.key for item in new if selecting.fits(item, wish)}
        unfitting = {item.key for item in items if not selecting.fits(item, wish)}
        assert fitting - set(got[name]) == set()
        assert unfitting & set(got[name]) == set()
        if name != "late":
            assert old & set(got[name]) == set()
    with app.store.reading() as tx:
        counts = tx.deliveries.counts()
        told = [found for joined in readers.values() for found in tx.deliveries.of(joined.id, 1000)]
    assert not set(counts) & set(OPEN)
    assert sum(counts.values()) == len(told)
    assert counts[State.ACCEPTED] == len(messages) == len({mail["Message-ID"] for mail in messages})
    assert sum(found.items for found in told if found.state is State.ACCEPTED) == sum(
        map(Counter.total, got.values())
    )
