"""Mail that says that its writer leaves: for mail programs that cannot do it by one click. Pure."""

import re
from email.parser import BytesHeaderParser
from email.policy import default

from feeder.mail import headers

MOST_BYTES = 1024 * 1024
"""No more than this of a message is looked at; its head is far shorter."""

_ASKED = re.compile(rf"(?i)(?:\w+:\s*)*{headers.LEAVE}\s+([A-Za-z0-9_-]{{20,64}})")


def token(message: bytes) -> str | None:
    """Return the token of the link with which a message asks to leave, from its subject.

    Source: the mailto address of `List-Unsubscribe`, as `headers.leaving` writes it (RFC 2369).
    """
    subject = BytesHeaderParser(policy=default).parsebytes(message[:MOST_BYTES])["Subject"]
    found = _ASKED.fullmatch(str(subject or "").strip())
    return found[1] if found else None
