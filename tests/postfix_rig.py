"""A real mail host for the tests: Postfix, Dovecot and OpenDKIM from Debian's packages, in a folder of their own.

It needs `postfix`, `dovecot-imapd`, `dovecot-lmtpd` and `opendkim`, and a user who may start them: root. It listens
on loopback only, and touches nothing of the machine's own mail:

    a sender → Postfix (STARTTLS, log-in by Dovecot, size of mailboxes by Dovecot) → OpenDKIM looks at signatures
             → Dovecot's LMTP → mailboxes ← Dovecot's IMAP
             what Dovecot takes for nobody at LATER → Postfix's own notice → a pipe → whoever holds the test
"""

import imaplib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import trustme

from tests.conftest import need, until

PARTS = (
    "A mail host (Debian's packages postfix, dovecot-imapd, dovecot-lmtpd and opendkim, and root to start it)"
)
_POSTFIX = Path("/usr/lib/postfix/sbin/master")
_DOVECOT_LMTP = Path("/usr/lib/dovecot/lmtp")
_DOVECOT_IMAP = Path("/usr/lib/dovecot/imap")
DOMAIN = "readers.example"
LATER = "later.example"
"""A domain of which Postfix takes mail for anybody, and finds out afterwards that they are not there."""

USER, PASSWORD = "ada", "a-senders-password"
READERS_PASSWORD = "a-readers-password"

_AT_REST_SECONDS = 1

_MAIN = """
compatibility_level = 3.6
myhostname = mail.{domain}
mydestination =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
biff = no
alias_maps =
local_recipient_maps =
# Nothing here asks another machine for anything.
disable_dns_lookups = yes
# What could not be done just now is tried again within a test.
queue_run_delay = 1s
minimal_backoff_time = 1s
smtpd_peername_lookup = no
default_transport = discard:
transport_maps = texthash:{folder}/transport
returns_destination_recipient_limit = 1

virtual_mailbox_domains = {domain} {later}
virtual_mailbox_maps = texthash:{folder}/mailboxes
virtual_transport = lmtp:unix:{folder}/lmtp

smtpd_tls_security_level = encrypt
smtpd_tls_chain_files = {folder}/host.pem
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {folder}/login
smtpd_sender_login_maps = texthash:{folder}/senders
smtpd_sender_restrictions = reject_sender_login_mismatch
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = reject_unlisted_recipient, check_policy_service unix:{folder}/quota

smtpd_milters = unix:{folder}/milter/socket
milter_default_action = tempfail
# It shall not know that the sender has logged in, and look at the mail as at a stranger's.
milter_mail_macros = i
milter_connect_macros = j
"""
_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
discard unix - - n - - discard
returns unix - n n - - pipe
  flags=DORX user=nobody argv=/bin/sh {folder}/pipe {folder}/returned
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
"""
_QUEUE = (
    *("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming"),
    *("pid", "private", "public", "saved", "trace"),
)
_DOVECOT_CONF = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/host.pem
ssl_key = <{folder}/host.pem
disable_plaintext_auth = no
first_valid_uid = 1
mail_home = {folder}/homes/%n
mail_location = maildir:~/mail
mail_plugins = quota
mail_fsync = never
auth_mechanisms = plain login
auth_username_format = %Ln
# Nobody waits because somebody had a wrong password: not they, and not the next from the same address.
auth_failure_delay = 0

passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/passwords
}}
userdb {{
  driver = passwd-file
  args = {folder}/passwords
  override_fields = uid={uid} gid={gid}
}}
plugin {{
  quota = count:mailbox
  quota_vsizes = yes
  quota_status_success = DUNNO
  quota_status_nouser = DUNNO
  quota_status_overquota = 452 4.2.2 The mailbox is full
}}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  unix_listener {folder}/login {{
    mode = 0666
  }}
}}
service lmtp {{
  unix_listener {folder}/lmtp {{
    mode = 0666
  }}
}}
service quota-status {{
  executable = quota-status -p postfix
  unix_listener {folder}/quota {{
    mode = 0666
  }}
  client_limit = 1
}}
"""
_PIPE = """
cat > "$1/$$.part" && mv "$1/$$.part" "$1/$$.eml"
until test -f "$1/$$.code"; do test -d "$1" || exit 75; sleep 0.05; done
exit "$(cat "$1/$$.code")"
"""
"""Hands what Postfix pipes to the test, and ends as that says: Postfix lets nobody do this who may read our folders."""

_OPENDKIM_CONF = """
Mode v
Syslog no
UserID postfix
Socket local:{folder}/milter/socket
TestPublicKeys {folder}/public-keys
AuthservID mail.{domain}
AlwaysAddARHeader yes
# Everybody comes from this machine here, and is a stranger all the same.
InternalHosts 192.0.2.1
"""


@dataclass(frozen=True, slots=True)
class MailHost:
    """A mail host that is `localhost`, at `port` for those who send."""

    folder: Path
    port: int
    imap_port: int
    imaps_port: int

    @property
    def settings(self) -> dict[str, str]:
        """What a site needs to send by this host, as its environment."""
        return {
            "FEEDER_MAIL__SERVERS__RELAY__HOST": "localhost",
            "FEEDER_MAIL__SERVERS__RELAY__PORT": str(self.port),
            "FEEDER_MAIL__SERVERS__RELAY__USER": USER,
            "FEEDER_MAIL__SERVERS__RELAY__PASSWORD": PASSWORD,
            "SSL_CERT_FILE": str(self.folder / "authority.pem"),
        }

    def mail(self, reader: str) -> list[bytes]:
        """Return what a reader has, as a mail program gets it, once nothing is under way any more."""
        assert self.is_idle, self.log()
        with self.mailbox(reader) as imap:
            numbers = imap.search(None, "ALL")[1][0].decode().split()
            return [_fetched(imap, number) for number in numbers]

    def judge_returned(self, judge: Callable[[Path], int]) -> None:
        """Wait for one message that Postfix gives to the pipe, which ends with the code that `judge` returns."""
        folder = self.folder / "returned"
        assert self._soon(lambda: any(folder.glob("*.eml"))), self.log()
        (message,) = folder.glob("*.eml")
        code = judge(message)
        message.unlink()
        message.with_suffix(".new").write_text(str(code))
        message.with_suffix(".new").rename(message.with_suffix(".code"))

    @property
    def is_idle(self) -> bool:
        """Whether all is settled within a moment: nothing is under way, or waits to be tried again."""
        return self._soon(self._is_idle)

    def fill(self, reader: str, size_bytes: int) -> None:
        """Put a message of some size into a mailbox."""
        message = b"Subject: Large\r\n\r\n" + b"x" * size_bytes + b"\r\n"
        with self.mailbox(reader) as imap:
            assert imap.append("INBOX", "", "", message)[0] == "OK"

    def empty(self, reader: str) -> None:
        """Throw away all that a reader has."""
        with self.mailbox(reader) as imap:
            imap.store("1:*", "+FLAGS", r"(\Deleted)")
            imap.expunge()

    def log(self) -> str:
        """Return what the programs wrote down."""
        return "\n".join(log.read_text(errors="replace") for log in sorted(self.folder.glob("*.log")))

    def _soon(self, happens: Callable[[], bool]) -> bool:
        """Tell whether something happens soon; what Postfix has put off, it tries again.

        Not just when it was put off: what Postfix finds locked then, it leaves alone until it is started anew.
        """

        def look() -> bool:
            for file in (self.folder / "queue" / "deferred").rglob("*"):
                with suppress(FileNotFoundError):  # it is being tried now
                    if file.is_file() and time.time() - file.stat().st_ctime > _AT_REST_SECONDS:
                        os.utime(file)
            return happens()

        return until(look, 20)

    def _is_idle(self) -> bool:
        kinds = (self.folder / "queue" / kind for kind in ("incoming", "active", "deferred"))
        return not any(file.is_file() for kind in kinds for file in kind.rglob("*"))

    @contextmanager
    def mailbox(self, reader: str) -> Iterator[imaplib.IMAP4]:
        """Look into a mailbox, as a mail program does."""
        with imaplib.IMAP4("127.0.0.1", self.imap_port, timeout=10) as imap:
            imap.login(reader, READERS_PASSWORD)
            imap.select("INBOX")
            yield imap


@contextmanager
def real_mail_host(
    readers: Sequence[str], limits: Mapping[str, int], senders: str, public_keys: Mapping[str, str]
) -> Iterator[MailHost]:
    """Start a mail host for readers at `DOMAIN`; everything of it is removed at the end.

    `limits` are how many bytes some mailboxes hold at most. `USER` may send for the domain `senders`, whose
    keys are `public_keys`, as the DNS has them.
    """
    dovecot, opendkim = _program("dovecot"), _program("opendkim")
    parts = (_POSTFIX.exists(), dovecot, _DOVECOT_IMAP.exists(), _DOVECOT_LMTP.exists(), opendkim)
    need(all(parts) and os.geteuid() == 0, PARTS)
    folder = Path(tempfile.mkdtemp(prefix="feeder-postfix-"))
    try:
        host = MailHost(folder, *_free_ports(3))
        _lay_out(host)
        _write_tables(folder, readers, limits, senders, public_keys)
        # In the foreground, they end what they have started when they are ended.
        with (
            _started(folder / "dovecot.log", dovecot, "-F", "-c", folder / "dovecot.conf"),
            # It is alone, and would take five seconds to take leave.
            _started(
                folder / "opendkim.log", opendkim, "-f", "-x", folder / "opendkim.conf", end=signal.SIGKILL
            ),
            _started(folder / "postfix.log", _POSTFIX, "-s", "-c", folder / "postfix"),
        ):
            assert until(lambda: _is_ready(host), 30), host.log()
            yield host
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def real_mailboxes(*readers: str) -> Iterator[MailHost]:
    """Start Dovecot alone, for readers whose mailboxes are looked into; everything of it is removed at the end."""
    dovecot = _program("dovecot")
    need(all((dovecot, _DOVECOT_IMAP.exists())) and os.geteuid() == 0, PARTS)
    folder = Path(tempfile.mkdtemp(prefix="feeder-dovecot-"))
    try:
        host = MailHost(folder, 0, *_free_ports(2))
        _lay_out(host)
        _write_tables(folder, readers, {}, "", {})
        with _started(folder / "dovecot.log", dovecot, "-F", "-c", folder / "dovecot.conf"):
            assert until(lambda: _greets(host.imap_port), 30), host.log()
            yield host
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _program(name: str) -> str:
    """Return where a program is, also one that only root has on the path; empty if it is nowhere."""
    return shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin") or ""


def _free_ports(count: int) -> list[int]:
    """Return ports that are free, each another: they are held until all are found."""
    with ExitStack() as held:
        found = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [int(each.getsockname()[1]) for each in found]


def _lay_out(host: MailHost) -> None:
    """Write how the programs are to be, and make the folders that they want."""
    folder, nobody, postfix = host.folder, pwd.getpwnam("nobody"), pwd.getpwnam("postfix")
    folder.chmod(0o755)
    words = {"folder": folder, "domain": DOMAIN, "later": LATER, "uid": nobody.pw_uid, "gid": nobody.pw_gid}
    for name, text in {
        "postfix/main.cf": _MAIN,
        "postfix/master.cf": _MASTER,
        "dovecot.conf": _DOVECOT_CONF,
        "opendkim.conf": _OPENDKIM_CONF,
        "pipe": _PIPE,
    }.items():
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        port = host.imap_port if name == "dovecot.conf" else host.port
        file.write_text(text.format(**words, port=port, tls_port=host.imaps_port))
    for name in ("data", *(f"queue/{kind}" for kind in _QUEUE)):
        made = folder / name
        made.mkdir(parents=True)
        if name != "queue/pid":
            os.chown(made, postfix.pw_uid, postfix.pw_gid)
    for name, owner in {"homes": nobody, "returned": nobody, "milter": postfix}.items():
        (folder / name).mkdir()
        os.chown(folder / name, owner.pw_uid, owner.pw_gid)


def _write_tables(
    folder: Path,
    readers: Sequence[str],
    limits: Mapping[str, int],
    senders: str,
    public_keys: Mapping[str, str],
) -> None:
    """Write who is there, and what is known of those who send."""
    # name:password:uid:gid:gecos:home:shell:what else is known
    quotas = {name: f"userdb_quota_rule=*:bytes={limits[name]}" if name in limits else "" for name in readers}
    lines = [f"{name}:{READERS_PASSWORD}::::::{quotas[name]}\n" for name in readers]
    (folder / "passwords").write_text("".join([*lines, f"{USER}:{PASSWORD}::::::\n"]))
    mailboxes = [f"{name}@{DOMAIN} {name}\n" for name in readers]
    (folder / "mailboxes").write_text("".join([*mailboxes, f"@{LATER} anybody\n"]))
    (folder / "transport").write_text(f"{senders} returns:\n" if senders else "")
    (folder / "senders").write_text(f"@{senders} {USER}\n")
    (folder / "public-keys").write_text("".join(f"{name} {key}\n" for name, key in public_keys.items()))
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "authority.pem")
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(folder / "host.pem")


@contextmanager
def _started(log: Path, *command: str | Path, end: signal.Signals = signal.SIGTERM) -> Iterator[None]:
    with log.open("ab") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
        try:
            yield
        finally:
            process.send_signal(end)
            process.wait(20)


def _is_ready(host: MailHost) -> bool:
    sockets = ("lmtp", "login", "quota", "milter/socket")
    return all((host.folder / name).exists() for name in sockets) and all(
        map(_greets, (host.port, host.imap_port))
    )


def _greets(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as connection:
        return bool(connection.recv(1))
    return False


def _fetched(imap: imaplib.IMAP4, number: str) -> bytes:
    (found, *_) = imap.fetch(number, "(BODY.PEEK[])")[1]
    assert isinstance(found, tuple)
    return bytes(found[1])
