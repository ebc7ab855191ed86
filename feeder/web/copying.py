"""Copies: `/copy/TOKEN` shows an issue as it was mailed, without its reader's own words and links.

Mail is passed on, and so are these addresses: whoever has one can read, and nothing else.
"""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from feeder.web.desk import Desk
from feeder.web.fields import Fields
from feeder.web.headers import MAIL_POLICY, PRIVATE
from feeder.workflows import copies


class Copy:
    """`/copy/TOKEN`: the mail."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def answer(self, request: Request, fields: Fields) -> Response:
        """Show it."""
        desk, app = self._desk, self._desk.app
        token = request.path_params["token"]
        copy = copies.find(app.store, app.signer, token)
        if copy is None:
            return desk.page(desk.speaking(request, fields), "lapsed", status=410)
        templates = desk.speaking_to(request, copy.reader.preferences.language)
        html = copies.page(copy, templates, templates.address(f"copy/{token}/all"))
        return HTMLResponse(html, headers={**PRIVATE, "Content-Security-Policy": MAIL_POLICY})


class Rest:
    """`/copy/TOKEN/all`: all items of the issue, those for which the mail had no room among them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def answer(self, request: Request, fields: Fields) -> Response:
        """Show them, as far as they are public now."""
        desk, app = self._desk, self._desk.app
        copy = copies.find(app.store, app.signer, request.path_params["token"])
        if copy is None:
            return desk.page(desk.speaking(request, fields), "lapsed", depth=2, status=410)
        return desk.page(
            desk.speaking_to(request, copy.reader.preferences.language),
            "copy",
            depth=2,
            title=copies.title(copy, app.settings.digests.get(copy.digest)),
            items=copies.items(app.store, copy),
        )
