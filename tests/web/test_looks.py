"""Files are looked at once for those who ask together, and anew for all who come later."""

import asyncio
from pathlib import Path

import pytest

from feeder.web.looks import Looks, version
from tests.web.conftest import put


@pytest.fixture
def file(tmp_path: Path) -> Path:
    put(tmp_path / "atom.xml", b"one")
    return tmp_path / "atom.xml"


def test_in_one_turn_all_see_the_same(file: Path) -> None:
    async def look_twice() -> None:
        looks = Looks()
        first = looks.at(str(file))
        put(file, b"two")
        assert looks.at(str(file)) == first

    asyncio.run(look_twice())


def test_in_the_next_turn_what_took_its_place_is_seen(file: Path) -> None:
    async def look_again() -> None:
        looks = Looks()
        for content in (b"two", b"six", b"ten"):
            before = looks.at(str(file))
            put(file, content)
            await asyncio.sleep(0)
            assert looks.at(str(file)) == version(file.stat()) != before

    asyncio.run(look_again())


def test_a_request_is_answered_by_what_was_seen_after_it_came(file: Path) -> None:
    looks = Looks()

    async def answer(came: tuple[int, ...]) -> None:
        # No file is older than the one that stood there when the request came.
        assert looks.at(str(file)) in versions[versions.index(came) :]

    async def publish_and_ask() -> None:
        asked = []
        for number in range(200):
            put(file, str(number).encode())
            versions.append(version(file.stat()))
            asked.append(asyncio.create_task(answer(versions[-1])))
            if number % 3 == 0:
                await asyncio.sleep(0)
        await asyncio.gather(*asked)

    versions: list[tuple[int, ...]] = []
    asyncio.run(publish_and_ask())


@pytest.mark.parametrize("name", ["none", "atom.xml/x", "a" * 5000])
def test_where_there_is_nothing_nothing_is_seen(file: Path, name: str) -> None:
    async def look() -> None:
        assert Looks().at(f"{file.parent}/{name}") is None

    asyncio.run(look())
