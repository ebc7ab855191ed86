"""An issue on a real mail host: from the site through Postfix and Dovecot into the mailboxes of its readers."""

import email
import email.policy
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email.message import EmailMessage
from pathlib import Path

import dkim
import pytest

from tests import postfix_rig
from tests.conftest import (
    MONDAY,
    SUNDAY,
    Site,
    Told,
    ask,
    at_free_port,
    feeder,
    new_site,
    piece,
    running,
)
from tests.postfix_rig import MailHost, real_mail_host

SENDERS = "spans.example"
NAMES = [f"reader{number}" for number in range(10)]
FULL, GONE = "full", "gone"
TITLE = "Häfen and their cranes"
QUARTER_PAST, NEXT_MONDAY = "2026-11-23T08:15:00Z", "2026-11-30T08:00:00Z"


@dataclass(frozen=True, slots=True)
class Delivered:
    """A site that has sent an issue, what it said of that, and what came: one message of each reader."""

    site: Site
    host: MailHost
    complaints: list[str]
    keys: dict[str, str]
    mail: dict[str, list[bytes]]

    def message(self, name: str) -> EmailMessage:
        (content,) = self.mail[name]
        return read(content)


def read(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def address(name: str) -> str:
    return f"{name}@{postfix_rig.DOMAIN}"


@contextmanager
def delivering(site: Site, names: Sequence[str]) -> Iterator[Delivered]:
    """Send a weekly issue to readers, one more whose mailbox is full, and one who is not there any more."""
    site.settings |= {
        "FEEDER_SITE__PUBLIC_URL": f"https://{SENDERS}/",
        "FEEDER_SITE__POSTAL_ADDRESS": "1 Bridge Street, Spanham",
        "FEEDER_MAIL__SENDER": f"digest@{SENDERS}",
        "FEEDER_MAIL__LEAVE": f"leave@{SENDERS}",
        "FEEDER_MAIL__RETURNS": f"returns@{SENDERS}",
    }
    keys = {record["name"]: record["value"] for record in site.done("keys", "dkim", "--json").json}
    site.settings |= {
        "FEEDER_MAIL__DKIM__KEY": "keys/feeder.pem",
        "FEEDER_MAIL__DKIM__ED25519_KEY": "keys/feeder-ed25519.pem",
    }
    site.now = SUNDAY
    readers = site.folder / "readers.csv"
    readers.write_text("\n".join(["address", *map(address, (*names, FULL, GONE))]))
    site.done("subscriber", "import", readers, "--consent-waived", "they are in this test")
    site.done("sync")
    site.write("one.md", piece(TITLE, "tags: [ports]", body="Cranes wait.\n.\nFrom here.\n" * 40))
    with real_mail_host([*names, FULL], {FULL: 20_000}, SENDERS, keys) as host:
        host.fill(FULL, 19_000)
        site.settings |= host.settings
        site.done("check", "--accept", "a host of the tests has no DNS")
        site.now = MONDAY
        told = site.feeder("once")
        assert told.code == 1, f"{told}\n{host.log()}"
        yield Delivered(site, host, told.complaints, keys, {name: host.mail(name) for name in (*names, FULL)})


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Delivered]:
    """An issue that ten readers have."""
    site = at_free_port(new_site(tmp_path_factory.mktemp("postfix") / "site"))
    with delivering(site, NAMES) as sent:
        yield sent


def has_the_issue(delivered: Delivered, name: str) -> None:
    """Assert that a reader has it once, whole, and signed."""
    message, (content,) = delivered.message(name), delivered.mail[name]
    assert message.defects == []
    assert message["To"] == address(name)
    assert TITLE in message["Subject"]
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        assert part is not None
        assert TITLE in part.get_content()
    # OpenDKIM looked at it as it came in; dkimpy looks at what is in the mailbox.
    results = str(message["Authentication-Results"])
    assert results.startswith(f"mail.{postfix_rig.DOMAIN};")
    assert results.count("dkim=pass") == 2, results
    dns = {f"{name}.".encode(): key.encode() for name, key in delivered.keys.items()}
    for which in (0, 1):
        assert dkim.DKIM(content).verify(which, dnsfunc=lambda asked, timeout=5: dns[asked])


@pytest.mark.parametrize("name", NAMES)
def test_each_reader_has_the_issue_once_and_signed(delivered: Delivered, name: str) -> None:
    has_the_issue(delivered, name)


@pytest.mark.soak
def test_so_have_a_thousand(tmp_path: Path) -> None:
    names = [f"reader{number}" for number in range(1000)]
    with delivering(new_site(tmp_path / "site"), names) as delivered:
        for name in names:
            has_the_issue(delivered, name)


def test_its_head_is_what_receivers_ask_for(delivered: Delivered) -> None:
    message = delivered.message(NAMES[0])
    told = {name: list(map(str, message.get_all(name, []))) for name in set(message)}
    added = {"Return-Path", "Delivered-To", "Received", "Authentication-Results", "DKIM-Signature"}

    assert {
        name: len(values) for name, values in told.items() if name not in added and len(values) != 1
    } == {}
    assert sorted(told.keys() - added) == [
        "Archived-At",
        "Auto-Submitted",
        "Content-Language",
        "Content-Type",
        "Date",
        "Feedback-ID",
        "From",
        "List-Id",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "MIME-Version",
        "Message-ID",
        "Subject",
        "To",
    ]
    assert told["From"] == [f"My work <digest@{SENDERS}>"]
    assert told["List-Id"] == [f'"My work: Weekly digest" <weekly.{SENDERS}>']
    assert told["List-Unsubscribe-Post"] == ["List-Unsubscribe=One-Click"]
    assert told["Auto-Submitted"] == ["auto-generated"]
    token = r"[\w-]+"
    (leaving,) = told["List-Unsubscribe"]
    by_post, by_mail = leaving.split(", ")
    assert re.fullmatch(f"<https://{SENDERS}/unsubscribe/{token}>", by_post)
    assert re.fullmatch(f"<mailto:leave@{SENDERS}\\?subject=unsubscribe%20{token}>", by_mail)
    assert re.fullmatch(f"<https://{SENDERS}/copy/{token}>", told["Archived-At"][0])
    assert re.fullmatch(f"<[0-9a-f-]{{36}}@{SENDERS}>", told["Message-ID"][0])
    assert re.fullmatch("2026-W48:weekly:week:[0-9a-f]{5,15}", told["Feedback-ID"][0])
    returns = re.fullmatch(rf"<(returns\+{token})@{SENDERS}>", told["Return-Path"][0])
    assert returns
    assert len(returns[1]) <= 64  # RFC 5321, 4.5.3.1.1


def test_who_is_not_there_is_never_mailed_again(delivered: Delivered) -> None:
    shown = delivered.site.done("subscriber", "show", address(GONE)).out

    assert "suppressed" in shown
    assert "550 5.1.1" in shown
    assert any("550 5.1.1" in line for line in delivered.complaints)
    assert address(GONE) not in "".join(delivered.complaints)


def test_what_postfix_took_and_could_not_deliver_comes_back_by_the_pipe(delivered: Delivered) -> None:
    site, host, reader = delivered.site, delivered.host, f"{GONE}@{postfix_rig.LATER}"
    site.done("subscriber", "add", reader, "--welcome", "1")
    site.done("digest", "send")
    assert site.done("subscriber", "show", reader, "--json").json["status"] == "active"

    def bounce(message: Path, **settings: str) -> int:
        environment = site.environment | settings
        told.append(feeder("bounce", "-", folder=site.folder, environment=environment, given=message))
        return told[-1].code

    told: list[Told] = []
    host.judge_returned(lambda message: bounce(message, FEEDER_STORE__URL="sqlite:////nowhere/feeder.db"))
    host.judge_returned(bounce)

    assert [(each.code, each.out) for each in told] == [
        (75, ""),
        (0, "hard: the address gets no more mail\n"),
    ]
    assert host.is_idle, host.log()
    shown = site.done("subscriber", "show", reader, "--json").json
    assert shown["status"] == "suppressed"
    assert [one["state"] for one in shown["deliveries"]] == ["accepted"]
    assert [(one["kind"], one["status"], one["period"]) for one in shown["returned"]] == [
        ("hard", "5.1.1", "welcome")
    ]


SERVER = "FEEDER_MAIL__SERVERS__RELAY__"


@pytest.mark.parametrize(
    ("name", "value", "what", "mend"),
    [
        (f"{SERVER}PASSWORD", "wrong", r"localhost:\d+\) refuses our log-in \(535 5\.7\.8", "user, password"),
        (f"{SERVER}PORT", "1", r"localhost:1\) cannot be reached \(Connection refused\)", "host, port"),
        (f"{SERVER}SECURITY", "tls", "TLS failed", "security of the server"),
        (f"{SERVER}SECURITY", "none", "does not offer to log in by PLAIN or LOGIN", "security of the server"),
        (
            f"{SERVER}HOST",
            "127.0.0.1",
            "certificate is not good .+ not valid for '127.0.0.1'",
            "host",
        ),
        (
            "SSL_CERT_FILE",
            "/none",
            "certificate is not good .+ local issuer",
            "by the variable SSL_CERT_FILE",
        ),
        ("FEEDER_MAIL__SENDER", "ada@b.example", r"553 5\.7\.1 .+ not owned by user ada", "mail.sender"),
    ],
    ids=["password", "port", "TLS at once", "no TLS", "name", "authority", "sender"],
)
def test_what_is_wrong_with_the_way_is_named_and_how_to_mend_it(
    delivered: Delivered, name: str, value: str, what: str, mend: str
) -> None:
    site = replace(delivered.site, settings=delivered.site.settings | {name: value})

    told = site.feeder("digest", "test", "weekly", "--to", address(NAMES[1]))

    assert told.code == 1
    (line,) = told.complaints
    assert re.search(f"{what}.*; look at .*{mend}", line)
    assert postfix_rig.PASSWORD not in line


def test_whose_mailbox_is_full_gets_it_later_and_who_leaves_gets_no_more(delivered: Delivered) -> None:
    site, host = delivered.site, delivered.host
    assert "452 4.2.2" in site.done("subscriber", "show", address(FULL)).out
    assert [read(content)["Subject"] for content in delivered.mail[FULL]] == ["Large"]

    site.done("once")  # nothing is due, and nobody is mailed

    assert {name: host.mail(name) for name in NAMES} == {name: delivered.mail[name] for name in NAMES}
    host.empty(FULL)
    site.now = QUARTER_PAST
    site.done("digest", "send")

    (late,) = host.mail(FULL)
    assert TITLE in read(late)["Subject"]
    (leaving,) = re.findall(
        f"<https://{SENDERS}/(.+?)>", str(delivered.message(NAMES[0])["List-Unsubscribe"])
    )
    with running(site) as service:
        ask(f"{service.address}{leaving}", "POST", b"List-Unsubscribe=One-Click")

    site.write("two.md", piece("A new quay", "tags: [ports]"))
    site.now = NEXT_MONDAY
    site.done("once")
    assert host.mail(NAMES[0]) == delivered.mail[NAMES[0]]
    first, second = host.mail(NAMES[1])
    assert first == delivered.mail[NAMES[1]][0]
    assert "A new quay" in read(second)["Subject"]
