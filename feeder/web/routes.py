"""All addresses of the pages that act, on one page."""

from collections.abc import Sequence

from starlette.routing import Route

from feeder.web.account import Account, Data
from feeder.web.choosing import Choose, Preview, Undo
from feeder.web.desk import Desk
from feeder.web.fields import Answer, acting
from feeder.web.leaving import Unsubscribe
from feeder.web.signup import Confirm, Subscribe


def own(desk: Desk) -> list[Route]:
    """Return what is answered where, below the public address; it comes before the published tree."""
    return [
        _acts("/subscribe", Subscribe(desk).answer),
        _acts("/confirm/{token}", Confirm(desk).answer),
        _acts("/preferences/{token}", Choose(desk).answer),
        _shows("/preferences/{token}/preview", Preview(desk).answer),
        _acts("/undo/{token}", Undo(desk).answer),
        _acts("/unsubscribe/{token}", Unsubscribe(desk).answer),
        _acts("/account/{token}", Account(desk).answer),
        _shows("/account/{token}/data.json", Data(desk).answer),
    ]


def first_parts(routes: Sequence[Route]) -> frozenset[str]:
    """Return the first parts of the paths of all these: nothing of the tree is served below them."""
    return frozenset(route.path.split("/")[1] for route in routes)


def _acts(path: str, answer: Answer) -> Route:
    return Route(path, acting(answer), methods=["GET", "HEAD", "POST"])


def _shows(path: str, answer: Answer) -> Route:
    return Route(path, acting(answer), methods=["GET", "HEAD"])
