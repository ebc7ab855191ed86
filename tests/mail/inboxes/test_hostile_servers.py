"""An IMAP server that says whatever it likes: the mailbox cannot be used then, and that is all."""

import random
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest

from feeder.errors import MailError
from feeder.mail.inboxes.imap import Imap
from feeder.model.settings import Inbox, Security

_MESSAGE = b"* 1 FETCH (UID 1 BODY[]<0> {15}\r\nSubject: a\r\n\r\nb)\r\n"
_ANSWERS = {
    b"CAPABILITY": b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n",
    b"AUTHENTICATE": b"+ \r\n",
    b"SELECT": b"* 3 EXISTS\r\n* OK [UIDVALIDITY 9]\r\n",
    b"SEARCH": b"* SEARCH 1 2 3\r\n",
    b"FETCH": _MESSAGE,
}
_PIECES = [
    *(
        b"* ",
        b"+ ",
        b"OK ",
        b"NO ",
        b"BAD ",
        b"BYE",
        b"\r\n",
        b"\r",
        b"\n",
        b"\0",
        b"\xff\xfe",
        b"(",
        b")",
        b'"',
    ),
    *(
        b"{5}\r\n",
        b"{-1}\r\n",
        b"{99999999999}\r\n",
        b"SEARCH x 9999999999999999999999",
        b"1 FETCH (",
        b"1 EXPUNGE",
    ),
    *(b"[READ-ONLY]", b"[UIDVALIDITY x]", b"NIL", b"a" * 2_000),
]


@contextmanager
def a_server(chance: random.Random) -> Iterator[int]:
    """Serve a mailbox of three messages, with accidents, at the port that is given."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection = listening.accept()[0]
                except OSError:  # it is closed
                    return
                with connection, suppress(OSError):
                    connection.settimeout(2)
                    _talk(connection, chance)

        thread = threading.Thread(target=serve)
        thread.start()
        yield int(listening.getsockname()[1])
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def _talk(connection: socket.socket, chance: random.Random) -> None:
    accidents = chance.choice([0, 1, 1, 2, 4])

    def say(told: bytes) -> None:
        nonlocal accidents
        said = bytearray(told)
        if accidents and chance.random() < 0.2:
            accidents -= 1
            at = chance.randint(0, len(said))
            said[at : at + chance.choice([0, 0, 5])] = chance.choice(_PIECES)
        connection.sendall(said)

    lines = connection.makefile("rb")
    say(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] here\r\n")
    while words := lines.readline().split():
        name = words[2] if words[1:2] == [b"UID"] else words[-1] if len(words) < 2 else words[1]
        say(_ANSWERS.get(name.upper(), b""))
        if name.upper() == b"AUTHENTICATE":
            lines.readline()
        say(words[0] + b" OK done\r\n")


@pytest.mark.soak
def test_a_server_that_stumbles_for_a_minute_is_an_error_each_time_or_none() -> None:
    seed, end = time.time_ns(), time.monotonic() + 60
    chance = random.Random(seed)
    went_well = failed = 0
    with a_server(chance) as port:
        told = Inbox(
            host="127.0.0.1", port=port, security=Security.NONE, user="a", password="b",
            timeout=timedelta(milliseconds=100),
        )  # fmt: skip
        box = Imap(told, ssl.create_default_context())
        while time.monotonic() < end:
            try:
                box.go_through(lambda content: content.startswith(b"Subject"), lambda: False)
                went_well += 1
            except MailError:
                failed += 1
            except Exception as error:
                error.add_note(f"the seed was {seed}")
                raise
    assert went_well
    assert failed
