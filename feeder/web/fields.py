"""What people filled into a form, read with limits."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from feeder.errors import StoreError
from feeder.markup import text
from feeder.web.headers import PRIVATE

log = logging.getLogger(__name__)

MOST_BYTES = 256 * 1024
"""How large a form may be: hundreds of subjects fit in."""
_MOST_FIELDS = 5_000
_URLENCODED = "application/x-www-form-urlencoded"


class Fields:
    """The fields of one form, each as often as it was filled in."""

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        self._fields = fields

    def one(self, name: str) -> str:
        """Return what stands in a field, without spaces around it; empty where there is none."""
        found = self._fields.get(name)
        return found[0].strip() if found else ""

    def all(self, name: str) -> list[str]:
        """Return all that was chosen under one name."""
        return list(self._fields.get(name, ()))

    def has(self, name: str) -> bool:
        """Tell whether a field was sent at all."""
        return name in self._fields


Answer = Callable[[Request, Fields], Response]
"""Answers a request, on a thread; the fields are those of a POST, or else of the query."""


def acting(answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    """Make an endpoint of a plain function: its form is read first, and it runs on a thread."""

    async def endpoint(request: Request) -> Response:
        if request.method != "POST":
            return await run_in_threadpool(_answered, answer, request, _read(request.url.query))
        try:
            body = await body_of(request, MOST_BYTES)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            return PlainTextResponse("This form is too large.\n", status_code=413)
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        # Of one click (RFC 8058), which may also come in parts, nothing has to be read.
        written = body.decode("utf-8", "replace") if kind == _URLENCODED else ""
        return await run_in_threadpool(_answered, answer, request, _read(written))

    return endpoint


def _answered(answer: Answer, request: Request, fields: Fields) -> Response:
    return unless_broken(lambda: answer(request, fields))


def unless_broken(answer: Callable[[], Response]) -> Response:
    """Answer; 503 lets people and programs try again when the store cannot be used for a while."""
    try:
        return answer()
    except StoreError as error:
        log.error("a page could not be answered", extra={"reason": error.rule})  # noqa: TRY400 - it says all
        return later()


def later() -> Response:
    """Answer that it is to be tried again."""
    words = "We could not do this now. Please try again in a minute.\n"
    return PlainTextResponse(words, status_code=503, headers={**PRIVATE, "Retry-After": "60"})


async def body_of(request: Request, most_bytes: int) -> bytes | None:
    """Return the body, or None when it is too large. Raises: ClientDisconnect."""
    read = bytearray()
    async for part in request.stream():
        read += part
        if len(read) > most_bytes:
            return None
    return bytes(read)


def _read(written: str) -> Fields:
    try:
        found = parse_qs(written, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:  # more fields than any form of ours has
        return Fields({})
    # Some databases refuse what no document can hold.
    return Fields({name: [text.scrub(value) for value in values] for name, values in found.items()})
