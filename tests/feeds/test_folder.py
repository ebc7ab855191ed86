"""The published tree as a folder: whole files, untouched when they are the same."""

import gzip
import os
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import brotli
import pytest

from feeder.errors import PublishError
from feeder.feeds.publishers.folder import Folder
from feeder.model.feeds import Document

CHANGED = datetime(2026, 11, 20, 12, tzinfo=UTC)
OUTSIDE = ["../x", "tag/../../x", "/etc/feeder-x", "..", "tag/.."]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "public"


@pytest.fixture
def folder(root: Path) -> Iterator[Folder]:
    with closing(Folder(root)) as made:
        yield made


def put(folder: Folder, path: str, content: bytes, changed: datetime = CHANGED) -> bool:
    """Put one document; tell whether it was another, or none."""
    return folder.put([Document(path, content)], [changed]) == [path]


def files(root: Path) -> set[str]:
    """Return all files and folders but compressed copies."""
    found = {path.relative_to(root).as_posix() for path in root.rglob("*")}
    return {path for path in found if not path.endswith((".gz", ".br"))}


def test_a_document_is_put_where_it_belongs(folder: Folder, root: Path) -> None:
    assert put(folder, "tag/häfen/atom.xml", b"<feed/>")

    assert (root / "tag/häfen/atom.xml").read_bytes() == b"<feed/>"
    assert files(root) == {"tag", "tag/häfen", "tag/häfen/atom.xml"}


def test_many_are_put_at_once_and_those_that_changed_are_told_in_their_order(
    folder: Folder, root: Path
) -> None:
    documents = [Document(f"tag/{number}/atom.xml", str(number).encode()) for number in range(30)]
    times = [CHANGED] * 30
    assert folder.put(documents, times) == [document.path for document in documents]
    documents[7] = Document("tag/7/atom.xml", b"another")
    documents[3] = Document("tag/3/atom.xml", b"another")
    assert folder.put(documents, times) == ["tag/3/atom.xml", "tag/7/atom.xml"]
    assert folder.put([], []) == []


def test_a_files_time_is_that_of_its_bytes_and_of_its_copies(folder: Folder, root: Path) -> None:
    put(folder, "atom.xml", b"<feed/>")
    assert (root / "atom.xml").stat().st_mtime == CHANGED.timestamp()
    assert (root / "atom.xml.gz").stat().st_mtime == CHANGED.timestamp()


# ── Compressed copies ────────────────────────────────────────────────────────────────────────────


def test_texts_have_a_compressed_copy_and_pictures_none(root: Path) -> None:
    text = b"<feed>" + b"again and " * 500 + b"</feed>"
    with closing(Folder(root, brotli=True)) as folder:
        put(folder, "atom.xml", text)
        put(folder, "media/a.png", b"\x89PNG" + bytes(500))
    assert {path.name for path in root.rglob("*.*")} == {"atom.xml", "atom.xml.gz", "atom.xml.br", "a.png"}
    assert gzip.decompress((root / "atom.xml.gz").read_bytes()) == text
    assert brotli.decompress((root / "atom.xml.br").read_bytes()) == text
    assert (root / "atom.xml.gz").stat().st_size < len(text) / 10


def test_the_same_text_gives_the_same_copy(folder: Folder, root: Path) -> None:
    put(folder, "a.xml", b"<feed/>")
    put(folder, "b.xml", b"<feed/>")
    assert (root / "a.xml.gz").read_bytes() == (root / "b.xml.gz").read_bytes()


def bomb(length: int) -> bytes:
    return gzip.compress(bytes(10**6)) * (length // 10**6)  # copies may follow each other


@pytest.mark.parametrize(
    "damage",
    [b"", b"no gzip", gzip.compress(b"<feed>another</feed>"), gzip.compress(b"<feed/>")[:-3], bomb(10**8)],
    ids=["empty", "nonsense", "of another text", "cut off", "a bomb"],
)
def test_a_damaged_copy_is_made_again_and_the_text_not_touched(
    folder: Folder, root: Path, damage: bytes
) -> None:
    put(folder, "atom.xml", b"<feed/>")
    before = (root / "atom.xml").stat()
    (root / "atom.xml.gz").write_bytes(damage)
    assert folder.differs(Document("atom.xml", b"<feed/>"))
    assert put(folder, "atom.xml", b"<feed/>")
    assert gzip.decompress((root / "atom.xml.gz").read_bytes()) == b"<feed/>"
    assert (root / "atom.xml").stat().st_ino == before.st_ino


def test_a_copy_that_another_compressor_made_is_as_good(folder: Folder, root: Path) -> None:
    put(folder, "atom.xml", b"<feed/>")
    (root / "atom.xml.gz").write_bytes(gzip.compress(b"<feed/>", 9))
    assert not folder.differs(Document("atom.xml", b"<feed/>"))


def test_copies_go_with_their_document(root: Path) -> None:
    with closing(Folder(root, brotli=True)) as folder:
        put(folder, "tag/x/atom.xml", b"<feed/>")
        assert folder.remove("tag/x/atom.xml")
    assert list(root.rglob("*")) == []


# ── One document ─────────────────────────────────────────────────────────────────────────────────


def test_an_unchanged_document_is_not_touched(folder: Folder, root: Path) -> None:
    put(folder, "atom.xml", b"<feed/>")
    os.utime(root / "atom.xml", ns=(1, 1))
    before = (root / "atom.xml").stat()

    assert not put(folder, "atom.xml", b"<feed/>")

    after = (root / "atom.xml").stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


@pytest.mark.parametrize("content", [b"<feed>", b"", b"<longer/>"])
def test_a_changed_document_is_another_file(folder: Folder, root: Path, content: bytes) -> None:
    put(folder, "atom.xml", b"<feed/>")

    with (root / "atom.xml").open("rb") as reader:
        assert folder.differs(Document("atom.xml", content))
        assert put(folder, "atom.xml", content)
        assert reader.read() == b"<feed/>"

    assert (root / "atom.xml").read_bytes() == content


def test_what_a_killed_run_left_disappears(folder: Folder, root: Path) -> None:
    root.mkdir()
    (root / ".atom.xml.part").write_bytes(b"<fe")

    put(folder, "atom.xml", b"<feed/>")

    assert files(root) == {"atom.xml"}


def test_what_a_killed_run_left_goes_with_its_document(folder: Folder, root: Path) -> None:
    put(folder, "index.html", b"home")
    put(folder, "item/one/index.html", b"old")
    (root / "item/one/.index.html.part").write_bytes(b"ne")

    folder.remove("item/one/index.html")

    assert files(root) == {"index.html"}


def test_a_document_is_taken_off_with_the_folders_that_it_leaves_empty(folder: Folder, root: Path) -> None:
    put(folder, "item/one/index.html", b"1")
    put(folder, "item/two/index.html", b"2")

    assert folder.remove("item/one/index.html")

    assert files(root) == {"item", "item/two", "item/two/index.html"}
    assert folder.remove("item/two/index.html")
    assert not (root / "item").exists()


@pytest.mark.parametrize("path", ["atom.xml", "tag/none/atom.xml", "index.html/atom.xml"])
def test_taking_off_what_is_not_there_changes_nothing(folder: Folder, root: Path, path: str) -> None:
    put(folder, "index.html", b"home")

    assert not folder.remove(path)
    assert files(root) == {"index.html"}


@pytest.mark.parametrize("path", OUTSIDE)
def test_nothing_is_written_outside_the_tree(folder: Folder, tmp_path: Path, path: str) -> None:
    with pytest.raises(PublishError):
        put(folder, path, b"x")
    with pytest.raises(PublishError):
        folder.differs(Document(path, b"x"))

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", OUTSIDE)
def test_nothing_is_removed_outside_the_tree(folder: Folder, tmp_path: Path, path: str) -> None:
    (tmp_path / "x").write_bytes(b"mine")

    with pytest.raises(PublishError):
        folder.remove(path)

    assert (tmp_path / "x").read_bytes() == b"mine"


def test_a_folder_in_a_documents_place_is_told(folder: Folder, root: Path) -> None:
    (root / "atom.xml").mkdir(parents=True)

    with pytest.raises(PublishError) as caught:
        put(folder, "atom.xml", b"<feed/>")

    assert str(root / "atom.xml") in str(caught.value)
    with pytest.raises(PublishError):
        folder.remove("atom.xml")


def test_a_file_in_a_folders_place_is_told(folder: Folder, root: Path) -> None:
    put(folder, "tag", b"")

    with pytest.raises(PublishError) as caught:
        put(folder, "tag/x/atom.xml", b"<feed/>")

    assert isinstance(caught.value.__cause__, OSError)


def test_a_path_that_no_disk_takes_is_told(folder: Folder) -> None:
    with pytest.raises(PublishError):
        put(folder, "a" * 300 + "/atom.xml", b"<feed/>")
