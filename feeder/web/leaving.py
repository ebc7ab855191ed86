"""Leaving: one click for readers and for mail programs, and nothing at all for scanners."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from feeder.templating import Templates
from feeder.tokens import Purpose
from feeder.web.desk import Desk
from feeder.web.fields import Fields
from feeder.web.headers import PRIVATE
from feeder.workflows import subscribe


class Unsubscribe:
    """`/unsubscribe/TOKEN`: a page with one button, and the button.

    Mail programs POST here without cookies (RFC 8058), so the token alone says who leaves. Known
    and unknown tokens get the same answers, so that nobody can find out who is a subscriber.
    `feeder check` POSTs a token that is nobody's, and gets a proof that links lead here.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def answer(self, request: Request, fields: Fields) -> Response:
        """Show the button; only POST leaves, since scanners follow every link."""
        templates = self._desk.speaking(request, fields)
        if request.method != "POST":
            return self._desk.page(templates, "unsubscribe")
        if fields.one("do") == "return":
            return self._come_back(request, templates)
        return self._leave(request.path_params["token"], templates)

    def _leave(self, token: str, templates: Templates) -> Response:
        desk, app = self._desk, self._desk.app
        if app.signer.verify(Purpose.PROBE, token):
            return PlainTextResponse(app.signer.proof(token), headers=PRIVATE)
        subscribe.leave(app.store, app.signer, token, desk.now())
        return desk.page(templates, "left")

    def _come_back(self, request: Request, templates: Templates) -> Response:
        """Write down that somebody who has just left wants to come back; a letter asks whether that is so."""
        desk, app = self._desk, self._desk.app
        refused = desk.too_often(request, templates, depth=1)
        if refused:
            return refused
        claim = app.signer.verify(Purpose.UNSUBSCRIBE, request.path_params["token"])
        if claim is not None:
            subscribe.come_back(app.store, claim.subject, desk.now())
            desk.wake()
        return desk.page(templates, "asked")
