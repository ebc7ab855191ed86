"""A mailbox at an IMAP server. Source: RFC 3501, 4616 (log-in by PLAIN), 8314 (TLS from the first byte)."""

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from feeder.errors import MailError
from feeder.mail import answers, bearer, inboxes
from feeder.mail.inboxes import IsUnderstood, Stopped
from feeder.model.settings import Inbox, Security

_UNREAD = ("UNSEEN", "UNFLAGGED", "UNDELETED")
_READ, _FLAGGED = r"(\Seen)", r"(\Flagged)"

_LARGEST_LITERAL_BYTES = inboxes.MOST_BYTES + 64 * 1024
"""More than was asked for nobody has to send at once."""


class Imap:
    """A mailbox at a server, which other mail programs may use as well; each visit is a connection of its own."""

    def __init__(self, settings: Inbox, trust: ssl.SSLContext) -> None:
        self._settings = settings
        self._trust = trust

    def go_through(self, is_understood: IsUnderstood, stopped: Stopped) -> None:
        """Show each message that is neither read nor flagged, and set its flag."""
        try:
            with self._opened() as imap:
                for number in _unread(imap):
                    if stopped():
                        return
                    content = _content(imap, number)
                    if content is not None:
                        flag = _READ if is_understood(content) else _FLAGGED
                        _done(*imap.uid("STORE", number, "+FLAGS.SILENT", flag))
        except (OSError, imaplib.IMAP4.error, ValueError, bearer.NoToken) as error:
            settings = self._settings
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise MailError(
                f"the mailbox {settings.folder} at {settings.host}:{settings.port}",
                f"cannot be used ({answers.printable(why)})",
                "look at host, port, security, user, password or token, and folder under [mail.inbox]",
            ) from error

    @contextmanager
    def _opened(self) -> Iterator[imaplib.IMAP4]:
        imap = self._connected()
        try:
            self._log_in(imap)
            _done(*imap.select(_quoted(self._settings.folder)))
            yield imap
        finally:
            # Nothing is expunged: that only `CLOSE` would do.
            with suppress(OSError, imaplib.IMAP4.error):
                imap.logout()
            _hang_up(imap)

    def _connected(self) -> imaplib.IMAP4:
        settings, seconds = self._settings, self._settings.timeout.total_seconds()
        if settings.security is Security.TLS:
            return _BoundedTls(settings.host, settings.port, ssl_context=self._trust, timeout=seconds)
        imap = _Bounded(settings.host, settings.port, timeout=seconds)
        if settings.security is Security.STARTTLS:
            try:
                imap.starttls(self._trust)
            except BaseException:
                _hang_up(imap)
                raise
        return imap

    def _log_in(self, imap: imaplib.IMAP4) -> None:
        user, password = self._settings.user, self._settings.password
        if not password:
            token = bearer.token(self._settings.token_command, self._settings.token_file)
            shown = bearer.shown(user, token).encode()
            # A refusal is told in a challenge, which wants an empty answer.
            _done(*imap.authenticate("XOAUTH2", lambda challenge: b"" if challenge else shown))
        elif "AUTH=PLAIN" in imap.capabilities:
            _done(*imap.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode()))
        else:
            _done(*imap.login(_quoted(user), password))


class _Bounded(imaplib.IMAP4):
    """A connection that takes no more at once than it can have asked for."""

    def read(self, size: int) -> bytes:
        """Read what the server said that it would send."""
        if size > _LARGEST_LITERAL_BYTES:
            raise self.abort(f"the server wants to send {size} bytes at once")
        return super().read(size)


class _BoundedTls(imaplib.IMAP4_SSL, _Bounded):
    """The same, by TLS from its first byte."""


def _hang_up(imap: imaplib.IMAP4) -> None:
    with suppress(OSError):  # it may have hung up before
        imap.shutdown()


def _unread(imap: imaplib.IMAP4) -> list[str]:
    """Return the numbers, which stay the same, of messages that nobody has looked at, oldest first."""
    answer = _done(*imap.uid("SEARCH", *_UNREAD))
    listed = answer[0] if answer and isinstance(answer[0], bytes) else b""
    return [number.decode() for number in listed.split() if number.isdigit()][: inboxes.MOST]


def _content(imap: imaplib.IMAP4, number: str) -> bytes | None:
    """Return the beginning of a message, which stays unread; None where it is not there any more."""
    answer = _done(*imap.uid("FETCH", number, f"(BODY.PEEK[]<0.{inboxes.MOST_BYTES}>)"))
    return next((bytes(part[1]) for part in answer if isinstance(part, tuple)), None)


def _done(status: str, answer: Any) -> list[Any]:
    """Return an answer. Raises: imaplib.IMAP4.error when it says no."""
    if status != "OK":
        said = b" ".join(part for part in answer if isinstance(part, bytes))
        raise imaplib.IMAP4.error(said.decode(errors="replace"))
    return list(answer)


def _quoted(text: str) -> str:
    escaped = re.sub(r'(["\\])', r"\\\1", text)
    return f'"{escaped}"'
