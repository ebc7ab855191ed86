"""Plain text that every format can carry: one normal form, and nothing that XML forbids."""

import re
import unicodedata

# All but what XML 1.0 allows, less what it discourages (section 2.2): DEL, C1 controls, noncharacters.
_FORBIDDEN = re.compile(
    "[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd"
    + "".join(f"{chr(plane << 16)}-{chr(plane << 16 | 0xFFFD)}" for plane in range(1, 17))
    + "]"
)
_CONTROLS = bytes({*range(32), 127} - {9, 10})


def scrub(text: str) -> str:
    """Return the text in NFC with LF line ends, without characters that a document cannot hold.

    Removed are controls other than tab and line feed, lone surrogates and noncharacters.
    Scrubbing twice changes nothing.
    Source: XML 1.0, section 2.2 (Char).
    """
    if text.isascii() and text.isprintable():
        return text  # as nearly every name is
    lines = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    if lines.isascii():
        return lines.encode().translate(None, _CONTROLS).decode()
    return unicodedata.normalize("NFC", _FORBIDDEN.sub("", lines))


def forbidden(text: str) -> str | None:
    """Return the first character that a document cannot hold, as `U+0001`; None where there is none."""
    found = _FORBIDDEN.search(text)
    return f"U+{ord(found[0]):04X}" if found else None


def line(text: str) -> str:
    """Return the scrubbed text on one line, with single spaces and none at its ends."""
    return " ".join(scrub(text).split())


def title_key(title: str) -> str:
    """Return the form in which titles are compared: letters and digits only, without case or marks.

    Quotation marks, dashes and spacing differ from one place to the next where the title is the same.
    """
    folded = unicodedata.normalize("NFKD", title.casefold())
    return "".join(mark for mark in folded if mark.isalnum()) or line(title)
