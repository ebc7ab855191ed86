"""Who reads feeds: what programs say, and how many come themselves; nobody is known by it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder import web
from feeder.app import App
from feeder.model.readership import Agent, Said, Tally
from feeder.web import agents
from feeder.web.readers import Readers
from tests.web.conftest import exactly_of

DAY = date(2026, 11, 20)
FEEDLY = b"Feedly/1.0 (+http://www.feedly.com/fetcher.html; 37 subscribers; like FeedFetcher-Google)"


@pytest.mark.parametrize(
    ("said", "agent"),
    [
        (FEEDLY.decode(), Agent("Feedly", 37)),
        ("Feedbin feed-id:1373711 - 142 subscribers", Agent("Feedbin", 142, "1373711")),
        (
            "NewsBlur Feed Fetcher - 5 subscribers - http://www.newsblur.com/site/7/ (Mozilla/5.0 (Macintosh))",
            Agent("NewsBlur Feed Fetcher", 5),
        ),
        ("Inoreader/1.0 (+http://www.inoreader.com/feed-fetcher; 12 subscribers; )", Agent("Inoreader", 12)),
        (
            "Mozilla/5.0 (compatible; theoldreader.com; 1 subscriber; feed-id=5f3c)",
            Agent("theoldreader.com", 1, "5f3c"),
        ),
        ("BazQux/2.4 (+https://bazqux.com/fetcher; 3 subscribers)", Agent("BazQux", 3)),
        (
            "Netvibes (http://www.netvibes.com/; 21 subscribers; feedID: 12345)",
            Agent("Netvibes", 21, "12345"),
        ),
        ("Miniflux/2.2 (+https://miniflux.app)", Agent("Miniflux")),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.0", Agent("Mozilla")),
        ("Reeder/5.0 CFNetwork/1410.0.3", Agent("Reeder")),
        ("FeedBot/1.0 (9 subscribers)", Agent("FeedBot", 9)),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", None),
        ("Twitterbot/1.0", None),
        ("", None),
        ("12 subscribers", None),
        ("Liar/1.0 (999999999 subscribers)", None),
        ("Old/1.0 (version 2.12 subscribers)", Agent("Old")),
    ],
)
def test_what_programs_say_of_themselves(said: str, agent: Agent | None) -> None:
    assert agents.read(said.encode()) == agent


@given(st.binary(max_size=600))
def test_whatever_they_say_is_short_and_plain(said: bytes) -> None:
    agent = agents.read(said)
    if agent:
        assert 0 < len(agent.name) <= 40
        assert agent.name.isascii()
        assert agent.name.isprintable()


class Clock:
    """Tells noon of a day."""

    day = DAY

    def __call__(self) -> float:
        return datetime(self.day.year, self.day.month, self.day.day, 12, tzinfo=UTC).timestamp()


def test_each_reader_counts_once_a_day_for_each_feed() -> None:
    clock = Clock()
    readers = Readers(clock)
    for client in ("192.0.2.1", "192.0.2.2", "192.0.2.1"):
        for path in ("tag/x/atom.xml", "tag/x/rss.xml", "atom.xml"):
            readers.came(path, client, b"Reeder/5.0")
    readers.came("atom.xml", "192.0.2.1", b"Miniflux/2.2")
    assert readers.take() == [Tally(DAY, [], {"tag/x/": 2, "": 3})]
    assert readers.take() == []
    readers.came("atom.xml", "192.0.2.3", b"Reeder/5.0")
    assert readers.take() == [Tally(DAY, [], {"": 4})]

    readers.came("atom.xml", "192.0.2.4", b"Reeder/5.0")
    clock.day = DAY + timedelta(days=1)
    readers.came("atom.xml", "192.0.2.4", b"Reeder/5.0")
    assert readers.take() == [Tally(DAY, [], {"": 5}), Tally(clock.day, [], {"": 1})]


def test_a_day_ends_though_nobody_comes() -> None:
    clock = Clock()
    readers = Readers(clock)
    readers.came("atom.xml", "192.0.2.1", b"Reeder/5.0")
    before = readers._hashing
    clock.day = DAY + timedelta(days=1)
    assert readers.take() == [Tally(DAY, [], {"": 1})]
    assert readers._visitors == {}
    assert readers._hashing is not before


def test_an_aggregator_is_believed_as_it_last_spoke() -> None:
    readers = Readers(Clock())
    for subscribers in (36, 37):
        readers.came("atom.xml", "192.0.2.1", FEEDLY.replace(b"37", str(subscribers).encode()))
    assert readers.take() == [Tally(DAY, [Said("atom.xml", "Feedly", "", 37)], {})]


@given(st.lists(st.tuples(st.sampled_from(["a/atom.xml", "b/rss.xml"]), st.ip_addresses(v=4)), max_size=60))
def test_the_number_is_that_of_the_different_ones(visits: list[tuple[str, object]]) -> None:
    readers = Readers(Clock())
    for path, client in visits:
        readers.came(path, str(client), b"Reeder/5.0")
    told = {feed: count for tally in readers.take() for feed, count in tally.readers.items()}
    assert told == {
        feed: len({client for path, client in visits if path.startswith(feed)})
        for feed in {path[:2] for path, _ in visits}
    }


def test_nothing_of_a_reader_is_held() -> None:
    readers = Readers(Clock())
    readers.came("atom.xml", "192.0.2.77", b"Reeder/5.0 of Ada")
    held = repr(vars(readers) | {"agent": None})
    assert "192.0.2.77" not in held
    assert "of Ada" not in held


@pytest.fixture
def readers() -> Readers:
    return Readers(Clock())


@pytest.fixture
def ask(app: App, readers: Readers) -> Callable[..., int]:
    exactly = exactly_of(web.create(app, readers=readers))

    def answer(path: str, *headers: tuple[bytes, bytes], method: str = "GET") -> int:
        return exactly(path.encode(), (b"user-agent", FEEDLY), *headers, method=method).status

    return answer


def test_whoever_gets_a_feed_or_has_it_already_is_counted(ask: Callable[..., int], readers: Readers) -> None:
    assert ask("/tag/hafen/atom.xml") == 200
    assert ask("/rss.xml", (b"if-none-match", b"*")) == 304
    assert readers.take() == [
        Tally(DAY, [Said("tag/hafen/atom.xml", "Feedly", "", 37), Said("rss.xml", "Feedly", "", 37)], {})
    ]


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/", "GET"),
        ("/archive/1.xml", "GET"),
        ("/assets/feeder.css", "GET"),
        ("/nowhere/atom.xml", "GET"),
        ("/subscribe", "GET"),
        ("/atom.xml", "HEAD"),
        ("/atom.xml", "POST"),
    ],
)
def test_nobody_else_is(ask: Callable[..., int], readers: Readers, path: str, method: str) -> None:
    ask(path, method=method)
    assert readers.take() == []
