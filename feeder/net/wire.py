"""Connections: each to an address that was resolved and checked here, and none beyond its time.

httpcore is httpx's own engine. We drive it without httpx's client, which writes whole addresses
to the log, keeps cookies, and inflates without limit.
"""

import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import ip_address
from math import inf
from typing import Any

import httpcore
import httpx

from feeder.net import addresses, resolving
from feeder.net.addresses import Standing
from feeder.net.deadlines import Deadline, Overdue
from feeder.net.resolving import Resolve, Unresolved

_KEEP_SECONDS = 10
_KEEP_CONNECTIONS = 10
_PART_BYTES = 64 * 1024


class Refused(Exception):
    """A name leads where feeder does not go."""

    def __init__(self, host: str, address: str, standing: Standing) -> None:
        super().__init__(host, address)
        self.address = address
        self.standing = standing


class Written:
    """Takes note of how far a request got, as httpcore tells it."""

    is_whole = False
    """Whether all of it was handed to the operating system."""

    def __call__(self, event: str, _: Mapping[str, Any]) -> None:
        """Hear of an event."""
        if event == "http11.send_request_body.complete":
            self.is_whole = True


class Wire:
    """Asks, and yields answers as they come, over connections that are kept for a while."""

    def __init__(
        self,
        backend: httpcore.NetworkBackend,
        tls: ssl.SSLContext | None,
        connect: timedelta,
        silence: timedelta,
    ) -> None:
        self._pool = httpcore.ConnectionPool(
            tls or httpx.create_ssl_context(trust_env=False),
            max_connections=None,
            max_keepalive_connections=_KEEP_CONNECTIONS,
            keepalive_expiry=_KEEP_SECONDS,
            network_backend=backend,
        )
        self._timeouts = {
            "connect": connect.total_seconds(),
            "read": silence.total_seconds(),
            "write": silence.total_seconds(),
        }

    @contextmanager
    def ask(
        self, method: str, url: httpx.URL, headers: httpx.Headers, content: bytes | None, written: Written
    ) -> Iterator[httpcore.Response]:
        """Send a request and yield the answer, its body yet to be read; what is not read is thrown away.

        Raises: what httpcore raises, Overdue, Unresolved, Refused.
        """
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        extensions = {"timeout": self._timeouts, "trace": written}
        with self._pool.stream(
            method, target, headers=headers.raw, content=content, extensions=extensions
        ) as response:
            yield response

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


class Guarded(httpcore.NetworkBackend):
    """Connects to addresses that it has just resolved and checked, and to no others.

    No redirect, no second look at the name and no new connection gets past it.
    TLS and the Host header go by the name, above it.
    """

    def __init__(
        self,
        network: httpcore.NetworkBackend | None,
        resolve: Resolve | None,
        patience: timedelta,
        deadline: Deadline,
        *,
        allow_private: bool,
    ) -> None:
        self._network = network or httpcore.SyncBackend()
        self._resolve = resolve or resolving.ask_system
        self._patience = patience
        self._deadline = deadline
        self._allow_private = allow_private

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of a host that answers, if feeder may go to all of them."""
        failed: Exception = Unresolved(host, passing=False)
        for address in self._checked(host):
            try:
                with _within(self._deadline, timeout) as seconds:
                    stream = self._network.connect_tcp(address, port, seconds, local_address, socket_options)
                return _Timed(stream, self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    def _checked(self, host: str) -> list[str]:
        with _within(self._deadline, self._patience.total_seconds()) as seconds:
            found = resolving.find(self._resolve, host, seconds)
        for address in found:
            standing = addresses.judge(ip_address(address))
            if addresses.is_refused(standing, allow_private=self._allow_private):
                raise Refused(host, address, standing)
        return found


class _Timed(httpcore.NetworkStream):
    """A stream that ends with the time of the request; httpcore limits each read, not their number."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what has come."""
        with _within(self._deadline, timeout) as seconds:
            return self._stream.read(max_bytes, seconds)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of it."""
        # A part at a time, since whoever takes a little now and then would never be overdue.
        for start in range(0, len(buffer), _PART_BYTES):
            with _within(self._deadline, timeout) as seconds:
                self._stream.write(buffer[start : start + _PART_BYTES], seconds)

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Go on in TLS, or close."""
        try:
            with _within(self._deadline, timeout) as seconds:
                return _Timed(self._stream.start_tls(ssl_context, server_hostname, seconds), self._deadline)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close it."""
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:  # Any: httpcore's own signature
        """Tell what httpcore asks of a stream."""
        return self._stream.get_extra_info(info)


@contextmanager
def _within(deadline: Deadline, seconds: float | None) -> Iterator[float]:
    """Give one step its seconds, or what is left of the whole.

    Raises: Overdue, when the whole is over, before or after.
    """
    left = deadline.left()
    if left <= 0:
        raise Overdue
    limit = inf if seconds is None else seconds
    try:
        yield min(limit, left)
    except httpcore.TimeoutException as error:
        if left <= limit:
            raise Overdue from error
        raise
