"""The settings of a site, typed. `config` reads them; nobody below it does.

Paths are absolute. Field docs are the words of `config/feeder.example.toml`.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from feeder.model.digests import Recipe, Unit


@dataclass(frozen=True, slots=True)
class Site:
    """Who publishes, and where the public finds it."""

    title: str
    author: str
    public_url: str = "http://127.0.0.1:8000/"
    id: str = ""
    description: str = ""
    language: str = "en"
    zone: str = "UTC"
    postal_address: str = ""


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Where the article store is: a SQLAlchemy address."""

    url: str


@dataclass(frozen=True, slots=True)
class Folder:
    """A source: a folder of Markdown files."""

    name: str
    path: Path
    every: timedelta = timedelta(minutes=5)
    announce: bool = False


@dataclass(frozen=True, slots=True)
class Publish:
    """Where documents go, and how many items a feed lists."""

    folder: Path
    entries: int = 50


@dataclass(frozen=True, slots=True)
class Mail:
    """Who mails, and the Maildir that takes the messages."""

    folder: Path
    sender: str = "feeder@localhost"
    sender_name: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How issues are sent, by the delivery contract."""

    late: timedelta = timedelta(hours=6)
    lease: timedelta = timedelta(minutes=2)
    group: int = 10
    uncertain: str = "at-least-once"


@dataclass(frozen=True, slots=True)
class Web:
    """Where the service listens."""

    host: str = "127.0.0.1"
    port: int = 8000


WEEKLY = Recipe("weekly", "0 8 * * mon", Unit.WEEK, "Weekly digest")
DAILY = Recipe("daily", "0 8 * * *", Unit.DAY, "Daily digest")
MONTHLY = Recipe("monthly", "0 8 1 * *", Unit.MONTH, "Monthly digest")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that is configured. `folder` is the site's own."""

    folder: Path
    site: Site
    store: StoreSettings
    publish: Publish
    mail: Mail
    templates: Path
    delivery: Delivery = Delivery()
    web: Web = Web()
    sources: dict[str, Folder] = field(default_factory=dict)
    digests: dict[str, Recipe] = field(default_factory=dict)
