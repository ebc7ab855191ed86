"""Resend: up to a hundred messages a call, which is known again by its key for a day.

Messages have their parts in fields. It gives them ids of its own, has a return path of its own, and takes those
messages of a call that are good. Source: Resend, "Send batch emails", "Idempotency keys", "Batch validation
modes", "Errors".
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from feeder.mail import answers
from feeder.mail.transports.providers import calls, parts
from feeder.mail.transports.providers.calls import Api, Call, Fault, Row
from feeder.model.deliveries import Accepted, Envelope, Message, Outcome, Verdict
from feeder.model.settings import MailProvider
from feeder.net import Answer

_NOT_IN_NAME = frozenset('<>"@,;:()[]\\')
"""What its own way of writing a sender cannot hold: it takes neither quotes nor encoded words."""


class Resend(Api):
    """One team of Resend's."""

    most = 100
    table = (
        Row("429 (daily|monthly)_quota_exceeded", "", Verdict.OURS),
        Row("409 concurrent_idempotent_requests", "", Verdict.THROTTLED),
        Row("4.. invalid_from_address", "", Verdict.OURS),
        Row("4.. .*", "`from`|domain is not verified|api key", Verdict.OURS),
        Row("4.. .*", "`to`", Verdict.UNKNOWN),
    )

    def __init__(self, provider: MailProvider) -> None:
        self._url = f"{provider.api or 'https://api.resend.com/'}emails/batch"
        self._key = provider.key

    def entry(self, envelope: Envelope, message: Message) -> dict[str, Any]:
        """Translate a message."""
        found = parts.of(envelope, message, "resend")
        if _NOT_IN_NAME.intersection(found.sender_name):
            raise calls.ours(f"resend takes no sender_name with one of {''.join(sorted(_NOT_IN_NAME))}")
        entry: dict[str, Any] = {
            "from": f"{found.sender_name} <{found.sender}>" if found.sender_name else found.sender,
            "to": [envelope.recipient],
            "subject": found.subject,
            "text": found.text,
            "headers": parts.renamed(found.fields),
        }
        if found.html:
            entry["html"] = found.html
        if envelope.token:
            entry["tags"] = [{"name": calls.TOKEN, "value": envelope.token}]
        return entry

    def call(self, entries: Sequence[dict[str, Any]]) -> Call:
        """Put messages into a call, whose key follows from them."""
        body = calls.written(entries)
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {self._key}",
            "Idempotency-Key": blake2b(body, digest_size=32).hexdigest(),
            "x-batch-validation": "permissive",
        }
        return Call(self._url, headers, body, repeatable=True)

    def heard(self, answer: Answer) -> list[Outcome] | Fault:
        """Return what came of each."""
        told = calls.read(answer)
        if not calls.is_success(answer):
            return Fault(str(told.get("name", "")), str(told.get("message", "")))
        refused = {
            int(error["index"]): self._refused(str(error["message"])) for error in told.get("errors") or ()
        }
        taken = [Accepted(calls.name_of(each["id"])) for each in told["data"]]
        count = len(refused) + len(taken)
        places = [place for place in range(count) if place not in refused]
        accepted: dict[int, Outcome] = dict(zip(places, taken, strict=True))
        return [(accepted | refused)[place] for place in range(count)]

    def _refused(self, words: str) -> Outcome:
        verdict = calls.verdict(self.table, 422, Fault("", words)) or Verdict.UNKNOWN
        return answers.meant(verdict, f"resend {answers.printable(words)}")
