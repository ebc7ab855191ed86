"""The account of a reader: all that is known of them, another address, the end of it all.

Its link comes in a fresh letter, works for a day, and is for this alone, so that nobody gets here who
only has one of the reader's mails.
"""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from feeder.errors import ConfigurationError
from feeder.model.subscribers import Subscriber
from feeder.subscribers import addresses
from feeder.templating import Templates
from feeder.tokens import Purpose
from feeder.web.desk import Desk
from feeder.web.fields import Fields
from feeder.web.headers import PRIVATE
from feeder.workflows import prefer, suppress


class Account:
    """`/account/TOKEN`: what is known, and what can be done about it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def answer(self, request: Request, fields: Fields) -> Response:
        """Show what is known; move, revoke links, or erase."""
        desk, app = self._desk, self._desk.app
        token = request.path_params["token"]
        reader = prefer.holder(app.store, app.signer, Purpose.ACCOUNT, token, desk.now())
        if reader is None:
            return desk.page(desk.speaking(request, fields), "lapsed", status=410)
        templates = desk.speaking_to(request, reader.preferences.language)
        if request.method != "POST":
            return self._page(templates, token, reader)
        match fields.one("do"):
            case "move":
                return self._move(request, templates, token, reader, fields)
            case "revoke":
                prefer.revoke_links(app.store, reader, desk.now())
                return desk.page(templates, "revoked")
            case "erase" if fields.one("sure"):
                suppress.erase(app.store, reader.address, app.settings.signup.erased, desk.now())
                return desk.page(templates, "erased")
        return self._page(templates, token, reader, trouble="sure")

    def _move(
        self, request: Request, templates: Templates, token: str, reader: Subscriber, fields: Fields
    ) -> Response:
        desk = self._desk
        refused = desk.too_often(request, templates, depth=1)
        if refused:
            return refused
        try:
            address = addresses.checked(fields.one("address"))
        except ConfigurationError:
            return self._page(templates, token, reader, trouble="address", status=422)
        prefer.ask_to_move(desk.app.store, reader, address, desk.now(), desk.network(request))
        desk.wake()
        return desk.page(templates, "asked")

    def _page(
        self,
        templates: Templates,
        token: str,
        reader: Subscriber,
        *,
        trouble: str = "",
        status: int = 200,
    ) -> Response:
        app = self._desk.app
        held = prefer.held(app.store, reader)
        with app.store.reading() as tx:
            names = tx.items.tag_names(sorted({*reader.preferences.any_tags, *reader.preferences.no_tags}))
        return self._desk.page(
            templates,
            "account",
            status=status,
            token=token,
            reader=reader,
            held=held,
            names=names,
            recipes=app.settings.digests,
            trouble=trouble,
        )


class Data:
    """`/account/TOKEN/data.json`: all that is known of a reader, to take along."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def answer(self, request: Request, fields: Fields) -> Response:
        """Hand it over."""
        desk, app = self._desk, self._desk.app
        token = request.path_params["token"]
        reader = prefer.holder(app.store, app.signer, Purpose.ACCOUNT, token, desk.now())
        if reader is None:
            return desk.page(desk.speaking(request, fields), "lapsed", depth=2, status=410)
        name = 'attachment; filename="data.json"'
        return JSONResponse(prefer.told(app.store, reader), headers={**PRIVATE, "Content-Disposition": name})
