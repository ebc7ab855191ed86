"""Providers that post to us: bodies, and all that proves them, by keys made here."""

import hmac
import json
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from feeder import net
from feeder.mail.webhooks.calls import Post
from tests.net.conftest import PUBLIC, Rerouted, Site, reply

DATA = Path(__file__).parents[2] / "data" / "webhooks"
PROVIDERS = ("ses", "postmark", "mailgun", "sendgrid", "brevo", "resend")
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

TOPIC = "arn:aws:sns:eu-west-1:123456789012:returns"
CERTIFICATE = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
SUBSCRIBE = f"https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336"
WORD = "a word of our own, long"
_SVIX = b"sixteen bytes or more of secret"

_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_EC = ec.generate_private_key(ec.SECP256R1())


def cases(provider: str) -> list[dict[str, Any]]:
    """Return what a provider posts, and what that means."""
    found = json.loads((DATA / f"{provider}.json").read_text("utf-8"))
    assert isinstance(found, list)
    return found


def certificate(days: int = 30) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(_RSA.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=60))
        .not_valid_after(NOW + timedelta(days=days))
        .sign(_RSA, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


@contextmanager
def amazon() -> Iterator[tuple[Site, Callable[[], net.Client]]]:
    """The host of SNS in its region, with its certificate, and what makes clients that reach no other."""
    authority = trustme.CA()
    tls, trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.issue_cert("sns.eu-west-1.amazonaws.com").configure_cert(tls)
    authority.configure_trust(trust)
    site = Site(tls)
    network = Rerouted({443: site.port})
    yield (
        site,
        lambda: net.Client(tls=trust, resolve=lambda _: [PUBLIC], network=network, sleep=lambda _: None),
    )
    site.close()


def opened(site: Site) -> None:
    """Let SNS answer as it does, and forget who asked."""
    site.requests.clear()
    site.plays(path_of(CERTIFICATE), reply(200, certificate()))
    site.plays(path_of(SUBSCRIBE), reply(200, b"<ConfirmSubscriptionResponse/>"))


def path_of(url: str) -> str:
    return url.partition(".com")[2]


def secrets() -> dict[str, str]:
    key = _EC.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return {
        "ses": TOPIC,
        "postmark": WORD,
        "mailgun": "key-3ax6xnjp29jd6fds4gc373sgvjxteol0",
        "sendgrid": b64encode(key).decode(),
        "brevo": WORD,
        "resend": f"whsec_{b64encode(_SVIX).decode()}",
    }


@dataclass(frozen=True)
class Poster:
    """Posts as a provider does; `at` is when it signs, and `name` what it calls the post."""

    provider: str
    at: datetime = NOW
    name: str = "1"

    def post(self, body: object) -> Post:
        """Put a body into a post that is proved."""
        made: Post = getattr(self, self.provider)(body)
        return made

    def later(self, by: timedelta) -> "Poster":
        return replace(self, at=self.at + by)

    def postmark(self, body: object) -> Post:
        word = b64encode(f"feeder:{WORD}".encode()).decode()
        return Post({"authorization": f"Basic {word}"}, _bytes(body))

    def brevo(self, body: object) -> Post:
        return Post({"authorization": f"Bearer {WORD}"}, _bytes(body))

    def mailgun(self, body: object) -> Post:
        time, key = f"{self.at.timestamp():.0f}", secrets()["mailgun"].encode()
        token = sha256(self.name.encode()).hexdigest()[:50]
        signature = hmac.new(key, f"{time}{token}".encode(), sha256).hexdigest()
        told = body if isinstance(body, dict) else {"event-data": body}
        signed = {"signature": {"timestamp": time, "token": token, "signature": signature}}
        return Post({}, _bytes(signed | told))

    def sendgrid(self, body: object) -> Post:
        time, content = f"{self.at.timestamp():.0f}", _bytes(body)
        signature = _EC.sign(time.encode() + content, ec.ECDSA(hashes.SHA256()))
        return Post(
            {
                "x-twilio-email-event-webhook-signature": b64encode(signature).decode(),
                "x-twilio-email-event-webhook-timestamp": time,
            },
            content,
        )

    def resend(self, body: object) -> Post:
        time, content, name = f"{self.at.timestamp():.0f}", _bytes(body), f"msg_{self.name}"
        signed = hmac.new(_SVIX, f"{name}.{time}.".encode() + content, sha256).digest()
        return Post(
            {
                "svix-id": name,
                "svix-timestamp": time,
                "svix-signature": f"v1,{b64encode(b'old').decode()} v1,{b64encode(signed).decode()}",
            },
            content,
        )

    def ses(self, body: object) -> Post:
        return self.sns({"Type": "Notification", "Message": _bytes(body).decode()})

    def subscription(self, **changed: str) -> Post:
        told = {
            "Type": "SubscriptionConfirmation",
            "Message": "You have chosen to subscribe.",
            "Token": "2336",
        }
        return self.sns(told | {"SubscribeURL": SUBSCRIBE} | changed)

    def sns(self, told: Mapping[str, str], version: str = "1") -> Post:
        """Sign as SNS does: its fields in the order of their names, all but those about the signature."""
        at = self.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        fields = {"MessageId": self.name, "TopicArn": TOPIC, "Timestamp": at, **told}
        signed = "".join(f"{name}\n{fields[name]}\n" for name in sorted(fields)).encode()
        digest = hashes.SHA256() if version == "2" else hashes.SHA1()
        about = {
            "SignatureVersion": version,
            "Signature": b64encode(_RSA.sign(signed, padding.PKCS1v15(), digest)).decode(),
            "SigningCertURL": CERTIFICATE,
        }
        return Post({}, _bytes(about | fields))


def _bytes(body: object) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()
