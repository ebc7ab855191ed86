"""Mailgun: one message a call, as the bytes that it is, in a form of several parts.

It keeps our Message-ID, and has a return path of its own. Source: Mailgun, "Send an email in MIME format".
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import blake2b

from feeder.mail.transports.providers import calls, parts
from feeder.mail.transports.providers.calls import Api, Call, Fault, Row
from feeder.model.deliveries import Accepted, Envelope, Message, Outcome, Verdict
from feeder.model.settings import MailProvider
from feeder.net import Answer

_BASES = {
    "": "https://api.mailgun.net/",
    "us": "https://api.mailgun.net/",
    "eu": "https://api.eu.mailgun.net/",
}

_Entry = tuple[Mapping[str, str], bytes]
"""The fields of the form, and the message."""


class Mailgun(Api):
    """One domain of Mailgun's."""

    table = (
        Row("400 ", "'to' parameter|not a valid (e-?mail )?address", Verdict.UNKNOWN),
        Row("400 ", "'from'|sandbox|not allowed to send|disabled|domain", Verdict.OURS),
        Row("4.. ", "exceeded its limit|quota", Verdict.OURS),
    )

    def __init__(self, provider: MailProvider) -> None:
        base = provider.api or _BASES[provider.region]
        self._url = f"{base}v3/{provider.domain}/messages.mime"
        self._proof = f"Basic {b64encode(f'api:{provider.key}'.encode()).decode('ascii')}"

    def entry(self, envelope: Envelope, message: Message) -> _Entry:
        """Translate a message."""
        parts.check_sender(envelope, parts.sender_of(message.content), "mailgun")
        fields = {"to": envelope.recipient, "o:tracking": "no"}
        if envelope.token:
            fields[f"v:{calls.TOKEN}"] = envelope.token
        return fields, message.content

    def call(self, entries: Sequence[_Entry]) -> Call:
        """Put a message into a call."""
        ((fields, content),) = entries
        boundary = blake2b(content, digest_size=16).hexdigest()
        headers = {
            "Authorization": self._proof,
            "Content-Type": f"multipart/form-data; boundary={boundary}",
        }
        return Call(self._url, headers, _form(boundary, fields, content))

    def nothing(self) -> Call:
        """Return a call with nothing to send."""
        return self.call([({}, b"")])

    def heard(self, answer: Answer) -> list[Outcome] | Fault:
        """Return what came of it."""
        told = calls.read(answer)
        if calls.is_success(answer):
            return [Accepted(calls.name_of(told["id"]))]
        return Fault("", str(told.get("message") or answer.text()))


def _form(boundary: str, fields: Mapping[str, str], content: bytes) -> bytes:
    """Return a form with a file called `message`. Source: RFC 7578; neither names nor values hold line ends."""
    told = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    told.append(
        f"--{boundary}\r\n"
        'Content-Disposition: form-data; name="message"; filename="message.eml"\r\n'
        "Content-Type: message/rfc822\r\n\r\n"
    )
    return "".join(told).encode() + content + f"\r\n--{boundary}--\r\n".encode()
