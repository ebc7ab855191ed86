"""No input makes the doctor fail."""

import json
import time
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.feeds import doctor
from feeder.feeds.doctor import Again, Report, Said, Subject
from tests.feeds.doctor.surgery import ATOM, JSON, NOW, RSS, SAMPLES, examine

MOST_CHARACTERS = 2_000
PATIENCE_SECONDS = 10
"""Ten times what it takes; what grows with the square takes longer."""
GOOD = [*(file.read_bytes() for file in sorted(SAMPLES.iterdir())), ATOM.encode(), RSS.encode()]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.sampled_from(sorted(JSON)), inner)
    ),
    max_leaves=12,
)


def all_said(report: Report) -> str:
    """Return all that people are told; it can be printed whatever it holds."""
    told = " ".join(map(str, report.findings))
    assert not {unicodedata.category(character) for character in told} & {"Cc", "Cs"}
    assert all(len(str(finding)) < MOST_CHARACTERS for finding in report.findings)
    return told


@given(st.binary(max_size=300))
def test_any_bytes(content: bytes) -> None:
    all_said(examine(content))


@given(
    st.binary(max_size=60),
    st.sampled_from(
        [b"<feed xmlns='http://www.w3.org/2005/Atom'>", b"<rss><channel>", b'{"items": [', b"\xff\xfe<"]
    ),
)
def test_any_bytes_after_a_beginning(rest: bytes, beginning: bytes) -> None:
    all_said(examine(beginning + rest))


@given(st.data())
def test_good_feeds_with_a_part_taken_out_moved_or_put_in(data: st.DataObject) -> None:
    content = data.draw(st.sampled_from(GOOD))
    for _ in range(data.draw(st.integers(1, 3))):
        start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(content))] * 2)))
        put = data.draw(st.binary(max_size=8) | st.just(content[start : start + 200]))
        content = content[:start] + put + content[min(end, start + 400) :]

    all_said(examine(content))


@given(st.data())
def test_good_feeds_with_other_words_between_their_tags(data: st.DataObject) -> None:
    parts = data.draw(st.sampled_from(GOOD)).decode().split(">")
    at = data.draw(st.integers(0, len(parts) - 1))
    words = data.draw(st.text(st.characters(codec="utf-8"), max_size=40))
    parts[at] = words.replace("<", "") + parts[at][parts[at].find("<") :]

    all_said(examine(">".join(parts)))


@given(st.data(), json_values)
def test_json_feeds_with_any_value_anywhere(data: st.DataObject, value: Any) -> None:
    feed = json.loads((SAMPLES / "eleventy.json").read_bytes())
    holder = data.draw(st.sampled_from([feed, *feed["items"], *feed["authors"], *feed["hubs"]]))
    holder[data.draw(st.sampled_from(sorted(holder)) | st.text())] = value

    all_said(examine(json.dumps(feed)))


@given(
    st.dictionaries(
        st.sampled_from(
            ["content-type", "etag", "last-modified", "cache-control", "content-encoding", "vary"]
        ),
        st.text(),
    ),
    st.text(),
    st.dictionaries(st.sampled_from(["self", "hub"]), st.text()),
    st.sampled_from(GOOD),
)
def test_servers_that_say_anything(
    headers: dict[str, str], url: str, links: dict[str, str], content: bytes
) -> None:
    said = Said(url, f"https://{url}", headers, links, Again(200, 0))

    all_said(doctor.examine(Subject(content, NOW, said)))


@pytest.mark.parametrize(
    "document",
    [
        "<rss version='2.0'><channel>" + "<item/>" * 25_000 + "</channel></rss>",
        "<feed xmlns='http://www.w3.org/2005/Atom'>" + "<entry><id>a</id></entry>" * 7_500 + "</feed>",
        "<feed xmlns='http://www.w3.org/2005/Atom'>" + "<link/>" * 25_000 + "</feed>",
        "<feed xmlns='http://www.w3.org/2005/Atom'>" + "\x08" * 125_000 + "</feed>",
        "<!DOCTYPE rss SYSTEM 'x'><rss version='2.0'><channel>" + "&eacute;" * 12_500 + "</channel></rss>",
        "<!--" * 50_000,
        "<?x" * 50_000,
        " " * 250_000 + "<!",
        '{"items": [' + "[]," * 25_000 + "[]]}",
        '{"items": [' + '{"id": "a", "id": "a"},' * 5_000 + "{}]}",
    ],
    ids=range(10),
)
def test_long_documents_take_no_long_time(document: str) -> None:
    start = time.process_time()  # what else goes on at the same time does not count

    assert examine(document).findings
    assert time.process_time() - start < PATIENCE_SECONDS
