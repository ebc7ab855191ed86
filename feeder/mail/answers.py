"""What a mail server's answer means for what is done next: one table, read from the top. Pure.

An answer has a code (RFC 5321, 4.2), often a status (RFC 3463, 5248, 7372, 7504, 7505), and words for people.
Where code and status leave it open, the words decide, as the large providers and the usual servers write them.
"""

import re
from dataclasses import replace
from typing import NamedTuple

from feeder.model.deliveries import Accepted, Deferred, Lost, Outcome, Refused, Verdict

LONGEST_REASON = 300
"""Characters of an answer that are kept."""

_LONGEST_NAME = 100

# From where a word begins only, so that a long one costs no more than its length.
_ADDRESS = re.compile(r"""(?<![^\s<>()\[\],;:"'])[^\s<>()\[\],;:"']+@[^\s<>()\[\],;:"']+""")
_STATUS = re.compile(r"(?:^|\(|#)#?[245](\.[0-9]{1,3}\.[0-9]{1,3})\b")
_QUEUED = re.compile(r"(?:queued as|id=) ?([^\s,;)]+)", re.IGNORECASE)

_RATE = (
    r"throttl|rate.?limit|rate exceeded|sending rate|exceeded.{0,30} rate|too many (messages|emails|connections|concurrent)"
    r"|too (fast|quickly)|unusual rate|unexpected volume|server busy|too much mail|slow down"
)
_FULL = (
    r"over ?quota|quota exceeded|exceed\w* .{0,20}quota|out of storage|storage allocation|not enough space"
    r"|(mailbox|inbox|account|user).{0,40}\bfull\b"
)
_GONE = (
    r"(user|recipient|mailbox|address|account|alias)\b.{0,60}\b(unknown|not (found|exist|known)|n[o']t exist|disabled"
    r"|inactive|deactivated|discontinued|closed|suspended|unavailable|invalid)"
    r"|(unknown|invalid|no such|no longer|not a valid|nonexistent).{0,20}\b(user|recipient|mailbox|address|account|person)"
    r"|does ?n[o']t (exist|have an? .{0,20}account)|unrouteable address|no mailbox (here )?by that name"
)
_SENDER = r"sender.{0,30}(reject|denied|verif|invalid|unknown|not allowed)|(invalid|bad) mail from"
_POLICY = (
    r"spam|black ?list|block ?list|\bdnsbl|\brbl\b|polic(y|ies)|reputation|\bdkim|\bdmarc|\bspf\b|banned"
    r"|(message|mail|host|client|sender|server|connection|ip|address) .{0,40}block(ed|ing)?\b"
    r"|relay(ing)? (access )?(not|denied)|unable to relay|not (permitted|authori[sz]ed|verified)|authenticat"
    r"|access denied|sending (paused|suspended)"
)


class _Row(NamedTuple):
    """Expressions for code, status and words; `""` fits any, and a status of `-` only an answer without one."""

    code: str
    status: str
    words: str
    verdict: Verdict


_TABLE = (
    # ── Not now ──────────────────────────────────────────────────────────────────────────────────
    # One reader who gets much mail says nothing about the others of the domain.
    _Row("4..|550", r"[45]\.2\.1", "receiving mail", Verdict.LATER),
    # Signatures, names and TLS that Gmail and others want mended (RFC 7372).
    _Row("4..", r"4\.7\.(2[0-79]|3.)", "", Verdict.OURS),
    _Row("4..", r"4\.7\.(28|5\d\d|6\d\d)", "", Verdict.THROTTLED),
    _Row("421|454", r"4\.7\.\d+", "", Verdict.THROTTLED),
    _Row("4..", "", _RATE, Verdict.THROTTLED),
    _Row("4..", r"4\.2\.2", "", Verdict.FULL),
    _Row("4..", "-", _FULL, Verdict.FULL),
    _Row("4..", r"4\.(3\.2|4\.\d+)", "", Verdict.CONNECTION),
    _Row("421", "", "", Verdict.CONNECTION),
    _Row("4..", "", "", Verdict.LATER),
    # ── Our own fault, whatever the reader's server says of the reader ───────────────────────────
    _Row("53[0458]", "", "", Verdict.OURS),
    _Row("5..", r"5\.1\.[78]", "", Verdict.OURS),
    # RFC 7293: the mailbox, or its domain, has another owner.
    _Row("5..", r"5\.7\.1[78]", "", Verdict.DEAD),
    _Row("5..", r"5\.7\.\d+", "", Verdict.OURS),
    # ── The reader's mailbox ─────────────────────────────────────────────────────────────────────
    _Row("5..", r"5\.2\.2", "", Verdict.FULL),
    _Row("5..", r"5\.1\.(1|2|3|6|10)", "", Verdict.DEAD),
    _Row("5..", r"5\.2\.1", "", Verdict.DEAD),
    # Outlook.com says 5.5.0 of mailboxes that are not there; others say 5.0.0, 5.1.0 or nothing.
    _Row("5..", r"-|5\.(0\.0|1\.0|5\.0)", _FULL, Verdict.FULL),
    # What is said of us comes first: "mailbox unavailable" is also said where a policy is meant (RFC 5321, 4.2.3).
    _Row("5..", r"-|5\.(0\.0|1\.0)", f"{_SENDER}|{_POLICY}", Verdict.OURS),
    _Row("55[0134]", r"-|5\.(0\.0|1\.0|5\.0)", _GONE, Verdict.DEAD),
    _Row("551|556", "", "", Verdict.DEAD),
    # An address beyond ASCII, for a server that takes none: the message is good for all others (RFC 6531).
    _Row("5..", r"5\.6\.7", "", Verdict.UNKNOWN),
    # ── The message ──────────────────────────────────────────────────────────────────────────────
    _Row("5..", r"5\.(3\.4|[56]\.\d+)", "", Verdict.UNFIT),
    _Row("552", r"-|5\.0\.0", "", Verdict.UNFIT),
    _Row("5..", "-", r"(message|size).{0,30}(too (big|large)|exceeds)", Verdict.UNFIT),
    _Row("50[0-4]|555", "-", "", Verdict.UNFIT),
    _Row("5..", "", "", Verdict.UNKNOWN),
)

_MENDS = {
    Verdict.LATER: "try again later",
    Verdict.CONNECTION: "look at host, port and security of the server under [mail.servers], or wait until the"
    " provider is there again; an authority of your own that signed a server's certificate is named by the variable"
    " SSL_CERT_FILE",
    Verdict.THROTTLED: "wait, or ask those who run the server for a higher rate",
    Verdict.FULL: "wait until there is room again",
    Verdict.DEAD: "look at the address",
    Verdict.UNFIT: "look at the template, and at how large the message is",
    Verdict.OURS: "look at mail.sender, at user, password and security of the server under [mail.servers], or at the"
    " key under [mail.provider], and at what it wants of those who send",
    Verdict.UNKNOWN: "ask those who run the server",
}

_LOOK = "look whether it came: nobody knows"

_SOFT = frozenset({Verdict.LATER, Verdict.CONNECTION, Verdict.THROTTLED, Verdict.FULL, Verdict.OURS})
"""What goes again later: a full mailbox, and what is our own fault, also when the server says never."""

_OF_THE_READER = frozenset({Verdict.DEAD, Verdict.FULL, Verdict.UNKNOWN})


def outcome(code: int, text: str) -> Accepted | Deferred | Refused:
    """Say what became of a message, by the answer to it; `text` is all its lines, without their codes.

    Reasons are printable and short, and hold no mail address. What is no code of success or failure
    is an answer of a server that does not know what it says.
    """
    if code // 100 == 2:  # noqa: PLR2004 - the class of success
        return Accepted(_queue_id(text))
    if not 400 <= code < 600:  # noqa: PLR2004 - the classes of failure
        return Deferred(_reason(code, text), Verdict.CONNECTION)
    return meant(_verdict(code, text), _reason(code, text))


def meant(verdict: Verdict, reason: str) -> Deferred | Refused:
    """Say whether what a verdict is about goes again later, or never."""
    return Deferred(reason, verdict) if verdict in _SOFT else Refused(reason, verdict)


def to_the_sender(code: int, text: str) -> Outcome:
    """Say what became of a message whose sender was refused: no reader had been named yet."""
    found = outcome(code, text)
    if isinstance(found, Deferred | Refused) and found.verdict in _OF_THE_READER:
        verdict = Verdict.OURS if code >= 500 else Verdict.LATER  # noqa: PLR2004 - never, or not now
        return Deferred(found.reason, verdict)
    return found


def of_server(outcome: Outcome, server: str) -> Outcome:
    """Say of a server that it throttles us itself: what it said was not about one reader."""
    if isinstance(outcome, Deferred) and outcome.verdict is Verdict.THROTTLED:
        return replace(outcome, server=server)
    return outcome


def mend(outcome: Deferred | Refused | Lost) -> str:
    """Say what a person can do about a message that was not taken."""
    return _LOOK if isinstance(outcome, Lost) else _MENDS[outcome.verdict]


def printable(text: str) -> str:
    """Return what a server said as one short line that may stand in a log: no mail address, no odd marks."""
    line = " ".join(text.split())
    if not line.isprintable():
        line = "".join(mark if mark.isprintable() else "?" for mark in line)
    hidden = _ADDRESS.sub("(address)", line)
    return hidden if len(hidden) <= LONGEST_REASON else f"{hidden[:LONGEST_REASON]}…"


def _verdict(code: int, text: str) -> Verdict:
    found = _STATUS.search(text)
    # Where code and status are not of one class, servers go by the code (RFC 5321, 4.2.1).
    status = f"{code // 100}{found[1]}" if found else "-"
    line = " ".join(text.split())
    return next(row.verdict for row in _TABLE if _fits(row, str(code), status, line))


def _fits(row: _Row, code: str, status: str, line: str) -> bool:
    return bool(
        re.fullmatch(row.code, code)
        and (not row.status or re.fullmatch(row.status, status))
        and (not row.words or re.search(row.words, line, re.IGNORECASE))
    )


def _reason(code: int, text: str) -> str:
    return f"{code} {printable(text)}".rstrip()


def _queue_id(text: str) -> str:
    """Return the server's name for a message; all that it says, where no word tells which that is."""
    found = _QUEUED.search(text)
    return (found[1] if found else printable(text))[:_LONGEST_NAME]
