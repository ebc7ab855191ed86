"""Postmark: up to 500 messages a call, each with an answer of its own.

Messages have their parts in fields. It keeps our Message-ID where it is asked to, and has a return path of its
own. Source: Postmark, "Email API" and "API overview" with its error codes.
"""

from collections.abc import Sequence
from typing import Any

from feeder.mail import answers
from feeder.mail.transports.providers import calls, parts
from feeder.mail.transports.providers.calls import Api, Call, Fault, Row
from feeder.model.deliveries import Accepted, Envelope, Message, Outcome, Verdict
from feeder.model.settings import MailProvider
from feeder.net import Answer

_OK = 0
_KEEP_ID = {"Name": "X-PM-KeepID", "Value": "true"}
_DEFAULT_STREAM = "outbound"


class Postmark(Api):
    """One server of Postmark's, as it calls what has a token."""

    most = 500
    table = (
        Row(r"\d+ (10|400|401|405|412|413|12\d\d|11\d\d)", "", Verdict.OURS),
        Row(r"\d+ 100", "", Verdict.CONNECTION),
        # It bounced before, or complained, or somebody took it out there.
        Row(r"\d+ 406", "", Verdict.DEAD),
        Row(r"\d+ 429", "", Verdict.THROTTLED),
        Row(r"\d+ 300", "'From'|sender", Verdict.OURS),
        Row(r"\d+ 300", r"'To'|recipient|email address", Verdict.UNKNOWN),
        Row(r"200 \d+", "", Verdict.UNFIT),
    )

    def __init__(self, provider: MailProvider) -> None:
        self._url = f"{provider.api or 'https://api.postmarkapp.com/'}email/batch"
        self._key = provider.key
        self._stream = provider.stream or _DEFAULT_STREAM

    def entry(self, envelope: Envelope, message: Message) -> dict[str, Any]:
        """Translate a message."""
        found = parts.of(envelope, message, "postmark")
        fields = [{"Name": name, "Value": body} for name, body in found.fields.items()]
        entry: dict[str, Any] = {
            "From": parts.mailbox(found.sender_name, found.sender),
            "To": envelope.recipient,
            "Subject": found.subject,
            "TextBody": found.text,
            "HtmlBody": found.html,
            "Headers": [*fields, _KEEP_ID],
            "MessageStream": self._stream,
            "TrackOpens": False,
            "TrackLinks": "None",
        }
        return entry | ({"Metadata": {calls.TOKEN: envelope.token}} if envelope.token else {})

    def call(self, entries: Sequence[dict[str, Any]]) -> Call:
        """Put messages into a call."""
        headers = {"Content-Type": "application/json", "X-Postmark-Server-Token": self._key}
        return Call(self._url, headers, calls.written(entries))

    def heard(self, answer: Answer) -> list[Outcome] | Fault:
        """Return what came of each."""
        if not calls.is_success(answer):
            told = calls.read(answer)
            return Fault(str(told.get("ErrorCode", "")), str(told.get("Message", "")))
        return [self._outcome(result) for result in calls.read_list(answer)]

    def _outcome(self, result: dict[str, Any]) -> Outcome:
        code = int(result["ErrorCode"])
        if code == _OK:
            return Accepted(calls.name_of(result["MessageID"]))
        fault = Fault(str(code), str(result["Message"]))
        verdict = calls.verdict(self.table, 200, fault) or Verdict.UNKNOWN
        return answers.meant(verdict, f"postmark {code} {answers.printable(fault.words)}")
