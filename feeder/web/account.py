"""The account of a reader: all that is known of them, another address, the end of it all.

Its link comes in a fresh letter, works for a day, and is for this alone, so that nobody gets here who
only has one of the reader's mails.
"""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from feeder.errors import ConfigurationError
from feeder.subscribers import addresses
from feeder.web.desk import Desk
from feeder.web.fields import Fields
from feeder.web.headers import PRIVATE
from feeder.web.visits import Visit
from feeder.workflows import prefer, suppress


class Account:
    """`/account/TOKEN`: what is known, and what can be done about it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def answer(self, request: Request, fields: Fields, visit: Visit) -> Response:
        """Show what is known; move, revoke links, or erase."""
        desk, app = self._desk, self._desk.app
        if request.method != "POST":
            return self._page(visit)
        match fields.one("do"):
            case "move":
                return self._move(request, fields, visit)
            case "revoke":
                prefer.revoke_links(app.store, visit.reader, desk.now())
                return desk.page(visit.templates, "revoked")
            case "erase" if fields.one("sure"):
                suppress.erase(app.store, visit.reader.address, app.settings.signup.erased, desk.now())
                return desk.page(visit.templates, "erased")
        return self._page(visit, trouble="sure")

    def _move(self, request: Request, fields: Fields, visit: Visit) -> Response:
        desk = self._desk
        refused = desk.too_often(request, visit.templates, depth=1)
        if refused:
            return refused
        try:
            address = addresses.public(fields.one("address"))
        except ConfigurationError:
            return self._page(visit, trouble="address", status=422)
        prefer.ask_to_move(desk.app.store, visit.reader, address, desk.now(), desk.network(request))
        desk.wake()
        return desk.page(visit.templates, "asked")

    def _page(self, visit: Visit, *, trouble: str = "", status: int = 200) -> Response:
        app, reader = self._desk.app, visit.reader
        held = prefer.held(app.store, reader)
        with app.store.reading() as tx:
            names = tx.items.tag_names(sorted({*reader.preferences.any_tags, *reader.preferences.no_tags}))
        return self._desk.page(
            visit.templates,
            "account",
            status=status,
            token=visit.token,
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

    def answer(self, request: Request, fields: Fields, visit: Visit) -> Response:  # noqa: ARG002 - as all pages
        """Hand it over."""
        known = prefer.told(self._desk.app.store, visit.reader)
        return JSONResponse(
            known, headers={**PRIVATE, "Content-Disposition": 'attachment; filename="data.json"'}
        )
