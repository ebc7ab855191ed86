"""Amazon SNS: what posts for SES, how it signs, and how it asks whether we want what it posts.

Anybody can have SNS post here, well signed; only what comes for the topic that is ours counts.

Source: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

from feeder import net
from feeder.mail.webhooks import proofs, said
from feeder.mail.webhooks.calls import Forged, Post, Unreadable

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_HOST = r"https://sns\.(?P<region>[a-z0-9-]{1,40})\.amazonaws\.com(\.cn)?"
_CERTIFICATE = re.compile(_HOST + r"/SimpleNotificationService-[0-9a-f]{1,64}\.pem")
_SUBSCRIBE = re.compile(_HOST + r"/\?Action=ConfirmSubscription&[\x21-\x7e]{1,4000}")
_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:(?P<region>[a-z0-9-]{1,40}):\d{12}:[\w.-]{1,256}", re.ASCII)

_MOST_BYTES = 64 * 1024
_MOST_CERTIFICATES = 10

NOTIFICATION = "Notification"
SUBSCRIPTION = "SubscriptionConfirmation"
_SIGNED: Mapping[str, tuple[str, ...]] = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    SUBSCRIPTION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": (
        "Message",
        "MessageId",
        "SubscribeURL",
        "Timestamp",
        "Token",
        "TopicArn",
        "Type",
    ),
}


def is_topic(name: str) -> bool:
    """Tell whether this is the name of a topic."""
    return _TOPIC.fullmatch(name) is not None


class Sns:
    """What SNS posts for one topic. Certificates are fetched once, and only from where SNS has them."""

    def __init__(self, topic: str, client: Callable[[], net.Client]) -> None:
        self._topic = topic
        self._client = client
        self._lock = Lock()
        self._certificates: dict[str, Certificate] = {}

    def read(self, post: Post, now: datetime) -> Mapping[str, Any]:
        """Return what was posted, proved. Raises: Forged, Unreadable, RequestFailed."""
        found = said.read(post.body)
        kind = found.get("Type") if isinstance(found, dict) else None
        if not isinstance(found, dict) or not isinstance(kind, str) or kind not in _SIGNED:
            raise Unreadable("it is no message of SNS")
        if found.get("TopicArn") != self._topic:
            raise Forged("it comes from another topic")
        signed = [(name, found[name]) for name in _SIGNED[kind] if found.get(name) is not None]
        if not all(isinstance(value, str) for _, value in signed):
            raise Unreadable("it is no message of SNS")
        try:
            spoken = "".join(f"{name}\n{value}\n" for name, value in signed).encode()
        except UnicodeEncodeError as error:
            raise Forged("its signature is wrong") from error
        self._verify(said.text(found, "SigningCertURL"), found, spoken, now)
        proofs.fresh(said.moment(found, "Timestamp"), now, proofs.LONG)
        return found

    def confirm(self, message: Mapping[str, Any]) -> None:
        """Tell SNS that we want what it posts, as its proved message asks. Raises: Forged, RequestFailed."""
        url = said.text(message, "SubscribeURL")
        if not self._is_in_region(_SUBSCRIBE, url):
            raise Forged("it asks us to confirm elsewhere")
        self._client().get(url, max_bytes=_MOST_BYTES)

    def _verify(self, url: str, message: Mapping[str, Any], signed: bytes, now: datetime) -> None:
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - slow, and for this one alone
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # noqa: PLC0415
        from cryptography.hazmat.primitives.hashes import SHA1, SHA256  # noqa: PLC0415

        if not self._is_in_region(_CERTIFICATE, url):
            raise Forged("it names a certificate that is not of SNS")
        version = said.text(message, "SignatureVersion")
        if version not in {"1", "2"}:
            raise Forged("it is signed in a way that we do not know")
        signature = proofs.bytes_of(said.text(message, "Signature"))
        certificate = self._certificate(url)
        key = certificate.public_key()
        is_valid = certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
        if not isinstance(key, RSAPublicKey) or not is_valid:
            raise Forged("its certificate is not good")
        try:
            # The first version is what topics have unless they say otherwise.
            key.verify(signature, signed, PKCS1v15(), SHA256() if version == "2" else SHA1())  # noqa: S303
        except InvalidSignature as error:
            raise Forged("its signature is wrong") from error

    def _is_in_region(self, shape: re.Pattern[str], url: str) -> bool:
        """Tell whether an address is SNS's own, in the region where our topic is."""
        found, topic = shape.fullmatch(url), _TOPIC.fullmatch(self._topic)
        return bool(found and topic and found["region"] == topic["region"])

    def _certificate(self, url: str) -> "Certificate":
        from cryptography.x509 import load_pem_x509_certificate  # noqa: PLC0415

        with self._lock:
            known = self._certificates.get(url)
        if known:
            return known
        answer = self._client().get(url, max_bytes=_MOST_BYTES)
        try:
            fetched = load_pem_x509_certificate(answer.content)
        except ValueError as error:
            raise Forged("its certificate cannot be read") from error
        with self._lock:
            if len(self._certificates) >= _MOST_CERTIFICATES:
                self._certificates.clear()
            self._certificates[url] = fetched
        return fetched
