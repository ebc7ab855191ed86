"""What can be set, and what each value must be.

`TABLES` is the whole configuration on one page; `config/feeder.example.toml` explains it key by key.
A section of `NAMED` holds tables with names of people's choice, and `TABLES` tells of one of them.
What can be set of a source depends on its type, so that `TABLES` has a table for each type.
"""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from feeder.config import values
from feeder.config.values import NAME, NAME_WORDS, SOME_TEXT, Rule, line, list_of, perhaps
from feeder.model.appearances import Policy
from feeder.model.digests import Unit
from feeder.model.items import Kind
from feeder.model.settings import EngineKind, Login, Metrics, Provider, Security

Key = tuple[str, ...]
Table: TypeAlias = Mapping[str, "Rule | Table"]

NAMED = ("sources", "outlets", "feeds", "digests")
SERVERS = ("mail", "servers")  # holds tables with names of people's choice, too
PROVIDER = ("mail", "provider")
SOURCES = "sources"
TYPES = ("folder", "wordpress", "feed", "sql")  # a source that names none has the first

_EVERY_SOURCE = {
    "type": line("must be folder, wordpress, feed or sql", "folder", "|".join(TYPES)),
    "every": values.DURATION,
    "announce": values.YES_NO,
}
_WEB_WORDS = "must be http:// or https://, a host in plain letters and perhaps more, without spaces"
_FOLDER_URL_WORDS = (
    "must be http:// or https://, a host and perhaps a folder, in plain letters, without ? and #"
)
_HOST_WORDS = "must be a host name or an IP address"
_SELECTOR = line(
    "must be labels of the DNS: letters, digits and hyphens, with dots between them",
    "feeder",
    r"(?=.{1,100}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*",
)
_WEBHOOK_SECRET = values.secret(
    perhaps(line("must be one line of 16 characters at least", "A long word of your own", ".{16,}"))
)
_COMMAND = list_of(
    line("", "", ".+"), "must be a list of the words of a command", "/usr/local/bin/mail-token"
)
_COLUMN = line("must be the name of a column", "title", ".+")
_SELECTION = list_of(
    line(
        "",
        "",
        r"(title|author|category|url|text):.*\S",
        lambda text: ":".join(map(str.strip, text.split(":", 1))),
    ),
    "must be a list of FIELD:WORDS, where FIELD is title, author, category, url or text",
    "category:interview",
)
_THINGS = list_of(
    line("", "", r".*\S", values.thing),
    "must be a list of FIELD:WORDS, where FIELD is tag, outlet, author, kind or language, or of tags",
    "tag:sea cables",
)
_CONTENT = line("must be full, summary or link", "full", setting=Policy)
_NAMES = list_of(line("", "", ".+"), "must be a list of names, each one line of text", "The Harbour Weekly")


def _database(example: str) -> Rule:
    return line("must be the address of a database", example, "[a-z][a-z0-9+_]*://.*")


TABLES: Table = {
    "site": {
        "title": line(SOME_TEXT, "My work", ".+"),
        "author": line(SOME_TEXT, "Your Name", ".+"),
        "public_url": line(_FOLDER_URL_WORDS, "https://example.org/", setting=values.folder_url),
        "id": values.TEXT,
        "contact": perhaps(
            line("must be a mail address or an https address", "you@example.org", setting=values.contact)
        ),
        "description": values.TEXTS,
        "language": values.LANGUAGE,
        "zone": line("must be the name of a time zone", "Europe/Berlin", setting=values.zone),
        "postal_address": values.TEXTS,
    },
    "store": {
        "url": _database("sqlite:///feeder.db"),
        "engine": line("must be auto, local or distributed", "auto", setting=EngineKind),
    },
    "publish": {
        "folder": values.FOLDER,
        "entries": values.whole(1, 500, 50),
        "formats": Rule(
            "must be a list of atom, rss and json, with atom among them", ["atom"], values.formats
        ),
        "archives": values.YES_NO,
        "content": _CONTENT,
        "pages": values.YES_NO,
        "hubs": list_of(
            line("", "", setting=values.web_url),
            "must be a list of web addresses",
            "https://hub.example.org/",
        ),
        "hub": values.YES_NO,
        "brotli": values.YES_NO,
        "changed": perhaps(values.FILE),
        "bucket": perhaps(
            line(
                "must be s3://, gs:// or az:// and the name of a bucket, and perhaps a folder in it",
                "s3://example-org/works",
                r"(s3|gs|az)://[A-Za-z0-9][A-Za-z0-9._-]+(/[A-Za-z0-9._~!$&'()*+,;=:@-]+)*/?",
            )
        ),
        "bucket_gzip": values.YES_NO,
        "purge": list_of(
            line("", "", ".+"), "must be a list of the words of a command", "/usr/local/bin/purge"
        ),
    },
    "mail": {
        "folder": values.FOLDER,
        "sender": line("must be a plain mail address", "feeder@example.org", setting=values.mail_address),
        "sender_name": values.TEXT,
        "leave": perhaps(
            line("must be a plain mail address", "leave@example.org", setting=values.mail_address)
        ),
        "returns": perhaps(
            line("must be a plain mail address", "returns@example.org", setting=values.mail_address)
        ),
        "operator": perhaps(
            line("must be a plain mail address", "you@example.org", setting=values.mail_address)
        ),
        "outbound": list_of(
            line("", "", setting=values.outbound),
            "must be a list of IP addresses, or of include:DOMAIN",
            "203.0.113.25",
        ),
        "servers": {
            "host": line(_HOST_WORDS, "mail.example.org", setting=values.host),
            "port": values.whole(1, values.LAST_PORT, 587),
            "security": line("must be tls, starttls or none", "starttls", setting=Security),
            "user": values.TEXT,
            "password": values.secret(values.TEXT),
            "auth": line("must be password, plain, login or xoauth2", "password", setting=Login),
            "token_command": _COMMAND,
            "token_file": perhaps(values.FILE),
            "weight": values.whole(1, 100, 1),
            "rate": values.whole(0, 100_000_000, 10_000),
            "connections": values.whole(1, 100, 4),
            "timeout": values.DURATION,
            "allow_plain": values.YES_NO,
        },
        "provider": {
            "name": line(
                "must be ses, postmark, mailgun, sendgrid, brevo or resend", "postmark", setting=Provider
            ),
            "key": values.secret(line(SOME_TEXT, "A few words", ".+")),
            "user": values.TEXT,
            "region": perhaps(
                line(
                    "must be a region, such as eu or eu-west-1",
                    "eu-west-1",
                    "[a-z]{2}(-[a-z]+)*(-[0-9]{1,2})?",
                )
            ),
            "domain": perhaps(line(_HOST_WORDS, "mg.example.org", setting=values.host)),
            "stream": perhaps(
                line(
                    "must be a name of letters, digits, hyphens and underscores",
                    "broadcast",
                    "[A-Za-z0-9_-]{1,64}",
                )
            ),
            "api": perhaps(line(_FOLDER_URL_WORDS, "https://api.example.org/", setting=values.folder_url)),
            "weight": values.whole(1, 100, 1),
            "rate": values.whole(0, 100_000_000, 10_000),
            "connections": values.whole(1, 20, 4),
            "timeout": values.DURATION,
        },
        "webhooks": {
            "ses": {
                "topic": perhaps(
                    line(
                        "must be the ARN of a topic of SNS",
                        "arn:aws:sns:eu-west-1:123456789012:returns",
                        r"arn:aws[a-z-]*:sns:[a-z0-9-]{1,40}:[0-9]{12}:[A-Za-z0-9_.-]{1,256}",
                    )
                )
            },
            "postmark": {"secret": _WEBHOOK_SECRET},
            "mailgun": {"secret": _WEBHOOK_SECRET},
            "sendgrid": {"key": perhaps(line("must be a key in Base64", "MFkwEw==", "[A-Za-z0-9+/]+=*"))},
            "brevo": {"secret": _WEBHOOK_SECRET},
            "resend": {
                "secret": values.secret(
                    perhaps(
                        line(
                            "must be a signing secret",
                            "whsec_c2VjcmV0",
                            r"whsec_([A-Za-z0-9+/]{4})+([A-Za-z0-9+/=]{4})?",
                        )
                    )
                )
            },
        },
        "dkim": {
            "domain": perhaps(line(_HOST_WORDS, "example.org", setting=values.host)),
            "selector": _SELECTOR,
            "key": perhaps(values.FILE),
            "ed25519_selector": _SELECTOR,
            "ed25519_key": perhaps(values.FILE),
        },
        "inbox": {
            "maildir": perhaps(values.FOLDER),
            "host": perhaps(line(_HOST_WORDS, "imap.example.org", setting=values.host)),
            "port": values.whole(1, values.LAST_PORT, 993),
            "security": line("must be tls, starttls or none", "tls", setting=Security),
            "user": values.TEXT,
            "password": values.secret(values.TEXT),
            "token_command": _COMMAND,
            "token_file": perhaps(values.FILE),
            "folder": line("must be the name of a folder in plain letters", "INBOX", r"[ -~]*[!-~]", str),
            "every": values.DURATION,
            "timeout": values.DURATION,
        },
    },
    "templates": {
        "folder": values.FOLDER,
    },
    "delivery": {
        "late": values.DURATION,
        "lease": values.DURATION,
        "group": values.whole(1, 10, 10),
        "uncertain": line(
            "must be at-least-once or at-most-once", "at-least-once", "at-least-once|at-most-once"
        ),
        "rate": values.whole(0, 100_000_000, 10_000),
        "domain_rate": values.whole(0, 100_000_000, 2_000),
        "warm_up": values.wholes(1, 100_000_000, 30, [50, 100, 200]),
    },
    "web": {
        "host": line(_HOST_WORDS, "127.0.0.1", setting=values.host),
        "port": values.whole(0, values.LAST_PORT, 8000),  # 0 takes any free port
        "rate": values.whole(0, 1_000_000, 600),
        "proxies": list_of(
            line("", "", setting=values.network), "must be a list of IP addresses or networks", "127.0.0.1"
        ),
        "metrics": line("must be local, token or off", "local", setting=Metrics),
        "metrics_token": values.secret(
            perhaps(
                line(
                    "must be 16 to 200 letters, digits and signs, without spaces",
                    "a-long-word-that-nobody-guesses",
                    "[!-~]{16,200}",
                )
            )
        ),
    },
    "signup": {
        "open": values.YES_NO,
        "digest": line(NAME_WORDS, "weekly", NAME),
        "welcome": values.whole(0, 500, 5),
        "per_network": values.whole(1, 100_000, 20),
        "most": values.whole(1, 1_000_000, 600),
        "puzzle": values.YES_NO,
        "keep_networks": values.DURATION,
        "erased": perhaps(values.FILE),
    },
    "check": {
        "resolver": perhaps(
            line("must be an IP address, perhaps with a port", "192.0.2.53", setting=values.resolver)
        ),
    },
    "merging": {
        "same": line("must be propose or merge", "propose", "propose|merge"),
    },
    "appearances": {
        "accept": line("must be by-hand or automatic", "by-hand", "by-hand|automatic"),
    },
    "links": {
        "check": values.YES_NO,
        "every": values.DURATION,
        "archive": perhaps(line(_WEB_WORDS, "https://archive.org/wayback/available", setting=values.web_url)),
        "allow_private": values.YES_NO,
    },
    "sources": {
        "folder": {
            **_EVERY_SOURCE,
            "path": values.FOLDER,
        },
        "wordpress": {
            **_EVERY_SOURCE,
            "url": line(_FOLDER_URL_WORDS, "https://blog.example.org/", setting=values.folder_url),
            "user": line("must be one line of text without control characters and colons", "ada", "[^:]*"),
            "password": values.secret(values.TEXT),
            "outlet": values.TEXT,
            "allow_private": values.YES_NO,
        },
        "feed": {
            **_EVERY_SOURCE,
            "url": line(_WEB_WORDS, "https://example.org/feed.xml", setting=values.web_url),
            "kind": line("must be piece or appearance", "piece", setting=Kind),
            "outlet": values.TEXT,
            "only": _SELECTION,
            "skip": _SELECTION,
            "pieces": _SELECTION,
            "appearances": _SELECTION,
            "allow_private": values.YES_NO,
        },
        "sql": {
            **_EVERY_SOURCE,
            "url": _database("postgresql://ada@localhost/archive"),
            "query": Rule(
                "must be a query in SQL, without control characters", "SELECT * FROM texts", values.query
            ),
            "columns": {
                "key": _COLUMN,
                "kind": _COLUMN,
                "title": _COLUMN,
                "url": _COLUMN,
                "outlet": _COLUMN,
                "published": _COLUMN,
                "posted": _COLUMN,
                "embargo": _COLUMN,
                "tags": _COLUMN,
                "authors": _COLUMN,
                "language": _COLUMN,
                "note": _COLUMN,
                "standfirst": _COLUMN,
                "summary": _COLUMN,
                "body": _COLUMN,
                "image": _COLUMN,
                "medium": _COLUMN,
                "role": _COLUMN,
                "topic": _COLUMN,
                "slug": _COLUMN,
                "draft": _COLUMN,
            },
            "changed": perhaps(_COLUMN),
        },
    },
    "outlets": {
        "name": line(SOME_TEXT, "Harbour Weekly", ".+"),
        "home": perhaps(line(_WEB_WORDS, "https://harbour-weekly.example", setting=values.web_url)),
        "language": perhaps(values.LANGUAGE),
        "aliases": _NAMES,
        "words": _NAMES,
        "policy": line("must be full, summary or link", "link", setting=Policy),
    },
    "feeds": {
        "title": line(SOME_TEXT, "Cables and ports", ".+"),
        "description": values.TEXTS,
        "all": _THINGS,
        "any": _THINGS,
        "none": _THINGS,
        "content": perhaps(_CONTENT),
    },
    "digests": {
        "cron": line(
            "must be a cron expression of five fields that comes round", "0 8 * * mon", setting=values.cron
        ),
        "unit": line("must be day, week, month, slot or instant", "slot", setting=Unit),
        "title": line(SOME_TEXT, "Weekly digest", ".+"),
        "template": line(NAME_WORDS, "digest", NAME),
        "all": _THINGS,
        "any": _THINGS,
        "none": _THINGS,
        "approval": values.YES_NO,
        "undo": values.DURATION_OR_NONE,
    },
}

# By table, or by type of source.
REQUIRED = {
    "site": ("title", "author"),
    "folder": ("path",),
    "wordpress": ("url",),
    "feed": ("url",),
    "sql": ("url", "query"),
    "outlets": ("name",),
    "servers": ("host",),
    "provider": ("name", "key"),
    "feeds": ("title",),
    "digests": ("cron", "title"),
}


def rule_of(key: Key, kind: str | None = None) -> Rule | None:
    """Find the rule of `("web", "port")` or `("sources", "blog", "url")`; None for unknown keys.

    `kind` is the type of the source. Where nobody knows that, there are only rules that all have.
    """
    found = _at(key, kind)
    return found if isinstance(found, Rule) else None


def is_table(key: Key, kind: str | None = None) -> bool:
    """Say whether `key` is that of a table: `("web",)`, `("sources",)`, `("sources", "blog")`."""
    return isinstance(_at(key, kind), Mapping)


def named_table(key: Key) -> Key | None:
    """Return the way to the table with a name of people's choice that `key` is, or is in; None for none."""
    length = 3 if key[:2] == SERVERS else 2 if key and key[0] in NAMED else 0
    return key[:length] if 0 < length <= len(key) else None


def types_with(key: Key) -> list[str]:
    """List the types of sources that have `key`; none for what is no key of a source."""
    is_of_a_source = key[0] == SOURCES and key[2:]
    return [kind for kind in TYPES if is_of_a_source and _at(key, kind) is not None]


def keys(name: str, kind: str | None = None) -> list[Key]:
    """List all keys that can be set: of sources for `kind`, or for all types; named tables as `name`."""
    kinds = [kind] if kind else TYPES
    found: dict[Key, None] = {}  # a set that keeps their order
    for section in TABLES:
        for each in kinds if section == SOURCES else (None,):
            above = (section, name) if section in NAMED else (section,)
            found |= dict.fromkeys(_below(above, _at(above, each)))
    return [(*SERVERS, name, *key[2:]) if key[:2] == SERVERS else key for key in found]


def _below(above: Key, found: Rule | Table | None) -> Iterator[Key]:
    if isinstance(found, Mapping):
        for name, each in found.items():
            yield from _below((*above, name), each)
    else:
        yield above


def _at(key: Key, kind: str | None) -> Rule | Table | None:
    """Find what stands at `key`; what names people chose does not matter."""
    section, *below = key
    if section == SOURCES and below:
        if kind is None:
            first, *others = (_at(key, each) for each in TYPES)
            return first if all(other is first for other in others) else None
        below[0] = kind
    elif table := named_table(key):
        del below[len(table) - 2]
    found: Rule | Table | None = TABLES
    for name in (section, *below):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
