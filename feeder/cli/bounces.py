"""`bounce`: what comes back by mail."""

import os
import sys
from typing import Any

from feeder.cli.context import Context, command
from feeder.errors import FeederError, StoreError


def add_to(commands: Any) -> None:
    """Add the commands of this group."""
    bounce = command(
        commands,
        "bounce",
        _bounce,
        "read a message that came back",
        more="For the pipe of a mail server, to which what is sent to mail.returns and to mail.leave goes. Whoever is\n"
        "gone is mailed no more; who complained, or asks to leave, has left; vacation replies and forged\n"
        "reports change nothing.\n\n"
        "Exit code 75 tells the mail server to keep the message and try again, when the site cannot be used just\n"
        "now. With any other message it is 0, since nothing that came back may come back again.",
    )
    bounce.add_argument("message", choices=["-"], help="the message is on standard input")
    bounce.add_argument(
        "--recipient",
        metavar="ADDRESS",
        default="",
        help="to whom the envelope was addressed, where no field of the message tells",
    )


def _bounce(context: Context) -> int:
    from feeder.mail import returns as reading  # noqa: PLC0415
    from feeder.workflows import returns  # noqa: PLC0415

    content = sys.stdin.buffer.read(reading.MOST_BYTES)
    while sys.stdin.buffer.read(reading.MOST_BYTES):
        pass  # whoever writes into a pipe that nobody reads is told that it failed
    told = reading.read(content, context.arguments.recipient)
    if told is None:
        print("nothing done: it is no report")
        return 0
    try:
        _look_for_the_store(context.settings().store.url)
        with context.app() as app:
            effect = returns.take(app.store, app.signer, told, context.now())
    except FeederError as error:
        context.report([error])
        return os.EX_TEMPFAIL
    print(f"{told.kind}: {_EFFECTS[effect]}")
    return 0


def _look_for_the_store(url: str) -> None:
    """Refuse to begin a new one, in which no report would be of anybody. Raises: StoreError."""
    from feeder import store  # noqa: PLC0415

    if store.condition(url).revision is None:
        raise StoreError(
            "the store",
            "is empty, or is not there, so that this report cannot be of anybody",
            "look whether its disk is there, and at store.url",
        )


_EFFECTS = {
    "suppressed": "the address gets no more mail",
    "left": "the reader has left",
    "counted": "counts against the address",
    "told": "nobody's fault but ours; told by `feeder status`",
    "nothing": "nothing had to be done",
    "known": "known already",
    "unsigned": "nothing done, since no token of ours says whom it is about",
}
