"""A backup is one file that says when it is not whole, and puts back what it has and nothing else."""

import json
import stat
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from feeder.app import App
from feeder.errors import StoreError
from feeder.model.subscribers import Subscriber
from feeder.workflows import backup, gate, letters, oversee, subscribe
from feeder.workflows.backup import Manifest
from tests.workflows.conftest import NOON
from tests.workflows.consent_rig import ask
from tests.workflows.test_send import HOUR, a_round

Add = Callable[..., Subscriber]
Put = Callable[..., None]
Mails = Callable[[], list[object]]


def quietly(work: Iterable[Any], _total: int) -> Iterable[Any]:
    return work


def make(app: App, file: Path) -> Manifest:
    configuration = app.settings.folder / "config" / "feeder.toml"
    configuration.parent.mkdir(exist_ok=True)
    configuration.write_text("[site]\n")
    return backup.make(app.store, app.settings, configuration, app.space, file, NOON, quietly)


@pytest.fixture
def file(app: App, tmp_path: Path) -> Path:
    """A backup of a site with a text, templates, a key and something that is none of its own."""
    folder = app.settings.folder
    for name in ("content/a.md", "content/.git/x", "templates/b.jinja", "keys/s.pem", "public/index.html"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    (folder / "keys/s.pem").chmod(0o600)
    make(app, tmp_path / "site.zip")
    return tmp_path / "site.zip"


def test_it_has_all_that_is_the_sites_own_and_nobody_else_reads_it(file: Path, app: App) -> None:
    manifest = backup.check(file)

    assert list(manifest.files) == ["config/feeder.toml", "keys/s.pem", "templates/b.jinja", "content/a.md"]
    assert (manifest.made, manifest.space) == (NOON, app.space)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [each.name for each in file.parent.glob(".*")] == []


def test_files_come_back_with_their_rights_where_there_are_none(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    (folder / "content").mkdir(parents=True)
    (folder / "content/a.md").write_text("changed since")

    unpacked = backup.unpack(file, backup.check(file), folder)

    assert unpacked.differing == ["content/a.md"]
    assert (folder / "content/a.md").read_text() == "changed since"
    assert (folder / "keys/s.pem").read_text() == "keys/s.pem"
    assert stat.S_IMODE((folder / "keys/s.pem").stat().st_mode) == 0o600
    assert backup.unpack(file, backup.check(file), folder).written == []


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.9, 0.999])
def test_a_file_that_was_cut_is_not_whole(file: Path, share: float) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * share)])

    with pytest.raises(StoreError, match="backup"):
        backup.check(file)


def test_every_changed_byte_of_what_it_holds_is_found(file: Path) -> None:
    content = file.read_bytes()
    with zipfile.ZipFile(file) as archive:
        entry = archive.getinfo("tables/facts.jsonl")
    start = entry.header_offset + 80
    for place in range(start, start + entry.compress_size - 60, 37):
        file.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(StoreError, match="backup"):
            backup.check(file)


def rewritten(file: Path, change: Callable[[dict[str, Any]], None], **members: bytes) -> None:
    """Write a backup anew with another manifest, and other members."""
    with zipfile.ZipFile(file) as archive:
        content = {name: archive.read(name) for name in archive.namelist()} | members
    said = json.loads(content["manifest.json"])
    change(said)
    content["manifest.json"] = json.dumps(said).encode()
    with zipfile.ZipFile(file, "w") as archive:
        for name, each in content.items():
            archive.writestr(name, each)


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said.update(format=2),
        lambda said: said.update(made="yesterday"),
        lambda said: said.update(revision="head"),
        lambda said: said.update(tables=[]),
        lambda said: said.pop("space"),
        lambda said: said["tables"]["facts"].update(count=99),
        lambda said: said["tables"].update(other={"count": 0, "sha256": ""}),
        lambda said: said["files"]["content/a.md"].update(sha256="0"),
    ],
)
def test_a_manifest_that_does_not_fit_is_told(file: Path, change: Callable[[dict[str, Any]], None]) -> None:
    rewritten(file, change)

    with pytest.raises(StoreError, match="backup"):
        backup.check(file)


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "content/../../evil", "outside/evil"])
def test_no_file_goes_elsewhere(file: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "new"
    folder.mkdir()
    (folder / "outside").symlink_to(tmp_path)

    def move(said: dict[str, Any]) -> None:
        said["files"] = {name: said["files"]["content/a.md"]}

    rewritten(file, move, **{f"files/{name}": b"content/a.md"})

    with pytest.raises(StoreError, match="is no file of a site"):
        backup.unpack(file, backup.check(file), folder)
    assert not (tmp_path / "evil").exists()


def test_one_that_cannot_be_written_leaves_the_former(file: Path, app: App) -> None:
    before = file.read_bytes()

    def break_off(work: Iterable[Any], _total: int) -> Iterable[Any]:
        yield from list(work)[:9]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backup.make(
            app.store,
            app.settings,
            app.settings.folder / "config/feeder.toml",
            app.space,
            file,
            NOON,
            break_off,
        )
    with pytest.raises(StoreError, match="cannot be written"):
        make(app, file.parent / "nowhere" / "site.zip")

    assert file.read_bytes() == before
    assert [each.name for each in file.parent.glob(".*")] == []


def test_after_it_is_put_back_no_mail_leaves_until_a_person_says_so(
    app: App, file: Path, add: Add, put: Put, mails: Mails
) -> None:
    put("a", NOON)
    add("ada@example.org", welcome=1)
    manifest = make(app, file)
    a_round(app, NOON)
    assert len(mails()) == 1

    known = backup.put_back(app.store, file, manifest, NOON + HOUR, quietly)
    ask(app, "bo@example.org", NOON + HOUR)
    add("cy@example.org", welcome=1, at=NOON + HOUR)
    subscribe.answer(app.store, app.settings.signup, NOON + HOUR)
    assert not letters.send(app.store, app.post, lambda: NOON + HOUR, stopped=lambda: False)
    a_round(app, NOON + HOUR)
    assert (known.readers, known.unknown, len(mails())) == (1, 0, 1)

    assert oversee.resume(app.store, "")
    letters.send(app.store, app.post, lambda: NOON + HOUR, stopped=lambda: False)
    a_round(app, NOON + HOUR)
    assert len(mails()) == 3, "one letter, one welcome, and the welcome of before not again"


def test_what_opened_the_gate_comes_back_with_the_store(app: App, file: Path) -> None:
    gate.force(app.store, "a relay", NOON)
    manifest = make(app, file)
    gate.note(app.store, [], NOON + HOUR)

    backup.put_back(app.store, file, manifest, NOON + HOUR, quietly)

    with app.store.reading() as tx:
        assert gate.known_of(tx).reason == "a relay"
    assert replace(manifest, made=NOON) == manifest
