"""SendGrid: one message a call, since all messages of one call have one content.

Messages have their parts in fields. It keeps our Message-ID, has a return path of its own, and answers that it
will see, never what came of it. Source: Twilio SendGrid, v3 Mail Send, and its errors.
"""

from collections.abc import Sequence
from typing import Any

from feeder.mail import answers
from feeder.mail.transports.providers import calls, parts
from feeder.mail.transports.providers.calls import Api, Call, Fault, Row
from feeder.model.deliveries import Accepted, Envelope, Message, Outcome, Verdict
from feeder.model.settings import MailProvider
from feeder.net import Answer

_BASES = {
    "": "https://api.sendgrid.com/",
    "us": "https://api.sendgrid.com/",
    "eu": "https://api.eu.sendgrid.com/",
}
_QUEUED = 202
_NOTHING_TRACKED = {
    "click_tracking": {"enable": False, "enable_text": False},
    "open_tracking": {"enable": False},
    "subscription_tracking": {"enable": False},
}


class SendGrid(Api):
    """One account of SendGrid's."""

    table = (
        Row(r"400 personalizations\.0\.to.*", "", Verdict.UNKNOWN),
        Row("400 from.*", "", Verdict.OURS),
    )

    def __init__(self, provider: MailProvider) -> None:
        self._url = f"{provider.api or _BASES[provider.region]}v3/mail/send"
        self._key = provider.key

    def entry(self, envelope: Envelope, message: Message) -> dict[str, Any]:
        """Translate a message."""
        found = parts.of(envelope, message, "sendgrid")
        to: dict[str, Any] = {"to": [{"email": envelope.recipient}]}
        if envelope.token:
            to["custom_args"] = {calls.TOKEN: envelope.token}
        sender = {"email": found.sender} | ({"name": found.sender_name} if found.sender_name else {})
        content = {"text/plain": found.text, "text/html": found.html}
        return {
            "personalizations": [to],
            "from": sender,
            "subject": found.subject,
            "content": [{"type": kind, "value": words} for kind, words in content.items() if words],
            "headers": found.fields,
            "tracking_settings": _NOTHING_TRACKED,
        }

    def call(self, entries: Sequence[dict[str, Any]]) -> Call:
        """Put a message into a call."""
        (entry,) = entries
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._key}"}
        return Call(self._url, headers, calls.written(entry))

    def nothing(self) -> Call:
        """Return a call with nothing to send."""
        return self.call([{}])

    def heard(self, answer: Answer) -> list[Outcome] | Fault:
        """Return what came of it."""
        if answer.status == _QUEUED:
            return [Accepted(answers.printable(answer.headers.get("x-message-id", "")))]
        errors = calls.read(answer).get("errors") or [{}]
        return Fault(str(errors[0].get("field") or ""), str(errors[0].get("message") or ""))
