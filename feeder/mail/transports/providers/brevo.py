"""Brevo: many messages a call, as versions of one, which is known again by its key for half an hour.

Messages have their parts in fields. It gives them ids of its own, has a return path of its own, and says of
each what it is called there, or refuses all. Source: Brevo, "Send a transactional email", "Batch send
transactional emails", "Idempotency for batch emails".
"""

from collections.abc import Sequence
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from feeder.mail.transports.providers import calls, parts
from feeder.mail.transports.providers.calls import Api, Call, Fault, Row
from feeder.model.deliveries import Accepted, Envelope, Message, Outcome, Verdict
from feeder.model.settings import MailProvider
from feeder.net import Answer

_KNOWN_AGAIN = "duplicate_parameter"


class Brevo(Api):
    """One account of Brevo's."""

    most = 1000
    table = (
        Row("400 .*", r"sender", Verdict.OURS),
        Row("400 .*", r"credits|quota", Verdict.OURS),
        Row("400 invalid_parameter", r"\bto\b|email", Verdict.UNKNOWN),
    )

    def __init__(self, provider: MailProvider) -> None:
        self._url = f"{provider.api or 'https://api.brevo.com/'}v3/smtp/email"
        self._headers = {"Content-Type": "application/json", "api-key": provider.key}

    def entry(self, envelope: Envelope, message: Message) -> dict[str, Any]:
        """Translate a message."""
        found = parts.of(envelope, message, "brevo")
        if not found.html:
            raise calls.unfit("brevo takes no message without HTML")
        headers = parts.renamed(found.fields)
        # Encoded words would be decoded there, and go out as letters beyond ASCII; the id is what counts.
        headers = {name: _bare(body) if name == "List-Id" else body for name, body in headers.items()}
        if envelope.token:
            headers["X-Mailin-custom"] = calls.written({calls.TOKEN: envelope.token}).decode()
        sender = {"email": found.sender} | ({"name": found.sender_name} if found.sender_name else {})
        version = {
            "to": [{"email": envelope.recipient}],
            "subject": found.subject,
            "htmlContent": found.html,
            "textContent": found.text,
            "headers": headers,
        }
        return {"sender": sender, "version": version}

    def shared(self, entry: dict[str, Any]) -> object:
        """Return who sends."""
        return entry["sender"]

    def call(self, entries: Sequence[dict[str, Any]]) -> Call:
        """Put messages into a call, whose key follows from them."""
        versions = [entry["version"] for entry in entries]
        first = versions[0]
        content: dict[str, Any] = {
            "sender": entries[0]["sender"],
            "subject": first["subject"],
            "htmlContent": first["htmlContent"],
            "messageVersions": versions,
        }
        key = str(uuid5(NAMESPACE_OID, calls.written(content).decode()))
        body = calls.written(content | {"headers": {"idempotencyKey": key}})
        return Call(self._url, self._headers, body, repeatable=True)

    def nothing(self) -> Call:
        """Return a call with nothing to send."""
        return Call(self._url, self._headers, calls.written({}))

    def heard(self, answer: Answer) -> list[Outcome] | Accepted | Fault:
        """Return what came of each."""
        told = calls.read(answer)
        if calls.is_success(answer):
            names = [told["messageId"]] if "messageId" in told else list(told["messageIds"])
            return [Accepted(calls.name_of(name)) for name in names]
        if told.get("code") == _KNOWN_AGAIN:  # these were taken, when nobody heard the answer
            return Accepted("")
        return Fault(str(told.get("code", "")), str(told.get("message", "")))


def _bare(list_id: str) -> str:
    """Return a List-Id without a name that is encoded."""
    return list_id[list_id.rindex("<") :] if "=?" in list_id and "<" in list_id else list_id
