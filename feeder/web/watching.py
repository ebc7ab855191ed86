"""`/healthz`, `/readyz` and `/metrics`: for supervisors, and for what measures."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from feeder.app import App
from feeder.web import health
from feeder.web.health import Health
from feeder.web.metrics import Metrics

Answer = Callable[[Request], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


def own(app: App, health_of_process: Health) -> list[Route]:
    """Return what is answered where."""
    metrics = Metrics(app, health_of_process)

    async def lives(_request: Request) -> Response:
        return health.alive(health_of_process)  # which asks nobody

    def on_threads(answer: Answer) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            return await asyncio.get_running_loop().run_in_executor(
                health_of_process.threads, answer, request
            )

        return endpoint

    return [
        _shows("/healthz", lives),
        _shows("/readyz", on_threads(lambda _: health.ready(health_of_process))),
        _shows("/metrics", on_threads(metrics.answer)),
    ]


def _shows(path: str, endpoint: Endpoint) -> Route:
    return Route(path, endpoint, methods=["GET", "HEAD"])
