"""A whole site in a scratch folder: real files, a real database, a real Maildir."""

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.sql.expression import Executable

from feeder.app import App
from feeder.feeds.publishers import fence
from feeder.model import settings
from feeder.model.changes import Visit
from feeder.model.items import Draft, Kind
from feeder.model.subscribers import Preferences, Subscriber
from feeder.workflows import subscribe
from feeder.workflows.collect import Collected, apply, collect
from feeder.workflows.publish import Published, publish, publish_all
from feeder.workflows.release import release
from tests.hub_rig import Listener, Town, town_settings

# A Friday; 2026-W47 began on the Monday before.
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)

RECIPES = {
    recipe.name: recipe for recipe in (settings.INSTANT, settings.DAILY, settings.WEEKLY, settings.MONTHLY)
}


@pytest.fixture
def now() -> datetime:
    return NOON


def _settings(folder: Path) -> settings.Settings:
    return settings.Settings(
        folder=folder,
        site=settings.Site("Spans", "Ada Fjordman", "https://spans.example/", postal_address="Quay 1"),
        store=settings.StoreSettings(f"sqlite:///{folder / 'feeder.db'}"),
        publish=settings.Publish(folder / "public"),
        mail=settings.Mail(folder / "mail", sender="post@spans.example"),
        templates=folder / "templates",
        sources={"texts": settings.Folder("texts", folder / "content")},
        digests=RECIPES,
    )


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store, made once: the migrations take longer than most tests."""
    folder = tmp_path_factory.mktemp("empty")
    with App(_settings(folder)) as made:
        made.store.close()
    return folder / "feeder.db"


@pytest.fixture
def app(tmp_path: Path, empty_file: Path) -> Iterator[App]:
    shutil.copy(empty_file, tmp_path / "feeder.db")
    (tmp_path / "content").mkdir()
    with App(_settings(tmp_path)) as made:
        yield made


@pytest.fixture
def changed(app: App) -> Iterator[Callable[..., App]]:
    """Start the same site with other settings: `changed(publish=Publish(...))`."""
    with_others = []

    def start(**fields: Any) -> App:
        with_others.append(App(replace(app.settings, **fields)))
        return with_others[-1]

    yield start
    for other in with_others:
        other.__exit__(None, None, None)


@pytest.fixture
def write(app: App) -> Callable[..., Path]:
    """Write an item into the content folder: `write("a", "tags: x\\ndraft: true", "The body.")`."""

    def put(name: str, front: str = "", body: str = "") -> Path:
        file = app.settings.folder / "content" / f"{name}.md"
        title = "" if "title:" in front else f"title: Title of {name}\n"
        file.write_text(f"---\n{title}{front}\n---\n{body or f'Body of {name}.'}\n", encoding="utf-8")
        return file

    return put


@pytest.fixture
def sync(app: App) -> Callable[..., Collected]:
    """Read the content folder."""

    def read(at: datetime = NOON, *, announce: bool = False, confirmed: bool = False) -> Collected:
        return collect(app.store, app.sources["texts"], at, announce=announce, confirmed=confirmed)

    return read


def _quietly(sheets: Iterable[Any], _total: int) -> Iterable[Any]:
    return sheets


@pytest.fixture
def press(app: App) -> Callable[..., Published]:
    """Publish: `press(now)`, or everything anew: `press(now, anew=True)`."""

    def run(at: datetime = NOON, *, anew: bool = False, of: App = app) -> Published:
        work = publish_all if anew else publish
        return work(of.store, of.press, at, progress=_quietly)

    return run


def _of_the_look(path: str) -> bool:
    """Tell whether a file is made for the whole site, or a compressed copy, or says whose tree it is."""
    return path.startswith(("assets/", "_", "feeds.opml", fence.NAME)) or path.endswith(".gz")


@pytest.fixture
def tree(app: App) -> Callable[[], dict[str, bytes]]:
    """Return all documents of items and feeds that are published, by path."""
    root = app.settings.publish.folder

    def files() -> dict[str, bytes]:
        found = {file.relative_to(root).as_posix(): file for file in root.rglob("*") if file.is_file()}
        return {path: file.read_bytes() for path, file in sorted(found.items()) if not _of_the_look(path)}

    return files


@pytest.fixture
def draft() -> Callable[..., Draft]:
    def make(key: str, **fields: Any) -> Draft:
        title = f"Title of {key}."
        return Draft(**{"key": key, "kind": Kind.PIECE, "title": title, "substance": title, **fields})

    return make


@pytest.fixture
def add(app: App) -> Callable[..., Subscriber]:
    """Add a reader: `add("ada@example.org", digest="daily", hour=7)`."""

    def put(address: str, *, at: datetime = NOON, welcome: int = 0, **preferences: Any) -> Subscriber:
        wanted = Preferences(**{"digest": "weekly", "zone": "UTC", **preferences})
        recipe = app.recipe(wanted.digest)
        added = subscribe.add(app.store, address, wanted, recipe, at, reason="they asked", welcome=welcome)
        assert isinstance(added, Subscriber), "they have left before"
        return added

    return put


@pytest.fixture
def mails(app: App) -> Callable[[], list[EmailMessage]]:
    """Return all messages in the Maildir, in the order of their dates."""

    def read() -> list[EmailMessage]:
        files = [*app.settings.mail.folder.glob("new/*"), *app.settings.mail.folder.glob("cur/*")]
        found = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
        return sorted(found, key=lambda mail: (mail["Date"].datetime, mail["Delivered-To"]))

    return read


@pytest.fixture
def sql(app: App) -> Callable[[Executable], Sequence[Any]]:
    """Run a statement that the store has no method for, and return its rows."""

    def run(statement: Executable) -> Sequence[Any]:
        with app.store._engine.begin() as connection:
            result = connection.execute(statement)
            return result.all() if result.returns_rows else []

    return run


@pytest.fixture
def put(app: App, draft: Callable[..., Draft]) -> Callable[..., None]:
    """Tell an item: `put("a", now)`; its source was read completely a minute before, or never if `old`."""

    def tell(key: str, at: datetime, *, old: bool = False, **fields: Any) -> None:
        visit = Visit(at, None if old else at - timedelta(minutes=1), announce=False)
        apply(app.store, "told", [draft(key, **fields)], visit)
        release(app.store, at)

    return tell


# ── A site with a hub ────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def published_town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a site with a hub that has published one item."""
    folder = tmp_path_factory.mktemp("town")
    (folder / "content").mkdir()
    with App(town_settings(folder)) as app, Listener() as nobody:
        town = Town(app, nobody, NOON)
        town.publish("first")
    return folder


@pytest.fixture
def town(published_town: Path, tmp_path: Path) -> Iterator[Town]:
    """A copy of it for one test, and a subscriber."""
    folder = Path(shutil.copytree(published_town, tmp_path / "town"))
    with App(town_settings(folder)) as app, Listener() as subscriber:
        yield Town(app, subscriber, NOON)
