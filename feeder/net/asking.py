"""One request, and what its answer means."""

from datetime import datetime

import httpcore
from httpx import Headers

from feeder.net import bodies, errands, failures, retries, troubles
from feeder.net.answers import Answer
from feeder.net.errands import Errand, Moved
from feeder.net.failures import RequestFailed
from feeder.net.wire import Wire, Written


def ask(wire: Wire, errand: Errand, now: datetime) -> Answer | Moved:
    """Ask once, and return what came.

    Raises: RequestFailed.
    """
    written = Written()
    try:
        headers = errands.headers(errand, bodies.ACCEPT_ENCODING)
        with wire.ask(errand.method, errand.url, headers, errand.content, written) as response:
            return _taken(errand, response, now)
    except troubles.ALL as error:
        failure = troubles.explain(errand.thing, error)
        failure.sent = written.is_whole
        raise failure from error
    except RequestFailed as failure:
        failure.sent = True  # it was answered
        raise


def _taken(errand: Errand, response: httpcore.Response, now: datetime) -> Answer | Moved:
    headers = Headers(response.headers)
    if response.status in errand.accepted:
        content = _content(errand, headers, response)
        return Answer(response.status, headers, content, str(errand.url))
    location = headers.get("location")
    if response.status in errands.REDIRECTS and location and errand.content is None:
        return Moved(location, response.status)
    rest = retries.rest(headers.get("retry-after"), now)
    raise failures.of_status(errand.thing, response.status, rest)


def _content(errand: Errand, headers: Headers, response: httpcore.Response) -> bytes:
    if errand.max_bytes is None:
        return b""
    return bodies.read(errand.thing, headers, response.iter_stream(), errand.max_bytes)
