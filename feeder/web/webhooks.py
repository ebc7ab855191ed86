"""What providers post of mail that came back: answered when it is written down."""

import logging
from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from feeder.mail.webhooks import open_hooks
from feeder.mail.webhooks.calls import Forged, Post, Unreadable
from feeder.net import RequestFailed
from feeder.web import fields
from feeder.web.desk import Desk
from feeder.web.headers import PRIVATE
from feeder.workflows import webhooks

log = logging.getLogger(__name__)

_MOST_BYTES = 1024 * 1024
"""How large a post may be: SendGrid sends its events together when they are three quarters of that."""


class Webhooks:
    """`/webhooks/PROVIDER`: takes the posts of providers that have a secret, and of no others."""

    def __init__(self, desk: Desk) -> None:
        app = desk.app
        self._desk = desk
        self._hooks = open_hooks(app.settings.mail.webhooks, lambda: app.client)

    def endpoint(self) -> Callable[[Request], Awaitable[Response]]:
        """Make what answers: the body as it came, and the rest on a thread."""

        async def endpoint(request: Request) -> Response:
            try:
                body = await fields.body_of(request, _MOST_BYTES)
            except ClientDisconnect:
                return Response(status_code=400)
            if body is None:
                return _told(413, "This is too large.")
            post = Post({name.lower(): value for name, value in request.headers.items()}, body)
            return await run_in_threadpool(fields.unless_broken, lambda: self._answer(request, post))

        return endpoint

    def _answer(self, request: Request, post: Post) -> Response:
        provider = request.path_params["provider"]
        hook = self._hooks.get(provider)
        if hook is None:
            return _told(404, "Nothing is taken here.")
        app, now = self._desk.app, self._desk.now()
        try:
            told = hook.read(post, now)
        except Forged as error:
            log.warning("a webhook was refused", extra={"provider": provider, "reason": str(error)})
            return _told(403, "This is not proved to be yours.")
        except Unreadable as error:
            log.warning("a webhook was not understood", extra={"provider": provider, "reason": str(error)})
            return _told(400, "This cannot be read.")
        except RequestFailed as failure:
            log.warning("a webhook cannot be proved", extra={"provider": provider, "reason": failure.rule})
            return fields.later()
        taken = webhooks.take(app.store, app.signer, provider, told, now)
        if taken:
            log.info("returns taken", extra={"provider": provider, "reports": taken})
        return _told(200, "Thank you.")


def _told(status: int, words: str) -> Response:
    return PlainTextResponse(f"{words}\n", status, headers=PRIVATE)
