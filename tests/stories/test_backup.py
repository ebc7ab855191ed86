"""A backup, and what comes after, as an owner does it: put over the site on PostgreSQL, and on a new machine."""

import json
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import MONDAY, Site, piece
from tests.postgresql_rig import a_database


@pytest.fixture
def kept(postgresql: str, site: Site) -> Iterator[Site]:
    """A site on PostgreSQL with a reader who has had an issue since the backup `site.zip` was made."""
    with a_database(postgresql) as address:
        site.settings["FEEDER_STORE__URL"] = address
        yield with_a_backup(site)


def with_a_backup(site: Site) -> Site:
    site.settings["FEEDER_SOURCES__CONTENT__ANNOUNCE"] = "true"
    site.write("one.md", piece("Why old bridges hum", "tags: [bridges]"))
    site.done("subscriber", "add", "reader@example.org")
    site.done("once")
    site.done("backup", "site.zip")
    site.now = MONDAY
    site.write("two.md", piece("The ferry that was a bridge", "tags: [bridges]"))
    site.done("once")
    assert len(site.mails()) == 1
    return site


def test_what_was_sent_since_is_not_sent_again(kept: Site) -> None:
    before = kept.done("subscriber", "show", "reader@example.org", "--json").json["cursor"]

    refused = kept.feeder("restore", "site.zip")
    assert refused.code == 1
    assert "has items or readers, which would be lost" in refused.err

    told = kept.done("restore", "site.zip", "--replace")
    assert "nothing that was sent since comes again" in told.out
    assert "stopped: all mail" in kept.done("status").out
    kept.done("once")
    kept.done("digest", "resume")
    kept.done("once")
    kept.now = "2026-11-30T08:00:00Z"
    kept.done("once")

    assert len(kept.mails()) == 1
    assert kept.done("subscriber", "show", "reader@example.org", "--json").json["cursor"] >= before
    assert "The ferry that was a bridge" in kept.page("atom.xml")


def test_a_new_machine_needs_the_file_alone(site: Site, tmp_path: Path) -> None:
    with_a_backup(site)
    new = Site(tmp_path / "new", settings=site.settings)
    new.folder.mkdir()
    shutil.copy(site.folder / "site.zip", new.folder / "site.zip")

    known = new.done("restore", "site.zip", "--json").json

    assert (known["known"], known["unknown"]) == (0, 1)
    assert "config/feeder.toml" in known["written"]
    assert "what 1 of 1 readers got since is not known" in new.done("status").out
    new.now = MONDAY
    new.done("once")
    assert not new.mails()
    assert "Why old bridges hum" in new.page("atom.xml")
    assert new.done("subscriber", "show", "reader@example.org", "--json").json["status"] == "active"


def test_a_backup_says_whether_it_is_whole(site: Site) -> None:
    site.done("backup", "site.zip")
    file = site.folder / "site.zip"

    told = site.done("backup", "site.zip", "--check", "--json")

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(told.out)["tables"]["keys"] == 1
    file.write_bytes(file.read_bytes()[:-9])
    broken = site.feeder("backup", "site.zip", "--check")
    assert (broken.code, broken.err) == (
        1,
        "feeder: the backup site.zip: is not whole, or no backup; take another one\n",
    )
    assert site.feeder("restore", "site.zip", "--replace").code == 1


def test_the_backup_of_another_site_is_refused(site: Site) -> None:
    site.done("backup", "site.zip")
    site.settings["FEEDER_SITE__ID"] = "another"

    told = site.feeder("restore", "site.zip")

    assert told.code == 2
    assert "is of a site whose ids begin otherwise" in told.err
