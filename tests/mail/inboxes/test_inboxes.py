"""Mailboxes to which what comes back is delivered: nothing unread is deleted, and nothing is shown for ever.

Each test is for a Maildir on the disk and for a mailbox of Dovecot, by TLS from the first byte.
"""

import socket
import ssl
import threading
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import BinaryIO, Protocol

import pytest

from feeder.errors import MailError, StoreError
from feeder.mail import inboxes
from feeder.mail.inboxes import Inbox
from feeder.mail.inboxes.imap import Imap
from feeder.mail.inboxes.maildir import Maildir
from feeder.model import settings
from feeder.model.settings import Security
from tests import postfix_rig
from tests.postfix_rig import MailHost, real_mailboxes

State = tuple[bool, bool]
"""Whether a message was read, and whether it is flagged."""

NEW, READ, FLAGGED = (False, False), (True, False), (False, True)


class Box(Protocol):
    """A mailbox, as others see it."""

    @property
    def inbox(self) -> Inbox: ...

    def put(self, subject: str, more: bytes = b"") -> None: ...

    def mark(self, subject: str, state: State) -> None: ...

    def states(self) -> Mapping[str, State]: ...


@dataclass(frozen=True, slots=True)
class Folder:
    path: Path

    @property
    def inbox(self) -> Inbox:
        return Maildir(self.path)

    def put(self, subject: str, more: bytes = b"") -> None:
        (self.path / "new" / f"{subject}.host").write_bytes(message(subject, more))

    def mark(self, subject: str, state: State) -> None:
        flags = "".join(letter for letter, is_set in zip("SF", state, strict=True) if is_set)
        (self.path / "new" / f"{subject}.host").rename(self.path / "cur" / f"{subject}.host:2,R{flags}")

    def states(self) -> Mapping[str, State]:
        files = [*(self.path / "new").iterdir(), *(self.path / "cur").iterdir()]
        flags = {file: file.name.partition(":2,")[2] for file in files}
        return {subject_of(file.read_bytes()): ("S" in flags[file], "F" in flags[file]) for file in files}


@dataclass(frozen=True, slots=True)
class AtDovecot:
    host: MailHost
    reader: str

    @property
    def inbox(self) -> Inbox:
        return Imap(at(self.host, self.reader), trusting(self.host))

    def put(self, subject: str, more: bytes = b"") -> None:
        with self.host.mailbox(self.reader) as imap:
            assert imap.append("INBOX", "", "", message(subject, more))[0] == "OK"

    def mark(self, subject: str, state: State) -> None:
        flags = " ".join(flag for flag, is_set in zip((r"\Seen", r"\Flagged"), state, strict=True) if is_set)
        with self.host.mailbox(self.reader) as imap:
            (number,) = imap.search(None, "SUBJECT", subject)[1][0].split()
            imap.store(number, "+FLAGS", f"({flags} $Answered)")

    def states(self) -> Mapping[str, State]:
        found = {}
        with self.host.mailbox(self.reader) as imap:
            for number in imap.search(None, "ALL")[1][0].decode().split():
                (part, *_) = imap.fetch(number, "(FLAGS BODY.PEEK[])")[1]
                assert isinstance(part, tuple)
                found[subject_of(part[1])] = (b"\\Seen" in part[0], b"\\Flagged" in part[0])
        return found


def message(subject: str, more: bytes = b"") -> bytes:
    return f"Subject: {subject}\r\n\r\n".encode() + more


def subject_of(content: bytes) -> str:
    return str(message_from_bytes(content)["Subject"])


def trusting(host: MailHost) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=host.folder / "authority.pem")


def at(host: MailHost, reader: str) -> settings.Inbox:
    return settings.Inbox(
        host="localhost", port=host.imaps_port, user=reader, password=postfix_rig.READERS_PASSWORD
    )


@pytest.fixture(scope="module")
def dovecot() -> Iterator[MailHost]:
    with real_mailboxes(*(f"reader{number}" for number in range(20))) as host:
        yield host


@pytest.fixture(scope="module")
def readers() -> Iterator[str]:
    """Readers who have nothing yet."""
    return iter([f"reader{number}" for number in range(20)])


@pytest.fixture(params=["maildir", "imap"])
def box(request: pytest.FixtureRequest, tmp_path: Path) -> Box:
    if request.param == "imap":
        return AtDovecot(request.getfixturevalue("dovecot"), next(request.getfixturevalue("readers")))
    for part in ("tmp", "new", "cur"):
        (tmp_path / part).mkdir()
    return Folder(tmp_path)


@dataclass(slots=True)
class Judge:
    """Understands what is `good`, fails at what is `bad`, and remembers what it was shown."""

    seen: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    def __call__(self, content: bytes) -> bool:
        self.seen.append(subject_of(content))
        self.sizes.append(len(content))
        if self.seen[-1].startswith("bad"):
            raise StoreError("the store", "is busy", "try again")
        return self.seen[-1].startswith("good")


def go_through(box: Box, stopped: Callable[[], bool] = lambda: False) -> Judge:
    judge = Judge()
    with suppress(StoreError):
        box.inbox.go_through(judge, stopped)
    return judge


def test_what_is_understood_is_read_and_what_is_not_stays_unread_and_is_shown_once(box: Box) -> None:
    for subject in ("good-1", "other-1", "good-2"):
        box.put(subject)

    assert sorted(go_through(box).seen) == ["good-1", "good-2", "other-1"]

    assert box.states() == {"good-1": READ, "other-1": FLAGGED, "good-2": READ}
    assert go_through(box).seen == []
    box.put("good-3")
    assert go_through(box).seen == ["good-3"]


def test_what_a_person_has_read_or_flagged_is_left_alone(box: Box) -> None:
    marks = {"good-1": READ, "good-2": FLAGGED, "good-3": (True, True), "good-4": NEW}
    for subject, state in marks.items():
        box.put(subject)
        box.mark(subject, state)

    assert go_through(box).seen == ["good-4"]

    assert box.states() == marks | {"good-4": READ}


def test_what_fails_stays_as_it_was_and_is_shown_again(box: Box) -> None:
    box.put("bad-1")
    for _ in range(2):
        assert go_through(box).seen == ["bad-1"]
        assert box.states() == {"bad-1": NEW}


def test_it_stops_when_it_is_told_to(box: Box) -> None:
    box.put("good-1")
    assert go_through(box, lambda: True).seen == []
    assert box.states() == {"good-1": NEW}


def test_of_a_large_message_the_first_megabyte_is_shown(box: Box) -> None:
    box.put("good-1", b"x" * (inboxes.MOST_BYTES + 1000))
    assert go_through(box).sizes == [inboxes.MOST_BYTES]
    assert box.states() == {"good-1": READ}


def test_an_empty_mailbox_has_nothing(box: Box) -> None:
    assert go_through(box).seen == []


# ── What cannot be used ──────────────────────────────────────────────────────────────────────────


def test_a_maildir_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        MailError, match=r"the Maildir .*none: cannot be used \(No such file.*mail\.inbox\.maildir"
    ):
        Maildir(tmp_path / "none").go_through(Judge(), lambda: False)


def test_a_maildir_holds_more_than_messages(tmp_path: Path) -> None:
    box = Folder(tmp_path)
    for part in ("tmp", "new", "cur", "new/folder"):
        (tmp_path / part).mkdir()
    (tmp_path / "new" / ".hidden").write_bytes(message("good-1"))
    (tmp_path / "tmp" / "half").write_bytes(message("good-2"))
    (tmp_path / "new" / "link").symlink_to("/etc/passwd")
    assert go_through(box).seen == []


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"password": "a-wrong-one"}, "Authentication failed"),
        ({"folder": 'No "such"'}, "Mailbox doesn't exist"),
        ({"port": 1}, "Connection refused"),
        ({"host": "127.0.0.1"}, "certificate"),
        ({"host": "nowhere.invalid"}, ""),
    ],
    ids=["password", "folder", "port", "name", "no such host"],
)
def test_a_server_that_cannot_be_used_is_named_without_the_password(
    dovecot: MailHost, wrong: dict[str, object], why: str
) -> None:
    told = replace(at(dovecot, "reader0"), **wrong)  # type: ignore[arg-type]
    with pytest.raises(MailError, match=r"the mailbox .* cannot be used .*; look at host, port") as caught:
        Imap(told, trusting(dovecot)).go_through(Judge(), lambda: False)
    assert why in str(caught.value)
    assert told.password not in str(caught.value)


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.NONE])
def test_other_ways_to_the_server(dovecot: MailHost, readers: Iterator[str], security: Security) -> None:
    box = AtDovecot(dovecot, next(readers))
    box.put("good-1")
    told = replace(at(dovecot, box.reader), security=security, port=dovecot.imap_port)
    judge = Judge()
    Imap(told, trusting(dovecot)).go_through(judge, lambda: False)
    assert judge.seen == ["good-1"]


def test_a_certificate_that_nobody_trusts_ends_it_before_the_password(dovecot: MailHost) -> None:
    for security, port in {Security.TLS: dovecot.imaps_port, Security.STARTTLS: dovecot.imap_port}.items():
        told = replace(at(dovecot, "reader0"), security=security, port=port)
        with pytest.raises(MailError, match="certificate verify failed"):
            Imap(told, ssl.create_default_context()).go_through(Judge(), lambda: False)


def test_a_server_that_does_not_answer_is_not_waited_for(dovecot: MailHost) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        told = settings.Inbox(
            host="127.0.0.1", port=silent.getsockname()[1], security=Security.NONE, user="a", password="b",
            timeout=timedelta(milliseconds=50),
        )  # fmt: skip
        with pytest.raises(MailError, match="timed out"):
            Imap(told, trusting(dovecot)).go_through(Judge(), lambda: False)


@pytest.mark.parametrize("is_good", [True, False])
def test_a_token_is_shown_and_its_refusal_is_told(dovecot: MailHost, tmp_path: Path, is_good: bool) -> None:
    (tmp_path / "token").write_text("ya29.secret\n")
    heard: list[bytes] = []

    def talk(lines: BinaryIO, say: Callable[[bytes], object]) -> None:
        say(b"* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2] here\r\n")
        while words := lines.readline().split():
            match words[1]:
                case b"CAPABILITY":
                    say(b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n")
                case b"AUTHENTICATE":
                    say(b"+ \r\n")
                    heard.append(b64decode(lines.readline()))
                    if not is_good:
                        say(b"+ eyJzdGF0dXMiOiI0MDAifQ==\r\n")
                        heard.append(lines.readline().strip())
                        say(words[0] + b" NO the token has expired\r\n")
                        continue
                case b"UID":
                    say(b"* SEARCH\r\n")
            say(words[0] + b" OK done\r\n")

    with serving(talk) as port:
        told = settings.Inbox(
            host="127.0.0.1", port=port, security=Security.NONE, user="a", token_file=tmp_path / "token"
        )
        expected = nullcontext() if is_good else pytest.raises(MailError, match="the token has expired")
        with expected as caught:
            Imap(told, trusting(dovecot)).go_through(Judge(), lambda: False)
    assert heard == [b"user=a\x01auth=Bearer ya29.secret\x01\x01", *([] if is_good else [b""])]
    assert "secret" not in str(caught)


def test_without_a_token_nobody_is_asked(dovecot: MailHost, tmp_path: Path) -> None:
    told = replace(at(dovecot, "reader0"), password="", token_file=tmp_path / "none")
    with pytest.raises(MailError, match="there is no token"):
        Imap(told, trusting(dovecot)).go_through(Judge(), lambda: False)


@contextmanager
def serving(talk: Callable[[BinaryIO, Callable[[bytes], object]], object]) -> Iterator[int]:
    """Speak with one client, at the port that is given."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with server.accept()[0] as connection, connection.makefile("rb") as lines:
                talk(lines, connection.sendall)

        thread = threading.Thread(target=serve)
        thread.start()
        yield int(server.getsockname()[1])
        thread.join(10)


def test_a_server_that_sends_without_end_is_not_listened_to(dovecot: MailHost) -> None:
    with serving(lambda _, say: say(b"* OK {99999999999}\r\n")) as port:
        told = settings.Inbox(host="127.0.0.1", port=port, security=Security.NONE, user="a", password="b")
        with pytest.raises(MailError, match="wants to send 99999999999 bytes at once"):
            Imap(told, trusting(dovecot)).go_through(Judge(), lambda: False)
