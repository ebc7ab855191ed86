"""Readers who come by a link of theirs."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from feeder.model.subscribers import Subscriber
from feeder.templating import Templates
from feeder.tokens import Purpose
from feeder.web.desk import Desk
from feeder.web.fields import Answer, Fields
from feeder.workflows import prefer


@dataclass(frozen=True, slots=True)
class Visit:
    """A reader whose link works, and the templates in their language."""

    token: str
    reader: Subscriber
    templates: Templates


def by_link(
    desk: Desk, purpose: Purpose, answer: Callable[[Request, Fields, Visit], Response], depth: int = 1
) -> Answer:
    """Answer whoever has a link of a purpose that works; tell all others that theirs does not.

    `depth` is how many folders deep the page lies.
    """

    def answered(request: Request, fields: Fields) -> Response:
        token = request.path_params["token"]
        reader = prefer.holder(desk.app.store, desk.app.signer, purpose, token, desk.now())
        if reader is None:
            return desk.page(desk.speaking(request, fields), "lapsed", depth=depth, status=410)
        templates = desk.speaking_to(request, reader.preferences.language)
        return answer(request, fields, Visit(token, reader, templates))

    return answered
