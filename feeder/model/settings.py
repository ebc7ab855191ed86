"""The settings of a site, typed. `config` reads them; nobody below it does.

Paths are absolute. Field docs are the words of `config/feeder.example.toml`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from feeder.model.appearances import KnownOutlet, Policy
from feeder.model.digests import Recipe, Unit
from feeder.model.feeds import Format
from feeder.model.items import Kind


@dataclass(frozen=True, slots=True)
class Site:
    """Who publishes, and where the public finds it.

    `contact` is told to foreign servers; empty, they are told `public_url`.
    """

    title: str
    author: str
    public_url: str = "http://127.0.0.1:8000/"
    id: str = ""
    contact: str = ""
    description: str = ""
    language: str = "en"
    zone: str = "UTC"
    postal_address: str = ""


class EngineKind(StrEnum):
    """Who carries jobs: threads of one process, PostgreSQL for any number of them, or whichever there can be."""

    AUTO = "auto"
    LOCAL = "local"
    DISTRIBUTED = "distributed"


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Where the article store is: a SQLAlchemy address; and who carries the jobs that stand in it."""

    url: str
    engine: EngineKind = EngineKind.AUTO


@dataclass(frozen=True, slots=True)
class Folder:
    """A source: a folder of Markdown files."""

    name: str
    path: Path
    every: timedelta = timedelta(minutes=5)
    announce: bool = False


@dataclass(frozen=True, slots=True)
class WordPress:
    """A source: a WordPress, by its REST interface.

    `url` ends in a slash. `outlet` is the outlet of posts that name none. `password` is an
    application password; there is one if there is a `user`, and it goes over http only with
    `allow_private`.
    """

    name: str
    url: str
    every: timedelta = timedelta(minutes=15)
    announce: bool = False
    outlet: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    allow_private: bool = False


@dataclass(frozen=True, slots=True)
class Syndication:
    """A source: a feed in RSS, Atom or JSON Feed.

    `only` and `skip` say which entries are taken, `pieces` and `appearances` which are what; each
    is a list of `FIELD:WORDS`. `kind` is what the others are. `outlet` is that of all entries;
    empty, it is the feed's title.
    """

    name: str
    url: str
    every: timedelta = timedelta(minutes=30)
    announce: bool = False
    kind: Kind = Kind.PIECE
    outlet: str = ""
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    pieces: tuple[str, ...] = ()
    appearances: tuple[str, ...] = ()
    allow_private: bool = False


@dataclass(frozen=True, slots=True)
class Database:
    """A source: a query to a database that SQLAlchemy can reach.

    `columns` tells for a field of items which column of the query holds it; fields that it does
    not name are in columns of their own names. `changed` is the column that says what changed.
    """

    name: str
    url: str = field(repr=False)
    query: str
    every: timedelta = timedelta(minutes=15)
    announce: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    changed: str = ""


Source = Folder | WordPress | Syndication | Database

BY_HAND = "hand"
"""The source of the items that people add by hand; no other may be called so."""


@dataclass(frozen=True, slots=True)
class Merging:
    """What is done about the same work from two sources."""

    same: str = "propose"


@dataclass(frozen=True, slots=True)
class Appearances:
    """What is done about appearances that a note mentions."""

    accept: str = "by-hand"


@dataclass(frozen=True, slots=True)
class LinkCare:
    """Whether, and how often, the addresses at outlets are looked at.

    `archive` is asked for copies of what is gone, by the interface of the Wayback Machine; empty for none.
    """

    check: bool = False
    every: timedelta = timedelta(days=30)
    archive: str = "https://archive.org/wayback/available"
    allow_private: bool = False


@dataclass(frozen=True, slots=True)
class Publish:
    """What is published of the store, and where it goes.

    A feed lists the newest `entries`; with `archives`, documents beside it hold all the others.
    `content` is how much of an item feeds show at most. `hubs` are told to readers of all feeds, and of
    what changes; with `hub`, the service is one of them.
    `changed` is the file that names the addresses whose documents changed, None for none.
    `bucket` is the address in an object store to which documents go from the folder, None for none; with
    `bucket_gzip` texts lie there compressed. `purge` is the command (its words, no shell) that is told by
    its standard input which addresses changed.
    """

    folder: Path
    entries: int = 50
    formats: tuple[Format, ...] = (Format.ATOM, Format.RSS, Format.JSON)
    archives: bool = True
    content: Policy = Policy.FULL
    pages: bool = True
    hubs: tuple[str, ...] = ()
    hub: bool = False
    brotli: bool = False
    changed: Path | None = None
    bucket: str | None = None
    bucket_gzip: bool = False
    purge: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Declared:
    """A feed that the site declares, of the items that have all of some things, any of some, none of some.

    Each thing is `FIELD:WORDS`, where FIELD is tag, outlet, author, kind or language.
    `content` is how much of an item it shows at most, None for as much as other feeds do.
    """

    name: str
    title: str
    description: str = ""
    all: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    content: Policy | None = None


class Security(StrEnum):
    """How a connection to a mail server is kept from being read: from its first byte, from STARTTLS on, not."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class Login(StrEnum):
    """How we say who we are: by a password in the way that the server offers, or in just this way."""

    PASSWORD = "password"  # noqa: S105 - a word of the configuration
    PLAIN = "plain"
    LOGIN = "login"
    XOAUTH2 = "xoauth2"


@dataclass(frozen=True, slots=True)
class MailServer:
    """A server that takes mail by SMTP, and passes it on.

    Without a `user` nobody logs in. For xoauth2, `token_command` (its words, no shell) or `token_file` tells
    a token. `weight` is its share of the messages beside other servers, and `rate` how many of them it takes
    in an hour, 0 for all. `timeout` is for each step: to
    connect, to answer a command, to answer a message.
    """

    name: str
    host: str
    port: int
    security: Security = Security.STARTTLS
    user: str = ""
    password: str = field(default="", repr=False)
    auth: Login = Login.PASSWORD
    token_command: tuple[str, ...] = ()
    token_file: Path | None = None
    weight: int = 1
    rate: int = 0
    connections: int = 4
    timeout: timedelta = timedelta(minutes=1)
    allow_plain: bool = False


class Provider(StrEnum):
    """Who takes mail by an interface on the web."""

    SES = "ses"
    POSTMARK = "postmark"
    MAILGUN = "mailgun"
    SENDGRID = "sendgrid"
    BREVO = "brevo"
    RESEND = "resend"


@dataclass(frozen=True, slots=True)
class MailProvider:
    """A provider that takes mail by its interface on the web.

    `key` is the secret; for SES `user` is the access key that it belongs to, and `region` must be told.
    `domain` is Mailgun's name for who sends, by default the sender's. `stream` is Postmark's message stream,
    or SES's configuration set. `api` is another address of the interface, empty for the provider's own.
    `weight` is its share of the messages beside servers, and `rate` how many of them it takes in an hour,
    0 for all. `timeout` is for a whole call.
    """

    name: Provider
    key: str = field(repr=False)
    user: str = ""
    region: str = ""
    domain: str = ""
    stream: str = ""
    api: str = ""
    weight: int = 1
    rate: int = 0
    connections: int = 4
    timeout: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Dkim:
    """With which keys messages are signed, for which domain; a key that is None signs nothing.

    `domain` is by default that of the sender. Each key has a selector of its own in the DNS.
    """

    domain: str = ""
    selector: str = "feeder"
    key: Path | None = None
    ed25519_selector: str = "feeder-ed25519"
    ed25519_key: Path | None = None


@dataclass(frozen=True, slots=True)
class Inbox:
    """The mailbox in which what comes back is looked for: a Maildir, or one at an IMAP server; or none.

    `maildir` is None, or `host` empty, for the other kind. Who we are is shown by the password, or by a token
    that `token_command` (its words, no shell) or `token_file` tells. `timeout` is for each step.
    """

    maildir: Path | None = None
    host: str = ""
    port: int = 993
    security: Security = Security.TLS
    user: str = ""
    password: str = field(default="", repr=False)
    token_command: tuple[str, ...] = ()
    token_file: Path | None = None
    folder: str = "INBOX"
    every: timedelta = timedelta(minutes=5)
    timeout: timedelta = timedelta(minutes=1)

    @property
    def is_there(self) -> bool:
        """Whether there is one."""
        return bool(self.maildir or self.host)


@dataclass(frozen=True, slots=True)
class Mail:
    """Who mails, and which way: by servers or a provider, or where there are none into a Maildir.

    `outbound` are the addresses from which mail leaves for the world, or what a provider says that the sender's SPF
    record must include, as `include:DOMAIN`; empty where that is not known.
    `leave` is an address to which mail programs without one-click write that a reader leaves, and `operator`
    the one that is told when a person has to mend something. To `returns`, with a token put into it, messages
    come back that reach nobody. Each is empty for none. `webhooks` is by the name of a provider what proves that
    it posted something: a secret, a key that verifies, or a topic of SNS.
    """

    folder: Path
    sender: str = "feeder@localhost"
    sender_name: str = ""
    leave: str = ""
    returns: str = ""
    operator: str = ""
    outbound: tuple[str, ...] = ()
    servers: Mapping[str, MailServer] = field(default_factory=dict)
    provider: MailProvider | None = None
    webhooks: Mapping[str, str] = field(default_factory=dict, repr=False)
    dkim: Dkim = Dkim()
    inbox: Inbox = Inbox()

    @property
    def goes_abroad(self) -> bool:
        """Whether mail leaves for other machines, and not into the Maildir."""
        return bool(self.servers or self.provider)

    @property
    def rates(self) -> dict[str, int]:
        """How many messages each server, and the provider, takes in an hour; 0 for all."""
        rates = {name: server.rate for name, server in self.servers.items()}
        return rates | ({self.provider.name: self.provider.rate} if self.provider else {})

    @property
    def signing_domain(self) -> str:
        """The domain for which messages are signed."""
        return self.dkim.domain or self.sender.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Delivery:
    """How issues are sent, by the delivery contract.

    At most `rate` messages leave in an hour, and `domain_rate` to one receiving domain; 0 for no limit.
    `warm_up` says how many go to one domain on the first day of sending, the second …; empty for no such plan.
    """

    late: timedelta = timedelta(hours=6)
    lease: timedelta = timedelta(minutes=2)
    group: int = 10
    uncertain: str = "at-least-once"
    rate: int = 0
    domain_rate: int = 0
    warm_up: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Checking:
    """How the site is looked over. `resolver` is the DNS server that is asked, empty for those of the machine."""

    resolver: str = ""


class Metrics(StrEnum):
    """Who may see the metrics: machines nearby that ask directly, whoever shows the token, nobody."""

    LOCAL = "local"
    TOKEN = "token"  # noqa: S105 - a word of the configuration
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Web:
    """Where the service listens, and how it treats who asks.

    `rate` is how many answers one client gets in a minute, 0 for as many as it likes; what has not
    changed counts for nothing. `proxies` are the addresses, or networks, of the servers in front,
    which say who the client is. `metrics_token` is what must be shown to see the metrics where they want one.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    rate: int = 600
    proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    metrics: Metrics = Metrics.LOCAL
    metrics_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Signup:
    """How people sign up for digests.

    `digest` is what they get unless they choose another, and `welcome` how many of the newest items
    come at once when they have confirmed. `per_network` is how often one network may ask in an hour,
    `most` how many confirmations go out in an hour, in all. `erased` is the file with the keyed
    hashes of those who were erased, None for none. `keep_networks` is how long a keyed hash tells where
    somebody asked.
    """

    open: bool = True
    digest: str = "weekly"
    welcome: int = 0
    per_network: int = 20
    most: int = 600
    puzzle: bool = False
    keep_networks: timedelta = timedelta(days=30)
    erased: Path | None = None


WEEKLY = Recipe("weekly", "0 8 * * mon", Unit.WEEK, "Weekly digest")
DAILY = Recipe("daily", "0 8 * * *", Unit.DAY, "Daily digest")
MONTHLY = Recipe("monthly", "0 8 1 * *", Unit.MONTH, "Monthly digest")
INSTANT = Recipe("instant", "* * * * *", Unit.INSTANT, "Instant digest")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that is configured. `folder` is the site's own.

    `sources`, `outlets`, `feeds` and `digests` are by the name in the heading of their table.
    """

    folder: Path
    site: Site
    store: StoreSettings
    publish: Publish
    mail: Mail
    templates: Path
    delivery: Delivery = Delivery()
    web: Web = Web()
    signup: Signup = Signup()
    check: Checking = Checking()
    merging: Merging = Merging()
    appearances: Appearances = Appearances()
    links: LinkCare = LinkCare()
    sources: dict[str, Source] = field(default_factory=dict)
    outlets: dict[str, KnownOutlet] = field(default_factory=dict)
    feeds: dict[str, Declared] = field(default_factory=dict)
    digests: dict[str, Recipe] = field(default_factory=dict)
