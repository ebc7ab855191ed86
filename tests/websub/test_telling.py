"""What is said on the wire, to the letter."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder import websub
from feeder.model.hub import Mode, Wanted
from feeder.model.settings import Publish, Site
from feeder.websub import telling

TOPIC = "https://spans.example/tag/a%26b/atom.xml"
HUBS = ("https://spans.example/hub", "https://hub.example/?a=b")
WANTED = Wanted(Mode.SUBSCRIBE, "tag/a&b/atom.xml", "https://reader.example/cb", timedelta(days=10))


@pytest.mark.parametrize(
    ("callback", "start"),
    [
        ("https://reader.example/cb", "https://reader.example/cb?"),
        ("https://reader.example", "https://reader.example?"),
        ("https://reader.example/cb?a=%20b&hub.mode=x", "https://reader.example/cb?a=%20b&hub.mode=x&"),
        ("https://reader.example/cb?", "https://reader.example/cb?&"),
    ],
)
def test_parameters_come_behind_those_that_a_callback_has(callback: str, start: str) -> None:
    told = telling.denial(callback, TOPIC, "Gone & away")
    assert told == (
        f"{start}hub.mode=denied&hub.topic=https%3A%2F%2Fspans.example%2Ftag%2Fa%2526b%2Fatom.xml"
        "&hub.reason=Gone+%26+away"
    )


def test_a_subscription_is_asked_with_its_lease_and_leaving_without() -> None:
    address = telling.verification(WANTED, TOPIC, "c-1")
    assert dict(parse_qsl(urlsplit(address).query)) == {
        "hub.mode": "subscribe",
        "hub.topic": TOPIC,
        "hub.challenge": "c-1",
        "hub.lease_seconds": "864000",
    }
    leaving = telling.verification(Wanted(Mode.UNSUBSCRIBE, WANTED.topic, WANTED.callback), TOPIC, "c-1")
    assert "lease" not in leaving


@pytest.mark.parametrize(
    ("answer", "is_confirmed"),
    [
        (b"c-1", True),
        (b"", False),
        (b"c-1\n", False),
        (b"C-1", False),
        (b"c-11", False),
        ("ü".encode(), False),
    ],
)
def test_only_the_challenge_confirms(answer: bytes, is_confirmed: bool) -> None:
    assert telling.is_confirmed(answer, "c-1") is is_confirmed


def test_the_content_goes_with_its_type_its_links_and_its_signature() -> None:
    told = telling.notification(
        TOPIC,
        HUBS,
        "application/atom+xml; charset=utf-8",
        "key",
        b"The quick brown fox jumps over the lazy dog",
    )
    assert told == {
        "Content-Type": "application/atom+xml; charset=utf-8",
        "Link": f'<{TOPIC}>; rel="self", <{HUBS[0]}>; rel="hub", <{HUBS[1]}>; rel="hub"',
        # The example that everybody has.
        "X-Hub-Signature": "sha256=f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8",
    }
    assert "X-Hub-Signature" not in telling.notification(TOPIC, HUBS, "text/plain", "", b"")


def test_a_ping() -> None:
    assert telling.ping(TOPIC) == (
        b"hub.mode=publish&hub.url=https%3A%2F%2Fspans.example%2Ftag%2Fa%2526b%2Fatom.xml"
    )


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_whatever_a_topic_is_called_it_comes_back_out_of_the_form(topic: str) -> None:
    assert parse_qsl(telling.ping(topic).decode(), keep_blank_values=True)[1] == ("hub.url", topic)


@pytest.mark.parametrize(
    ("own", "others", "told", "pinged"),
    [
        (False, (), (), ()),
        (True, (), ("https://spans.example/hub",), ()),
        (False, ("https://hub.example/",), ("https://hub.example/",), ("https://hub.example/",)),
        (
            True,
            ("https://hub.example/", "https://spans.example/hub", "https://hub.example/"),
            ("https://spans.example/hub", "https://hub.example/"),
            ("https://hub.example/",),
        ),
    ],
)
def test_our_hub_is_the_first_and_tells_itself_nothing(
    own: bool, others: tuple[str, ...], told: tuple[str, ...], pinged: tuple[str, ...]
) -> None:
    site = Site("Spans", "Ada", "https://spans.example/")
    publish = Publish(Path("public"), hub=own, hubs=others)
    assert (websub.hubs(site, publish), websub.others(site, publish)) == (told, pinged)
