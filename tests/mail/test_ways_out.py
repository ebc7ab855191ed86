"""A whole site mails by a server, signs what it mails, and makes its keys."""

import re
import stat
import tomllib

import dkim
import pytest

from tests.conftest import Site, piece
from tests.mail.smtp_rig import MailHost

ABROAD = {
    "FEEDER_SITE__PUBLIC_URL": "https://spans.example/",
    "FEEDER_SITE__POSTAL_ADDRESS": "1 Bridge Street, Spanham",
    "FEEDER_MAIL__SENDER": "digest@spans.example",
}


@pytest.fixture
def named(site: Site) -> Site:
    """A site that readers reach."""
    site.settings |= ABROAD
    return site


@pytest.fixture
def abroad(named: Site) -> Site:
    """The same with a reader and something to read."""
    site = named
    site.write("one.md", piece("Why old bridges hum", "tags: [bridges]"))
    site.done("sync")
    site.done("subscriber", "add", "reader@example.net", "--welcome", "1")
    site.done("check", "--accept", "a server of the tests has no DNS")
    return site


def by(host: MailHost, site: Site) -> Site:
    site.settings |= {
        "FEEDER_MAIL__SERVERS__RELAY__HOST": "127.0.0.1",
        "FEEDER_MAIL__SERVERS__RELAY__PORT": str(host.port),
        "FEEDER_MAIL__SERVERS__RELAY__SECURITY": "none",
    }
    return site


def test_mail_goes_by_the_server_and_not_into_the_mailbox(abroad: Site) -> None:
    with MailHost() as host:
        by(host, abroad).done("once")

        assert host.recipients() == ["reader@example.net"]
        assert b"Why old bridges hum" in host.delivered[0].content
        assert b"DKIM-Signature" not in host.delivered[0].content
        assert host.commands[-1] == "QUIT"
    assert not abroad.mails()


def test_mail_is_signed_by_the_keys_that_the_site_has_made(abroad: Site) -> None:
    told = abroad.done("keys", "dkim", "--json").json
    to_write = abroad.done("keys", "dkim").out.split("configuration:\n")[1]
    abroad.configure(f"[mail.dkim]\n{to_write}", instead_of="[mail.dkim]\n")
    assert "configuration" not in abroad.done("keys", "dkim").out
    with MailHost() as host:
        by(host, abroad).done("once")

        message = host.delivered[0].content
    dns = {f"{record['name']}.".encode(): record["value"].encode() for record in told}
    for which in (0, 1):
        assert dkim.DKIM(message).verify(which, dnsfunc=lambda name, timeout=5: dns[name])


def test_a_server_that_is_down_is_told_and_tried_again(abroad: Site) -> None:
    with MailHost() as host:
        host.on("GREETING", "421 4.3.2 no")
        told = by(host, abroad).feeder("once")

        assert told.code == 1
        assert "relay (127.0.0.1:" in told.err
        assert "421 4.3.2 no" in told.err
        assert "reader@example.net" not in told.err
        abroad.now = "2026-11-22T09:00:00Z"
        abroad.done("once")
        assert host.recipients() == ["reader@example.net"]


def test_without_an_address_on_the_web_and_on_paper_nothing_is_mailed(abroad: Site) -> None:
    with MailHost() as host:
        by(host, abroad)
        for name in ABROAD:
            abroad.settings.pop(name)
        told = abroad.feeder("once")

        assert told.code == 2
        assert "must be a public https address before mail leaves" in told.err
        assert not host.connections


# ── feeder keys dkim ─────────────────────────────────────────────────────────────────────────────


def test_keys_are_made_and_their_records_are_to_paste(named: Site) -> None:
    told = named.done("keys", "dkim").out

    files = sorted((named.folder / "keys").iterdir())
    assert [file.name for file in files] == ["feeder-ed25519.pem", "feeder.pem"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert re.search(r'(?m)^feeder\._domainkey\.spans\.example\. IN TXT \( "v=DKIM1; k=rsa; p=MII', told)
    assert re.search(
        r'(?m)^feeder-ed25519\._domainkey\.spans\.example\. IN TXT "v=DKIM1; k=ed25519; p=', told
    )
    assert "PRIVATE" not in told
    assert tomllib.loads(told.split("configuration:\n")[1]) == {
        "selector": "feeder",
        "key": "keys/feeder.pem",
        "ed25519_selector": "feeder-ed25519",
        "ed25519_key": "keys/feeder-ed25519.pem",
    }


def test_other_keys_have_another_selector_and_are_made_once(named: Site) -> None:
    told = named.done("keys", "dkim", "--selector", "s2027", "--json").json
    again = named.done("keys", "dkim", "--selector", "s2027", "--json").json

    assert [record["new"] for record in (*told, *again)] == [True, True, False, False]
    assert [record["value"] for record in told] == [record["value"] for record in again]
    assert [record["name"] for record in told] == [
        "s2027._domainkey.spans.example",
        "s2027-ed25519._domainkey.spans.example",
    ]


def test_a_selector_that_the_dns_cannot_have_is_refused(named: Site) -> None:
    told = named.feeder("keys", "dkim", "--selector", "../x")

    assert told.code == 2
    assert "must be labels of the DNS" in told.err


def test_without_a_domain_there_is_nothing_to_sign_for(site: Site) -> None:
    told = site.feeder("keys", "dkim")

    assert told.code == 2
    assert "mail.sender" in told.err
    assert not (site.folder / "keys").exists()
