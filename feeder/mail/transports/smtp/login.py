"""Who we are, for servers that ask: by password (PLAIN, LOGIN) or by a token (XOAUTH2)."""

import subprocess
from base64 import b64encode
from collections.abc import Collection
from datetime import timedelta

from feeder.mail import answers
from feeder.mail.transports.smtp.wire import Reply, Wire
from feeder.model.settings import Login, MailServer

_TOKEN_WITHIN = timedelta(seconds=30)
"""How long the command that tells a token may take."""

_GO_ON = 334


class Locked(Exception):
    """The server does not know us, or we have nothing to show it; `why` holds no secret."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def log_in(wire: Wire, server: MailServer, offered: Collection[str]) -> Reply:
    """Show the server who we are, in a way that it offers, and return its last answer.

    Raises: Locked, Ended.
    """
    match _way(server, offered):
        case Login.XOAUTH2:
            # OAuth for SMTP, as Google and Microsoft document it; a refusal is told in a challenge (334), which
            # wants an empty answer before the code comes.
            told = f"user={server.user}\x01auth=Bearer {_token(server)}\x01\x01"
            return _answered(wire, f"AUTH XOAUTH2 {_coded(told)}", "")
        case Login.LOGIN:
            return _answered(wire, "AUTH LOGIN", _coded(server.user), _coded(server.password))
        case _:
            told = f"\0{server.user}\0{server.password}"  # RFC 4616
            return _answered(wire, f"AUTH PLAIN {_coded(told)}")


def _way(server: MailServer, offered: Collection[str]) -> Login:
    wanted = [Login.PLAIN, Login.LOGIN] if server.auth is Login.PASSWORD else [server.auth]
    for way in wanted:
        if way.upper() in offered:
            return way
    ways = " or ".join(way.upper() for way in wanted)
    raise Locked(f"it does not offer to log in by {ways}")


def _answered(wire: Wire, *lines: str) -> Reply:
    """Write line after line as long as the server asks to go on."""
    for line in lines:
        wire.write(f"{line}\r\n".encode())
        reply = wire.reply()
        if reply.code != _GO_ON:
            break
    return reply


def _token(server: MailServer) -> str:
    try:
        if server.token_file:
            return _one_word(server.token_file.read_text("utf-8"), f"the file {server.token_file}")
        command = server.token_command
        done = subprocess.run(  # noqa: S603 - the words of the site's owner, and no shell
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TOKEN_WITHIN.total_seconds(),
            check=False,
        )
        if done.returncode:
            raise Locked(f"the command {command[0]} for a token ended with {done.returncode}")
        return _one_word(done.stdout.decode("utf-8", "replace"), f"the command {command[0]}")
    except (OSError, UnicodeDecodeError, subprocess.TimeoutExpired) as error:
        why = error.strerror if isinstance(error, OSError) else type(error).__name__
        raise Locked(f"there is no token ({answers.printable(str(why))})") from error


def _one_word(told: str, teller: str) -> str:
    token = told.strip()
    if not token.isascii() or not token.isprintable() or not token or " " in token:
        raise Locked(f"{teller} tells no token")
    return token


def _coded(text: str) -> str:
    return b64encode(text.encode()).decode("ascii")
