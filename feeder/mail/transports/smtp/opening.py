"""The first words with a mail server, until it takes messages: greeting, EHLO, TLS, log-in."""

import ipaddress
import re
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass

from feeder.mail import answers
from feeder.mail.transports import Unavailable
from feeder.mail.transports.smtp import login
from feeder.mail.transports.smtp.login import Locked
from feeder.mail.transports.smtp.wire import Ended, Reply, Wire
from feeder.model.deliveries import Deferred, Verdict
from feeder.model.settings import MailServer, Security

_HOST = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_NEVER = 500


@dataclass(frozen=True, slots=True)
class Offers:
    """What a server says that it can do. `size` is the most bytes of a message, 0 where it sets no limit."""

    pipelining: bool = False
    eight_bit: bool = False
    utf8: bool = False
    starttls: bool = False
    declares_size: bool = False
    size: int = 0
    logins: frozenset[str] = frozenset()


@dataclass(slots=True)
class Session:
    """A connection that takes messages, and what can be asked of it.

    `carried` counts the messages that were answered; `idle_since` is by the clock that only goes forward.
    """

    server: MailServer
    wire: Wire
    offers: Offers
    carried: int = 0
    idle_since: float = 0.0

    def quit(self) -> None:
        """Take leave, and wait for no answer: nobody needs it."""
        with suppress(Ended):
            self.wire.write(b"QUIT\r\n")
        self.wire.close()


def open_session(server: MailServer, trust: ssl.SSLContext) -> Session:
    """Connect to a server, and go on until it takes messages. Raises: Unavailable."""
    seconds = server.timeout.total_seconds()
    try:
        wire = Wire(socket.create_connection((server.host, server.port), seconds), seconds)
    except (OSError, UnicodeError) as error:  # UnicodeError: a name that cannot be looked up
        why = getattr(error, "strerror", None) or str(error) or "no address"
        raise _unavailable(
            server, f"cannot be reached ({answers.printable(why)})", Verdict.CONNECTION
        ) from error
    try:
        return Session(server, wire, _introduced(wire, server, trust))
    except Ended as error:
        wire.close()
        raise _unavailable(server, f"cannot be used: {error.why}", Verdict.CONNECTION) from error
    except Locked as error:
        wire.close()
        raise _unavailable(server, f"cannot be used: {error.why}", Verdict.OURS) from error
    except Unavailable:
        wire.close()
        raise


def _introduced(wire: Wire, server: MailServer, trust: ssl.SSLContext) -> Offers:
    if server.security is Security.TLS:
        wire.secure(trust, server.host)
    _welcomed(server, wire.reply(), "does not greet us")
    offers = _offers(wire, server)
    if server.security is Security.STARTTLS:
        if not offers.starttls:
            raise Locked("it does not offer STARTTLS, which mail.servers.*.security asks for")
        wire.write(b"STARTTLS\r\n")
        _welcomed(server, wire.reply(), "does not begin TLS")
        wire.secure(trust, server.host)
        # What was offered in the open may have been anybody's (RFC 3207, 4.2).
        offers = _offers(wire, server)
    if server.user:
        _welcomed(server, login.log_in(wire, server, offers.logins), "refuses our log-in")
    return offers


def _offers(wire: Wire, server: MailServer) -> Offers:
    name = _own_name(wire)
    wire.write(f"EHLO {name}\r\n".encode())
    reply = wire.reply()
    if reply.code < _NEVER:
        _welcomed(server, reply, "does not take our EHLO")
        return _read(reply.text)
    wire.write(f"HELO {name}\r\n".encode())  # a server of before 1995 (RFC 5321, 3.2)
    _welcomed(server, wire.reply(), "does not take our HELO")
    return Offers()


def _read(text: str) -> Offers:
    """Read what an answer to EHLO offers; its first line is a greeting."""
    offered: dict[str, list[str]] = {}
    for line in text.split("\n")[1:]:
        # Old servers write AUTH=LOGIN.
        keyword, *values = line.upper().replace("AUTH=", "AUTH ").split() or [""]
        offered.setdefault(keyword, []).extend(values)
    size = offered.get("SIZE", [])
    return Offers(
        pipelining="PIPELINING" in offered,
        eight_bit="8BITMIME" in offered,
        utf8="SMTPUTF8" in offered,
        starttls="STARTTLS" in offered,
        declares_size="SIZE" in offered,
        size=int(size[0]) if size and re.fullmatch("[0-9]{1,18}", size[0]) else 0,
        logins=frozenset(offered.get("AUTH", [])),
    )


def _own_name(wire: Wire) -> str:
    """Return this machine's name if it has a full one, else its address (RFC 5321, 4.1.3 and 4.1.4)."""
    name = socket.gethostname()
    if _HOST.fullmatch(name):
        return name
    address = ipaddress.ip_address(wire.local_address().partition("%")[0])
    return f"[IPv6:{address}]" if address.version == 6 else f"[{address}]"  # noqa: PLR2004 - of IP


def _welcomed(server: MailServer, reply: Reply, what: str) -> None:
    """Go on after a good answer. Raises: Unavailable after any other."""
    outcome = answers.outcome(reply.code, reply.text)
    if reply.code // 100 == 2:  # noqa: PLR2004 - the class of success
        return
    ours = isinstance(outcome, Deferred) and outcome.verdict is Verdict.OURS
    verdict = Verdict.OURS if ours else Verdict.CONNECTION
    raise _unavailable(server, f"{what} ({reply.code} {answers.printable(reply.text)})", verdict)


def _unavailable(server: MailServer, why: str, verdict: Verdict) -> Unavailable:
    return Unavailable(
        Deferred(f"the mail server {server.name} ({server.host}:{server.port}) {why}", verdict)
    )
