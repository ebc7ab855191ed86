"""The wire to a mail server: bytes out, replies in, each step in its time and each reply of a bounded size."""

import re
import socket
import ssl
import time
from contextlib import suppress
from typing import NamedTuple

_MOST_BYTES = 64 * 1024
"""Of one reply; the standard asks for lines of 512 (RFC 5321, 4.5.3.1.5)."""

_LAST_WORDS_SECONDS = 0.1
_AT_ONCE = 4096
_RECORD = 16 * 1024
"""What TLS sends whole or not at all (RFC 8446, 5.1)."""

# RFC 5321, 4.2: lines of a code, and a hyphen on all but the last. And what may still become that.
_REPLY = re.compile(rb"(?:[2-5]\d\d-[^\n]*\n)*([2-5]\d\d)(?: [^\n]*)?\r?\n")
_BEGUN = re.compile(rb"(?:[2-5]\d\d-[^\n]*\n)*(?:[2-5](?:\d(?:\d(?:[ -][^\n]*|\r)?)?)?)?")


class Ended(Exception):
    """The connection is of no use any more.

    `sent` says how many bytes of the last writing had left; None when all had.
    """

    def __init__(self, why: str, sent: int | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.sent = sent


class Reply(NamedTuple):
    """What a server answered to one command: its code, and all lines as they came."""

    code: int
    lines: bytes

    @property
    def text(self) -> str:
        """The words of all lines, without their codes."""
        lines = self.lines.decode("utf-8", "replace").split("\n")
        return "\n".join(line[4:].rstrip() for line in lines[:-1])


class Wire:
    """A connection to a server that takes commands."""

    def __init__(self, connected: socket.socket, timeout_seconds: float) -> None:
        # What is written here is whole: waiting for more would only cost time.
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected.settimeout(timeout_seconds)
        self._socket = connected
        self._timeout_seconds = timeout_seconds
        self._heard = b""

    def secure(self, context: ssl.SSLContext, host: str) -> None:
        """Go on in TLS with whoever proves to be `host`; what was said in the open is forgotten.

        Raises: Ended.
        """
        self._heard = b""  # more than the answer would be somebody else's (RFC 3207, 5; CVE-2011-0411)
        try:
            self._socket = context.wrap_socket(self._socket, server_hostname=host)
        except ssl.SSLCertVerificationError as error:
            raise Ended(f"its certificate is not good ({error.verify_message})") from error
        except (OSError, ValueError) as error:  # ValueError: a host that no certificate can name
            raise Ended(f"TLS failed ({_words(error)})") from error

    def local_address(self) -> str:
        """Return the address of this end. Raises: Ended."""
        try:
            return str(self._socket.getsockname()[0])
        except OSError as error:
            raise Ended(_words(error)) from error

    def write(self, content: bytes) -> None:
        """Write all of `content`. Raises: Ended, which says how much had left."""
        if self._heard:  # and which answer is to which command, nobody would know from here on
            raise Ended("it answered what was not asked", 0)
        at_once = _RECORD if isinstance(self._socket, ssl.SSLSocket) else len(content)
        left = memoryview(content)
        try:
            while left:
                left = left[self._socket.send(left[:at_once]) :]
        except OSError as error:
            raise Ended(_words(error), len(content) - len(left)) from error

    def reply(self) -> Reply:
        """Return the next reply.

        Raises: Ended when none comes in time, or what comes is none.
        """
        until = time.monotonic() + self._timeout_seconds
        while not (found := _REPLY.match(self._heard)):
            if len(self._heard) > _MOST_BYTES or not _BEGUN.fullmatch(self._heard):
                raise Ended("it answered what is no reply")
            self._hear(until)
        self._heard = self._heard[found.end() :]
        return Reply(int(found[1]), found[0])

    def last_words(self) -> Reply | None:
        """Return what the server said before it closed, if it said anything."""
        self._timeout_seconds = _LAST_WORDS_SECONDS
        self._socket.settimeout(_LAST_WORDS_SECONDS)
        with suppress(Ended):
            return self.reply()
        return None

    def _hear(self, until: float) -> None:
        try:
            part = self._socket.recv(_AT_ONCE)
        except OSError as error:
            raise Ended(_words(error)) from error
        if not part:
            raise Ended("it closed the connection")
        if (
            time.monotonic() > until
        ):  # one that sends a letter now and then is no better than one that sends none
            raise Ended("it took too long to answer")
        self._heard += part

    def close(self) -> None:
        """Let go of the connection, without a word."""
        self._socket.close()


def _words(error: Exception) -> str:
    """Say what became of a connection, in a few words without the numbers of an operating system."""
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    if isinstance(error, ssl.SSLError):
        return str(error.reason or "TLS").replace("_", " ").lower()
    strerror = error.strerror if isinstance(error, OSError) else None
    return strerror or str(error) or type(error).__name__
