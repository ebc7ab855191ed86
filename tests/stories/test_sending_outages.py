"""The database stops, or the disk is full, while an issue goes out.

Whoever sends says so in one line and ends; the next goes on. Nothing is lost, and little doubled.
"""

import random
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.disk_rig import Disk, a_disk
from tests.mailing_rig import CONNECTIONS, GROUP, Mailing, a_mailing, all_came
from tests.postgresql_rig import Server, a_server

SEED = 20261129
DISK = "24m"
"""Room for a site with two thousand readers, and as much again."""
DATABASES_DISK = "128m"
"""Room for a server of PostgreSQL with the same."""

_READERS_AN_OUTAGE = 400

Figures = Callable[[str, object], None]
"""Where figures of a test are told, for `--junitxml`."""

senders = pytest.mark.parametrize("workers", [1, 3], ids=["one", "three"])
three_at_once = pytest.mark.parametrize(
    "workers", [pytest.param(1, marks=pytest.mark.soak), 3], ids=["one", "three"]
)


def ends_well(mailing: Mailing, outages: int, figures: Figures) -> None:
    """Let the issue be sent to its end, and look at what came of it."""
    mailing.start()
    mailing.wait()
    mailing.finish()
    allowed = outages * mailing.workers * CONNECTIONS * GROUP + mailing.host.dropped
    figures("outages", outages)
    figures("doubled", f"{mailing.doubled} of {allowed}")
    assert mailing.doubled <= allowed
    all_came(mailing)


def is_told(mailing: Mailing, what: str) -> bool:
    """Tell whether all that senders said are lines of ours, and some of them name what is wrong with the store."""
    lines = mailing.log.read_text().splitlines()
    assert [line for line in lines if not line.startswith("feeder: ")] == []
    return any("the store: cannot be used" in line and what in line for line in lines)


def next_one_says_so(mailing: Mailing) -> None:
    """Assert that whoever begins now says in one line what cannot be used."""
    told = mailing.site.feeder("digest", "send")
    assert told.code == 1
    assert len(told.complaints) == 1, told
    assert re.match(r"feeder: the (store: cannot be used|lock \S+: cannot be taken) \(", told.err), told


# ── The database stops ───────────────────────────────────────────────────────────────────────────


def survives_stops(
    server: Server, folder: Path, workers: int, seed: str, hows: list[str], figures: Figures
) -> None:
    """Stop the database again and again while an issue goes out."""
    chance = random.Random(seed)
    url, readers = f"{server.address}/postgres", _READERS_AN_OUTAGE * len(hows)
    with a_mailing(folder, url, workers, seed, readers) as mailing:
        for how in hows:
            mailing.go_on(chance.randint(1, _READERS_AN_OUTAGE // 2))
            server.stop(how)
            mailing.wait()
            next_one_says_so(mailing)
            server.start()
        assert is_told(mailing, "connection")
        ends_well(mailing, len(hows), figures)


@three_at_once
def test_a_database_that_stops_and_is_started_again_loses_nothing(
    postgresql_server: Server, tmp_path: Path, workers: int, record_property: Figures
) -> None:
    seed, hows = f"{SEED} {workers}", ["immediate"]
    survives_stops(postgresql_server, tmp_path / "site", workers, seed, hows, record_property)


@three_at_once
def test_a_database_that_is_back_at_once_doubles_nothing(
    postgresql_server: Server, tmp_path: Path, workers: int
) -> None:
    url = f"{postgresql_server.address}/postgres"
    with a_mailing(tmp_path / "site", url, workers, f"{SEED} at once", _READERS_AN_OUTAGE) as mailing:
        mailing.go_on(_READERS_AN_OUTAGE // 4)
        postgresql_server.stop("immediate")
        postgresql_server.start()
        mailing.wait()
        mailing.start()
        mailing.wait()
        mailing.finish()
        assert mailing.doubled <= mailing.host.dropped
        all_came(mailing)


@pytest.mark.soak
@senders
@pytest.mark.parametrize("part", range(5))
def test_one_that_stops_again_and_again_loses_nothing(
    postgresql_server: Server, tmp_path: Path, workers: int, part: int, record_property: Figures
) -> None:
    seed, hows = f"{SEED} {workers} {part}", ["fast", "immediate", "killed"] * 2
    survives_stops(postgresql_server, tmp_path / "site", workers, seed, hows, record_property)


# ── The disk is full ─────────────────────────────────────────────────────────────────────────────


def survives_full_disks(disk: Disk, workers: int, seed: str, times: int, figures: Figures) -> None:
    """Fill the disk of a site again and again while an issue goes out, and make room again."""
    chance = random.Random(seed)
    with a_mailing(disk.folder, "", workers, seed, _READERS_AN_OUTAGE * times) as mailing:
        for _ in range(times):
            mailing.go_on(chance.randint(1, _READERS_AN_OUTAGE // 2))
            disk.fill()
            mailing.wait()
            disk.fill()
            next_one_says_so(mailing)
            disk.empty()
        assert is_told(mailing, "full")
        ends_well(mailing, times, figures)


@three_at_once
def test_a_site_whose_disk_is_full_for_a_while_loses_nothing(
    tmp_path: Path, workers: int, record_property: Figures
) -> None:
    with a_disk(tmp_path / "site", DISK) as disk:
        survives_full_disks(disk, workers, f"{SEED} {workers}", 1, record_property)


@pytest.mark.soak
@senders
@pytest.mark.parametrize("part", range(5))
def test_one_whose_disk_is_full_again_and_again_loses_nothing(
    tmp_path: Path, workers: int, part: int, record_property: Figures
) -> None:
    with a_disk(tmp_path / "site", DISK) as disk:
        survives_full_disks(disk, workers, f"{SEED} {workers} {part}", 6, record_property)


@pytest.fixture
def full_server(postgresql_programs: Path) -> Iterator[tuple[Disk, Server]]:
    """A PostgreSQL server whose disk a test may fill."""
    with tempfile.TemporaryDirectory(prefix="feeder-disk-") as folder:
        Path(folder).chmod(0o711)  # the server is another user's
        with (
            a_disk(Path(folder) / "disk", DATABASES_DISK) as disk,
            a_server(postgresql_programs, disk.folder) as server,
        ):
            yield disk, server


@pytest.mark.soak
@senders
def test_one_whose_database_has_a_full_disk_again_and_again_loses_nothing(
    full_server: tuple[Disk, Server], tmp_path: Path, workers: int, record_property: Figures
) -> None:
    seed, times = f"{SEED} postgresql {workers}", 6
    chance, (disk, server) = random.Random(seed), full_server
    url, readers = f"{server.address}/postgres", _READERS_AN_OUTAGE * times
    with a_mailing(tmp_path / "site", url, workers, seed, readers) as mailing:
        for _ in range(times):
            mailing.go_on(chance.randint(1, _READERS_AN_OUTAGE // 2))
            disk.fill()
            mailing.wait()
            disk.empty()
            if not server.is_running():  # it could not even write down that it could not
                server.start()
        assert is_told(mailing, "")
        ends_well(mailing, times, record_property)
