"""All formats say the same, as programs read them that know nothing of feeder; and the same everywhere."""

import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from feeder.model.feeds import Feed
from tests.feeds.kits import reading
from tests.feeds.kits.samples import ALL, HUBS, SAMPLES, STONES, TAG, THREE, Press

HUBBED = Press(hubs=HUBS)
PAGELESS = Press(has_pages=False)


def read(press: Press, feed: Feed) -> list[reading.Feed]:
    made = press.live(SAMPLES, feed, STONES)
    return [reading.xml(made.atom), reading.xml(made.rss), reading.json_feed(made.json)]


# ── The same in all formats ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("press", [HUBBED, PAGELESS], ids=["with pages", "without"])
@pytest.mark.parametrize("feed", [ALL, TAG], ids=["everything", "a tag"])
def test_all_formats_agree_on_ids_dates_links_and_order(press: Press, feed: Feed) -> None:
    atom, rss, json_feed = read(press, feed)

    assert atom == rss == json_feed
    assert len(atom.items) == len(SAMPLES)


def test_they_agree_on_what_the_items_are() -> None:
    for format_ in read(HUBBED, ALL):
        for told, item in zip(format_.items, SAMPLES, strict=True):
            assert (told.id, told.title, told.published, told.updated) == (
                item.uid,
                item.title,
                item.posted,
                item.updated,
            )
            assert told.link == (item.url or f"https://ada.example/blog/{item.path}")
            assert told.language == item.language


def test_an_entry_says_the_same_in_every_feed_and_archive_that_lists_it() -> None:
    old = HUBBED.archive(1, replace(TAG, archives=2)).documents["tag/häfen/archive/1.xml"]

    entries = {
        made.partition(b"<entry")[2] for made in (HUBBED.live(THREE).atom, HUBBED.live(THREE, TAG).atom, old)
    }

    assert len(entries) == 1


# ── The same everywhere ──────────────────────────────────────────────────────────────────────────

PRINTER = """
import pickle, sys
from pathlib import Path
press, items, feed, tombstones = pickle.loads(Path(sys.argv[1]).read_bytes())
for made in (press.live(items, feed, tombstones), press.archive(1, feed, items)):
    for document in made.documents.values():
        sys.stdout.buffer.write(document)
"""


@pytest.mark.parametrize(
    "surroundings",
    [
        {"TZ": "Pacific/Kiritimati", "LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8", "PYTHONHASHSEED": "1"},
        {"TZ": "America/New_York", "LC_ALL": "C", "PYTHONHASHSEED": "4000", "PYTHONUTF8": "0"},
    ],
    ids=["far east, in German", "far west, in no language"],
)
def test_the_same_items_give_the_same_bytes_elsewhere(tmp_path: Path, surroundings: dict[str, str]) -> None:
    feed = replace(TAG, archives=1)
    (tmp_path / "asked").write_bytes(pickle.dumps((Press(hubs=HUBS), SAMPLES, feed, STONES)))

    told = subprocess.run(
        [sys.executable, "-c", PRINTER, tmp_path / "asked"],
        env={**os.environ, **surroundings},
        cwd=Path(__file__).parent.parent.parent,
        stdout=subprocess.PIPE,
        check=True,
    ).stdout

    here = [HUBBED.live(SAMPLES, feed, STONES), HUBBED.archive(1, feed, SAMPLES)]
    assert told == b"".join(document for made in here for document in made.documents.values())


def test_many_threads_at_once_give_the_same_bytes() -> None:
    expected = HUBBED.live(SAMPLES, TAG, STONES)

    with ThreadPoolExecutor(8) as threads:
        shared = [threads.submit(HUBBED.live, SAMPLES, TAG, STONES) for _ in range(16)]
        own = [threads.submit(lambda: Press(hubs=HUBS).live(SAMPLES, TAG, STONES)) for _ in range(16)]
        assert all(made.result() == expected for made in (*shared, *own))


def test_what_was_made_before_changes_nothing() -> None:
    used = Press(hubs=HUBS)
    used.live(SAMPLES[::-1])

    assert used.live(SAMPLES, TAG) == Press(hubs=HUBS).live(SAMPLES, TAG)
