"""Whatever has happened to what comes from others, it is read, or refused in our words: no parser crashes or hangs."""

import json
import random
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from io import StringIO
from itertools import count, takewhile
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl

import pytest

from feeder import net
from feeder.errors import ConfigurationError, DraftRefused, SourceError
from feeder.feeds import doctor
from feeder.feeds.doctor.subjects import Subject
from feeder.mail.webhooks import open_hooks
from feeder.mail.webhooks.calls import Unreadable
from feeder.model.hub import Wanted
from feeder.model.items import Draft, Kind
from feeder.model.settings import Site
from feeder.sources.syndication import documents, drafts
from feeder.sources.syndication.documents import Fetched
from feeder.sources.syndication.drafts import Manner
from feeder.sources.syndication.entries import Keyed, keyed, shared_ids
from feeder.sources.wordpress import wxr
from feeder.subscribers import records, writing
from feeder.websub import asking
from tests.accidents import befall
from tests.mail.webhooks import rig
from tests.mail.webhooks.rig import Poster

DATA = Path(__file__).with_name("data")
FEEDS = [file.read_bytes() for file in sorted((DATA / "feeds").iterdir())]
FEED_PIECES = [
    *(b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b"&#0;", b"&#xD800;", b"&#x110000;", b"]]>", b"<![CDATA["),
    *(b"<item>", b"</entry>", b"<div xmlns='http://www.w3.org/1999/xhtml'>", b"\0", b"\xff\xfe", b"\xef\xbb\xbf"),
    *(b"<?xml version='1.0' encoding='utf-16'?>", b"encoding='utf-7'", b"xml:base='http://[::1'", b"xml:lang=''"),
    *(b'{"items": [', b'"id": 1e400,', b"9999-12-31T23:59:59-23:59", b"Sat, 00 Jan 0000", b"\xed\xa0\x80", b"NaN"),
]  # fmt: skip
BLOG = [(DATA / "blog.wxr.xml").read_bytes()]
BLOG_PIECES = [
    *(b"<wp:post_date_gmt>0000-00-00 00:00:00</wp:post_date_gmt>", b"<wp:status>publish</wp:status>", b"<item>"),
    *(b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b"]]>", b"<![CDATA[", b"<!-- wp:image {", b"\0", b"[caption"),
]  # fmt: skip
FORMS = [
    b"hub.mode=subscribe&hub.topic=https%3A%2F%2Fspans.example%2Fatom.xml&hub.callback=https%3A%2F%2Freader.example%2Fa",
    b"hub.mode=unsubscribe&hub.topic=https://spans.example/rss.xml&hub.callback=http://reader.example:8080/?a=b",
    b"hub.mode=subscribe&hub.lease_seconds=864000&hub.secret=s3cret",
]
FORM_PIECES = [
    *(b"%", b"%00", b"%ff", b"&hub.lease_seconds=", b"9" * 30, b"\xd9\xa3", b"http://[", b"@", b":99999", b"#", b"%0d%0a"),
    *(b"https://spans.example/", b"/../", b"%2e%2e", b"\xe4\xb8\xad", b"&hub.secret=", b"x" * 300),
]  # fmt: skip
LISTS = [
    b'email,name,status\nada@example.org,"Ada, L.",active\nbo@example.org,Bo,"un\nsubscribed"\n',
    b'[{"email": "ada@example.org", "tags": ["a"]}, {"email": "bo@example.org"}]',
    b'{"email": "ada@example.org"}\n{"email": "bo@example.org", "more": {"a": null}}\n',
]
LIST_PIECES = [
    b'"',
    b'""',
    b"\0",
    b"\xff",
    b"\r",
    b"[" * 3000,
    b'{"',
    b"1e999",
    b"\\ud800",
    b";",
    b"\t",
    b"'=cmd()'",
]
EVENTS = [json.dumps(case["body"]).encode() for provider in rig.PROVIDERS for case in rig.cases(provider)]
EVENT_PIECES = [
    b"[" * 3000,
    b"1e400",
    b"NaN",
    b'"\\ud800"',
    b"\xff",
    b"\0",
    b"null",
    b"{}",
    b'"":',
    b"9" * 5000,
    b"-1",
]
HOOKS = open_hooks(rig.secrets(), net.Client)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SITE = Site(title="Spans", author="Ada", public_url="https://spans.example/")


class Parser(NamedTuple):
    """What reads something foreign, samples of that, and what may be put into them."""

    reads: Callable[[bytes, Path], None]
    samples: list[bytes]
    pieces: list[bytes]


def a_feed(content: bytes, _: Path) -> None:
    try:
        channel = documents.read(Fetched("the feed", content, "https://spans.example/feed"))
    except SourceError:
        return
    manner = Manner("the feed", channel, SITE, "", channel.title)
    for each in keyed(channel.entries, shared_ids(channel.entries)):
        try:
            made = drafts.draft(each, Kind.PIECE, manner) if isinstance(each, Keyed) else None
        except DraftRefused:
            continue
        assert made is None or made.key


def any_feed(content: bytes, _: Path) -> None:
    doctor.examine(Subject(content, NOW))


def a_blog(content: bytes, folder: Path) -> None:
    file = folder / "blog.xml"
    file.write_bytes(content)
    try:
        found = list(wxr.read(file))
    except SourceError:
        return
    assert all(isinstance(each, Draft | DraftRefused) for each in found)


def a_form_of_the_hub(content: bytes, _: Path) -> None:
    fields = dict(parse_qsl(content.decode("latin-1"), keep_blank_values=True))
    found = asking.read(fields, SITE.public_url)
    if isinstance(found, Wanted):
        assert found.callback.isascii()
        assert found.callback.isprintable()
        assert found.secret.isprintable()


def a_list_of_people(content: bytes, _: Path) -> None:
    try:
        form = writing.look("list", content)
    except ConfigurationError:
        return
    errors = "surrogateescape" if form.encoding.startswith("utf-8") else "replace"
    text = StringIO(content.decode(form.encoding, errors), newline="")
    for each in records.records(text, form):
        assert each.line > 0


def a_webhook(content: bytes, _: Path) -> None:
    for provider in ("postmark", "brevo", "sendgrid", "resend"):
        try:
            HOOKS[provider].read(Poster(provider).post(content), rig.NOW)
        except Unreadable:
            continue


PARSERS = {
    "feeds": Parser(a_feed, FEEDS, FEED_PIECES),
    "the doctor of feeds": Parser(any_feed, FEEDS, FEED_PIECES),
    "a WordPress export": Parser(a_blog, BLOG, BLOG_PIECES),
    "forms of the hub": Parser(a_form_of_the_hub, FORMS, FORM_PIECES),
    "webhooks": Parser(a_webhook, EVENTS, EVENT_PIECES),
    "lists of people": Parser(a_list_of_people, LISTS, LIST_PIECES),
}


@pytest.mark.parametrize("name", PARSERS)
def test_the_samples_are_read(name: str, tmp_path: Path) -> None:
    for sample in PARSERS[name].samples:
        PARSERS[name].reads(sample, tmp_path)


@pytest.mark.parametrize("name", PARSERS)
def test_whatever_happened_to_it_it_is_read_or_refused(name: str, tmp_path: Path) -> None:
    attack(PARSERS[name], name, (number < 200 for number in count()), tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("name", PARSERS)
def test_so_it_is_for_a_minute(
    name: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    end = time.monotonic() + 60
    times = attack(PARSERS[name], f"{time.time_ns()}", (time.monotonic() < end for _ in count()), tmp_path)
    record_property("read", times)


def attack(parser: Parser, seed: str, goes_on: Iterable[bool], folder: Path) -> int:
    """Read one mutant after the other; return how many there were."""
    chance, number = random.Random(seed), 0
    for number, _ in enumerate(takewhile(bool, goes_on), 1):
        content = befall(chance.choice(parser.samples), parser.samples, parser.pieces, chance)
        try:
            parser.reads(content, folder)
        except Exception as error:
            error.add_note(f"seed {seed!r}, number {number}: {content[:5000]!r}")
            raise
    return number
