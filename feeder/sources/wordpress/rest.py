"""Questions to the REST interface of a WordPress, and what its answers mean."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from feeder import net
from feeder.errors import SourceError
from feeder.markup import html, text, urls
from feeder.model import settings
from feeder.model.batches import batches

PER_PAGE = 100
"""How many rows WordPress gives at most at a time."""

# Statuses that WordPress explains in its answer.
_EXPLAINED = frozenset({400, 401, 403, 404, 410})
_REFUSED = frozenset({401, 403})
_NOT_THERE = frozenset({404, 410})
_SAID_CHARACTERS = 120
_NO_ROUTE = "rest_no_route"
_LET_IN = "look for a security plugin or a log-in wall, and let feeder ask for /wp-json/"
_LOG_IN = "let feeder ask for /wp-json/ in the security plugin, or give `user` and an application password"
_NEW_PASSWORD = "check `user`, and make a new application password in its profile in WordPress"  # noqa: S105 - no password

Row = Mapping[str, Any]


class Refusal(SourceError):
    """An answer that is of no use.

    `code` is WordPress's own word for it.
    `passing`: what hinders may be over in a moment, so that asking otherwise is no help.
    """

    def __init__(
        self,
        thing: str,
        rule: str,
        mend: str,
        *,
        status: int | None = None,
        code: str = "",
        passing: bool = False,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(thing, rule, mend, retry_after=retry_after)
        self.status = status
        self.code = code
        self.passing = passing

    @property
    def is_not_there(self) -> bool:
        """Whether there is no REST interface at this address."""
        return self.status in _NOT_THERE and self.code != _NO_ROUTE


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list, and what WordPress says of the whole: rows and pages, if it says so."""

    rows: Sequence[Row]
    total: int | None
    pages: int | None


@dataclass(frozen=True, slots=True)
class Rest:
    """The REST interface at a `base`, which ends where names such as "posts" begin."""

    thing: str
    source: settings.WordPress = field(repr=False)
    client: net.Client = field(repr=False)
    base: str

    def page(self, name: str, query: Mapping[str, object]) -> Page:
        """Return some rows of a list.

        Raises: Refusal, when it cannot be had; SourceError, when it is no list of rows.
        """
        answer = self._get(name, query)
        rows = self._json(answer)
        if answer.status in _EXPLAINED:
            raise self._explained(answer.status, rows)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise self.nonsense(name)
        headers = answer.headers
        return Page(rows, _count(headers.get("x-wp-total")), _count(headers.get("x-wp-totalpages")))

    def by_number(self, name: str, numbers: Sequence[int], fields: str, **query: object) -> Iterator[Row]:
        """Yield what there is of these numbers, in any order; each row has its "id".

        Raises: Refusal; SourceError.
        """
        for some in batches(numbers, PER_PAGE):
            asked = {"include": ",".join(map(str, some)), "per_page": PER_PAGE, "_fields": fields}
            wanted = set(some)
            for row in self.page(name, asked | query).rows:
                # Each once, and none that nobody asked for.
                if self.number(name, row, "id") in wanted:
                    wanted.discard(row["id"])
                    yield row

    def number(self, name: str, row: Row, field_name: str) -> int:
        """Return a number that a row must have. Raises: SourceError."""
        value = row.get(field_name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.nonsense(name)
        return value

    def nonsense(self, name: str) -> SourceError:
        """Return the error for a list that holds something else than it should."""
        rule = f"its list of {name} is none that WordPress gives"
        return SourceError(self.thing, rule, "look for a plugin that changes answers of the REST interface")

    def _get(self, name: str, query: Mapping[str, object]) -> net.Answer:
        url = f"{self.base}{name}{'&' if '?' in self.base else '?'}{urlencode(query, safe=',.')}"
        try:
            return self.client.get(
                url,
                auth=self._credentials(),
                accept="application/json",
                accepted=_EXPLAINED,
                allow_private=self.source.allow_private,
            )
        except net.RequestFailed as failure:
            raise failed(self.thing, failure) from failure

    def _credentials(self) -> tuple[str, str] | None:
        """Return user and password, which only the site's own origin is told.

        Raises: SourceError, when the interface is elsewhere, or anybody could listen.
        """
        if not self.source.user:
            return None
        origin = urls.origin(self.base)
        if not origin.startswith("https:") and not self.source.allow_private:
            raise SourceError(self.thing, f"its password would go to {origin} unencrypted", "give it https")
        if origin not in {
            urls.origin(self.source.url),
            urls.origin(self.source.url).replace("http:", "https:"),
        }:
            raise SourceError(
                self.thing, f"its password is not for {origin}", f"if it is, set url = {origin}"
            )
        return self.source.user, self.source.password

    def _json(self, answer: net.Answer) -> object:
        start = answer.content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
        if answer.status in _NOT_THERE and start not in {b"{", b"["}:
            raise Refusal(self.thing, *_nothing_there(self.base), status=answer.status)
        if start == b"<":
            rule = f"answers with a web page instead of JSON ({answer.status})"
            raise Refusal(self.thing, rule, _LET_IN, status=answer.status)
        try:
            return answer.json()
        except net.RequestFailed as failure:
            raise failed(self.thing, failure) from failure

    def _explained(self, status: int, said: object) -> Refusal:
        """Return what WordPress's own explanation means."""
        told = said if isinstance(said, dict) else {}
        code = text.line(str(told.get("code", "")))[:_SAID_CHARACTERS]
        message = html.excerpt(html.to_text(str(told.get("message", ""))), _SAID_CHARACTERS)
        if code == _NO_ROUTE or "disabled" in code:
            rule = f"its REST interface is switched off ({code})"
            mend = "switch it on in the plugin that did so, or take its feed as the source"
        elif status in _REFUSED:
            rule = f"refuses to answer ({status}, {code or 'without a reason'}: {message})"
            mend = _NEW_PASSWORD if self.source.user else _LOG_IN
        elif status in _NOT_THERE:
            rule, mend = _nothing_there(self.base)
        else:
            rule = f"does not take our question ({status}, {code}: {message})"
            mend = "look for a plugin that limits the REST interface"
        return Refusal(self.thing, rule, mend, status=status, code=code)


def failed(thing: str, failure: net.RequestFailed) -> Refusal:
    """Return what a request without an answer means for a source."""
    rule = f"{failure.thing}: {failure.rule}"
    return Refusal(
        thing,
        rule,
        failure.mend,
        status=failure.status,
        passing=failure.passing,
        retry_after=failure.retry_after,
    )


def _nothing_there(base: str) -> tuple[str, str]:
    shown = base.partition("?")[0]
    return f"there is no REST interface at {shown}", "check the address, and whether a WordPress is there"


def _count(header: str | None) -> int | None:
    said = (header or "").strip()
    return int(said[:12]) if said.isascii() and said.isdigit() else None
