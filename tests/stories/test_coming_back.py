"""Mail that comes back by the pipe of a mail server: who is gone, who complains, who leaves, and what changes nothing."""

import os
import re

import pytest

from tests.conftest import SUNDAY, Site, Told, at_free_port, contents, feeder, running, until
from tests.mail.returns import corpus
from tests.postfix_rig import READERS_PASSWORD, real_mailboxes

READER = "reader@example.org"


@pytest.fixture
def sent(blog: Site) -> Site:
    """A site to which mail comes back, and that has welcomed one more reader."""
    blog.settings |= {"FEEDER_MAIL__RETURNS": "returns@spans.example"}
    blog.done("subscriber", "add", "bo@example.org", "--welcome", "3")
    blog.done("digest", "send")
    return blog


def token(site: Site, address: str = "bo@example.org") -> str:
    (mail,) = [mail for mail in site.mails().values() if f"Delivered-To: {address}".encode() in mail]
    (found,) = re.findall(rb"^Return-Path: <?returns\+([\w-]+)@", mail, re.MULTILINE)
    return bytes(found).decode()


def bounce(site: Site, content: bytes, *more: str) -> Told:
    """Give a message to the command, as the pipe of a mail server does."""
    given = site.folder / "given.eml"
    given.write_bytes(content)
    return feeder("bounce", "-", *more, folder=site.folder, environment=site.environment, given=given)


def report(name: str, of: str) -> bytes:
    return corpus.message(name).replace(corpus.TOKEN.encode(), of.encode())


def test_who_is_gone_is_mailed_no_more_and_the_story_is_told(sent: Site) -> None:
    told = bounce(sent, report("postfix-local-unknown", token(sent)))

    assert (told.code, told.err) == (0, "")
    assert told.out == "hard: the address gets no more mail\n"
    assert bounce(sent, report("postfix-local-unknown", token(sent))).out == "hard: known already\n"
    shown = sent.done("subscriber", "show", "bo@example.org", "--json").json
    assert shown["status"] == "suppressed"
    assert [(one["kind"], one["period"], one["suppressed"]) for one in shown["returned"]] == [
        ("hard", "welcome", True)
    ]
    assert (
        f'weekly/welcome came back: hard {SUNDAY}, upon which the address was suppressed (550 5.1.1 unknown user: "ada")'
        in sent.done("subscriber", "show", "bo@example.org").out
    )
    assert "came back in 7 days: 1 hard" in sent.done("status").out
    assert sent.done("subscriber", "show", READER, "--json").json["status"] == "active"


def test_what_may_pass_counts_and_the_count_is_told(sent: Site) -> None:
    for expected in ("counts against the address", "known already"):
        assert bounce(sent, report("qmail-full", token(sent))).out == f"soft: {expected}\n"

    shown = sent.done("subscriber", "show", "bo@example.org")
    assert "bounce score: 1.0 of 3" in shown.out
    assert "status: active" in shown.out


def test_what_changes_nothing_is_taken_and_never_sent_back(sent: Site) -> None:
    before = sent.done("subscriber", "show", "bo@example.org").out
    for name, words in {
        "forged-without-token": "hard: nothing done, since no token of ours",
        "gmail-no-account": "hard: nothing done, since no token of ours",  # one that this site never signed
        "a-person-writes": "nothing done: it is no report",
    }.items():
        told = bounce(sent, corpus.message(name))
        assert (told.code, told.err) == (0, ""), name
        assert told.out.startswith(words), name
    assert sent.done("subscriber", "show", "bo@example.org").out == before


def test_a_round_looks_into_the_mailbox_before_it_sends(sent: Site) -> None:
    sent.settings |= {"FEEDER_MAIL__INBOX__MAILDIR": "came-back"}
    told = sent.feeder("once")
    assert told.code == 1
    assert "the Maildir" in told.err
    assert "What comes back is not read" in sent.done("status").out

    for part in ("tmp", "new", "cur"):
        (sent.folder / "came-back" / part).mkdir(parents=True)
    (sent.folder / "came-back" / "new" / "1").write_bytes(report("qmail-no-mailbox", token(sent)))
    (sent.folder / "came-back" / "new" / "2").write_bytes(corpus.message("a-person-writes"))

    assert "came back: 1 suppressed, 1 that are no reports" in sent.done("once").out

    assert sent.done("subscriber", "show", "bo@example.org", "--json").json["status"] == "suppressed"
    assert "!" not in sent.done("status").out
    assert sorted(contents(sent.folder / "came-back")) == ["cur/1:2,S", "cur/2:2,F"]


def test_the_service_looks_into_a_mailbox_at_a_server(sent: Site) -> None:
    content = report("gmail-no-account", token(sent))
    at_free_port(sent)
    with real_mailboxes("returns") as host:
        sent.settings |= {
            "FEEDER_MAIL__INBOX__HOST": "localhost",
            "FEEDER_MAIL__INBOX__PORT": str(host.imaps_port),
            "FEEDER_MAIL__INBOX__USER": "returns",
            "FEEDER_MAIL__INBOX__PASSWORD": READERS_PASSWORD,
            "FEEDER_MAIL__INBOX__EVERY": "1s",
            "SSL_CERT_FILE": str(host.folder / "authority.pem"),
        }
        with running(sent), host.mailbox("returns") as imap:
            imap.append("INBOX", "", "", content)
            assert until(lambda: imap.search(None, "SEEN")[1] == [b"1"], 20), host.log()

    shown = sent.done("subscriber", "show", "bo@example.org", "--json").json
    assert (shown["status"], shown["returned"][0]["status"]) == ("suppressed", "5.1.1")
    log = (sent.folder / "service.log").read_text()
    assert "came back" in log
    assert "bo@example.org" not in log
    assert READERS_PASSWORD not in log


def test_a_site_that_cannot_be_used_lets_the_mail_server_try_again(sent: Site) -> None:
    content, store = report("arf-yahoo", token(sent)), sent.folder / "feeder.db"
    aside = store.rename(store.with_suffix(".aside"))

    told = bounce(sent, content)  # as while its disk is not mounted

    assert told.code == os.EX_TEMPFAIL
    assert "the store: is empty, or is not there" in told.err
    assert not store.exists()

    store.mkdir()
    told = bounce(sent, content)

    assert told.code == os.EX_TEMPFAIL
    assert told.complaints
    store.rmdir()
    aside.rename(store)
    assert bounce(sent, content).out == "complaint: the address gets no more mail\n"
