"""Senders that are killed at any moment, while their server has moods of its own: nothing is lost, and little doubled."""

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.mailing_rig import CONNECTIONS, GROUP, READERS, a_mailing, all_came
from tests.postgresql_rig import a_database

SEED = 20261128
KILLS = 10

Figures = Callable[[str, object], None]
"""Where figures of a test are told, for `--junitxml`."""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty store."""
    if request.param == "sqlite":
        yield ""
        return
    with a_database(request.getfixturevalue("postgresql")) as address:
        yield address


def survives(folder: Path, url: str, workers: int, seed: str, figures: Figures, readers: int) -> None:
    """Kill some of those who send again and again, let the last ones finish, and look at what came of it."""
    chance = random.Random(seed)
    with a_mailing(folder, url, workers, seed, readers) as mailing:
        killed = 0
        for moment in range(KILLS):
            mailing.start()
            if moment % 5:
                mailing.go_on(chance.randint(1, readers // (2 * KILLS)))
            else:
                time.sleep(chance.uniform(0, 1))  # while they get ready, plan and choose
            victims = chance.sample(mailing.senders, chance.randint(1, workers))
            mailing.kill(victims)
            killed += len(victims)
        mailing.wait()
        mailing.finish()

        allowed = killed * CONNECTIONS * GROUP + mailing.host.dropped
        figures("killed", killed)
        figures("doubled", f"{mailing.doubled} of {allowed}")
        assert mailing.doubled <= allowed
        all_came(mailing)


@pytest.mark.parametrize("workers", [1, 3], ids=["one", "three"])
def test_senders_killed_at_any_moment_lose_nothing(
    tmp_path: Path, url: str, workers: int, record_property: Figures
) -> None:
    survives(tmp_path / "site", url, workers, f"{SEED} {workers}", record_property, READERS)


@pytest.mark.soak
@pytest.mark.parametrize("workers", [1, 3], ids=["one", "three"])
@pytest.mark.parametrize("part", range(20))
def test_senders_killed_two_hundred_times_lose_nothing(
    tmp_path: Path, url: str, workers: int, part: int, record_property: Figures
) -> None:
    survives(tmp_path / "site", url, workers, f"{SEED} {workers} {part}", record_property, 2 * READERS)
