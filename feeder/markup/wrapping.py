"""Plain text in lines that fit into a terminal."""

import re
import unicodedata

COLUMNS = 72

# What is never parted: a word, or a letter of a script that does not part its words. Punctuation that
# ends something stays with what it ends, and what begins something with what it begins.
_WIDE = "\u2e80-\u2fdf\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_OPENING = "“‘（《〈「『【〔［"
_CLOSING = "”’、。，．！？：；）》〉」』】〕］…—·"
_UNIT = re.compile(
    rf" +|[{_OPENING}]*(?:[{_WIDE}]|[^ {_WIDE}{_OPENING}{_CLOSING}]+|[{_CLOSING}])[{_CLOSING}]*"
)
_ITEM = "- "

# Letters that may take another number of columns than one.
_ODD = re.compile("[^\x20-\xac\xae-\u02ff\u2010-\u2027]")


def wrapped(plain: str, indent: str = "") -> str:
    """Return a text whose lines take at most `COLUMNS` columns, where words and addresses allow it.

    Lines that fit stay as they are. What goes on from a line begins with `indent`, in lists with two spaces.
    """
    return "\n".join(_wrapped(line, indent) for line in plain.split("\n"))


def columns(plain: str) -> int:
    """Return how many columns a line takes: letters of Chinese and its like take two, marks none."""
    return len(plain) + sum(_columns(letter) - 1 for letter in _ODD.findall(plain))


def _columns(letter: str) -> int:
    if unicodedata.east_asian_width(letter) in {"W", "F"}:
        return 2
    return 0 if unicodedata.category(letter) in {"Mn", "Me", "Cf"} else 1


def _wrapped(line: str, indent: str) -> str:
    if columns(line) <= COLUMNS:
        return line
    indent = indent or "  " * line.startswith(_ITEM)
    lines, now, taken = [], "", 0
    for unit in _UNIT.findall(line):
        if taken + columns(unit.rstrip()) > COLUMNS and now.strip():
            lines.append(now.rstrip())
            now = indent + unit.lstrip()
            taken = columns(now)
        else:
            now += unit
            taken += columns(unit)
    return "\n".join([*lines, now.rstrip()])
