"""Mailboxes to which what comes back is delivered: each unread message is shown, and marked by what is said of it.

    maildir   a folder of this machine       imap   a mailbox at a server

Nothing is ever deleted, or moved to another folder. What was understood is marked as read; what was not stays
unread, and is flagged, so that a person finds it and nobody shows it again.
"""

from collections.abc import Callable
from typing import Protocol

IsUnderstood = Callable[[bytes], bool]
"""Acts on a message, and tells whether that was all there is to do about it. It may be given the same one again."""

Stopped = Callable[[], bool]

MOST_BYTES = 1024 * 1024
"""So much of a message is shown."""

MOST = 1_000
"""So many messages are shown at a time; the others wait."""


class Inbox(Protocol):
    """A mailbox."""

    def go_through(self, is_understood: IsUnderstood, stopped: Stopped) -> None:
        """Show each message that is neither read nor flagged, and mark it: as read, or with a flag.

        A message is marked after it was acted on: a crash in between shows it again. What `is_understood` raises
        ends it, and leaves that message as it was. Raises: MailError when the mailbox cannot be used.
        """
