"""The service watches its folders: what happens there is shown at once, whatever the interval says."""

import os
import re
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.error import HTTPError

import pytest

from tests.conftest import Service, Site, at_free_port, piece, running, until

SOON_SECONDS = 5
"""It takes a tenth of that, on a machine that has nothing else to do."""
LOOKS_SECONDS = 10
"""A folder that is not there, or a link that is turned, is looked for every few seconds."""

OLD = piece("The old pier", "tags: [piers]", "date: 2026-10-01")


@pytest.fixture
def watched(site: Site) -> Site:
    """A site whose folder is read by the clock once a day, so that else only watching finds what changes."""
    site.configure('path = "content"\nevery = "1d"', instead_of='path = "content"')
    site.write("old.md", OLD)
    return at_free_port(site)


@pytest.fixture
def service(watched: Site) -> Iterator[Service]:
    """The service of that site, when it has read the folder."""
    with running(watched) as started:
        assert started.shows("The old pier", "atom.xml")
        yield started


def shows(service: Service, text: str, path: str = "atom.xml", within_seconds: float = SOON_SECONDS) -> bool:
    return service.shows(text, path, within_seconds)


def loses(service: Service, text: str, path: str = "atom.xml", within_seconds: float = SOON_SECONDS) -> bool:
    """Wait until some text is no longer at an address."""
    return until(lambda: text not in service.get(path), within_seconds)


def is_not_found(service: Service, path: str) -> bool:
    try:
        service.get(path)
    except HTTPError as error:
        error.close()
        return error.code == 404
    return False


def uids(site: Site) -> dict[str, str]:
    """Return the ids of the items that are there, by title."""
    return {
        str(title): str(uid) for title, uid in asked(site, "SELECT title, uid FROM items WHERE gone IS NULL")
    }


def key(site: Site) -> str:
    """Return the key of the only item that is there."""
    ((found,),) = asked(site, "SELECT key FROM items WHERE gone IS NULL")
    return str(found)


def problems(site: Site) -> list[object]:
    """Return what is wrong with the sources."""
    return [problem for (problem,) in asked(site, "SELECT problem FROM sources WHERE problem IS NOT NULL")]


def asked(site: Site, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(site.folder / "feeder.db")) as store:
        return store.execute(query).fetchall()


def entry_ids(service: Service) -> dict[str, str]:
    """Return the ids of the entries in the feed, by title."""
    entries = re.findall(r"<entry>.*?</entry>", service.get("atom.xml"), re.DOTALL)
    return {_within(entry, "title"): _within(entry, "id") for entry in entries}


def _within(entry: str, element: str) -> str:
    (found,) = re.findall(rf"<{element}\b[^>]*>(.*?)</{element}>", entry)
    return str(found)


def settled(service: Service, site: Site) -> tuple[str, dict[str, int], dict[str, str]]:
    """Wait until nothing is read and published any more, and return what was logged, written and stored."""
    looked = (service.log.read_text(), site.stamps(), uids(site))
    while True:
        time.sleep(0.5)
        before, looked = looked, (service.log.read_text(), site.stamps(), uids(site))
        if looked == before:
            return looked


# ── Files ────────────────────────────────────────────────────────────────────────────────────────


def test_a_new_file_a_changed_one_and_a_deleted_one(watched: Site, service: Service) -> None:
    watched.write("quay.md", piece("A new quay", "tags: [quays]"))
    assert shows(service, "A new quay")
    assert shows(service, "A new quay", "tag/quays/atom.xml")
    first = uids(watched)
    assert set(first) == {"The old pier", "A new quay"}

    watched.write("quay.md", piece("A mended quay", "tags: [quays]"))
    assert shows(service, "A mended quay")
    assert "A new quay" not in service.get("atom.xml")
    assert uids(watched)["A mended quay"] == first["A new quay"]

    (watched.folder / "content" / "quay.md").unlink()
    assert loses(service, "A mended quay")
    assert until(lambda: is_not_found(service, "item/a-new-quay/"), SOON_SECONDS)
    assert uids(watched) == {"The old pier": first["The old pier"]}


def test_a_renamed_file_keeps_its_id(watched: Site, service: Service) -> None:
    content = watched.folder / "content"
    before = (uids(watched), entry_ids(service))
    published = service.get("atom.xml")

    (content / "old.md").rename(content / "renamed.md")
    assert until(lambda: key(watched) == "renamed", SOON_SECONDS)
    (content / "years").mkdir()
    (content / "renamed.md").rename(content / "years" / "2026.md")
    assert until(lambda: key(watched) == "years/2026", SOON_SECONDS)

    assert (uids(watched), entry_ids(service)) == before
    assert service.get("atom.xml") == published


def test_a_file_that_an_editor_puts_in_the_place_of_another(watched: Site, service: Service) -> None:
    content = watched.folder / "content"
    before = uids(watched)
    (content / ".old.md.part").write_text(OLD.replace("old pier", "mended pier"), "utf-8")
    (content / ".old.md.part").replace(content / "old.md")

    assert shows(service, "The mended pier")

    # As vim saves: the old one goes aside, and a new one is written.
    (content / "old.md").rename(content / "old.md~")
    (content / "old.md").write_text(OLD.replace("old pier", "painted pier"), "utf-8")
    (content / "old.md~").unlink()
    assert shows(service, "The painted pier")
    assert list(uids(watched).values()) == list(before.values())


def test_a_folder_of_many_files_that_comes_at_once(watched: Site, service: Service) -> None:
    for number in range(200):
        watched.write(
            f"harbour/{number % 7}/{number}.md", piece(f"Berth {number}.", f"tags: [berth {number}]")
        )

    for number in (0, 99, 199):
        assert shows(service, f"Berth {number}.", f"tag/berth-{number}/atom.xml", LOOKS_SECONDS)
    shutil.rmtree(watched.folder / "content" / "harbour" / "3")
    assert until(lambda: is_not_found(service, "item/berth-3/"), SOON_SECONDS)
    assert shows(service, "Berth 4.", "item/berth-4/")


@pytest.mark.parametrize("cut", [30, 60])
def test_a_file_that_is_written_in_two_halves_ends_complete(
    watched: Site, service: Service, cut: int
) -> None:
    text = piece("Slowly written", "tags: [slow]", body="The first half.\n\nThe second half.")
    assert len(text) > cut
    with (watched.folder / "content" / "slow.md").open("w", encoding="utf-8") as file:
        file.write(text[:cut])
        file.flush()
        time.sleep(0.5)
        file.write(text[cut:])

    assert shows(service, "The second half.", "item/slowly-written/")
    assert "The first half." in service.get("item/slowly-written/")
    assert shows(service, "Slowly written", "tag/slow/atom.xml")
    assert until(lambda: problems(watched) == [], SOON_SECONDS)
    assert "Traceback" not in service.log.read_text()


def test_hidden_and_temporary_files_do_nothing(watched: Site, service: Service) -> None:
    content = watched.folder / "content"
    before = settled(service, watched)
    bad = "---\ntitle: [no\n"

    for name in (".old.md.swp", ".old.md.swx", "old.md~", "#old.md#", "4913", "old.md.tmp", ".git/x.md"):
        (content / name).parent.mkdir(exist_ok=True)
        (content / name).write_text(bad, "utf-8")
    (content / ".#old.md").symlink_to("ada@desk.1234:1")
    (content / ".old.md.swp").unlink()
    (content / ".old.md.swx").rename(content / ".another.md")
    (content / "4913").unlink()
    time.sleep(1)

    assert (service.log.read_text(), watched.stamps(), uids(watched)) == before
    watched.write("quay.md", piece("A new quay"))
    assert shows(service, "A new quay")
    assert "not taken" not in service.log.read_text()


def test_a_bad_file_is_complained_of_once_and_taken_when_it_is_mended(
    watched: Site, service: Service
) -> None:
    watched.write("bad.md", "---\ntitle: [no\n---\n")
    assert until(lambda: "bad.md" in service.log.read_text(), SOON_SECONDS)
    watched.write("quay.md", piece("A new quay"))
    assert shows(service, "A new quay")

    watched.write("bad.md", piece("Good again"))

    assert shows(service, "Good again")
    assert until(lambda: problems(watched) == [], SOON_SECONDS)


def test_a_picture_that_is_painted_over(watched: Site, service: Service) -> None:
    picture = watched.folder / "content" / "seen.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 100)
    watched.write("shown.md", piece("A piece with a picture", "image: seen.png"))
    assert shows(service, "A piece with a picture", "item/a-piece-with-a-picture/")
    assert until(lambda: len(shown_pictures(watched)) == 1, SOON_SECONDS)
    before = shown_pictures(watched)

    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\1" * 200)

    assert until(lambda: bool(shown_pictures(watched) - before), SOON_SECONDS)


def shown_pictures(site: Site) -> set[bytes]:
    return {content for path, content in site.tree().items() if path.endswith(".png")}


# ── The folder itself ────────────────────────────────────────────────────────────────────────────


def remove(content: Path) -> None:
    shutil.rmtree(content)


def move_away(content: Path) -> None:
    content.rename(content.with_name("away"))


@pytest.mark.parametrize("goes", [remove, move_away])
def test_a_folder_that_goes_loses_nothing_and_is_watched_when_it_is_back(
    watched: Site, service: Service, goes: Callable[[Path], None]
) -> None:
    content = watched.folder / "content"
    before = uids(watched)
    goes(content)
    assert until(lambda: "the folder cannot be read" in service.log.read_text(), SOON_SECONDS)
    assert uids(watched) == before
    assert "The old pier" in service.get("atom.xml")

    content.mkdir()
    watched.write("old.md", OLD)
    watched.write("quay.md", piece("A new quay"))

    assert shows(service, "A new quay", within_seconds=LOOKS_SECONDS)
    assert uids(watched)["The old pier"] == before["The old pier"]
    assert until(lambda: problems(watched) == [], SOON_SECONDS)
    watched.write("old.md", OLD.replace("old pier", "mended pier"))
    assert shows(service, "The mended pier")


def test_a_folder_that_another_takes_the_place_of(watched: Site, service: Service) -> None:
    content = watched.folder / "content"
    shutil.copytree(content, watched.folder / "next")
    content.rename(watched.folder / "before")
    (watched.folder / "next").rename(content)

    watched.write("quay.md", piece("A new quay"))

    assert shows(service, "A new quay", within_seconds=LOOKS_SECONDS)
    (watched.folder / "before" / "old.md").unlink()
    watched.write("pier.md", piece("A new pier"))
    assert shows(service, "A new pier")
    assert "The old pier" in service.get("atom.xml")


def test_a_folder_that_is_a_link_which_is_turned(watched: Site) -> None:
    content = watched.folder / "content"
    content.rename(watched.folder / "one")
    content.symlink_to("one")
    with running(watched) as service:
        assert service.shows("The old pier", "atom.xml")
        shutil.copytree(watched.folder / "one", watched.folder / "two")
        (watched.folder / "two" / "quay.md").write_text(piece("A new quay"), "utf-8")
        (watched.folder / "link").symlink_to("two")
        os.replace(watched.folder / "link", content)  # noqa: PTH105 - Path.replace says no more

        assert shows(service, "A new quay", within_seconds=LOOKS_SECONDS)
        watched.write("quay.md", piece("A mended quay"))
        assert shows(service, "A mended quay")


def test_a_folder_that_is_not_there_at_the_start(watched: Site) -> None:
    content = watched.folder / "content"
    shutil.rmtree(content)
    with running(watched) as service:
        assert until(lambda: "the folder cannot be read" in service.log.read_text(), SOON_SECONDS)

        content.mkdir()
        watched.write("quay.md", piece("A new quay"))

        assert shows(service, "A new quay", within_seconds=LOOKS_SECONDS)


def test_two_folders_are_watched_each_on_its_own(watched: Site) -> None:
    watched.configure('[sources.notes]\npath = "notes"\nevery = "1d"')
    notes = watched.folder / "notes"
    notes.mkdir()
    with running(watched) as service:
        assert service.shows("The old pier", "atom.xml")
        shutil.rmtree(notes)
        watched.write("quay.md", piece("A new quay"))
        assert shows(service, "A new quay")

        notes.mkdir()
        (notes / "tide.md").write_text(piece("On tides"), "utf-8")

        assert shows(service, "On tides", within_seconds=LOOKS_SECONDS)
