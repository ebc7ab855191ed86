"""Amazon SES, version 2 of its interface: one message a call, as the bytes that it is.

SES dates messages itself and gives them ids of its own, so ours stands in what it tells of them alone. Bounces
and complaints go to the envelope's sender. Source: SES API v2, SendEmail; SES developer guide, "Header fields".
"""

import re
from base64 import b64encode
from collections.abc import Sequence
from functools import partial
from typing import Any

from feeder.mail.transports.providers import calls, parts, signing
from feeder.mail.transports.providers.calls import Api, Call, Fault, Row
from feeder.model.deliveries import Accepted, Envelope, Message, Outcome, Verdict
from feeder.model.settings import MailProvider
from feeder.net import Answer

_PATH = "v2/email/outbound-emails"
_FEEDBACK = ("ses:feedback-id-a", "ses:feedback-id-b")
_NOT_IN_TAG = re.compile(r"[^A-Za-z0-9_.@-]")


class Ses(Api):
    """One region of SES."""

    table = (
        Row(".*", "quota exceeded|not verified|(account|sending) .*paused", Verdict.OURS),
        Row(".* (TooManyRequests|Throttling|LimitExceeded).*", "", Verdict.THROTTLED),
        Row(".* (AccountSuspended|SendingPaused|MailFromDomainNotVerified).*", "", Verdict.OURS),
    )

    def __init__(self, provider: MailProvider) -> None:
        base = provider.api or f"https://email.{provider.region}.amazonaws.com/"
        self._url = f"{base}{_PATH}"
        self._set = provider.stream
        self._credentials = signing.Credentials(provider.user, provider.key, provider.region, "ses")

    def entry(self, envelope: Envelope, message: Message) -> dict[str, Any]:
        """Translate a message."""
        # SES writes this field itself, and takes the first two of its words as tags: two of them count for none.
        content, feedback = parts.without(message.content, "Feedback-ID")
        tags = dict(zip(_FEEDBACK, feedback.split(":"), strict=False)) if feedback else {}
        if envelope.token:
            tags[calls.TOKEN] = envelope.token
        entry: dict[str, Any] = {
            "Destination": {"ToAddresses": [envelope.recipient]},
            "Content": {"Raw": {"Data": b64encode(content).decode()}},
            "FeedbackForwardingEmailAddress": envelope.sender,
            "EmailTags": [{"Name": name, "Value": _NOT_IN_TAG.sub("-", tags[name])} for name in tags],
        }
        return entry | ({"ConfigurationSetName": self._set} if self._set else {})

    def call(self, entries: Sequence[dict[str, Any]]) -> Call:
        """Put a message into a call."""
        (entry,) = entries
        body = calls.written(entry)
        own = {"Content-Type": "application/json"}
        proof = partial(signing.headers, self._credentials, self._url, own, body)
        return Call(self._url, own, body, proof=proof)

    def nothing(self) -> Call:
        """Return a call with nothing to send."""
        return self.call([{}])

    def heard(self, answer: Answer) -> list[Outcome] | Fault:
        """Return what came of it."""
        told = calls.read(answer)
        if calls.is_success(answer):
            return [Accepted(calls.name_of(told["MessageId"]))]
        code = answer.headers.get("x-amzn-errortype", "").partition(":")[0]
        return Fault(code, str(told.get("message") or told.get("Message") or ""))
