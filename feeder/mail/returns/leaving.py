"""Mail that says that its writer leaves: for mail programs that cannot do it by one click."""

import re
from email.message import Message

from feeder.mail import headers
from feeder.mail.returns import parts
from feeder.model.returns import Kind, Return, Trace

_ASKED = re.compile(rf"(?i)(?:\w+:\s*)*{headers.LEAVE}\s+([A-Za-z0-9_-]{{20,64}})")


def read(message: Message) -> Return | None:
    """Return who asks to leave, by the token of their link in the subject; None for any other mail.

    Source: the mailto address of `List-Unsubscribe`, as `headers.leaving` writes it (RFC 2369).
    """
    found = _ASKED.fullmatch(parts.field(message, "Subject"))
    return Return(Kind.LEAVES, Trace(leaving=found[1])) if found else None
