"""All addresses of the pages that act, on one page."""

from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from feeder.tokens import Purpose
from feeder.web import watching
from feeder.web.account import Account, Data
from feeder.web.choosing import Choose, Preview, Undo
from feeder.web.copying import Copy, Rest
from feeder.web.desk import Desk
from feeder.web.fields import Answer, acting
from feeder.web.hub import Subscriptions
from feeder.web.leaving import Unsubscribe
from feeder.web.signup import Confirm, Subscribe
from feeder.web.visits import by_link
from feeder.web.webhooks import Webhooks
from feeder.websub import HUB


def own(desk: Desk) -> list[Route]:
    """Return what is answered where, below the public address; it comes before the published tree."""
    has_hub = desk.app.settings.publish.hub
    return [
        *([_acts(f"/{HUB}", Subscriptions(desk).answer)] if has_hub else []),
        *(
            [_takes("/webhooks/{provider}", Webhooks(desk).endpoint())]
            if desk.app.settings.mail.webhooks
            else []
        ),
        _acts("/subscribe", Subscribe(desk).answer),
        _acts("/confirm/{token}", Confirm(desk).answer),
        _acts("/preferences/{token}", by_link(desk, Purpose.PREFERENCES, Choose(desk).answer)),
        _shows("/preferences/{token}/preview", by_link(desk, Purpose.PREFERENCES, Preview(desk).answer, 2)),
        _acts("/undo/{token}", Undo(desk).answer),
        _acts("/unsubscribe/{token}", Unsubscribe(desk).answer),
        _shows("/copy/{token}", Copy(desk).answer),
        _shows("/copy/{token}/all", Rest(desk).answer),
        _acts("/account/{token}", by_link(desk, Purpose.ACCOUNT, Account(desk).answer)),
        _shows("/account/{token}/data.json", by_link(desk, Purpose.ACCOUNT, Data(desk).answer, 2)),
        *watching.own(desk.app, desk.health),
    ]


def first_parts(routes: Sequence[Route]) -> frozenset[str]:
    """Return the first parts of the paths of all these: nothing of the tree is served below them."""
    return frozenset(route.path.split("/")[1] for route in routes)


def _acts(path: str, answer: Answer) -> Route:
    return Route(path, acting(answer), methods=["GET", "HEAD", "POST"])


def _takes(path: str, endpoint: Callable[[Request], Awaitable[Response]]) -> Route:
    return Route(path, endpoint, methods=["POST"])


def _shows(path: str, answer: Answer) -> Route:
    return Route(path, acting(answer), methods=["GET", "HEAD"])
