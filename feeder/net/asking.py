"""One request, and what its answer means."""

from datetime import datetime

import httpcore
from httpx import Headers

from feeder.net import bodies, errands, failures, retries, troubles
from feeder.net.answers import Answer
from feeder.net.errands import Errand, Moved
from feeder.net.wire import Wire


def ask(wire: Wire, errand: Errand, now: datetime) -> Answer | Moved:
    """Ask once, and return what came.

    Raises: RequestFailed.
    """
    try:
        with wire.ask(errand.url, errands.headers(errand, bodies.ACCEPT_ENCODING)) as response:
            return _taken(errand, response, now)
    except troubles.ALL as error:
        raise troubles.explain(errand.thing, error) from error


def _taken(errand: Errand, response: httpcore.Response, now: datetime) -> Answer | Moved:
    headers = Headers(response.headers)
    if response.status in errand.accepted:
        content = bodies.read(errand.thing, headers, response.iter_stream(), errand.max_bytes)
        return Answer(response.status, headers, content, str(errand.url))
    location = headers.get("location")
    if response.status in errands.REDIRECTS and location:
        return Moved(location)
    rest = retries.rest(headers.get("retry-after"), now)
    raise failures.of_status(errand.thing, response.status, rest)
