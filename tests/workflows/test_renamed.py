"""Subjects that are renamed, emptied, or come back, and what becomes of their feeds."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest

from feeder.app import App
from feeder.workflows import publish
from feeder.workflows.collect import Collected
from feeder.workflows.publish import Published
from tests.conftest import contents
from tests.feeds.kits import atom_rules

Write = Callable[..., Path]
Sync = Callable[..., Collected]
Press = Callable[..., Published]
Tree = Callable[[], dict[str, bytes]]

PUBLIC = "https://spans.example/"
HOUR = timedelta(hours=1)
FILES = ("atom.xml", "rss.xml", "feed.json", "index.html")

Go = Callable[[], dict[str, bytes]]
"""Read the sources and publish, an hour later; return the tree."""


@pytest.fixture
def tree(app: App) -> Tree:
    """Return all that is published, by path, with the rules for servers and the list of feeds."""
    return lambda: contents(app.settings.publish.folder)


@pytest.fixture
def go_on(sync: Sync, press: Press, tree: Tree, now: datetime) -> Go:
    clock = [now]

    def run() -> dict[str, bytes]:
        clock[0] += HOUR
        sync(clock[0], confirmed=True)
        assert press(clock[0]).refused == []
        return tree()

    return run


def rules(tree: dict[str, bytes]) -> dict[str, str]:
    """Return what the rules say of folders: where they lead, or "gone"."""
    found = {}
    for line in tree["_redirects"].decode().splitlines():
        source, target, code = line.split()
        old, new = (
            unquote(path).lstrip("/") for path in (source.removesuffix("*"), target.removesuffix(":splat"))
        )
        assert code in {"301!", "410!"}
        assert (old == new) == (code == "410!")
        found[old] = "gone" if code == "410!" else new
    nginx = [line for line in tree["_nginx.conf"].decode().splitlines() if line.startswith("location ^~")]
    assert [line.split('"')[1].lstrip("/") for line in nginx] == list(found), "nginx gets the same rules"
    return found


def listed(tree: dict[str, bytes]) -> list[str]:
    """Return the folders of all feeds in the list for readers."""
    opml = tree["feeds.opml"].decode()
    return [unquote(part.split('"')[0].removeprefix(PUBLIC)) for part in opml.split('htmlUrl="')[1:]]


def of(tree: dict[str, bytes], folder: str) -> dict[str, bytes]:
    """Return the live documents of a feed, by file."""
    return {file: tree[folder + file] for file in FILES if folder + file in tree}


# ── Renamed ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def boats(write: Write, go_on: Go) -> dict[str, bytes]:
    """Two items about boats."""
    write("a", "tags: boats, water")
    write("b", "tags: boats")
    return go_on()


def test_a_renamed_tag_leads_to_its_new_place(boats: dict[str, bytes], write: Write, go_on: Go) -> None:
    write("a", "tags: ships, water")
    write("b", "tags: ships")
    tree = go_on()

    assert rules(tree) == {"tag/boats/": "tag/ships/"}
    assert "tag/ships/" in listed(tree)
    assert "tag/boats/" not in listed(tree)


def test_where_nothing_redirects_the_same_documents_stand_at_the_old_place(
    boats: dict[str, bytes], write: Write, go_on: Go
) -> None:
    write("a", "tags: ships, water")
    write("b", "tags: ships")
    tree = go_on()

    assert of(tree, "tag/boats/") == of(tree, "tag/ships/")
    assert list(of(tree, "tag/boats/")) == list(FILES)
    assert atom_rules.violations(tree["tag/boats/atom.xml"], f"{PUBLIC}tag/ships/atom.xml") == []

    write("c", "tags: ships")
    tree = go_on()
    assert of(tree, "tag/boats/") == of(tree, "tag/ships/"), "and go on being the same"
    assert len(atom_rules.entry_ids(tree["tag/boats/atom.xml"])) == 3


def test_a_renamed_tag_deletes_nothing(boats: dict[str, bytes], write: Write, go_on: Go) -> None:
    write("a", "tags: ships, water")
    write("b", "tags: ships")
    tree = go_on()

    assert atom_rules.deleted(tree["tag/ships/atom.xml"]) == {}
    assert set(atom_rules.entry_ids(tree["tag/ships/atom.xml"])) == set(
        atom_rules.entry_ids(boats["tag/boats/atom.xml"])
    )


def test_a_tag_that_keeps_an_item_was_not_renamed(boats: dict[str, bytes], write: Write, go_on: Go) -> None:
    write("a", "tags: ships, water")
    tree = go_on()

    assert rules(tree) == {}
    assert {"tag/boats/", "tag/ships/"} <= set(listed(tree))


def test_an_outlet_and_an_author_may_be_renamed_too(write: Write, go_on: Go) -> None:
    write("a", "outlet: Courier\nauthors: Ada")
    go_on()

    write("a", "outlet: The Courier\nauthors: Ada Fjordman")
    assert rules(go_on()) == {"outlet/courier/": "outlet/the-courier/", "author/ada/": "author/ada-fjordman/"}


def test_a_language_or_a_kind_is_never_renamed(write: Write, go_on: Go) -> None:
    write("a", "language: de\nkind: piece")
    write("b", "language: en\nkind: piece")
    go_on()

    write("a", "language: fr\nkind: appearance")
    write("b", "language: en\nkind: appearance")
    tree = go_on()

    assert "kind/pieces/" not in rules(tree)
    assert rules(tree).get("language/de/") == "gone"


@pytest.mark.parametrize("names", [("boats", "ships", "vessels"), ("Käne", "船", "سفن")])
def test_a_chain_of_renames_leads_to_its_end_at_once(
    write: Write, go_on: Go, names: tuple[str, str, str]
) -> None:
    for name in names:
        write("a", f"tags: [{name}]")
        tree = go_on()

    first, second, last = (
        path for path in dict.fromkeys(p.split("/")[1] for p in tree if p.startswith("tag/"))
    )
    places = rules(tree)
    (end,) = set(places.values())
    assert len(places) == 2
    assert end not in places, "nobody is sent on twice"
    for old in places:
        assert of(tree, old) == of(tree, end)
    assert {first, second, last} == {path.split("/")[1] for path in (*places, end)}


def test_a_tag_that_was_renamed_back_and_forth_leads_nowhere_in_circles(write: Write, go_on: Go) -> None:
    for name in ("boats", "ships", "boats"):
        write("a", f"tags: [{name}]")
        tree = go_on()

    assert rules(tree) == {"tag/ships/": "tag/boats/"}
    assert atom_rules.violations(tree["tag/boats/atom.xml"], f"{PUBLIC}tag/boats/atom.xml") == []


def test_a_tag_that_comes_back_is_a_feed_of_its_own_again(
    boats: dict[str, bytes], write: Write, go_on: Go
) -> None:
    write("a", "tags: ships, water")
    write("b", "tags: ships")
    go_on()

    write("c", "tags: boats")
    tree = go_on()

    assert rules(tree) == {}
    assert len(atom_rules.entry_ids(tree["tag/boats/atom.xml"])) == 1
    assert atom_rules.violations(tree["tag/boats/atom.xml"], f"{PUBLIC}tag/boats/atom.xml") == []
    before, after = (of(each, "tag/boats/")["atom.xml"] for each in (boats, tree))
    assert _id(before) == _id(after), "the same feed as ever"


def _id(document: bytes) -> bytes:
    return document.partition(b"<id>")[2].partition(b"</id>")[0]


def test_the_archives_of_a_renamed_tag_are_at_its_new_place_only(
    app: App, changed: Callable[..., App], write: Write, sync: Sync, press: Press, tree: Tree, now: datetime
) -> None:
    short = changed(publish=replace(app.settings.publish, entries=2, pages=False))
    for name in "abcdef":
        write(name, "tags: boats")
    sync(now)
    press(now, of=short)
    for name in "abcdef":
        write(name, "tags: ships")
    sync(now + HOUR)
    press(now + HOUR, of=short)

    documents = tree()

    archives = [path for path in documents if path.startswith("tag/") and "/archive/" in path]
    assert archives != []
    assert all(path.startswith("tag/ships/") for path in archives)
    links = atom_rules.links(documents["tag/boats/atom.xml"])
    assert links["prev-archive"].startswith(f"{PUBLIC}tag/ships/archive/")
    assert publish.check(short.store, short.press, now + 3 * HOUR) == []


# ── Retired ──────────────────────────────────────────────────────────────────────────────────────


def test_a_tag_whose_items_are_all_gone_is_retired(boats: dict[str, bytes], write: Write, go_on: Go) -> None:
    gone = atom_rules.entry_ids(boats["tag/boats/atom.xml"])
    for name in "ab":
        write(name).unlink()
    tree = go_on()

    assert rules(tree)["tag/boats/"] == "gone"
    assert "tag/boats/" not in listed(tree)
    assert atom_rules.entry_ids(tree["tag/boats/atom.xml"]) == []
    assert set(atom_rules.deleted(tree["tag/boats/atom.xml"])) == set(gone)
    assert atom_rules.violations(tree["tag/boats/atom.xml"], f"{PUBLIC}tag/boats/atom.xml") == []


def test_a_tag_that_nothing_has_any_more_is_retired_without_deleting_anything(
    boats: dict[str, bytes], write: Write, go_on: Go
) -> None:
    write("a", "tags: water")
    write("b")
    tree = go_on()

    assert rules(tree) == {"tag/boats/": "gone"}
    assert atom_rules.deleted(tree["tag/boats/atom.xml"]) == {}


def test_a_tag_of_drafts_only_waits_for_them(boats: dict[str, bytes], write: Write, go_on: Go) -> None:
    write("a", "tags: water")
    write("b", "tags: boats\ndraft: true")
    tree = go_on()

    assert rules(tree) == {}
    assert atom_rules.entry_ids(tree["tag/boats/atom.xml"]) == []


def test_a_retired_tag_that_comes_back_is_gone_no_more(
    boats: dict[str, bytes], write: Write, go_on: Go
) -> None:
    for name in "ab":
        write(name).unlink()
    go_on()

    write("c", "tags: boats, water")
    tree = go_on()

    assert rules(tree) == {}
    assert "tag/boats/" in listed(tree)
    assert len(atom_rules.entry_ids(tree["tag/boats/atom.xml"])) == 1


@pytest.mark.parametrize("ending", ["deleted", "without a tag", "withdrawn", "with others"])
@pytest.mark.parametrize("first", [True, False])
def test_an_item_that_went_nowhere_tells_nothing_about_where_a_tag_went(
    boats: dict[str, bytes], write: Write, go_on: Go, ending: str, first: bool
) -> None:
    def follow() -> None:
        write("a", "tags: ships, water")
        go_on()

    if not first:
        follow()
    tags = {"without a tag": "", "withdrawn": "tags: boats\ndraft: true", "with others": "tags: x, y"}
    file = write("b", tags.get(ending, ""))
    if ending == "deleted":
        file.unlink()
    go_on()
    if first:
        follow()

    assert rules(go_on()) == {"tag/boats/": "tag/ships/"}


def test_a_tag_whose_items_went_to_several_is_retired(
    boats: dict[str, bytes], write: Write, go_on: Go
) -> None:
    write("a", "tags: ships, water")
    go_on()
    write("b", "tags: ferries")

    assert rules(go_on()) == {"tag/boats/": "gone"}


def test_what_stands_at_an_old_place_ends_where_the_new_name_is_dropped(write: Write, go_on: Go) -> None:
    write("a", "tags: boats, water")
    go_on()
    write("a", "tags: ships, water")
    go_on()
    write("a", "tags: water")
    tree = go_on()

    assert rules(tree) == {"tag/boats/": "gone", "tag/ships/": "gone"}
    assert atom_rules.entry_ids(tree["tag/boats/atom.xml"]) == []
    assert atom_rules.violations(tree["tag/boats/atom.xml"], f"{PUBLIC}tag/boats/atom.xml") == []


def test_what_stands_at_an_old_place_empties_with_the_new_one(write: Write, go_on: Go) -> None:
    write("a", "tags: boats")
    write("other", "tags: water")
    go_on()
    write("a", "tags: ships")
    go_on()
    write("a").unlink()
    tree = go_on()

    assert atom_rules.entry_ids(tree["tag/boats/atom.xml"]) == []
    assert atom_rules.violations(tree["tag/boats/atom.xml"], f"{PUBLIC}tag/boats/atom.xml") == []
    for place in ("tag/boats/", "tag/ships/"):
        assert len(atom_rules.deleted(tree[f"{place}atom.xml"])) == 1
    assert rules(tree) == {"tag/boats/": "gone", "tag/ships/": "gone"}


def test_an_item_that_comes_back_elsewhere_is_deleted_nowhere(write: Write, go_on: Go) -> None:
    write("a", "tags: boats")
    write("b", "tags: boats")
    go_on()
    write("a", "tags: boats\ndraft: true")
    assert len(atom_rules.deleted(go_on()["tag/boats/atom.xml"])) == 1
    write("a", "tags: ships")
    tree = go_on()

    assert atom_rules.deleted(tree["tag/boats/atom.xml"]) == {}
    assert len(atom_rules.entry_ids(tree["tag/ships/atom.xml"])) == 1


@pytest.mark.parametrize("back", [True, False])
def test_a_draft_decides_whether_a_tag_waits_or_is_retired(write: Write, go_on: Go, back: bool) -> None:
    """`back`: the draft comes to a retired tag, instead of leaving one that waits."""
    tags = ["x", "boats"] if back else ["boats", "x"]
    write("a", "tags: boats")
    write("other", "tags: water")
    write("d", f"tags: {tags[0]}\ndraft: true")
    go_on()
    write("a").unlink()
    states = [rules(go_on()).get("tag/boats/")]
    write("d", f"tags: {tags[1]}\ndraft: true")
    states.append(rules(go_on()).get("tag/boats/"))

    assert states == (["gone", None] if back else [None, "gone"])


@pytest.mark.parametrize("name", ["boats", "港口", "ميناء"])
def test_what_is_retired_leads_to_no_archive_that_is_not_there(
    app: App,
    changed: Callable[..., App],
    write: Write,
    sync: Sync,
    press: Press,
    tree: Tree,
    now: datetime,
    name: str,
) -> None:
    short = changed(publish=replace(app.settings.publish, entries=2, pages=False))
    for file in "abcdef":
        write(file, f"tags: [{name}]")
    sync(now)
    press(now, of=short)
    for file in "abcdef":
        write(file).unlink()
    sync(now + HOUR, confirmed=True)
    press(now + HOUR, of=short)
    assert dangling(tree()) == []

    write("g", f"tags: [{name}]")
    sync(now + 2 * HOUR)
    press(now + 2 * HOUR, of=short)
    assert dangling(tree()) == [], "nor when it comes back"
    assert publish.check(short.store, short.press, now + 3 * HOUR) == []


def dangling(tree: dict[str, bytes]) -> list[str]:
    """Return the links between feeds and archives that lead to nothing."""
    documents = {
        path: content for path, content in tree.items() if path.endswith(".xml") and "rss" not in path
    }
    leads = {
        f"{path}: {rel}": unquote(address.removeprefix(PUBLIC))
        for path, content in documents.items()
        for rel, address in atom_rules.links(content).items()
        if rel.endswith("archive") or rel == "current"
    }
    return [place for place, target in leads.items() if target not in tree]
