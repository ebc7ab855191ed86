"""What came back from a request."""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin

from feeder.net.failures import WAIT, RequestFailed, shown

_CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s"';,]+)""", re.IGNORECASE)
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Look:
    """What an address leads to, whatever that is: `status` is what was said in the end.

    `settled` is where the address has moved for good, as far as permanent redirects lead before any
    other; None where none does. `retry_after` is how long we are asked to stay away.
    """

    status: int
    url: str = field(repr=False)
    settled: str | None = field(default=None, repr=False)
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that was wanted.

    `headers` are found by their names in small letters, or in any, as they came off the wire.
    `content` is unpacked. `url` is where it came from in the end, after redirects.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    # Some addresses hold a token, so they are kept out of messages.
    url: str = field(repr=False)

    @property
    def media_type(self) -> str:
        """The type of the content in small letters, as `text/html`; empty when none is given."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def links(self) -> dict[str, str]:
        """The absolute addresses of the `Link` header, by relation. Source: RFC 8288."""
        from httpx import Response  # noqa: PLC0415 - at the first request, not at the start

        # As bytes, since httpx takes no text but ASCII.
        header = self.headers.get("link", "").encode("utf-8", "replace")
        links: dict[str, str] = {}
        for link in Response(self.status, headers={b"link": header}).links.values():
            with suppress(ValueError):  # no address at all
                target = urljoin(self.url, link["url"])
                links |= dict.fromkeys((link.get("rel") or "").split(), target)
        return links

    def text(self) -> str:
        """Return the content as text in the charset that was told, else UTF-8; never fails."""
        told = _CHARSET.search(self.headers.get("content-type", ""))
        charset = "utf-8-sig" if not told or self.content.startswith(_BOM) else told[1]
        try:
            return self.content.decode(charset, "replace")
        except (LookupError, ValueError):
            return self.content.decode("utf-8-sig", "replace")

    def json(self) -> Any:  # Any: it is a stranger's, and sources check each value that they take.
        """Return the content as JSON.

        Raises: RequestFailed, when it is none: a page of HTML, or half of a JSON.
        """
        thing = shown(self.url)
        start = self.content.removeprefix(_BOM).lstrip()[:1]
        if start == b"<":
            raise RequestFailed(
                thing, "answered HTML, not JSON", "look at the address in a browser", status=self.status
            )
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError) as error:
            raise RequestFailed(thing, _what_is_wrong(error), WAIT, status=self.status) from error


def _what_is_wrong(error: Exception) -> str:
    if not isinstance(error, json.JSONDecodeError):
        return "answered a JSON that cannot be read"
    if not error.doc.strip():
        return "answered nothing, not JSON"
    is_cut = error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated string")
    return (
        "answered half a JSON"
        if is_cut
        else f"answered broken JSON (line {error.lineno}, column {error.colno})"
    )
