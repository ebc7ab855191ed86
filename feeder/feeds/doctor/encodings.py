"""Bytes become text: by their mark, by what the server says, by what they say themselves.

Whatever is wrong with that is found here; some text comes of it all the same.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from feeder.feeds.doctor.findings import WHOLE, Finding, Place, advice, error, quoted, warning

WRONG = error(
    "encoding-wrong", "the bytes are in the encoding that the document declares", "XML 1.0, section 4.3.3"
)
UNKNOWN = error(
    "encoding-unknown", "the declared encoding is one that readers know", "XML 1.0, section 4.3.3"
)
MISMATCH = warning("encoding-mismatch", "server and document name the same encoding", "RFC 7303, section 3.2")
SUSPECT = warning(
    "encoding-suspect", "the bytes are in the encoding that the document declares", "XML 1.0, section 4.3.3"
)
CHARSET_MISSING = warning(
    "charset-missing", "a server says the encoding of what is not UTF-8", "RFC 7303, section 3.1"
)
NOT_UTF_8 = advice("encoding-other", "UTF-8 is what every reader knows", "RFC 7303, section 3.1")
BOM = advice("bom", "UTF-8 needs no byte order mark", "XML 1.0, appendix F.1")
JSON_ENCODING = error("encoding-wrong", "JSON is UTF-8", "RFC 8259, section 8.1")
JSON_BOM = warning("bom", "JSON begins without a byte order mark", "RFC 8259, section 8.1")
FORBIDDEN = error(
    "forbidden-character", "XML holds no control characters and no half characters", "XML 1.0, section 2.2"
)

UTF_8 = "utf-8"
MOST_FORBIDDEN = 1_000

_MARKS = {
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF8: UTF_8,
    codecs.BOM_UTF16_BE: "utf-16-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
}
# Python has further codecs, some of which are none of text.
_CODECS = re.compile(r"(?:utf-?(?:8|16|32)|iso-?8859|cp\d|koi8|gb|big5|euc|shift_jis|mac-|ascii)")
_SINGLE = re.compile(r"(?:iso-?8859|cp\d|koi8|mac-)")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s"';,]+)""", re.IGNORECASE)
_DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})""")
_HEAD_BYTES = 500
_SAVE = "save it as UTF-8, and declare that"
_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text without a byte order mark, the name of its encoding, and what was wrong with it."""

    text: str = field(repr=False)
    encoding: str
    findings: tuple[Finding, ...]


def is_json(content: bytes) -> bool:
    """Tell whether a document begins as JSON does, in whatever encoding."""
    mark = next((mark for mark in _MARKS if content.startswith(mark)), b"")
    return content[len(mark) :].lstrip(b" \t\r\n\0")[:1] in {b"{", b"["}


def of_xml(content: bytes, content_type: str | None) -> Decoded:
    """Decode a document of XML. `content_type` is the server's header; None if no server spoke."""
    findings: list[Finding] = []
    mark = next((mark for mark in _MARKS if content.startswith(mark)), b"")
    told = _CHARSET.search(content_type or "")
    charset = told[1] if told else ""
    declared_bytes = _DECLARED.match(content[len(mark) : _HEAD_BYTES].replace(b"\0", b""))
    declared = declared_bytes[1].decode("ascii", "replace") if declared_bytes else ""
    findings += [_unknown(name) for name in (charset, declared) if name and not _codec(name)]
    encoding = _MARKS.get(mark) or _codec(charset) or _codec(declared) or UTF_8
    if mark == codecs.BOM_UTF8:
        findings.append(Finding(BOM, Place(line=1), "the document begins with one", "save it without"))
    body = content[len(mark) :]
    if not content.isascii():
        findings += _doubts(body, encoding, charset, declared)
        if encoding != UTF_8 and not charset and content_type is not None:
            found = f"the document is {encoding}, and the header says nothing"
            findings.append(Finding(CHARSET_MISSING, Place("header Content-Type"), found, _SAVE))
    text, encoding, trouble = _decoded(body, encoding)
    if encoding != UTF_8 and not trouble and not content.isascii():
        findings.append(Finding(NOT_UTF_8, Place(line=1), f"the document is {encoding}", _SAVE))
    return Decoded(text, encoding, (*findings, *trouble))


def of_json(content: bytes) -> Decoded:
    """Decode a document of JSON, which is UTF-8 whatever anybody says."""
    mark = next((mark for mark in _MARKS if content.startswith(mark)), b"")
    encoding = _MARKS.get(mark, UTF_8)
    body = content[len(mark) :]
    findings: list[Finding] = []
    if encoding != UTF_8:
        findings.append(Finding(JSON_ENCODING, WHOLE, f"it is {encoding}", "save it as UTF-8"))
    elif mark:
        findings.append(Finding(JSON_BOM, Place(line=1), "the document begins with one", "save it without"))
    try:
        return Decoded(body.decode(encoding), encoding, tuple(findings))
    except UnicodeDecodeError as error:
        place = _place(body, error.start)
        found = f"the byte 0x{body[error.start]:02X} is no {encoding}"
        findings.append(Finding(JSON_ENCODING, place, found, "save it as UTF-8"))
        return Decoded(body.decode(encoding, "replace"), encoding, tuple(findings))


def forbidden(text: str) -> Iterator[Finding]:
    """Find the characters that no document of XML may hold, the first `MOST_FORBIDDEN` of them."""
    line, start, done = 1, 0, 0
    for found in islice(_NOT_IN_XML.finditer(text), MOST_FORBIDDEN):
        at = found.start()
        line += text.count("\n", done, at)
        start = max(start, text.rfind("\n", done, at) + 1)
        done = at
        place = Place("", line, at - start + 1)
        yield Finding(
            FORBIDDEN, place, f"there is U+{ord(found[0]):04X}", "leave it out when you write feeds"
        )


def without_forbidden(text: str) -> str:
    """Return the text with a question mark for each such character, in the same places."""
    return _NOT_IN_XML.sub("?", text)


def _decoded(body: bytes, encoding: str) -> tuple[str, str, tuple[Finding, ...]]:
    # Some programs declare the encoding of their own strings, and write another.
    is_plain = encoding[:6] in {"utf-16", "utf-32"} and body.lstrip()[:1] == b"<" and body[1:2] != b"\0"
    if is_plain and b"\0" not in body[:_HEAD_BYTES]:
        found = Finding(WRONG, Place(line=1), f"it declares {encoding}, and is not", _SAVE)
        return body.decode(UTF_8, "replace"), UTF_8, (found,)
    try:
        return body.decode(encoding), encoding, ()
    except UnicodeDecodeError as error:
        byte = f"the byte 0x{body[error.start]:02X}" if error.start < len(body) else "the end"
        guess = "" if encoding != UTF_8 else "; it looks like windows-1252"
        found = Finding(WRONG, _place(body, error.start), f"{byte} is no {encoding}{guess}", _SAVE)
        return body.decode("latin-1" if encoding == UTF_8 else encoding, "replace"), encoding, (found,)


def _doubts(body: bytes, encoding: str, charset: str, declared: str) -> Iterator[Finding]:
    by_server, by_itself = _codec(charset), _codec(declared)
    if by_server and by_itself and by_server != by_itself:
        found = f"the header says {quoted(charset)}, the document {quoted(declared)}"
        yield Finding(MISMATCH, Place("header Content-Type"), found, "let both say UTF-8")
    if _SINGLE.match(encoding) and _is_utf_8(body):
        found = f"it declares {encoding}, and reads as UTF-8"
        yield Finding(SUSPECT, Place(line=1), found, "declare UTF-8")


def _is_utf_8(body: bytes) -> bool:
    try:
        body.decode(UTF_8)
    except UnicodeDecodeError:
        return False
    return True


def _unknown(name: str) -> Finding:
    return Finding(UNKNOWN, Place(line=1), f"{quoted(name)} is unknown", _SAVE)


def _codec(name: str) -> str:
    """Return Python's name of an encoding; empty for none that a feed may have."""
    try:
        found = codecs.lookup(name).name if name else ""
    except (LookupError, ValueError):
        return ""
    return found if _CODECS.match(found) else ""


def _place(body: bytes, at: int) -> Place:
    line = body.count(b"\n", 0, at) + 1
    return Place("", line, at - body.rfind(b"\n", 0, at))
