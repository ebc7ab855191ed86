"""All addresses on one page."""

from starlette.routing import BaseRoute, Mount, Route

from feeder.app import App
from feeder.web.public import Unsubscribe
from feeder.web.tree import Tree


def routes(app: App) -> list[BaseRoute]:
    """Return what is answered where; the published tree answers last."""
    answer = Unsubscribe(app).answer
    return [
        Mount("/unsubscribe", routes=[Route("/{token}", answer, methods=["GET", "HEAD", "POST"])]),
        Mount("/", Tree(app.settings.publish.folder)),
    ]
