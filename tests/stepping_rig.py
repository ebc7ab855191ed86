"""Runs that stop before each of their transactions, so that a test decides who goes on."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from feeder.errors import Superseded
from feeder.store import Store, Transaction

_HANGS_SECONDS = 60


class _Gate:
    """Lets in one at a time, when it is told to; anybody, once it is open."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting = 0
        self._let_in = 0
        self._open = False
        self._is_left = False

    def wait(self) -> None:
        with self._changed:
            self._waiting += 1
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: self._open or self._let_in, _HANGS_SECONDS)
            self._waiting -= 1
            self._let_in = max(0, self._let_in - 1)
            self._changed.notify_all()

    def let_in(self) -> None:
        """Let one in who waits, and wait for the next, or the end."""
        self._until_somebody_waits()
        with self._changed:
            self._let_in = int(self._waiting > 0)
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: not self._let_in or self._is_left, _HANGS_SECONDS)
        self._until_somebody_waits()

    def _until_somebody_waits(self) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self._waiting or self._is_left, _HANGS_SECONDS)

    def open(self) -> None:
        with self._changed:
            self._open = True
            self._changed.notify_all()

    def leave(self) -> None:
        with self._changed:
            self._is_left = True
            self._changed.notify_all()


class _Stepped(Store):
    """A store whose every transaction begins at a gate."""

    def __init__(self, store: Store, gate: _Gate) -> None:
        super().__init__(store._engine, store._space, store._hashes)
        self._gate = gate

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        self._gate.wait()
        with super().transaction() as tx:
            yield tx

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        self._gate.wait()
        with super().reading() as tx:
            yield tx


class Run:
    """Work with a store, in a thread of its own; it goes on when it is told to."""

    def __init__(self, store: Store, work: Callable[[Store], object]) -> None:
        self._gate = _Gate()
        self._failed: BaseException | None = None
        self.is_superseded = False
        self._thread = threading.Thread(target=self._work, args=[_Stepped(store, self._gate), work])
        self._thread.start()

    def _work(self, store: Store, work: Callable[[Store], object]) -> None:
        try:
            work(store)
        except Superseded:
            self.is_superseded = True
        except BaseException as error:
            self._failed = error
            raise
        finally:
            self._gate.leave()

    def step(self) -> None:
        """Let it do one transaction, and what follows until the next."""
        self._gate.let_in()

    def finish(self) -> None:
        """Let it do all that is left."""
        self._gate.open()
        self._thread.join(_HANGS_SECONDS)
        assert not self._thread.is_alive()
        if self._failed:
            raise self._failed
