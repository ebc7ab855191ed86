"""What a subscriber may ask, and what is told to whoever asks for something else."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.markup import urls
from feeder.model.hub import Mode, Wanted, host_of
from feeder.websub import asking, terms
from feeder.websub.asking import Refusal

PUBLIC = "https://spans.example/works/"
CALLBACK = "https://reader.example/cb?id=7"
GOOD = {
    "hub.mode": "subscribe",
    "hub.topic": f"{PUBLIC}tag/%E6%B8%AF%E5%8F%A3/atom.xml",
    "hub.callback": CALLBACK,
}


def read(**others: str) -> Wanted | Refusal:
    return asking.read(GOOD | {f"hub.{name}": value for name, value in others.items()}, PUBLIC)


def test_the_least_that_can_be_asked() -> None:
    assert read() == Wanted(Mode.SUBSCRIBE, "tag/港口/atom.xml", CALLBACK, terms.LEASE)


def test_all_that_can_be_asked() -> None:
    wanted = read(mode="unsubscribe", secret="s3cret", lease_seconds="86400", verify="sync", unknown="x")
    assert wanted == Wanted(Mode.UNSUBSCRIBE, "tag/港口/atom.xml", CALLBACK, timedelta(days=1), "s3cret")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mode", ""),
        ("mode", "publish"),
        ("mode", "Subscribe"),
        ("mode", "denied"),
        ("callback", ""),
        ("callback", "reader.example"),
        ("callback", "/cb"),
        ("callback", "ftp://reader.example/"),
        ("callback", "file:///etc/passwd"),
        ("callback", "https://ada:secret@reader.example/"),
        ("callback", "https://reader.example/#part"),
        ("callback", "https://reader.example/a b"),
        ("callback", "https://reader.example/\r\nX: y"),
        ("callback", "https://reader.example\\@inside.example/"),
        ("callback", "https://reader.example:25/"),
        ("callback", "https://reader.example:0/"),
        ("callback", "https://reader.example:99999/"),
        ("callback", "https://lesér.example/"),
        ("callback", f"https://reader.example/{'a' * 2000}"),
        ("secret", "a" * 200),
        ("secret", "schlüssel"),
        ("secret", "a\nb"),
        ("lease_seconds", "soon"),
        ("lease_seconds", "-1"),
        ("lease_seconds", "1.5"),
        ("lease_seconds", "²"),
        ("lease_seconds", "9" * 13),
    ],
)
def test_what_is_asked_wrongly_is_told_in_words(field: str, value: str) -> None:
    refusal = read(**{field: value})
    assert isinstance(refusal, Refusal)
    assert (refusal.status, refusal.words.partition(" ")[0]) == (400, f"hub.{field}")


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "https://spans.example/works",
        PUBLIC,
        "https://spans.example/works/tag/港口/atom.xml",
        "https://spans.example/works/tag/%e6%b8%af%e5%8f%a3/atom.xml",
        "http://spans.example/works/atom.xml",
        "https://other.example/works/atom.xml",
        "https://spans.example/works/atom.xml?x",
        "https://spans.example/works/atom.xml#x",
        "https://spans.example/works//atom.xml",
        "https://spans.example/works/%61tom.xml",
        "https://spans.example/works/%FF/atom.xml",
    ],
)
def test_a_topic_that_is_no_address_of_ours_to_the_letter_is_not_found(topic: str) -> None:
    assert read(topic=topic) == Refusal(404, asking.UNKNOWN_TOPIC)


@pytest.mark.parametrize("port", ["", ":80", ":443", ":1024", ":8443"])
def test_ports_of_web_servers(port: str) -> None:
    assert isinstance(read(callback=f"http://reader.example{port}/"), Wanted)


@pytest.mark.parametrize(
    ("seconds", "lease"),
    [
        ("", terms.LEASE),
        ("0", terms.LEASE),
        ("60", timedelta(hours=1)),
        ("7200", timedelta(hours=2)),
        ("999999999999", timedelta(days=30)),
    ],
)
def test_leases_have_bounds(seconds: str, lease: timedelta) -> None:
    wanted = read(lease_seconds=seconds)
    assert isinstance(wanted, Wanted)
    assert wanted.lease == lease


def test_hosts_are_compared_however_they_are_written() -> None:
    hosts = {
        host_of(f"https://{host}/") for host in ("reader.example", "READER.example:443", "Reader.example.")
    }
    assert hosts == {"reader.example"}


def test_callbacks_and_secrets_are_kept_out_of_messages() -> None:
    assert "reader.example" not in repr(read(secret="s3cret"))
    assert "s3cret" not in repr(read(secret="s3cret"))


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda path: path[0] != "/"))
def test_the_path_of_each_address_of_ours_is_found_again(path: str) -> None:
    assert asking.topic_of(urls.absolute(PUBLIC, path), PUBLIC) == path


@given(st.text(max_size=40), st.text(max_size=40))
def test_whatever_is_asked_is_answered_and_leads_nowhere_else(topic: str, callback: str) -> None:
    for start, host in ((PUBLIC, "https://reader.example"), ("", "")):
        found = read(topic=f"{start}{quote(topic)}", callback=f"{host}{callback}")
        assert isinstance(found, Refusal) or urls.absolute(PUBLIC, found.topic).startswith(PUBLIC)
