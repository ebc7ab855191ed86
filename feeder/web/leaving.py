"""Leaving: one click for readers and for mail programs, and nothing at all for scanners."""

import logging

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from feeder.errors import StoreError
from feeder.web.desk import Desk
from feeder.web.fields import Fields
from feeder.web.headers import PRIVATE
from feeder.workflows import subscribe

log = logging.getLogger(__name__)


class Unsubscribe:
    """`/unsubscribe/TOKEN`: a page with one button, and the button.

    Mail programs POST here without cookies (RFC 8058), so the token alone says who leaves. Known
    and unknown tokens get the same answers, so that nobody can find out who is a subscriber.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def answer(self, request: Request, fields: Fields) -> Response:
        """Show the button; only POST leaves, since scanners follow every link."""
        desk, app = self._desk, self._desk.app
        token, templates = request.path_params["token"], desk.speaking(request, fields)
        if request.method != "POST":
            return desk.page(templates, "unsubscribe")
        try:
            subscribe.leave(app.store, app.signer, token, desk.now())
        except StoreError:
            log.exception("leaving could not be recorded")
            return _not_recorded()
        return desk.page(templates, "left", token=token)


class Return:
    """`/return/TOKEN`: somebody who has left wants to come back, and is asked by a letter whether that is so."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def answer(self, request: Request, fields: Fields) -> Response:
        """Show the button; write down that somebody wants to come back."""
        desk, app = self._desk, self._desk.app
        token, templates = request.path_params["token"], desk.speaking(request, fields)
        if request.method != "POST":
            return desk.page(templates, "left", token=token)
        refused = desk.too_often(request, templates, depth=1)
        if refused:
            return refused
        subscribe.come_back(app.store, app.signer, token, desk.now())
        desk.wake()
        return desk.page(templates, "asked")


def _not_recorded() -> Response:
    """Let a mail program try again: what could not be recorded has not happened."""
    return PlainTextResponse(
        "We could not record this now. Please try again in a minute.\n",
        status_code=503,
        headers={**PRIVATE, "Retry-After": "60"},
    )
