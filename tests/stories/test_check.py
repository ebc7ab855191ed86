"""`feeder check`, and the first mail of a site that nobody would take, as an owner meets them."""

import sqlite3
from collections.abc import Iterator

import pytest

from tests.conftest import Site, piece
from tests.dns_rig import NameServer, a_name_server
from tests.mail.smtp_rig import MailHost

READER = "reader@example.net"


@pytest.fixture
def names() -> Iterator[NameServer]:
    with a_name_server() as server:
        yield server


@pytest.fixture
def mailing(site: Site, names: NameServer) -> Iterator[tuple[Site, MailHost]]:
    """A site whose domain says nothing in the DNS, with a reader and something to read."""
    with MailHost() as host:
        site.settings |= {
            "FEEDER_SITE__PUBLIC_URL": "https://spans.example/",
            "FEEDER_SITE__POSTAL_ADDRESS": "1 Bridge Street, Spanham",
            "FEEDER_MAIL__SENDER": "digest@spans.example",
            "FEEDER_MAIL__SERVERS__RELAY__HOST": "127.0.0.1",
            "FEEDER_MAIL__SERVERS__RELAY__PORT": str(host.port),
            "FEEDER_MAIL__SERVERS__RELAY__SECURITY": "none",
            "FEEDER_CHECK__RESOLVER": names.address,
        }
        site.write("one.md", piece("Why old bridges hum", "tags: [bridges]"))
        site.done("sync")
        site.done("subscriber", "add", READER, "--welcome", "1")
        yield site, host


def test_a_new_site_is_told_what_is_to_come(site: Site) -> None:
    told = site.feeder("check")

    assert (told.code, told.err) == (0, "")
    assert "holds no feed" in told.out
    assert "0 wrong, " in told.out.splitlines()[-1]


def test_what_is_wrong_stands_last_with_rule_and_mend(mailing: tuple[Site, MailHost]) -> None:
    site, _ = mailing

    told = site.feeder("check")
    known = site.feeder("check", "--json")

    assert (told.code, known.code) == (1, 1)
    wrong = [line for line in told.out.splitlines() if line.startswith("wrong")]
    assert [line.split()[1] for line in wrong] == ["address", "spf", "dmarc", "mx", "leaving"]
    assert 'mend: add to the DNS: _dmarc.spans.example TXT "v=DMARC1; p=none"' in told.out
    (spf,) = [check for check in known.json if check["name"] == "spf"]
    assert (spf["state"], spf["found"]) == ("wrong", "no record")
    assert spf["rule"]
    assert spf["mend"]


def test_the_first_mail_waits_until_somebody_says_why_it_shall_go(mailing: tuple[Site, MailHost]) -> None:
    site, host = mailing

    held = site.feeder("once")

    assert held.code == 1
    (complaint,) = held.complaints
    assert "the first mail of this site: is held back" in complaint
    assert host.recipients() == []
    assert "! no mail leaves yet: spf of spans.example" in site.done("status").out

    assert site.feeder("check", "--accept", " ").code == 2
    site.done("check", "--accept", "the relay is a sink")
    site.done("once")
    assert host.recipients() == [READER]
    assert "(the relay is a sink)" in site.done("status").out
    assert site.done("status", "--json").json["gate"]["reason"] == "the relay is a sink"


def test_sending_by_force_keeps_the_reason(mailing: tuple[Site, MailHost]) -> None:
    site, host = mailing

    site.done("digest", "send", "--force", "a try")

    assert host.recipients() == [READER]
    assert "(a try)" in site.done("status").out


def test_a_database_of_before_is_told_and_not_touched(site: Site) -> None:
    site.done("status")
    site.done("sync")
    with sqlite3.connect(site.folder / "feeder.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0005'")
    connection.close()

    told = site.feeder("check")

    assert told.code == 1
    assert "mend: feeder store upgrade" in told.out
