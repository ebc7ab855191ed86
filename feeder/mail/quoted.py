"""Quoted-printable whose lines are their own canonical form (RFC 2045, 6.7; RFC 6376, 3.4.4).

Of several blanks only the first is left as it is, and none ends a line; no line begins with a dot. So what
is signed is what is sent, and nobody has to look for blanks in a message, nor for dots (RFC 5321, 4.5.2).
"""

import re

_LINE = 76
"""Octets of a line, without its end."""

_SOFT = b"=\r\n"
"""Ends a line that goes on."""

# What is no printable ASCII, an equals sign, all blanks but a single one inside a line. A line that begins
# with "From " would be changed on its way by programs that keep mail in one file.
_UNSAFE = re.compile(rb"[^ -<>-~]|(?<= ) | $|^\.|^F(?=rom )")

_LINK = re.compile(r"[!-<>-~]+")


def encode(words: str) -> bytes:
    """Return a text with its lines ended by CRLF; where it ends within a line, that line goes on softly.

    So one encoded text can follow another, and decodes to both.
    """
    if _LINK.fullmatch(words) and not words.startswith("."):
        return _folded(words.encode()) + _SOFT
    lines = words.encode().split(b"\n")
    last = lines.pop()
    whole = b"".join(_folded(_UNSAFE.sub(_escaped, line)) + b"\r\n" for line in lines)
    return whole + _folded(_UNSAFE.sub(_escaped, last)) + _SOFT if last else whole


def _escaped(found: re.Match[bytes]) -> bytes:
    return b"=%02X" % found[0][0]


def _folded(line: bytes) -> bytes:
    """Break a line where it is too long, within no escape."""
    if len(line) < _LINE:
        return line
    parts = []
    while len(line) >= _LINE:
        cut = _LINE - 1
        escape = line.rfind(b"=", cut - 2, cut)
        cut = escape if escape >= 0 else cut
        parts.append(line[:cut])
        line = line[cut:]
        if line.startswith(b"."):
            line = b"=2E" + line[1:]
    return _SOFT.join([*parts, line])
