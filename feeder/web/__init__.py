"""What `feeder run` serves: the published tree, and the pages that act.

GET and HEAD change nothing, anywhere.
"""

from starlette.applications import Starlette

from feeder.app import App
from feeder.web.routes import routes

__all__ = ["create"]


def create(app: App) -> Starlette:
    """Make the web application of a site."""
    return Starlette(routes=routes(app))
