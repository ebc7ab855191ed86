"""What is written of mail, its servers and its provider: made into settings, and why no mail may leave so."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from feeder.config import providing, rules, written
from feeder.config.plain import shown
from feeder.config.rules import Key
from feeder.config.values import is_near
from feeder.config.written import Values
from feeder.errors import ConfigurationError
from feeder.model.settings import (
    Dkim,
    Inbox,
    Login,
    Mail,
    MailServer,
    Security,
    Settings,
    Site,
)

_PORTS = {Security.TLS: 465, Security.STARTTLS: 587, Security.NONE: 25}

_IMAP_PORTS = {Security.TLS: 993, Security.STARTTLS: 143, Security.NONE: 143}

_INBOX = ("mail", "inbox")

_TOKENS = ("token_command", "token_file")

_PASSWORD = "password"  # noqa: S105 - the name of a key


def mail(site: Site, table: Mapping[str, Any]) -> Mail:
    """Build what mails; a server is at the port that goes with its security unless it names one."""
    servers = {name: _server(name, server) for name, server in table.get("servers", {}).items()}
    dkim = Dkim(**_with_files(table.get("dkim", {}), "key", "ed25519_key"))
    box = _with_files(table.get("inbox", {}), "maildir", "token_file")
    inbox = Inbox(**{"port": _IMAP_PORTS[box.get("security", Security.TLS)], **box})
    # Each of these tables has one key, whatever it is called.
    proofs = {
        name: value for name, hook in table.get("webhooks", {}).items() for value in hook.values() if value
    }
    told = {
        "sender_name": site.title,
        **table,
        "servers": servers,
        "provider": None,
        "webhooks": proofs,
        "dkim": dkim,
        "inbox": inbox,
    }
    built = Mail(**told)
    provider = table.get("provider")
    return replace(built, provider=providing.provider(provider, built.sender)) if provider else built


def _server(name: str, table: Mapping[str, Any]) -> MailServer:
    port = _PORTS[table.get("security", Security.STARTTLS)]
    return MailServer(name, **{"port": port, **_with_files(table, "token_file")})


def _with_files(table: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Put None for files that are left empty."""
    return {key: value or None if key in names else value for key, value in table.items()}


def problems(settings: Settings, values: Values) -> Iterator[ConfigurationError]:
    """Tell why no mail may leave for other machines, and why none that comes back can be read."""
    yield from _unreadable(settings.mail, values)
    yield from _unsendable(settings, values)


def _unreadable(mail: Mail, values: Values) -> Iterator[ConfigurationError]:
    """Tell where a mailbox is two, nobody's, the one that messages go into, or open to all on the way."""
    inbox = mail.inbox

    def broken(name: str, value: str, rule: str, mend: str) -> ConfigurationError:
        return ConfigurationError(
            f"{values[*_INBOX, name].place.name((*_INBOX, name))} = {shown(value)}", rule, mend
        )

    if inbox.maildir and inbox.host:
        yield broken("host", inbox.host, "is one mailbox, and maildir another", "take one of them out")
    if inbox.maildir == mail.folder:
        yield broken("maildir", str(inbox.maildir), "takes the messages that leave", "name another folder")
    shows = [name for name in (_PASSWORD, *_TOKENS) if getattr(inbox, name)]
    if inbox.host and not inbox.user:
        yield written.half(_INBOX, values, there="host", missing="user")
    elif inbox.host and not shows:
        yield written.half(_INBOX, values, there="user", missing=_PASSWORD)
    elif len(shows) > 1:
        place = values[*_INBOX, shows[1]].place
        yield ConfigurationError(
            place.name((*_INBOX, shows[1])),
            f"is another way to log in than {shows[0]}",
            "take one of them out",
        )
    if inbox.host and inbox.security is Security.NONE and not is_near(inbox.host):
        yield broken(
            "security", inbox.security, "would send a password for all to read", "write tls or starttls"
        )


def _unsendable(settings: Settings, values: Values) -> Iterator[ConfigurationError]:
    """Tell why no mail may leave: who writes, from where, and the law's demands."""
    site, servers, provider = settings.site, settings.mail.servers, settings.mail.provider
    if not servers and not provider:
        return
    way = rules.PROVIDER if provider else rules.SERVERS
    a_key = (*rules.PROVIDER, "name") if provider else (*rules.SERVERS, next(iter(servers)), "host")

    def before_mail(key: Key, value: str, rule: str) -> ConfigurationError:
        place = values.get(key, values[a_key]).place
        return ConfigurationError(
            f"{place.name(key)} = {shown(value)}",
            f"{rule} before mail leaves by {'.'.join(way)}",
            "mend that, or take these out, and mail goes into the Maildir",
        )

    scheme, host = re.findall(r"^(\w+)://(\[.+\]|[^:/]+)", site.public_url)[0]
    if scheme != "https" or is_near(host):
        yield before_mail(("site", "public_url"), site.public_url, "must be a public https address")
    if not site.postal_address:
        yield before_mail(("site", "postal_address"), "", "must be told")
    if is_near(settings.mail.sender.rpartition("@")[2]):
        yield before_mail(("mail", "sender"), settings.mail.sender, "must be at a domain of your own")
    for server in servers.values():
        yield from _overheard(server, values)
        yield from _unknown(server, values)
    if provider:
        yield from providing.problems(settings.mail, provider, values)


def _overheard(server: MailServer, values: Values) -> Iterator[ConfigurationError]:
    """Tell where all on the way could read."""
    if server.security is not Security.NONE or server.allow_plain or is_near(server.host):
        return
    table = (*rules.SERVERS, server.name)
    place = values[*table, "security"].place
    yield ConfigurationError(
        f"{place.name((*table, 'security'))} = {shown(server.security)}",
        "would send mail, and a password, for all to read",
        f"write starttls or tls, or set {place.spell((*table, 'allow_plain'))} to true if the way is your own",
    )


def _unknown(server: MailServer, values: Values) -> Iterator[ConfigurationError]:
    """Tell where a server could not know who we are."""
    table = (*rules.SERVERS, server.name)
    tokens = [name for name in _TOKENS if getattr(server, name)]
    if server.auth is Login.XOAUTH2:
        if len(tokens) != 1 or not server.user:
            yield ConfigurationError(
                f"{values[*table, 'auth'].place.name((*table, 'auth'))} = {shown(server.auth)}",
                "needs a user, and either token_command or token_file",
                "give them values",
            )
        return
    for name in tokens:
        place = values[*table, name].place
        mend = f"set {place.spell((*table, 'auth'))} to xoauth2, or take it out"
        yield ConfigurationError(place.name((*table, name)), "is of use for xoauth2 alone", mend)
    if server.user and not server.password:
        yield written.half(table, values, there="user", missing=_PASSWORD)
    if server.password and not server.user:
        yield written.half(table, values, there=_PASSWORD, missing="user")
