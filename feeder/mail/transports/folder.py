"""The local mailbox: a Maildir.

The file name follows from the Message-ID, so a message that is sent again, after a crash between
writing and recording, is the same file: here delivery is exactly once.
Source: the Maildir format, cr.yp.to/proto/maildir.html.
"""

from hashlib import blake2b
from pathlib import Path

from feeder import files
from feeder.mail.transports import OneByOne
from feeder.model.deliveries import Accepted, Deferred, Envelope, Message, Outcome


class Maildir(OneByOne):
    """A mailbox in a folder, made when the first message comes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, envelope: Envelope, message: Message) -> Outcome:
        """Put a message into `new/`, with its envelope as its first two fields."""
        name = f"{blake2b(message.id.encode(), digest_size=16).hexdigest()}.feeder"
        try:
            if not self._has(name):
                self._put(name, _with_envelope(envelope, message))
        except OSError as error:
            return Deferred(f"the mailbox {self._folder} cannot be written ({error.strerror})")
        return Accepted(name)

    def _has(self, name: str) -> bool:
        # A mail program moves what it has shown to `cur/`, and adds flags to the name.
        return (self._folder / "new" / name).exists() or any((self._folder / "cur").glob(f"{name}*"))

    def _put(self, name: str, content: bytes) -> None:
        for part in ("tmp", "new", "cur"):
            (self._folder / part).mkdir(parents=True, exist_ok=True)
        files.put(self._folder / "new" / name, content, self._folder / "tmp" / name)


def _with_envelope(envelope: Envelope, message: Message) -> bytes:
    # Addresses were checked when they came in: nothing in them could end a line.
    fields = f"Return-Path: <{envelope.sender}>\r\nDelivered-To: {envelope.recipient}\r\n"
    return fields.encode() + message.content
