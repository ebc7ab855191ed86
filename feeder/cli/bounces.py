"""`bounce`: what comes back by mail."""

import sys
from typing import Any

from feeder.cli.context import Context, command
from feeder.errors import ConfigurationError


def add_to(commands: Any) -> None:
    """Add the commands of this group."""
    bounce = command(
        commands,
        "bounce",
        _bounce,
        "read a message that came back",
        more="For the pipe of a mailbox. Of what comes to the address mail.leave, it takes off the reader\n"
        "who asks to leave; returned messages are for a later version.",
    )
    bounce.add_argument("message", choices=["-"], help="the message is on standard input")


def _bounce(context: Context) -> int:
    from feeder.mail import leaving  # noqa: PLC0415
    from feeder.mail.headers import LEAVE  # noqa: PLC0415
    from feeder.workflows import subscribe  # noqa: PLC0415

    token = leaving.token(sys.stdin.buffer.read(leaving.MOST_BYTES))
    if token is None:
        raise ConfigurationError(
            "this message",
            "does not ask to leave",
            f"its subject must be that of the link in a mail of ours: {LEAVE} TOKEN",
        )
    with context.app() as app:
        subscribe.leave(app.store, app.signer, token, context.now())
    return 0
