"""Settings as plain values, in the tables and words of the file; nothing of it tells a password."""

import json
import re
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from feeder.config import values
from feeder.model.appearances import KnownOutlet
from feeder.model.digests import Recipe
from feeder.model.settings import (
    Appearances,
    Checking,
    Database,
    Declared,
    Delivery,
    Dkim,
    Folder,
    Inbox,
    LinkCare,
    Mail,
    MailProvider,
    MailServer,
    Merging,
    Provider,
    Publish,
    Settings,
    Signup,
    Site,
    Source,
    Syndication,
    Web,
    WordPress,
)

HIDDEN = "***"
SHOWN_MARKS = 80  # of a value that is wrong

TYPE_NAMES: dict[type[Source], str] = {
    Folder: "folder",
    WordPress: "wordpress",
    Syndication: "feed",
    Database: "sql",
}

_Named = Source | Declared | Recipe | MailServer
_Table = (
    Site
    | Publish
    | Mail
    | MailProvider
    | Dkim
    | Inbox
    | Delivery
    | Web
    | Signup
    | Checking
    | Merging
    | Appearances
    | LinkCare
    | KnownOutlet
    | _Named
)


def describe(settings: Settings) -> dict[str, Any]:
    """Tell the configuration in force as plain values, in the tables and words of the file.

    `folder` is the site's. `***` stands for passwords, those in addresses of databases too.
    """
    return {
        "folder": str(settings.folder),
        "site": _plain(settings.site),
        "store": {"url": without_password(settings.store.url), "engine": settings.store.engine.value},
        "publish": _plain(settings.publish),
        "mail": _mail(settings.mail),
        "templates": {"folder": str(settings.templates)},
        "delivery": _plain(settings.delivery),
        "web": _plain(settings.web) | {"metrics_token": HIDDEN if settings.web.metrics_token else ""},
        "signup": _plain(settings.signup),
        "check": _plain(settings.check),
        "merging": _plain(settings.merging),
        "appearances": _plain(settings.appearances),
        "links": _plain(settings.links),
        "sources": {name: _source(source) for name, source in settings.sources.items()},
        "outlets": {name: _plain(outlet) for name, outlet in settings.outlets.items()},
        "feeds": {name: _below_its_name(feed) for name, feed in settings.feeds.items()},
        "digests": {name: _below_its_name(digest) for name, digest in settings.digests.items()},
    }


def shown(value: object) -> str:
    """Write a value as TOML does, without a password, and cut where it is long."""
    text = json.dumps(
        without_password(value) if isinstance(value, str) else value, ensure_ascii=False, default=str
    )
    return text if len(text) <= SHOWN_MARKS else f"{text[:SHOWN_MARKS]}…"


def without_password(address: str) -> str:
    """Put `***` for what is between the user and the last @, and for secrets among the options.

    Before a web server, a user alone may be a secret. ODBC has its password among other things in
    one option.
    """
    hidden = re.sub(r"(?s)(://[^:/@]*:).*@", rf"\1{HIDDEN}@", address)
    hidden = re.sub(r"(?i)^(https?://)[^:/?#@]+@", rf"\1{HIDDEN}@", hidden)
    return re.sub(
        r"(?i)([?&][^=&]*(?:pass|pwd|secret|token|odbc_connect)[^=&]*=)[^&]*", rf"\1{HIDDEN}", hidden
    )


def _mail(mail: Mail) -> dict[str, Any]:
    servers = {name: _below_its_name(server) for name, server in mail.servers.items()}
    for server in servers.values():
        server["password"] = HIDDEN if server["password"] else ""
    provider = _plain(mail.provider) | {"key": HIDDEN} if mail.provider else {}
    webhooks = {name: _webhook(name, proof) for name, proof in mail.webhooks.items()}
    return _plain(replace(mail, servers={}, provider=None, webhooks={})) | {
        "servers": servers,
        "provider": provider,
        "webhooks": webhooks,
        "dkim": _plain(mail.dkim),
        "inbox": _plain(mail.inbox) | {"password": HIDDEN if mail.inbox.password else ""},
    }


def _webhook(name: str, proof: str) -> dict[str, str]:
    """Write what proves the posts of a provider; topics and keys that verify are no secrets."""
    match name:
        case Provider.SES:
            return {"topic": proof}
        case Provider.SENDGRID:
            return {"key": proof}
        case _:
            return {"secret": HIDDEN}


def _source(source: Source) -> dict[str, Any]:
    plain = {"type": TYPE_NAMES[type(source)], **_below_its_name(source)}
    match source:
        case WordPress() if source.password:
            plain["password"] = HIDDEN
        case Database():
            plain["url"] = without_password(source.url)
    return plain


def _below_its_name(table: _Named) -> dict[str, Any]:
    """Write what stands in a table whose heading has the name."""
    plain = _plain(table)
    del plain["name"]
    return plain


def _plain(table: _Table) -> dict[str, Any]:
    return {key: _plain_value(value) for key, value in asdict(table).items()}


def _plain_value(value: object) -> object:
    match value:
        case timedelta():
            return values.duration_text(value)
        case tuple():
            return list(value)
        case None:
            return ""
        case Path() | str():  # members of enums are texts, too
            return str(value)
        case _:
            return value
