"""Names into addresses, within a limit of time."""

import socket
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from ipaddress import ip_address
from threading import Thread

Resolve = Callable[[str], Sequence[str]]
"""Returns the addresses of a name. Raises: OSError."""


class Unresolved(Exception):
    """A name has no address, or its servers are silent. `passing`: they may do better soon."""

    def __init__(self, host: str, *, passing: bool) -> None:
        super().__init__(host)
        self.host = host
        self.passing = passing


def ask_system(host: str) -> list[str]:
    """Return the addresses of a name as this machine finds them. Raises: OSError."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def find(resolve: Resolve, host: str, seconds: float) -> list[str]:
    """Return all addresses of a host, which may be one itself, in the order to try them.

    Raises: Unresolved, also after `seconds`.
    """
    try:
        return [str(ip_address(host))]
    except ValueError:
        found = _within(resolve, host, seconds)
    if not found:
        raise Unresolved(host, passing=False)
    return list(dict.fromkeys(found))


def _within(resolve: Resolve, host: str, seconds: float) -> Sequence[str]:
    # The system's resolver knows no limit; a thread that hangs in it ends when it gives up.
    future: Future[Sequence[str]] = Future()
    Thread(target=_fulfil, args=(future, resolve, host), name="resolve", daemon=True).start()
    try:
        return future.result(seconds)
    except TimeoutError as error:
        raise Unresolved(host, passing=True) from error
    except (OSError, UnicodeError) as error:
        is_passing = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
        raise Unresolved(host, passing=is_passing) from error


def _fulfil(future: Future[Sequence[str]], resolve: Resolve, host: str) -> None:
    try:
        future.set_result(resolve(host))
    except BaseException as error:  # noqa: BLE001 - it is raised where the result is awaited
        future.set_exception(error)
