"""What another process makes ahead: all of it, in order; what goes wrong there is told here; it never stays behind."""

import multiprocessing
import os
import signal
from collections.abc import Iterator

import pytest

from feeder.errors import ConfigurationError, FeederError
from feeder.workflows.ahead import ahead

LARGE = "x" * 1_000_000
"""More than a pipe holds, so that whoever makes it waits until somebody takes it."""


def test_everything_comes_in_order_from_another_process() -> None:
    told = list(ahead((number, os.getpid(), LARGE) for number in range(20)))
    assert [number for number, *_ in told] == list(range(20))
    assert {maker for _, maker, _ in told}.isdisjoint({os.getpid()})
    assert all(large == LARGE for *_, large in told)


def test_of_nothing_nothing_comes() -> None:
    assert list(ahead(())) == []


def test_what_making_a_value_raises_is_raised_after_the_values_before_it() -> None:
    def breaking() -> Iterator[int]:
        yield 1
        raise ConfigurationError("the list", "breaks off", "mend it")

    values = ahead(breaking())
    assert next(values) == 1
    with pytest.raises(ConfigurationError, match="the list: breaks off; mend it"):
        next(values)


def test_a_process_that_is_killed_is_told_of() -> None:
    def killed() -> Iterator[str]:
        yield LARGE
        os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(FeederError, match="was ended before its time"):
        assert set(ahead(killed())) <= {LARGE}


def test_who_leaves_early_leaves_no_process_behind() -> None:
    def without_end() -> Iterator[str]:
        while True:
            yield LARGE

    values = ahead(without_end())
    next(values)
    assert multiprocessing.active_children()
    values.close()
    assert not multiprocessing.active_children()


def test_an_interrupt_at_the_terminal_is_left_to_who_waits() -> None:
    def interrupted() -> Iterator[int]:
        os.kill(os.getpid(), signal.SIGINT)
        yield 1

    assert list(ahead(interrupted())) == [1]
