"""Tokens that show a server who we are, told anew at each log-in: by a command, or by a file."""

import subprocess
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from feeder.mail import answers

_WITHIN = timedelta(seconds=30)
"""How long the command may take."""


class NoToken(Exception):
    """There is no token; `why` holds no secret."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def token(command: Sequence[str], file: Path | None) -> str:
    """Return the token that a file holds, or else the one that a command prints. Raises: NoToken."""
    try:
        if file:
            return _one_word(file.read_text("utf-8"), f"the file {file}")
        done = subprocess.run(  # noqa: S603 - the words of the site's owner, and no shell
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_WITHIN.total_seconds(),
            check=False,
        )
    except (OSError, UnicodeDecodeError, subprocess.TimeoutExpired) as error:
        why = error.strerror if isinstance(error, OSError) else type(error).__name__
        raise NoToken(f"there is no token ({answers.printable(str(why))})") from error
    if done.returncode:
        raise NoToken(f"the command {command[0]} for a token ended with {done.returncode}")
    return _one_word(done.stdout.decode("utf-8", "replace"), f"the command {command[0]}")


def shown(user: str, token: str) -> str:
    """Return what XOAUTH2 shows to a server, as Google and Microsoft document it for SMTP and IMAP."""
    return f"user={user}\x01auth=Bearer {token}\x01\x01"


def _one_word(told: str, teller: str) -> str:
    token = told.strip()
    if not token.isascii() or not token.isprintable() or not token or " " in token:
        raise NoToken(f"{teller} tells no token")
    return token
