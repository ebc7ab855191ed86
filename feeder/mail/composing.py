"""From the words of an issue to the bytes of one reader's mail.

The same arguments give the same bytes: the boundary follows from the Message-ID.
"""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from hashlib import blake2b

from feeder.mail import headers
from feeder.model.deliveries import Message
from feeder.model.digests import Rendered


@dataclass(frozen=True, slots=True)
class Frame:
    """What a message says about itself, beside its words; a letter is from no list.

    `leave` is the address to which a mail program can write that the reader leaves; empty for none.
    """

    sender: str
    sender_name: str
    list_name: str
    list_id: str
    language: str
    leave: str = ""


def compose(
    rendered: Rendered, frame: Frame, reader: str, *, message_id: str, date: datetime, unsubscribe: str
) -> Message:
    """Compose one reader's issue: plain text and HTML that say the same.

    `rendered` is addressed to the reader already; `unsubscribe` is the reader's own link.
    """
    message = _begun(rendered, frame, reader, message_id, date)
    headers.mailing_list(message, frame.list_name, frame.list_id)
    headers.leaving(message, unsubscribe, frame.leave)
    return _ended(message, rendered, frame, message_id)


def letter(rendered: Rendered, frame: Frame, reader: str, *, message_id: str, date: datetime) -> Message:
    """Compose a letter to one person, which is no part of a mailing."""
    return _ended(_begun(rendered, frame, reader, message_id, date), rendered, frame, message_id)


def _begun(rendered: Rendered, frame: Frame, reader: str, message_id: str, date: datetime) -> EmailMessage:
    message = EmailMessage(headers.POLICY)
    headers.originate(message, frame.sender, frame.sender_name, reader, rendered.subject)
    headers.identify(message, message_id, date)
    return message


def _ended(message: EmailMessage, rendered: Rendered, frame: Frame, message_id: str) -> Message:
    headers.automatic(message)
    message.set_content(rendered.text, cte="quoted-printable")
    message.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
    message["Content-Language"] = frame.language
    message.set_boundary(f"=_{blake2b(message_id.encode(), digest_size=12).hexdigest()}")
    return Message(message_id, message.as_bytes())
