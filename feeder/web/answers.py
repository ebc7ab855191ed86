"""What is answered about the tree beside its documents, as messages."""

from starlette.types import Message

from feeder.web import headers
from feeder.web.forms import File, Form

Answer = tuple[Message, Message | File]
"""How it begins, and its body, or the file that has it."""

NO_BODY: Message = {"type": "http.response.body", "body": b""}

_SHORTLY = "public, max-age=300"
_NOT_TOLD_AGAIN = (b"etag", b"last-modified", b"cache-control", b"link")


def moved(address: str) -> Answer:
    """Answer that the document has another address."""
    fields = {"Location": address, "Content-Length": "0", "Cache-Control": _SHORTLY}
    return headers.start(301, fields), NO_BODY


def gone(form: Form | None) -> Answer:
    """Answer that the document is no more, with what stands in its place."""
    if form is None or isinstance(form.body, File):
        return _words(410, "This is no longer published.", {"Cache-Control": _SHORTLY})
    told = [field for field in form.start["headers"] if field[0] not in _NOT_TOLD_AGAIN]
    cache = (b"cache-control", _SHORTLY.encode("ascii"))
    return {**form.start, "status": 410, "headers": [*told, cache]}, form.body


def method_not_allowed() -> Answer:
    """Answer that the tree is only for reading."""
    return _words(405, "This can only be read.", {"Allow": "GET, HEAD"})


def not_acceptable() -> Answer:
    """Answer that the document is in no coding that the client takes."""
    return _words(406, "This is here in no coding that you accept.", {"Vary": "Accept-Encoding"})


def too_many(seconds: int) -> Answer:
    """Answer that the client has had enough for now, and when there will be more."""
    fields = {"Retry-After": str(seconds), "Cache-Control": "no-store"}
    return _words(429, f"You ask too often. Please try again in {seconds} s.", fields)


def _words(status: int, words: str, fields: dict[str, str]) -> Answer:
    body = f"{words}\n".encode()
    told = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(body)), **fields}
    return headers.start(status, told), {"type": "http.response.body", "body": body}
