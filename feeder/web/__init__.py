"""What `feeder run` serves: the published tree, and the pages that act.

GET and HEAD change nothing, anywhere.
"""

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware

from feeder.app import App
from feeder.web.headers import Safe
from feeder.web.routes import routes

_GRACE_SECONDS = 5
"""How long answers that are under way may take after we were told to stop."""


def create(app: App) -> Starlette:
    """Make the web application of a site."""
    return Starlette(routes=routes(app), middleware=[Middleware(Safe)])


def server(app: App) -> uvicorn.Server:
    """Make the server of a site; it keeps no log of what was asked for, since some addresses are secrets."""
    settings = uvicorn.Config(
        create(app),
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    return uvicorn.Server(settings)
