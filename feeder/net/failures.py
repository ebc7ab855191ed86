"""What can go wrong with a request, in words. No message holds a password or a query."""

import re
from datetime import timedelta

from feeder.errors import FeederError

WAIT = "wait; if it lasts, tell whoever runs it"
"""What to do about a failure that is another's to mend."""

_SHOWN_CHARACTERS = 200
_HOST_AND_PORT = re.compile(r"(\[[^\]]*\]|[^\[\]:]*)(:\d*)?")
_UNPRINTABLE = re.compile(r"[^\x21-\x7e\w]")
_RULES = {
    401: (
        "asks for a name and a password (401)",
        "check the user and the password, or ask whoever runs it to let feeder in",
    ),
    403: ("refuses us (403)", "check the rights of the user, or ask whoever runs it to let feeder in"),
    404: ("there is nothing at this address (404)", "check the address"),
    410: ("is gone for good (410)", "take it out, or find its new address"),
    429: ("we asked too often (429)", "let feeder ask less often"),
}
# 500 mostly tells of an error in a program, which is there the next moment as well.
_PASSING = {429, 502, 503, 504}


class RequestFailed(FeederError):
    """A request without an answer that the caller can use.

    `status` is what the server said, if it spoke; `retry_after` is how long it asks us to wait.
    `passing`: what hinders may be over in a moment, as with a server that starts anew.
    `sent`: all of the request had left, so that whoever got it may have done what it asks.
    """

    def __init__(
        self,
        thing: str,
        rule: str,
        mend: str,
        *,
        status: int | None = None,
        retry_after: timedelta | None = None,
        passing: bool = False,
        sent: bool = False,
    ) -> None:
        super().__init__(thing, rule, mend)
        self.status = status
        self.retry_after = retry_after
        self.passing = passing
        self.sent = sent


class NoSuchHost(RequestFailed):
    """A request whose host has no address: the domain has lapsed, or never was."""


def shown(url: str) -> str:
    """Return an address as messages and logs may name it: without credentials, query and fragment."""
    bare = re.split(r"[?#]", url, maxsplit=1)[0]
    scheme, mark, rest = bare.partition("://") if "://" in bare else ("", "", bare)
    authority, slash, path = rest.partition("/")
    host = authority.rpartition("@")[2]
    if not _HOST_AND_PORT.fullmatch(host) or (":" in host and "@" in path):
        # A password with "/", "?" or "#" in it was cut in the middle, and this is its first half.
        return f"{_UNPRINTABLE.sub('', scheme)}{mark}…"
    whole = _UNPRINTABLE.sub("", f"{scheme}{mark}{host}{slash}{path}")
    return whole if len(whole) <= _SHOWN_CHARACTERS else f"{whole[: _SHOWN_CHARACTERS - 1]}…"


def of_status(thing: str, status: int, retry_after: timedelta | None) -> RequestFailed:
    """Return what a status other than those that were hoped for means."""
    rule, mend = _rule(status)
    if retry_after is not None:
        mend = f"it asks us to come back in {retry_after.total_seconds():.0f} s"
    return RequestFailed(
        thing, rule, mend, status=status, retry_after=retry_after, passing=status in _PASSING
    )


def _rule(status: int) -> tuple[str, str]:
    if status in _RULES:
        return _RULES[status]
    if 500 <= status < 600:  # noqa: PLR2004 - the servers' own troubles
        return f"is in trouble ({status})", WAIT
    return f"answers {status}, which is of no use here", "try the address in a browser"
