"""The puzzle before signing up: solved once, by whoever takes the time."""

import json
from datetime import UTC, datetime, timedelta

import altcha
import pytest

from feeder.web.puzzles import Puzzles

NOW = datetime.now(UTC)
SECRET = b"s" * 32


def solved(puzzle: str) -> str:
    challenge = altcha.Challenge.from_dict(json.loads(puzzle))
    solution = altcha.solve_challenge(challenge)
    assert solution is not None
    return altcha.Payload(challenge, solution).to_base64()


@pytest.fixture(scope="module")
def solution() -> str:
    return solved(Puzzles(SECRET).make(NOW))


def test_a_solution_is_taken_once(solution: str) -> None:
    puzzles = Puzzles(SECRET)

    assert puzzles.is_solved(solution, NOW)
    assert not puzzles.is_solved(solution, NOW)


def test_a_puzzle_of_another_site_is_none(solution: str) -> None:
    assert not Puzzles(b"o" * 32).is_solved(solution, NOW)


def test_a_puzzle_that_is_too_old_is_none() -> None:
    old = solved(Puzzles(SECRET).make(NOW - timedelta(hours=2)))

    assert not Puzzles(SECRET).is_solved(old, NOW)


@pytest.mark.parametrize("nonsense", ["", "x", "e30=", "A" * 100_000, "eyJjaGFsbGVuZ2UiOiAxfQ==", "é"])
def test_nonsense_solves_nothing(nonsense: str) -> None:
    assert not Puzzles(SECRET).is_solved(nonsense, NOW)


def test_what_was_used_is_forgotten_when_it_could_not_be_used_again_anyway(solution: str) -> None:
    puzzles = Puzzles(SECRET)
    puzzles.is_solved(solution, NOW)
    puzzles.is_solved(solved(puzzles.make(NOW)), NOW + timedelta(hours=2))

    assert len(puzzles._used) == 1
