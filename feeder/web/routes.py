"""All addresses of the pages that act, on one page."""

from starlette.routing import Route

from feeder.app import App
from feeder.web.public import Unsubscribe


def own(app: App) -> list[Route]:
    """Return what is answered where, below the public address; it comes before the published tree."""
    return [Route("/unsubscribe/{token}", Unsubscribe(app).answer, methods=["GET", "HEAD", "POST"])]


def first_parts(routes: list[Route]) -> frozenset[str]:
    """Return the first parts of the paths of all these: nothing of the tree is served below them."""
    return frozenset(route.path.split("/")[1] for route in routes)
