"""A feed and its archives hold all that it lists, whatever happens to its items (RFC 5005)."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from feeder.app import App
from feeder.model.feeds import Format
from feeder.model.settings import Folder, StoreSettings
from feeder.workflows import curate, publish
from feeder.workflows.collect import Collected, collect
from feeder.workflows.publish import Published
from tests.feeds.kits import atom_rules

PUBLIC = "https://spans.example/"
TAGS = ("x", "y")
HOUR = timedelta(hours=1)

Changed = Callable[..., App]
Write = Callable[..., Path]
Sync = Callable[..., Collected]
Press = Callable[..., Published]
Tree = Callable[[], dict[str, bytes]]


class Shelf(NamedTuple):
    """A feed as readers who follow all its links find it: live, and its archives from the first, by item ids."""

    live: list[str]
    archives: list[list[str]]
    complete: bool

    @property
    def all(self) -> set[str]:
        return set(self.live).union(*self.archives)


def shelf(tree: dict[str, bytes], folder: str = "") -> Shelf:
    """Follow a feed through its archives. Every document has to keep the standards."""
    path = f"{folder}atom.xml"
    live, archives = tree[path], list[list[str]]()
    assert atom_rules.violations(live, PUBLIC + path) == []
    links, after = atom_rules.links(live), ""
    while "prev-archive" in links:
        address = links["prev-archive"]
        document = tree[unquote(address.removeprefix(PUBLIC))]
        assert atom_rules.violations(document, address) == []
        links = atom_rules.links(document)
        assert links["current"] == PUBLIC + path
        assert links.get("next-archive", "") == after
        archives.insert(0, atom_rules.entry_ids(document))
        after = address
    return Shelf(atom_rules.entry_ids(live), archives, atom_rules.is_complete(live))


@pytest.fixture
def shelves(
    app: App, changed: Changed, write: Write, sync: Sync, press: Press, tree: Tree, now: datetime
) -> Any:
    """Publish ten items, a to j, the oldest first, four in a feed; then go on an hour at a time."""
    four = changed(publish=replace(app.settings.publish, entries=4, pages=False))
    for place, name in enumerate("abcdefghij"):
        write(name, f"tags: x\nposted: 2026-11-0{place}" if place else "tags: x\nposted: 2026-10-31")
    clock = [now]

    def go_on() -> Shelf:
        clock[0] += HOUR
        sync(clock[0])
        press(clock[0], of=four)
        return shelf(tree())

    return go_on


def ids(app: App, names: str) -> list[str]:
    with app.store.reading() as tx:
        return [tx.items.get(name).uid for name in names]


GoOn = Callable[[], Shelf]


def test_the_oldest_are_archived_and_the_newest_are_live(app: App, shelves: GoOn) -> None:
    found = shelves()

    assert found.live == ids(app, "jihg")
    assert found.archives == [ids(app, "ba"), ids(app, "dc"), ids(app, "fe")]
    assert not found.complete


def test_a_new_item_closes_the_oldest_into_an_archive_of_their_own(
    app: App, shelves: GoOn, write: Write
) -> None:
    before = shelves()

    write("k", "tags: x")
    found = shelves()

    assert found.archives == [*before.archives, ids(app, "hg")]
    assert set(found.live) == set(ids(app, "kjih")), "the newest are live, archived or not"


def test_an_archived_item_that_is_revised_is_live_again_and_stays_where_it_was(
    app: App, shelves: GoOn, write: Write
) -> None:
    before = shelves()

    write("a", "title: Another title\ntags: x\nposted: 2026-10-31")
    found = shelves()

    (a,) = ids(app, "a")
    assert a in found.live
    assert a in found.archives[0]
    assert [set(archive) for archive in found.archives[:3]] == [set(archive) for archive in before.archives]


def test_an_archived_item_that_goes_leaves_its_archive_and_no_other_moves(
    app: App, shelves: GoOn, tree: Tree
) -> None:
    before = shelves()
    (c,) = ids(app, "c")

    (app.settings.folder / "content" / "c.md").unlink()
    found = shelves()

    assert found.archives == [[one for one in archive if one != c] for archive in before.archives]
    assert found.live == before.live
    assert atom_rules.deleted(tree()["atom.xml"]).keys() == {c}
    assert all(c.encode() not in content for path, content in tree().items() if "/archive/" in f"/{path}")


def test_an_archive_whose_items_are_all_gone_is_empty_and_still_leads_on(app: App, shelves: GoOn) -> None:
    before = shelves()

    for name in "cd":
        (app.settings.folder / "content" / f"{name}.md").unlink()
    found = shelves()

    assert found.archives == [before.archives[0], [], before.archives[2]]


def test_a_tag_that_an_archived_item_gets_has_no_archive_for_it(
    app: App, shelves: GoOn, write: Write, tree: Tree
) -> None:
    shelves()

    write("a", "tags: x, z\nposted: 2026-10-31")
    shelves()

    assert shelf(tree(), "tag/z/") == Shelf(ids(app, "a"), [], complete=True)


def test_archives_that_nothing_touched_are_not_written_again(
    app: App, changed: Changed, shelves: GoOn, write: Write, sync: Sync, press: Press, now: datetime
) -> None:
    shelves()
    write("k", "tags: x")
    sync(now + 9 * HOUR)

    done = press(now + 9 * HOUR, of=changed(publish=replace(app.settings.publish, entries=4, pages=False)))

    assert {path for path in done.written if "archive/" in path} == {
        f"{folder}archive/{number}.xml"
        for folder in ("", "tag/x/", "kind/pieces/", "language/en/", "author/ada-fjordman/")
        for number in (3, 4)
    }, "the new one, and the one before, which now has a successor"


def test_more_room_makes_no_archive_smaller(
    app: App, changed: Changed, shelves: GoOn, press: Press, tree: Tree, now: datetime
) -> None:
    before = shelves()

    press(now + 9 * HOUR, of=changed(publish=replace(app.settings.publish, entries=40, pages=False)))

    found = shelf(tree())
    assert found.archives == before.archives
    assert found.all == before.all


def test_less_room_makes_more_archives(
    app: App, changed: Changed, shelves: GoOn, press: Press, tree: Tree, now: datetime
) -> None:
    before = shelves()

    press(now + 9 * HOUR, of=changed(publish=replace(app.settings.publish, entries=2, pages=False)))

    found = shelf(tree())
    assert found.archives[:3] == before.archives
    assert len(found.live) == 2
    assert found.all == before.all


def test_without_archives_there_are_no_documents_and_no_feed_is_called_complete(
    app: App, changed: Changed, shelves: GoOn, press: Press, tree: Tree, now: datetime
) -> None:
    shelves()

    without = replace(app.settings.publish, entries=4, pages=False, archives=False)
    press(now + 9 * HOUR, of=changed(publish=without))

    assert [path for path in tree() if "archive/" in path] == []
    assert shelf(tree()) == Shelf(ids(app, "jihg"), [], complete=False)


# ── Large items ──────────────────────────────────────────────────────────────────────────────────

MOST_BYTES = 500_000


def test_large_items_are_all_there_and_the_oldest_are_summaries(
    app: App, changed: Changed, write: Write, sync: Sync, press: Press, tree: Tree, now: datetime
) -> None:
    some = changed(publish=replace(app.settings.publish, entries=12, pages=False))
    for place in range(20):
        write(f"n{place}", f"tags: x\nposted: 2026-10-{place + 1:02}", "word " * 20_000)
    sync(now)

    assert press(now, of=some).refused == []

    found = tree()
    assert [len(archive) for archive in shelf(found).archives] == [6, 6]
    assert len(shelf(found).all) == 20
    for file in ("atom.xml", "archive/1.xml", "archive/2.xml"):
        entries = found[file].decode().split("<entry")[1:]
        is_whole = [len(entry) > 100_000 for entry in entries]
        assert is_whole == [True] * 4 + [False] * (len(entries) - 4)
        assert len(found[file]) <= MOST_BYTES
    assert publish.check(some.store, some.press, now) == []


# ── Whatever happens ─────────────────────────────────────────────────────────────────────────────


@dataclass
class Life:
    """A site in which things happen to items, an hour apart, and what has to be true of its feeds."""

    app: App
    now: datetime
    tags: dict[str, Sequence[str]] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    since: list[tuple[str, str]] = field(default_factory=list)
    before: dict[str, list[set[str]]] = field(default_factory=dict)

    def happen(self, what: str, place: int, tags: Sequence[str]) -> None:
        self.now += HOUR
        if what == "publish":
            self.publish()
        elif what == "add":
            name = f"n{len(self.versions)}"
            self.tags[name], self.versions[name] = tags, 0
            self._write(name)
            self.since.append((what, name))
        elif self.tags:
            name = sorted(self.tags)[place % len(self.tags)]
            self._happen_to(name, what, tags)
            self.since.append((what, name))

    def _happen_to(self, name: str, what: str, tags: Sequence[str]) -> None:
        match what:
            case "edit":
                self.versions[name] += 1
                self._write(name)
            case "retag":
                self.tags[name] = tags
                self._write(name)
            case "delete":
                del self.tags[name]
                self.hidden.discard(name)
                (self.app.settings.folder / "content" / f"{name}.md").unlink()
            case "hide":
                self._collect()
                curate.hide(self.app.store, name, self.now, "")
                self.hidden.add(name)
            case "show":
                self._collect()
                if name in self.hidden:
                    curate.bring_back(self.app.store, name, self.now, "")
                self.hidden.discard(name)

    def publish(self) -> None:
        """Publish, and look."""
        self._collect()
        done = publish.publish(self.app.store, self.app.press, self.now, progress=lambda sheets, _: sheets)
        assert done.refused == []
        root = self.app.settings.publish.folder
        tree = {file.relative_to(root).as_posix(): file.read_bytes() for file in root.rglob("*.xml")}
        with self.app.store.reading() as tx:
            uids = {name: tx.items.get(name).uid for name in self.tags}
        for folder in ("", *(f"tag/{tag}/" for tag in TAGS)):
            listed = {name for name in self.tags if name not in self.hidden and self._is_in(name, folder)}
            if listed:
                self._look(folder, shelf(tree, folder), {uids[name] for name in listed})
        self._look_for_an_edit(shelf(tree), uids)
        self.since.clear()

    def _look(self, folder: str, found: Shelf, listed: set[str]) -> None:
        archived = [one for archive in found.archives for one in archive]
        assert found.all == listed, "the live feed and its archives are all there is"
        assert len(set(archived)) == len(archived), "nothing is in two archives"
        assert len(found.live) <= self.app.settings.publish.entries
        assert found.complete == (not found.archives)
        was = self.before.get(folder, [])
        assert len(found.archives) >= len(was), "an archive stays"
        for earlier, now in zip(was, found.archives, strict=False):
            assert set(now) <= earlier, "an archive gets nothing more"
        self.before[folder] = [set(archive) for archive in found.archives]

    def _look_for_an_edit(self, found: Shelf, uids: dict[str, str]) -> None:
        match self.since:
            case [("edit", name)] if name not in self.hidden:
                assert uids[name] in found.live, "what was just edited is live"

    def _is_in(self, name: str, folder: str) -> bool:
        return not folder or folder.split("/")[1] in self.tags[name]

    def _write(self, name: str) -> None:
        file = self.app.settings.folder / "content" / f"{name}.md"
        title = f"{name}, version {self.versions[name]}"
        file.write_text(f"---\ntitle: {title}\ntags: [{', '.join(self.tags[name])}]\n---\nBody.\n")

    def _collect(self) -> None:
        collect(self.app.store, self.app.sources["texts"], self.now, announce=False, confirmed=True)


some_tags = st.lists(st.sampled_from(TAGS), unique=True, max_size=2)
events = st.tuples(
    st.sampled_from(["add", "add", "add", "edit", "retag", "delete", "hide", "show", "publish", "publish"]),
    st.integers(0, 20),
    some_tags,
)
NINE = [("add", 0, ["x"])] * 9
PUBLISH = ("publish", 0, ())


@pytest.fixture
def life(app: App, empty_file: Path, now: datetime, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Begin the life of a site with so many entries in a feed."""

    def begin(entries: int) -> Life:
        folder = tmp_path_factory.mktemp("life")
        (folder / "content").mkdir()
        shutil.copy(empty_file, folder / "feeder.db")
        made = replace(
            app.settings,
            folder=folder,
            store=StoreSettings(f"sqlite:///{folder / 'feeder.db'}"),
            publish=replace(
                app.settings.publish,
                folder=folder / "public",
                entries=entries,
                pages=False,
                formats=(Format.ATOM,),
            ),
            sources={"texts": Folder("texts", folder / "content")},
        )
        return Life(App(made), now)

    return begin


@given(st.integers(1, 5), st.lists(events, max_size=14))
@example(2, [*NINE, PUBLISH, ("edit", 0, ()), PUBLISH, ("delete", 0, ()), PUBLISH, *NINE, PUBLISH])
@example(
    1,
    [*NINE, PUBLISH, *[("retag", place, ["y"]) for place in range(9)], PUBLISH, ("retag", 3, ["x"]), PUBLISH],
)
@example(2, [*NINE, PUBLISH, *[("delete", 0, ())] * 9, PUBLISH, ("add", 0, ["x"]), PUBLISH])
@example(3, [*NINE, PUBLISH, *[("hide", place, ()) for place in range(9)], PUBLISH, ("show", 4, ()), PUBLISH])
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.function_scoped_fixture,
        HealthCheck.data_too_large,
    ],
)
def test_whatever_happens_a_feed_and_its_archives_hold_all_that_it_lists(
    life: Callable[[int], Life], entries: int, happened: list[tuple[str, int, Sequence[str]]]
) -> None:
    site = life(entries)
    with site.app:
        for what, place, tags in happened:
            site.happen(what, place, tags)
        site.happen("publish", 0, ())
        assert publish.check(site.app.store, site.app.press, site.now) == []
