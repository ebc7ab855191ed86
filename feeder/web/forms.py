"""A file of the tree, read, in the forms in which it is sent."""

import logging
import os
import stat
from dataclasses import dataclass
from email.utils import formatdate
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

from starlette.types import Message

from feeder.web import coding, copies, headers, paths
from feeder.web.kinds import Kind, Kinds
from feeder.web.looks import Version, version

log = logging.getLogger(__name__)

LARGEST_BYTES = 8 * 2**20
"""What is larger is not kept in memory."""

_OVERHEAD_BYTES = 4096
"""About what is held of a document beside its bytes."""


@dataclass(frozen=True, slots=True)
class File:
    """A file in the version that was looked at."""

    place: Path
    version: Version


@dataclass(frozen=True, slots=True)
class Form:
    """A document in one coding: its tag, without a mark of weakness, and the messages that answer with it.

    The body is a file where the document is too large to be kept.
    """

    etag: bytes
    start: Message
    unchanged: Message
    body: Message | File


@dataclass(frozen=True, slots=True)
class Document:
    """A file, read; `modified` is when it last changed, in seconds since 1970, and `forms` are by coding."""

    version: Version
    modified: int
    codings: tuple[str, ...]
    forms: dict[str, Form]
    size_bytes: int


def read(root: str, path: str, kinds: Kinds, now: float) -> Document | None:
    """Read the file at a path from the root, if it is for readers; `now` is in seconds since 1970.

    Length, date and bytes are those of one open file, whatever takes its place meanwhile.
    """
    top, file = Path(root).resolve(), Path(root + path).resolve()
    # A link may lead elsewhere in the tree, but neither out of it nor to what is hidden.
    if not (file.is_relative_to(top) and paths.is_shown(f"/{file.relative_to(top)}")):
        return None
    kind = kinds.of(path)
    try:
        with open_file(file) as opened:
            status = os.fstat(opened.fileno())
            content = opened.read() if status.st_size <= LARGEST_BYTES else None
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as error:
        log.warning("a file of the tree cannot be read", extra={"reason": error.strerror})
        return None
    # RFC 9110, 8.8.2.1: what is sent did not change in the future.
    modified = int(min(status.st_mtime, now))
    if content is None:
        return _large(file, status, modified, kind)
    bodies = {coding.IDENTITY: content} | (copies.of(content, file) if kind.is_text else {})
    digest = blake2b(content, digest_size=16).hexdigest()
    forms = {name: _form(name, body, digest, modified, kind) for name, body in bodies.items()}
    size_bytes = _OVERHEAD_BYTES + sum(map(len, bodies.values()))
    return Document(version(status), modified, tuple(forms), forms, size_bytes)


def open_file(file: Path) -> BinaryIO:
    """Open a file that holds bytes, for reading.

    Raises: OSError, also when it is a link, or a pipe.
    """
    # Without O_NONBLOCK, we would wait at a pipe until somebody writes.
    opened = os.fdopen(os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW), "rb")
    if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
        opened.close()
        raise FileNotFoundError(file)
    return opened


def _large(file: Path, status: os.stat_result, modified: int, kind: Kind) -> Document:
    tag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
    about = _about(kind, modified, f"W/{tag}")
    start = headers.start(200, _of_body(kind, status.st_size) | about)
    body = File(file, version(status))
    form = Form(tag.encode("ascii"), start, headers.start(304, about), body)
    return Document(body.version, modified, (coding.IDENTITY,), {coding.IDENTITY: form}, _OVERHEAD_BYTES)


def _form(name: str, body: bytes, digest: str, modified: int, kind: Kind) -> Form:
    of_body = _of_body(kind, len(body))
    # The digest is that of the document, whoever compressed it: parts of it are never sent, so
    # nobody joins those of two copies.
    etag = f'"{digest}"'
    if name != coding.IDENTITY:
        etag = f'"{digest}-{name}"'
        of_body["Content-Encoding"] = name
    about = _about(kind, modified, etag)
    message = {"type": "http.response.body", "body": body}
    return Form(etag.encode("ascii"), headers.start(200, of_body | about), headers.start(304, about), message)


def _about(kind: Kind, modified: int, etag: str) -> dict[str, str]:
    return kind.fields() | {"Last-Modified": formatdate(modified, usegmt=True), "ETag": etag}


def _of_body(kind: Kind, length: int) -> dict[str, str]:
    # RFC 9110, 15.4.5: a 304 says nothing of this.
    return {"Content-Type": kind.media_type, "Content-Length": str(length)}
