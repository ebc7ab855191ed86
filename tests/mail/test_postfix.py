"""A real Postfix takes what a whole site mails, by STARTTLS, into mailboxes; and refuses as Postfix does."""

import os
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dkim
import pytest
import trustme

from feeder.mail.transports.smtp import Pool
from feeder.model.deliveries import Accepted, Deferred, Envelope, Message, Outcome, Refused, Verdict
from feeder.model.settings import MailServer, Security
from tests.conftest import Site, need, piece, until

MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
proxymap  unix  - - n - - proxymap
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
virtual   unix  - n n - - virtual
anvil     unix  - - n - 1 anvil
tlsmgr    unix  - - n 1000? 1 tlsmgr
postlog   unix-dgram n - n - 1 postlogd
"""

MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/maillog
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.example.net
mydestination =
alias_maps =
virtual_mailbox_domains = example.net
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = inline:{{ {{reader@example.net = reader/}}, {{ada@example.net = ada/}}, {{ bob@example.net = bob/ }} }}
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
smtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_relay_restrictions = reject_unauth_destination
smtpd_tls_security_level = encrypt
smtpd_tls_chain_files = {folder}/chain.pem
message_size_limit = 200000
smtputf8_enable = yes
"""


@dataclass(frozen=True, slots=True)
class Postfix:
    port: int
    folder: Path
    authority: Path

    def mails(self, name: str) -> list[bytes]:
        return [file.read_bytes() for file in sorted((self.folder / "mail" / name).glob("new/*"))]

    @property
    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.authority))


@pytest.fixture(scope="module")
def postfix() -> Iterator[Postfix]:
    """Postfix in a folder of its own, beside the machine's if there is one."""
    master = Path("/usr/lib/postfix/sbin/master")
    need(master.exists() and os.geteuid() == 0, "Postfix (Debian's postfix), and root to start it")
    folder = Path(tempfile.mkdtemp(prefix="feeder-postfix-"))
    folder.chmod(0o755)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "authority.pem")
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(folder / "chain.pem")
    conf = folder / "conf"
    for name in ("conf", "queue", "data", "mail"):
        (folder / name).mkdir()
    shutil.chown(folder / "mail", 65534, 65534)
    shutil.chown(folder / "data", "postfix")
    (conf / "main.cf").write_text(MAIN.format(folder=folder))
    (conf / "master.cf").write_text(MASTER.format(port=port))
    quiet = subprocess.DEVNULL
    subprocess.run(
        ["/usr/sbin/postfix", "-c", conf, "check"], check=True, stdout=quiet, stderr=quiet, timeout=60
    )
    with subprocess.Popen([master, "-c", conf, "-d"], stdin=quiet, stdout=quiet, stderr=quiet) as process:
        try:
            assert until(lambda: _listens(port), 20), (folder / "maillog").read_text()
            yield Postfix(port, folder, folder / "authority.pem")
        finally:
            process.terminate()
            process.wait(20)
    shutil.rmtree(folder, ignore_errors=True)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def send(postfix: Postfix, *group: tuple[str, bytes]) -> list[Outcome]:
    pool = Pool(MailServer("postfix", "localhost", postfix.port, Security.STARTTLS), postfix.trust)
    try:
        return pool.send_group(
            [
                (Envelope("bounce+1@ada.example", recipient), Message(f"<{n}@ada.example>", content))
                for n, (recipient, content) in enumerate(group)
            ]
        )
    finally:
        pool.close()


def test_each_of_a_group_is_taken_or_refused_as_postfix_says(postfix: Postfix) -> None:
    content = b"Subject: One\r\n\r\n.\r\n..\r\nText\r\n"

    outcomes = send(
        postfix,
        ("ada@example.net", content),
        ("nobody@example.net", content),
        ("bob@example.net", content),
        ("ada@elsewhere.example", content),
        ("ada@example.net", content + b"x" * 300_000),
        ("bob@example.net", content),
    )

    one, dead, two, relayed, large, three = outcomes
    assert isinstance(one, Accepted)
    assert isinstance(dead, Refused)
    assert dead.verdict is Verdict.DEAD
    assert "User unknown" in dead.reason
    assert isinstance(relayed, Deferred)
    assert relayed.verdict is Verdict.OURS
    assert isinstance(large, Refused)
    assert large.verdict is Verdict.UNFIT
    assert isinstance(two, Accepted)
    assert isinstance(three, Accepted)
    assert re.fullmatch("[0-9A-Za-z]{8,20}", one.queue_id)
    assert until(lambda: len(postfix.mails("bob")) == 2, 20)
    assert until(lambda: len(postfix.mails("ada")) == 1, 20)
    assert postfix.mails("ada")[0].endswith(b"\n\n.\n..\nText\n")
    assert b"Return-Path: <bounce+1@ada.example>" in postfix.mails("ada")[0]


def test_a_site_mails_what_arrives_with_good_signatures(postfix: Postfix, site: Site) -> None:
    site.settings |= {
        "FEEDER_SITE__PUBLIC_URL": "https://spans.example/",
        "FEEDER_SITE__POSTAL_ADDRESS": "1 Bridge Street, Spanham",
        "FEEDER_MAIL__SENDER": "digest@spans.example",
        "FEEDER_MAIL__SERVERS__POSTFIX__HOST": "localhost",
        "FEEDER_MAIL__SERVERS__POSTFIX__PORT": str(postfix.port),
        "FEEDER_MAIL__DKIM__KEY": "keys/feeder.pem",
        "FEEDER_MAIL__DKIM__ED25519_KEY": "keys/feeder-ed25519.pem",
        "SSL_CERT_FILE": str(postfix.authority),
    }
    records = site.done("keys", "dkim", "--json").json
    site.write(
        "one.md", piece("Häfen und Brücken", "tags: [bridges]", body="Text\n\n.\n\nFrom here, on  and on.  ")
    )
    site.done("sync")
    site.done("subscriber", "add", "reader@example.net", "--welcome", "1")

    site.done("once")

    assert until(lambda: len(postfix.mails("reader")) == 1, 20)
    (message,) = postfix.mails("reader")
    dns = {f"{record['name']}.".encode(): record["value"].encode() for record in records}
    for which in (0, 1):
        assert dkim.DKIM(message).verify(which, dnsfunc=lambda name, timeout=5: dns[name])
