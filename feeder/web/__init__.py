"""What `feeder run` serves: the published tree, and the pages that act.

GET and HEAD change nothing, anywhere.

__init__        the application and its server
tree            the published tree, as ASGI; it asks all of the following
paths           which path of the tree an address names
redirects       what has moved and what is gone, by the tree's own rules
documents       what stands in the tree, from memory
looks           what the disk says of files, once for all who ask together
forms           one file of it, read, with all that is sent of it
kinds           types, how long to keep, links
copies          compressed copies that fit
coding          which of them a client takes
conditional     whether a client has it already
limits          how much one client gets
readers         who reads feeds, counted; agents: what programs say of themselves
since           what is new in a feed, for who has an older version
answers, large  what else is answered; files that are not kept in memory
headers         what every answer carries
protocol        HTTP, with a limit to what clients send
routes          the pages that act, on one page
desk            what those pages have in common; visits: readers who come by a link
fields, filled  what was filled into a form; speaking: in which language it is answered; puzzles
signup, choosing, leaving, account    what readers do there
webhooks        what providers post of mail that came back
hub             what feed readers ask, to be told at once
watching        what supervisors and Prometheus ask
health          whether this process lives, and may be given work; beats: parts that show that they live
metrics         what goes on, in figures;  inquiry: a question to a store that may not answer
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Router
from starlette.types import ASGIApp

from feeder.app import App
from feeder.errors import ConfigurationError
from feeder.model.jobs import Job
from feeder.web import routes, watching
from feeder.web.desk import Desk
from feeder.web.headers import Safe
from feeder.web.health import Health
from feeder.web.protocol import Bounded
from feeder.web.readers import Readers
from feeder.web.tree import Tree

_GRACE_SECONDS = 5
"""How long answers that are under way may take after we were told to stop."""

_IDLE_SECONDS = 75
"""How long a connection may wait for its next request: longer than proxies let it, so that it is never
we who close it at the moment when they send one."""


def _nobody(_job: Job) -> None:
    """Wake nobody: who looks from time to time will see."""


def create(
    app: App,
    wake: Callable[[Job], None] = _nobody,
    readers: Readers | None = None,
    health: Health | None = None,
) -> ASGIApp:
    """Make the web application of a site; `wake` is told the job for which something waits, `readers` who comes.

    Where the public address has a path, all is answered below that path, too: a proxy in front
    may take it off or leave it on.
    """
    own = routes.own(Desk(app, wake, health))
    prefix = unquote(urlsplit(app.settings.site.public_url).path).rstrip("/")
    # No slash is mended by a redirect, since that would lead to whatever host was asked for.
    below: list[BaseRoute] = [Mount(prefix, Router(own, redirect_slashes=False))] if prefix else []
    pages = Starlette(routes=[*below, *own])
    pages.router.redirect_slashes = False
    return Tree(app.settings, Safe(pages), routes.first_parts(own), readers or Readers())


def server(
    app: App,
    wake: Callable[[Job], None] = _nobody,
    readers: Readers | None = None,
    health: Health | None = None,
) -> uvicorn.Server:
    """Make the server of a site; it keeps no log of what was asked for, since some addresses are secrets."""
    return _server(app, create(app, wake, readers, health))


@contextmanager
def health_server(app: App, host: str, port: int, health: Health) -> Iterator[tuple[str, int]]:
    """Serve `/healthz`, `/readyz` and `/metrics` alone, on a thread, for as long as the block runs; give the address.

    For processes that serve no pages. Port 0 takes any that is free. Raises: ConfigurationError.
    """
    pages = Starlette(routes=watching.own(app, health))
    pages.router.redirect_slashes = False
    with listen(host, port, f"the address {host}:{port}") as listening:
        serving = _server(app, Safe(pages))
        thread = threading.Thread(target=serving.run, args=[[listening]], name="health", daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[:2]
        finally:
            serving.should_exit = True
            thread.join()


def listen(host: str, port: int, thing: str) -> socket.socket:
    """Listen at an address, which errors call `thing`. Raises: ConfigurationError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise ConfigurationError(
            thing,
            f"cannot be listened on ({error.strerror or error})",
            "stop the program that does, or choose another port",
        ) from error


def _server(app: App, application: ASGIApp) -> uvicorn.Server:
    settings = uvicorn.Config(
        application,
        http=Bounded,
        ws="none",
        access_log=False,
        log_config=None,
        log_level="error",  # what strangers send instead of requests is no event
        proxy_headers=True,
        forwarded_allow_ips=list(app.settings.web.proxies),
        server_header=False,
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    return uvicorn.Server(settings)
