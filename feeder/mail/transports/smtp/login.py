"""Who we are, for servers that ask: by password (PLAIN, LOGIN) or by a token (XOAUTH2)."""

from base64 import b64encode
from collections.abc import Collection

from feeder.mail import bearer
from feeder.mail.transports.smtp.wire import Reply, Wire
from feeder.model.settings import Login, MailServer

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
            # A refusal is told in a challenge (334), which wants an empty answer before the code comes.
            told = bearer.shown(server.user, _token(server))
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
        return bearer.token(server.token_command, server.token_file)
    except bearer.NoToken as error:
        raise Locked(error.why) from error


def _coded(text: str) -> str:
    return b64encode(text.encode()).decode("ascii")
