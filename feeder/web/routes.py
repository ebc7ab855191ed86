"""All addresses on one page."""

from urllib.parse import urlsplit

from starlette.routing import BaseRoute, Mount, Route

from feeder.app import App
from feeder.web.public import Unsubscribe
from feeder.web.tree import Tree


def routes(app: App) -> list[BaseRoute]:
    """Return what is answered where; the published tree answers last.

    Where the public address has a path, all of it is answered below that path, too: a proxy in
    front may take it off or leave it on.
    """
    answer = Unsubscribe(app).answer
    own: list[BaseRoute] = [
        Mount("/unsubscribe", routes=[Route("/{token}", answer, methods=["GET", "HEAD", "POST"])]),
        Mount("/", Tree(app.settings.publish.folder)),
    ]
    prefix = urlsplit(app.settings.site.public_url).path.rstrip("/")
    return [Mount(prefix, routes=own), *own] if prefix else own
