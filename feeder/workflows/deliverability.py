"""Whether mail of this site would be taken: what the DNS, mail servers and the public address say, held against rules."""

import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urljoin

from feeder import net
from feeder.errors import ConfigurationError
from feeder.mail import keys
from feeder.mail.domains import dmarc, judging, spf
from feeder.mail.domains.judging import DKIM, DMARC, MX, PTR, SPF
from feeder.mail.domains.spf import Verdict
from feeder.mail.transports import Unavailable, providers, smtp
from feeder.model.checks import Check, ok, skipped, warning, wrong
from feeder.model.settings import Mail, MailProvider, MailServer, Security, Settings
from feeder.net.dns import Dns, Silent
from feeder.tokens import Purpose, Signer

LEAVING = "leaving"

_TLS, _TLS_RULE = "server", "the mail server must take our mail, read by nobody on the way"
_PROVIDER, _PROVIDER_RULE = "provider", "the provider must know the key that mail is sent by"
_LEAVING_RULE = "one click must be enough to leave: a POST to the address in the mail (RFC 8058)"
_STRANGER = ip_address("192.0.2.123")
"""An address that nobody mails from (RFC 5737): what a record says of it, it says of everybody."""

_PROBE_WITHIN = timedelta(minutes=10)
_MOST_BYTES = 1_000_000
_ONE_CLICK = b"List-Unsubscribe=One-Click"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_INCLUDE = "include:"


@dataclass(frozen=True, slots=True)
class Asks:
    """Those who ask the world: the DNS, the web, and mail servers that prove who they are to `trust`."""

    dns: Dns
    client: net.Client
    trust: ssl.SSLContext


def look(settings: Settings, signer: Signer, asks: Asks, now: datetime) -> list[Check]:
    """Look at all on which it depends whether mail is taken."""
    mail = settings.mail
    if not mail.goes_abroad:
        return [skipped("mail", str(mail.folder), "mail must be taken", "it goes into a folder here")]
    return [
        *_records(mail, asks.dns),
        *(_server(server, asks.trust) for server in mail.servers.values()),
        *([_provider(mail.provider, asks.client)] if mail.provider else []),
        _leaving(settings.site.public_url, signer, asks.client, now),
    ]


# ── The DNS ──────────────────────────────────────────────────────────────────────────────────────


def _records(mail: Mail, dns: Dns) -> Iterator[Check]:
    author, returns = _domain(mail.sender), _domain(mail.returns or mail.sender)
    if mail.servers:
        yield _asked(SPF, returns, lambda: _spf(mail, returns, dns))
        yield from _dkim(mail, dns)
    elif mail.provider:
        yield from judging.of_provider(author, mail.provider.name)
    yield _asked(DMARC, author, lambda: _dmarc(mail, author, returns, dns))
    told = [address for address in mail.outbound if not address.startswith(_INCLUDE)]
    if not told:
        yield judging.no_pointer("mail.outbound names none; a provider of mail sees to its own")
    for address in told:
        yield _asked(PTR, address, lambda address=address: _pointer(address, dns))  # type: ignore[misc] # mypy infers no defaults
    for domain in dict.fromkeys([author, returns]):
        yield _asked(MX, domain, lambda domain=domain: _exchangers(domain, dns))  # type: ignore[misc] # likewise


def _asked(name: str, about: str, ask: Callable[[], Check]) -> Check:
    try:
        return ask()
    except Silent as error:
        return judging.silent(name, about, error.name)


def _spf(mail: Mail, domain: str, dns: Dns) -> Check:
    sender = mail.returns or mail.sender

    def verdicts(addresses: Sequence[str]) -> dict[str, Verdict]:
        return {each: spf.evaluate(dns, ip_address(each), domain, sender) for each in addresses}

    told = [each for each in mail.outbound if not each.startswith(_INCLUDE)]
    includes = [each.removeprefix(_INCLUDE) for each in mail.outbound if each.startswith(_INCLUDE)]
    guessed = [] if mail.outbound else _guessed(mail, dns)
    stranger = spf.evaluate(dns, _STRANGER, domain, sender)
    return judging.spf(domain, judging.Senders(stranger, verdicts(told), verdicts(guessed), includes))


def _guessed(mail: Mail, dns: Dns) -> list[str]:
    """Return the addresses of the mail servers, as far as the DNS of the world has them."""
    found = [each for server in mail.servers.values() for each in _addresses(server.host, dns)]
    return [each for each in found if ip_address(each).is_global]


def _addresses(host: str, dns: Dns) -> list[str]:
    try:
        return [str(ip_address(host))]
    except ValueError:
        return [*dns.addresses(host, 4), *dns.addresses(host, 6)]


def _dkim(mail: Mail, dns: Dns) -> Iterator[Check]:
    domain = mail.signing_domain
    try:
        public = list(keys.public_keys(mail.dkim, domain))
    except ConfigurationError as error:
        yield wrong(DKIM, domain, error.rule, error.thing, error.mend)
        return
    if not public:
        yield judging.unsigned(domain)
    for key in public:
        yield _asked(DKIM, key.name, lambda key=key: judging.dkim(key, dns.texts(key.name)))  # type: ignore[misc] # as above


def _dmarc(mail: Mail, author: str, returns: str, dns: Dns) -> Check:
    walk = dmarc.walk(dns, author)
    # A provider takes no mail for a domain before its keys are there.
    signs = bool(mail.dkim.key or mail.dkim.ed25519_key) or not mail.servers
    proofs = judging.Proofs(
        signature=signs and dmarc.is_aligned(dns, walk, mail.signing_domain, "adkim"),
        return_path=dmarc.is_aligned(dns, walk, returns, "aspf"),
    )
    return judging.dmarc(walk, proofs)


def _pointer(address: str, dns: Dns) -> Check:
    own = ip_address(address)
    names = {name: address in dns.addresses(name, own.version) for name in dns.names(own)[:10]}
    return judging.pointer(address, names)


def _exchangers(domain: str, dns: Dns) -> Check:
    hosts = dns.exchangers(domain)
    has_address = not hosts and any(dns.addresses(domain, version) for version in (4, 6))
    return judging.exchangers(domain, hosts, has_address=has_address)


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()


# ── Mail servers ─────────────────────────────────────────────────────────────────────────────────


def _server(server: MailServer, trust: ssl.SSLContext) -> Check:
    about = f"{server.name} ({server.host}:{server.port})"
    try:
        smtp.try_out(server, trust)
    except Unavailable as error:
        mend = f"mend the server, or what mail.servers.{server.name} says of it"
        return wrong(_TLS, about, _TLS_RULE, error.outcome.reason, mend)
    if server.security is not Security.NONE:
        return ok(_TLS, about, _TLS_RULE, "takes mail by TLS, and proves who it is")
    if server.allow_plain:
        mend = f'set security = "starttls" or "tls" under mail.servers.{server.name}'
        return warning(_TLS, about, _TLS_RULE, "takes mail for all on the way to read", mend)
    return ok(_TLS, about, _TLS_RULE, "takes mail without TLS, on this machine or beside it")


def _provider(provider: MailProvider, client: net.Client) -> Check:
    try:
        providers.try_out(provider, client)
    except Unavailable as error:
        mend = "mend what mail.provider says of it, or look at your account there"
        return wrong(_PROVIDER, provider.name, _PROVIDER_RULE, error.outcome.reason, mend)
    return ok(_PROVIDER, provider.name, _PROVIDER_RULE, "knows the key")


# ── Leaving ──────────────────────────────────────────────────────────────────────────────────────


def _leaving(public_url: str, signer: Signer, client: net.Client, now: datetime) -> Check:
    """Leave as nobody: by a token that says that it is nobody's, and that only whoever has our keys can answer."""
    token = signer.sign(Purpose.PROBE, 0, end=now + _PROBE_WITHIN)
    url = urljoin(public_url, "unsubscribe/")
    try:
        # Where the owner of the site says that it is, also on this machine or beside it.
        answer = client.post(
            f"{url}{token}", _ONE_CLICK, headers=_FORM, allow_private=True, max_bytes=_MOST_BYTES
        )
    except net.RequestFailed as failure:
        found = failure.rule.replace(token, "…")
        return wrong(LEAVING, url, _LEAVING_RULE, found, "let `feeder run` answer there, also to POST")
    if answer.content != signer.proof(token).encode():
        found = "somebody answers, but not this site"
        mend = "let `feeder run` answer there, or mend site.public_url"
        return wrong(LEAVING, url, _LEAVING_RULE, found, mend)
    return ok(LEAVING, url, _LEAVING_RULE, "answers as it should; nobody was taken off")
