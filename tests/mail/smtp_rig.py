"""A mail server on the loopback that does what a test tells it, as well or as badly as the world's.

What it is told is by the stage at which it answers: GREETING, EHLO, HELO, STARTTLS, AUTH, MAIL, RCPT, DATA,
BODY (when the first bytes of a message have come), DOT (when all has), NOBODY (when all has, for nobody),
RSET, QUIT.
"""

import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, MutableSequence, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import repeat
from typing import Self

OFFERS = ("PIPELINING", "SIZE 1000000", "8BITMIME", "SMTPUTF8")

Play = str | bytes | Callable[["Talk"], None]
"""What the server does at a stage: an answer, raw bytes, or anything; by default it is content."""

_CONTENT = {
    "GREETING": "220 mail.example.net ESMTP",
    "HELO": "250 mail.example.net",
    "STARTTLS": "220 2.0.0 go ahead",
    "AUTH": "235 2.7.0 welcome",
    "MAIL": "250 2.1.0 ok",
    "RCPT": "250 2.1.5 ok",
    "DATA": "354 go ahead",
    "RSET": "250 2.0.0 ok",
    "NOBODY": "554 5.5.1 no valid recipients",
    "QUIT": "221 2.0.0 bye",
}


class _Gone(Exception):
    """This connection is over."""


def drop(_: "Talk") -> None:
    """Close without a word."""
    raise _Gone


def hang(talk: "Talk") -> None:
    """Say nothing until the client has gone, or the test is over."""
    talk.server.ended.wait(20)
    raise _Gone


def after(*plays: Play) -> Callable[["Talk"], None]:
    """Do several things, one after the other."""

    def all_of_it(talk: "Talk") -> None:
        for play in plays:
            talk.play(play)

    return all_of_it


def endless(talk: "Talk") -> None:
    """Write one line that never ends."""
    with suppress(OSError):
        while not talk.server.ended.is_set():
            talk.connection.sendall(b"2" * 65536)
    raise _Gone


def dripping(talk: "Talk") -> None:
    """Begin an answer, and go on with a letter now and then."""
    with suppress(OSError):
        talk.connection.sendall(b"250 ")
        while not talk.server.ended.wait(0.05):
            talk.connection.sendall(b"2")
    raise _Gone


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message that the server took, or will have taken when it drops after the dot.

    It came from the address `peer`, at a moment of `time.monotonic`.
    """

    sender: str
    recipient: str
    content: bytes
    connection: int
    peer: str
    at: float


@dataclass(slots=True)
class Talk:
    """One connection."""

    server: "MailHost"
    connection: socket.socket
    number: int
    heard: bytes = b""
    sender: str | None = None
    recipient: str | None = None
    said: str = ""

    def play(self, play: Play) -> None:
        match play:
            case str():
                self.said = play
                self.connection.sendall(f"{play}\r\n".encode())
            case bytes():
                self.connection.sendall(play)
            case _:
                play(self)

    def at(self, stage: str, about: str = "") -> str:
        """Answer at a stage, and return what was answered."""
        play = self.server.next_play(stage, about) or self._content(stage)
        self.play(play)
        return play if isinstance(play, str) else ""

    def _content(self, stage: str) -> str:
        if stage == "EHLO":
            lines = ["mail.example.net", *self.server.offers]
            return "\r\n".join([*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}"])
        if stage == "DOT":
            return f"250 2.0.0 Ok: queued as Q{len(self.server.delivered)}"
        return _CONTENT[stage]

    def line(self) -> str:
        while b"\r\n" not in self.heard:
            self.heard += self.hear()
        line, _, self.heard = self.heard.partition(b"\r\n")
        return line.decode()

    def hear(self) -> bytes:
        part = self.connection.recv(65536)
        if not part:
            raise _Gone
        self.server.writes.append(part)
        return part

    def take(self) -> None:
        """Read a message to its dot, and answer."""
        content = bytearray(b"\r\n" + (self.heard or self.hear()))
        early = self.server.next_play("BODY", self.recipient or "")
        if early:
            self.play(early)
        while (end := content.find(b"\r\n.\r\n", -70_000 if len(content) > 140_000 else 0)) < 0:
            content += self.hear()
        self.heard = bytes(content[end + 5 :])
        if self.recipient is None:
            self.at("NOBODY")
        else:
            message = bytes(content[: end + 2]).replace(b"\r\n..", b"\r\n.")[2:]
            message = self.server.kept(message)
            peer = self.connection.getpeername()[0]
            taken = Delivered(self.sender or "", self.recipient, message, self.number, peer, time.monotonic())
            self.server.delivered.append(taken)
            self.said = ""
            try:
                self.at("DOT", self.recipient)
            finally:
                if self.said[:1] in ("4", "5"):
                    self.server.delivered.remove(taken)
        self.sender = self.recipient = None

    def converse(self) -> None:
        """Greet, and answer commands until the client leaves."""
        self.at("GREETING")
        while True:
            line = self.line()
            self.server.commands.append(line)
            command = line.split(" ")[0].upper()
            match command:
                case "MAIL":
                    self._mail(line)
                case "RCPT":
                    self._rcpt(line)
                case "DATA":
                    self._data()
                case "RSET":
                    self.sender = self.recipient = None
                    self.at("RSET")
                case "STARTTLS" if self.server.tls:
                    self.at("STARTTLS")
                    self.secure()
                case "QUIT":
                    self.at("QUIT")
                    return
                case "EHLO" | "HELO" | "AUTH":
                    self.at(command)
                case _:
                    self.play("502 5.5.2 command not recognized")

    def secure(self) -> None:
        assert self.server.tls
        self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        self.server.keep(self.connection)
        self.server.offers = [offer for offer in self.server.offers if offer != "STARTTLS"]

    def _mail(self, line: str) -> None:
        if self.sender is not None:
            self.play("503 5.5.1 nested MAIL command")
            return
        sender = re.findall("<(.*)>", line)[0]
        if self.at("MAIL", sender)[:1] not in ("4", "5"):
            self.sender = sender

    def _rcpt(self, line: str) -> None:
        if self.sender is None:
            self.play("503 5.5.1 need MAIL command")
            return
        recipient = re.findall("<(.*)>", line)[0]
        if self.at("RCPT", recipient)[:1] not in ("4", "5"):
            self.recipient = recipient

    def _data(self) -> None:
        if self.recipient is None and not self.server.asks_for_data_anyway:
            self.play("554 5.5.1 no valid recipients")
        elif self.at("DATA", self.recipient or "")[:1] not in ("4", "5"):
            self.take()


class MailHost:
    """The server, listening. `writes` are the parts in which the client's bytes came."""

    def __init__(
        self,
        offers: Sequence[str] = OFFERS,
        *,
        tls: ssl.SSLContext | None = None,
        implicit: bool = False,
        address: str = "127.0.0.1",
    ) -> None:
        self.offers = [*offers, *(["STARTTLS"] if tls and not implicit else [])]
        self.tls = tls
        self.asks_for_data_anyway = False
        self.delivered: list[Delivered] = []
        self.commands: MutableSequence[str] = []
        self.writes: MutableSequence[bytes] = []
        self.connections = 0
        self.ended = threading.Event()
        self._implicit = implicit
        self._plays: dict[tuple[str, str], Iterator[Play]] = {}
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.address = address
        self._listening = socket.create_server((address, 0))
        self.port: int = self._listening.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept)

    def on(self, stage: str, *plays: Play, about: str = "") -> Self:
        """Do these things at a stage, one each time, then what is usual; `about` names an address."""
        self._plays[stage, about] = iter(plays)
        return self

    def always(self, stage: str, play: Play, about: str = "") -> Self:
        self._plays[stage, about] = repeat(play)
        return self

    def next_play(self, stage: str, about: str) -> Play | None:
        with self._lock:
            return next(self._plays.get((stage, about), iter(())), None) or next(
                self._plays.get((stage, ""), iter(())), None
            )

    def kept(self, content: bytes) -> bytes:
        """Return what is remembered of a message."""
        return content

    def said(self, command: str) -> list[str]:
        """List what clients said with a command."""
        return [line for line in self.commands if line.upper().startswith(command)]

    def recipients(self) -> list[str]:
        return [each.recipient for each in self.delivered]

    def keep(self, connection: socket.socket) -> None:
        """Know a connection, so that it can be closed from without."""
        with self._lock:
            self._open.append(connection)

    def hang_up(self) -> None:
        """Close all connections, and go on listening."""
        with self._lock:
            opened, self._open = self._open, []
        for each in opened:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._accepting.join(10)
        self.hang_up()
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections += 1
                self.keep(connection)
                thread = threading.Thread(target=self._serve, args=(connection, self.connections))
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        talk = Talk(self, connection, number)
        with suppress(_Gone, OSError):
            if self._implicit:
                talk.secure()
            talk.converse()
        with suppress(OSError):
            talk.connection.close()
