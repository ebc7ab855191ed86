"""Pages that act for a reader who holds a link.

The functions are plain: the framework runs them on threads.
"""

import logging
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from feeder.app import App
from feeder.errors import StoreError
from feeder.feeds import pages
from feeder.web.headers import PRIVATE
from feeder.workflows import subscribe

log = logging.getLogger(__name__)


class Unsubscribe:
    """`/unsubscribe/TOKEN`: a page with one button, and the button.

    Mail programs POST here without cookies (RFC 8058), so the token alone says who leaves. Known
    and unknown tokens get the same answers, so that nobody can find out who is a subscriber.
    """

    def __init__(self, app: App) -> None:
        self._app = app

    def answer(self, request: Request) -> Response:
        """Show the button; only POST leaves, since scanners follow every link."""
        if request.method == "POST":
            return self._leave(request.path_params["token"])
        return HTMLResponse(pages.unsubscribe(self._app.templates), headers=PRIVATE)

    def _leave(self, token: str) -> Response:
        """Leave, and say so; 503 lets a mail program try again when it could not be recorded."""
        try:
            subscribe.leave(self._app.store, self._app.signer, token, datetime.now(UTC))
        except StoreError:
            log.exception("leaving could not be recorded")
            return PlainTextResponse(
                "We could not record this now. Please try again in a minute.\n",
                status_code=503,
                headers={**PRIVATE, "Retry-After": "60"},
            )
        return HTMLResponse(pages.left(self._app.templates), headers=PRIVATE)
