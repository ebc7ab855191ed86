import threading
import time

import pytest

from feeder.net.turns import NoTurn, Turns


def wait_until(happens: object) -> None:
    end = time.monotonic() + 5
    while not callable(happens) or not happens():
        assert time.monotonic() < end
        time.sleep(0.001)


def test_one_at_a_time_in_the_order_of_coming() -> None:
    turns = Turns()
    order: list[int] = []
    inside: list[int] = []

    def visit(number: int) -> None:
        with turns.take("example.org", 5):
            inside.append(number)
            assert inside == [number]
            order.append(number)
            inside.remove(number)

    threads = [threading.Thread(target=visit, args=(number,)) for number in range(8)]
    with turns.take("example.org", 5):
        for place, thread in enumerate(threads):
            thread.start()
            wait_until(lambda place=place: turns.waiting("example.org") == place + 1)
        assert not order
    for thread in threads:
        thread.join(5)

    assert order == list(range(8))


def test_as_many_at_a_time_as_a_host_has_agreed_to() -> None:
    turns = Turns(at_once=2)
    went_in = threading.Event()

    def visit() -> None:
        with turns.take("example.org", 5):
            went_in.set()

    with turns.take("example.org", 0):
        with turns.take("example.org", 0):
            third = threading.Thread(target=visit)
            third.start()
            wait_until(lambda: turns.waiting("example.org") == 1)
            assert not went_in.is_set()
        third.join(5)
    assert went_in.is_set()
    assert turns.hosts() == 0


def test_hosts_do_not_wait_for_each_other() -> None:
    turns = Turns()
    with turns.take("one.example", 5), turns.take("other.example", 0):
        assert turns.waiting("one.example") == turns.waiting("other.example") == 0


def test_patience_ends_and_leaves_the_line() -> None:
    turns = Turns()
    gone: list[str] = []

    def visit() -> None:
        try:
            with turns.take("example.org", 0.01):
                gone.append("in")
        except NoTurn:
            gone.append("away")

    with turns.take("example.org", 5):
        thread = threading.Thread(target=visit)
        thread.start()
        thread.join(5)
        assert gone == ["away"]
        assert turns.waiting("example.org") == 0
    with turns.take("example.org", 0):
        pass


def test_nothing_is_kept_of_hosts_that_nobody_asks() -> None:
    turns = Turns()
    for number in range(100):
        with turns.take(f"{number}.example", 0):
            assert turns.hosts() == 1
    with pytest.raises(ValueError, match="inside"), turns.take("example.org", 0):
        raise ValueError("inside")

    assert turns.hosts() == 0
