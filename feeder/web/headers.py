"""Header fields that every answer carries."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' https: http:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""Pages have no script, no frames and nothing inline; pictures may be an outlet's own."""

_SAFE = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}

MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' https: http:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; sandbox allow-popups"
)
"""For a mail as a page: it has its styles in it; nothing else in it may do anything."""

PRIVATE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
"""For pages behind a link that is a secret."""


def start(status: int, fields: dict[str, str]) -> Message:
    """Return the message that begins an answer, with the fields that keep readers safe."""
    told = {**fields, **_SAFE}
    return {
        "type": "http.response.start",
        "status": status,
        "headers": [(name.lower().encode("ascii"), value.encode("latin-1")) for name, value in told.items()],
    }


class Safe:
    """Puts the fields that keep readers safe on every answer, refusals and failures included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, with those fields."""

        async def safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                fields = MutableHeaders(scope=message)
                for name, value in _SAFE.items():
                    fields.setdefault(name, value)  # a page that needs other rules has its own
            await send(message)

        await self._app(scope, receive, safely)
