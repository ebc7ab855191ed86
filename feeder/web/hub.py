"""Our hub: what subscribers ask is written down and answered at once, and verified on the clock's thread.

So whoever asks learns nothing of a callback from how long the answer takes (WebSub, section 5.1.2).
"""

import time
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from feeder.model.hub import Wanted
from feeder.schedule import plan
from feeder.web.desk import Desk
from feeder.web.fields import Fields
from feeder.web.headers import PRIVATE
from feeder.web.limits import Limit
from feeder.websub import asking
from feeder.workflows import hub

_HOUR_SECONDS = 3600
_KNOWN = 50_000

_WELCOME = """\
This is a WebSub hub for the feeds of this site: post hub.mode, hub.topic and hub.callback to it.
https://www.w3.org/TR/websub/
"""


@dataclass(frozen=True, slots=True)
class Rates:
    """How many requests are taken in an hour: from one network, for callbacks of one host, from everywhere.

    Each lets us ask somebody who may never have heard of us, once or, where nobody answers, a few times.
    """

    per_network: int = 600
    per_host: int = 300
    in_all: int = 3000


class Subscriptions:
    """`/hub`: takes requests of subscribers. GET says what it is."""

    def __init__(self, desk: Desk, rates: Rates | None = None) -> None:
        self._desk = desk
        taken = rates or Rates()
        self._networks = Limit(taken.per_network, _KNOWN, _HOUR_SECONDS)
        self._hosts = Limit(taken.per_host, _KNOWN, _HOUR_SECONDS)
        self._all = Limit(taken.in_all, 1, _HOUR_SECONDS)

    def answer(self, request: Request, fields: Fields) -> Response:
        """Take what was asked; refusals are told in plain text, for whoever wrote the client."""
        if request.method != "POST":
            return PlainTextResponse(_WELCOME)
        # Secrets are taken to the letter, all else without spaces around it.
        found = {name: fields.one(name) for name in asking.FIELDS}
        found[asking.SECRET] = next(iter(fields.all(asking.SECRET)), "")
        wanted = asking.read(found, self._desk.app.settings.site.public_url)
        if isinstance(wanted, asking.Refusal):
            return _told(wanted.status, wanted.words)
        return self._too_often(request, wanted) or self._take(wanted)

    def _too_often(self, request: Request, wanted: Wanted) -> Response | None:
        now = time.monotonic_ns()
        client = request.client.host if request.client else ""
        seconds = (
            self._networks.wait(client, now)
            or self._hosts.wait_for(wanted.host.encode(), now)
            or self._all.wait_for(b"", now)
        )
        if not seconds:
            return None
        answer = _told(429, "Too many requests; please come back later.")
        answer.headers["Retry-After"] = str(seconds)
        return answer

    def _take(self, wanted: Wanted) -> Response:
        app = self._desk.app
        refusal = hub.ask(app.store, app.settings.site, wanted, self._desk.now())
        if refusal:
            return _told(refusal.status, refusal.words)
        self._desk.wake(plan.HUB)
        return Response(status_code=202, headers=PRIVATE)


def _told(status: int, words: str) -> Response:
    return PlainTextResponse(f"{words}\n", status, headers=PRIVATE)
