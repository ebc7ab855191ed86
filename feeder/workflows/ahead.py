"""What is made ahead: in a process of its own, while what was made before is used.

Threads would share one interpreter lock, and one that writes to a database gives it up at each statement.
"""

import multiprocessing
import pickle
import signal
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import chain
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from feeder.errors import FeederError

T = TypeVar("T")

_FORK = multiprocessing.get_context("fork")  # so that whatever makes the values may be used as it is


def ahead(values: Iterable[T]) -> Generator[T, None, None]:
    """Make values in another process, one ahead of those told here. They are pickled; so is what making them raises.

    Open connections, which both processes would share, are to be closed before. None of the values is None.
    Raises: FeederError when that process ends before its time; whatever making a value raises.
    """
    here, there = _FORK.Pipe(duplex=False)
    maker = _FORK.Process(target=_make, args=(values, here, there), daemon=True)
    maker.start()
    there.close()
    try:
        yield from iter(partial(_received, here), None)
    finally:
        here.close()
        maker.kill()
        maker.join()


def _received(here: "Connection[Any, Any]") -> Any:
    try:
        told = here.recv()
    except (EOFError, OSError):  # before a value, or within one
        raise FeederError(
            "the process that reads ahead",
            "was ended before its time",
            "start the command again: what was done stays done",
        ) from None
    if isinstance(told, BaseException):
        raise told
    return told


def _make(values: Iterable[object], here: "Connection[Any, Any]", there: "Connection[Any, Any]") -> None:
    here.close()
    # An interrupt at the terminal comes to both; who waits for the values decides what becomes of this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        # The thread waits until somebody takes a value, while the next one is made.
        with ThreadPoolExecutor(1) as hand:
            sent: Future[None] | None = None
            for value in chain(values, [None]):
                pickled = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
                del value  # it may be large
                if sent:
                    sent.result()
                sent = hand.submit(there.send_bytes, pickled)
    except BrokenPipeError:
        pass  # nobody waits any more
    except BaseException as error:  # noqa: BLE001 - raised where the values are used
        there.send(error)
