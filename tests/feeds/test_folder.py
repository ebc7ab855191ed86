"""The published tree as a folder: whole files, untouched when they are the same."""

import os
from pathlib import Path

import pytest

from feeder.errors import PublishError
from feeder.feeds.publishers.folder import Folder
from feeder.model.feeds import Document

OUTSIDE = ["../x", "tag/../../x", "/etc/feeder-x", "..", "tag/.."]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "public"


@pytest.fixture
def folder(root: Path) -> Folder:
    return Folder(root)


def files(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*")}


def test_a_document_is_put_where_it_belongs(folder: Folder, root: Path) -> None:
    assert folder.put(Document("tag/häfen/atom.xml", b"<feed/>"))

    assert (root / "tag/häfen/atom.xml").read_bytes() == b"<feed/>"
    assert files(root) == {"tag", "tag/häfen", "tag/häfen/atom.xml"}


def test_an_unchanged_document_is_not_touched(folder: Folder, root: Path) -> None:
    folder.put(Document("atom.xml", b"<feed/>"))
    os.utime(root / "atom.xml", ns=(1, 1))
    before = (root / "atom.xml").stat()

    assert not folder.put(Document("atom.xml", b"<feed/>"))

    after = (root / "atom.xml").stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


@pytest.mark.parametrize("content", [b"<feed>", b"", b"<longer/>"])
def test_a_changed_document_is_another_file(folder: Folder, root: Path, content: bytes) -> None:
    folder.put(Document("atom.xml", b"<feed/>"))

    with (root / "atom.xml").open("rb") as reader:
        assert folder.differs(Document("atom.xml", content))
        assert folder.put(Document("atom.xml", content))
        assert reader.read() == b"<feed/>"

    assert (root / "atom.xml").read_bytes() == content


def test_what_a_killed_run_left_disappears(folder: Folder, root: Path) -> None:
    root.mkdir()
    (root / ".atom.xml.part").write_bytes(b"<fe")

    folder.put(Document("atom.xml", b"<feed/>"))

    assert files(root) == {"atom.xml"}


def test_what_a_killed_run_left_goes_with_its_document(folder: Folder, root: Path) -> None:
    folder.put(Document("index.html", b"home"))
    folder.put(Document("item/one/index.html", b"old"))
    (root / "item/one/.index.html.part").write_bytes(b"ne")

    folder.remove("item/one/index.html")

    assert files(root) == {"index.html"}


def test_a_document_is_taken_off_with_the_folders_that_it_leaves_empty(folder: Folder, root: Path) -> None:
    folder.put(Document("item/one/index.html", b"1"))
    folder.put(Document("item/two/index.html", b"2"))

    assert folder.remove("item/one/index.html")

    assert files(root) == {"item", "item/two", "item/two/index.html"}
    assert folder.remove("item/two/index.html")
    assert not (root / "item").exists()


@pytest.mark.parametrize("path", ["atom.xml", "tag/none/atom.xml", "index.html/atom.xml"])
def test_taking_off_what_is_not_there_changes_nothing(folder: Folder, root: Path, path: str) -> None:
    folder.put(Document("index.html", b"home"))

    assert not folder.remove(path)
    assert files(root) == {"index.html"}


@pytest.mark.parametrize("path", OUTSIDE)
def test_nothing_is_written_outside_the_tree(folder: Folder, tmp_path: Path, path: str) -> None:
    for attempt in (folder.put, folder.differs):
        with pytest.raises(PublishError):
            attempt(Document(path, b"x"))

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
        folder.put(Document("atom.xml", b"<feed/>"))

    assert str(root / "atom.xml") in str(caught.value)
    with pytest.raises(PublishError):
        folder.remove("atom.xml")


def test_a_file_in_a_folders_place_is_told(folder: Folder, root: Path) -> None:
    folder.put(Document("tag", b""))

    with pytest.raises(PublishError) as caught:
        folder.put(Document("tag/x/atom.xml", b"<feed/>"))

    assert isinstance(caught.value.__cause__, OSError)


def test_a_path_that_no_disk_takes_is_told(folder: Folder) -> None:
    with pytest.raises(PublishError):
        folder.put(Document("a" * 300 + "/atom.xml", b"<feed/>"))
