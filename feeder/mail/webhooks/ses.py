"""SES tells of mail by SNS, in events of a configuration set or in notifications of an identity.

Source: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from feeder import net
from feeder.errors import ConfigurationError
from feeder.mail.transports.providers.calls import TOKEN
from feeder.mail.webhooks import said
from feeder.mail.webhooks.calls import Post, Told, Unreadable
from feeder.mail.webhooks.sns import NOTIFICATION, SUBSCRIPTION, Sns, is_topic
from feeder.model.returns import Kind, Return, Trace

_BOUNCES = {"Permanent": Kind.HARD, "Transient": Kind.SOFT}
_OF_THE_MESSAGE = {"ContentRejected", "AttachmentRejected", "MessageTooLarge"}


class Ses:
    """What SES posts by one topic of SNS."""

    def __init__(self, topic: str, client: Callable[[], net.Client]) -> None:
        if not is_topic(topic):
            raise ConfigurationError(
                "mail.webhooks.ses.topic", "is no topic of SNS", "copy its ARN; it begins with arn:aws:sns:"
            )
        self._sns = Sns(topic, client)

    def read(self, post: Post, now: datetime) -> Told:
        """Return what a post tells; one that asks whether we want more is answered."""
        message = self._sns.read(post, now)
        mark = said.text(message, "MessageId")
        match message["Type"]:
            case str(kind) if kind == SUBSCRIPTION:
                self._sns.confirm(message)
            case str(kind) if kind == NOTIFICATION:
                return Told(mark, list(_returns(_event(message))))
        return Told(mark)


def _event(message: Any) -> Any:
    try:
        return said.read(said.at(message, "Message") or "")
    except Unreadable:
        return None  # SES greets a new topic in plain words


def _returns(event: Any) -> Iterator[Return]:
    match said.text(event, "eventType") or said.text(event, "notificationType"):
        case "Bounce":
            yield from _bounced(event)
        case "Complaint" if said.text(event, "complaint", "complaintFeedbackType") != "not-spam":
            when = said.moment(event, "complaint", "timestamp")
            for each in said.items(event, "complaint", "complainedRecipients"):
                yield said.failure(Kind.COMPLAINT, _trace(event, said.address(each, "emailAddress")), when)
        case "Reject":
            when, words = said.moment(event, "mail", "timestamp"), said.text(event, "reject", "reason")
            yield said.failure(Kind.OURS, _trace(event, ""), when, words=words)
        case "Subscription" if (
            said.at(event, "subscription", "newTopicPreferences", "unsubscribeAll") is True
        ):
            when = said.moment(event, "subscription", "timestamp")
            to = said.items(event, "mail", "destination")
            yield said.failure(Kind.LEAVES, _trace(event, said.address(to[0]) if len(to) == 1 else ""), when)


def _bounced(event: Any) -> Iterator[Return]:
    bounce = said.at(event, "bounce")
    kind = _BOUNCES.get(said.text(bounce, "bounceType"), Kind.DOUBTFUL)
    if said.text(bounce, "bounceSubType") in _OF_THE_MESSAGE:
        kind = Kind.OURS
    when = said.moment(bounce, "timestamp")
    for each in said.items(bounce, "bouncedRecipients"):
        trace = _trace(event, said.address(each, "emailAddress"))
        yield said.failure(kind, trace, when, said.text(each, "status"), said.text(each, "diagnosticCode"))


def _trace(event: Any, address: str) -> Trace:
    tokens = said.items(event, "mail", "tags", TOKEN)
    return Trace(
        token=said.text(tokens[0]) if tokens else "",
        address=address,
        queue_id=said.text(event, "mail", "messageId"),
    )
