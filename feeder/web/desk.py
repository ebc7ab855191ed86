"""What all pages that act have in common: the site, its templates in a reader's language, and limits."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from math import ceil

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from feeder.app import App
from feeder.errors import StoreError
from feeder.feeds import pages
from feeder.model.jobs import Job
from feeder.schedule import plan
from feeder.templating import Templates
from feeder.web import limits, speaking
from feeder.web.fields import Fields
from feeder.web.headers import PRIVATE
from feeder.web.health import Health
from feeder.web.puzzles import Puzzles

_HOUR_SECONDS = 3600
_NETWORKS = 50_000
_MINUTE_SECONDS = 60


class Desk:
    """Where requests are answered. `wake` is told the job for which something waits, such as a letter."""

    def __init__(self, app: App, wake: Callable[[Job], None], health: Health | None = None) -> None:
        self.app = app
        self.health = health or Health(app)
        self._wake = wake
        signup = app.settings.signup
        self.puzzles = Puzzles(app.signer.secret("puzzles")) if signup.open and signup.puzzle else None
        self._limit = limits.Limit(app.settings.signup.per_network, _NETWORKS, _HOUR_SECONDS)

    def now(self) -> datetime:
        """Return the present, in whole seconds."""
        return datetime.now(UTC).replace(microsecond=0)

    def wake(self, job: Job = plan.LETTERS) -> None:
        """Let a job look soon what there is for it; if that cannot be said, it looks by itself within a minute."""
        with suppress(StoreError):
            self._wake(job)

    def speaking(self, request: Request, fields: Fields, own: str = "") -> Templates:
        """Return the templates in the language of a reader, or else of whoever asks."""
        known = [tag for tag, _ in self.app.templates.languages]
        site = self.app.settings.site.language
        accepted = request.headers.get("accept-language", "")
        wanted = fields.one("language") or own
        return self.app.templates.into(speaking.choose(wanted, accepted, {*known, site}, site))

    def speaking_to(self, request: Request, language: str) -> Templates:
        """Return the templates in a reader's own language, empty for the site's: the one of their mails."""
        return self.speaking(request, Fields({}), language or self.app.settings.site.language)

    def page(
        self, templates: Templates, name: str, *, depth: int = 1, status: int = 200, **context: object
    ) -> HTMLResponse:
        """Answer with a page that lies so many folders deep."""
        html = pages.served(templates, name, "../" * depth, **context)
        return HTMLResponse(html, status, headers={**PRIVATE, "Vary": "Accept-Language"})

    def too_often(self, request: Request, templates: Templates, depth: int = 0) -> Response | None:
        """Count one more thing that this network asks for; return the answer when it was too much."""
        client = request.client.host if request.client else ""
        seconds = self._limit.wait(client, time.monotonic_ns())
        if not seconds:
            return None
        minutes = ceil(seconds / _MINUTE_SECONDS)
        answer = self.page(templates, "too_often", depth=depth, status=429, minutes=minutes)
        answer.headers["Retry-After"] = str(seconds)
        return answer

    def network(self, request: Request) -> bytes:
        """Return what stands for the network from which somebody asks."""
        return limits.network(request.client.host if request.client else "")
