"""A Maildir, as mail servers of this machine fill it. Source: cr.yp.to/proto/maildir.html."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from feeder.errors import MailError
from feeder.mail import inboxes
from feeder.mail.inboxes import IsUnderstood, Stopped

_INFO = ":2,"
_READ, _FLAGGED, _TRASHED = "S", "F", "T"


class Maildir:
    """A mailbox in a folder, which mail programs may use as well."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def go_through(self, is_understood: IsUnderstood, stopped: Stopped) -> None:
        """Show each message of `new` and `cur` that is neither read nor flagged, and mark it in `cur`."""
        try:
            for file in list(islice(self._unread(), inboxes.MOST)):
                if stopped():
                    return
                with suppress(FileNotFoundError):  # a mail program has just moved it
                    self._show(file, is_understood)
        except OSError as error:
            raise MailError(
                f"the Maildir {self._folder}",
                f"cannot be used ({error.strerror})",
                "look at mail.inbox.maildir, and at who may write there",
            ) from error

    def _unread(self) -> Iterator[Path]:
        for part in ("new", "cur"):
            for file in sorted((self._folder / part).iterdir()):
                # A name that begins with a dot is none of a message; and a pipe would be waited for.
                is_message = not file.name.startswith(".") and not file.is_symlink() and file.is_file()
                if is_message and not _flags(file) & {_READ, _FLAGGED, _TRASHED}:
                    yield file

    def _show(self, file: Path, is_understood: IsUnderstood) -> None:
        with file.open("rb") as opened:
            content = opened.read(inboxes.MOST_BYTES)
        flags = _flags(file) | {_READ if is_understood(content) else _FLAGGED}
        base = file.name.partition(_INFO)[0]
        file.rename(self._folder / "cur" / f"{base}{_INFO}{''.join(sorted(flags))}")


def _flags(file: Path) -> set[str]:
    return set(file.name.partition(_INFO)[2])
