"""What a real Postfix answers to each of a group, and what that means."""

import ssl
from collections.abc import Iterator

import pytest

from feeder.mail.transports.smtp import Pool
from feeder.model.deliveries import Accepted, Deferred, Envelope, Message, Outcome, Refused, Verdict
from feeder.model.settings import MailServer, Security
from tests import postfix_rig
from tests.postfix_rig import MailHost, real_mail_host

SENDER = "bounce+1@spans.example"
CONTENT = b"From: digest@spans.example\r\nSubject: One\r\n\r\n.\r\n..\r\nText\r\n"


@pytest.fixture(scope="module")
def host() -> Iterator[MailHost]:
    with real_mail_host(["bob", "cem"], {}, "spans.example", {}) as host:
        yield host


def send(
    host: MailHost, *group: tuple[Envelope, bytes], password: str = postfix_rig.PASSWORD
) -> list[Outcome]:
    server = MailServer("relay", "localhost", host.port, Security.STARTTLS, postfix_rig.USER, password)
    pool = Pool(server, ssl.create_default_context(cafile=str(host.folder / "authority.pem")))
    try:
        return pool.send_group(
            [
                (envelope, Message(f"<{n}@spans.example>", content))
                for n, (envelope, content) in enumerate(group)
            ]
        )
    finally:
        pool.close()


def to(name: str, sender: str = SENDER) -> Envelope:
    return Envelope(sender, f"{name}@{postfix_rig.DOMAIN}")


def test_each_of_a_group_is_taken_or_refused_as_postfix_says(host: MailHost) -> None:
    one, gone, strange, large, two = send(
        host,
        (to("bob"), CONTENT),
        (to("nobody"), CONTENT),
        (to("bob", sender="somebody@elsewhere.example"), CONTENT),
        (to("bob"), CONTENT + b"x" * 11_000_000),
        (to("cem"), CONTENT),
    )

    assert isinstance(one, Accepted)
    assert one.queue_id.isalnum()
    assert isinstance(gone, Refused)
    assert gone.verdict is Verdict.DEAD
    assert "550 5.1.1 <(address)>: Recipient address rejected: User unknown" in gone.reason
    assert isinstance(strange, Deferred)
    assert strange.verdict is Verdict.OURS
    assert isinstance(large, Refused)
    assert large.verdict is Verdict.UNFIT
    assert isinstance(two, Accepted)
    for name in ("bob", "cem"):
        (message,) = host.mail(name)
        assert message.replace(b"\r\n", b"\n").endswith(b"\n\n.\n..\nText\n")


def test_a_password_that_dovecot_does_not_know_is_ours_to_mend(host: MailHost) -> None:
    (outcome,) = send(host, (to("bob"), CONTENT), password="wrong")

    assert isinstance(outcome, Deferred)
    assert outcome.verdict is Verdict.OURS
    assert "535 5.7.8" in outcome.reason
