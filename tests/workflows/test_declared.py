"""Feeds that a site declares, and how much of items feeds show."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from feeder.app import App
from feeder.model.appearances import KnownOutlet, Policy
from feeder.model.settings import Declared, StoreSettings
from feeder.workflows import publish
from feeder.workflows.collect import Collected, collect
from feeder.workflows.publish import Published
from tests.conftest import contents
from tests.feeds.kits import atom_rules, json_rules, rss_rules

Changed = Callable[..., App]
Write = Callable[..., Path]
Sync = Callable[..., Collected]
Press = Callable[..., Published]
Tree = Callable[[], dict[str, bytes]]

PUBLIC = "https://spans.example/"
HOUR = timedelta(hours=1)
BOTH = Declared("both", "Ships & harbours", "All about ships in harbours.", all=("tag:ships", "tag:harbours"))


@pytest.fixture
def tree(app: App) -> Tree:
    """Return all that is published, by path, with the rules for servers and the list of feeds."""
    return lambda: contents(app.settings.publish.folder)


@pytest.fixture
def items(write: Write, sync: Sync, now: datetime) -> None:
    write("a", "tags: ships, harbours\nlanguage: de-AT\noutlet: Hafenkurier")
    write("b", "tags: ships\nlanguage: en")
    write("c", "kind: appearance\noutlet: Radio Nordlicht\ntags: harbours\nlanguage: DE")
    write("d", "tags: [港口]\nlanguage: zh-hans")
    sync(now)


@pytest.fixture
def feeds(
    app: App, changed: Changed, press: Press, tree: Tree, now: datetime
) -> Callable[..., dict[str, bytes]]:
    """Publish with some declared feeds, and return the tree."""
    clock = [now]

    def put(*declared: Declared, **publishing: object) -> dict[str, bytes]:
        clock[0] += HOUR
        publish_ = replace(app.settings.publish, **publishing)  # type: ignore[arg-type]
        made = changed(feeds={feed.name: feed for feed in declared}, publish=publish_)
        assert press(clock[0], of=made).refused == []
        assert publish.check(made.store, made.press, clock[0]) == []
        return tree()

    return put


def names(app: App, document: bytes) -> set[str]:
    """Return the keys of the items that an Atom document lists."""
    listed = set(atom_rules.entry_ids(document))
    with app.store.reading() as tx:
        return {key for key in "abcd" if tx.items.get(key).uid in listed}


Feeds = Callable[..., dict[str, bytes]]

# ── What they list ───────────────────────────────────────────────────────────────────────────────


def test_declared_feeds_list_what_they_ask_for(app: App, items: None, feeds: Feeds) -> None:
    wanted = {
        Declared("all", "All", all=("tag:ships", "tag:harbours")): {"a"},
        Declared("any", "Any", any=("tag:ships", "tag:harbours")): {"a", "b", "c"},
        Declared("any-but", "Any but", any=("tag:ships", "tag:harbours"), none=("kind:appearance",)): {
            "a",
            "b",
        },
        Declared("none", "None", none=("tag:ships",)): {"c", "d"},
        Declared("german", "German", all=("language:de",)): {"a", "c"},
        Declared("austrian", "Austrian", all=("language:de-AT",)): {"a"},
        Declared("either", "Either", any=("language:zh", "outlet:radio nordlicht")): {"c", "d"},
        Declared("script", "Script", all=("tag:港口",)): {"d"},
        Declared("author", "Author", all=("author:Ada Fjordman",)): {"a", "b", "c", "d"},
        Declared("nothing", "Nothing", all=("tag:nothing",)): set(),
    }

    tree = feeds(*wanted)

    assert {feed: names(app, tree[f"feed/{feed.name}/atom.xml"]) for feed in wanted} == wanted


def test_a_declared_feed_is_one_in_every_format(items: None, feeds: Feeds) -> None:
    tree = feeds(BOTH)
    address = f"{PUBLIC}feed/both/"

    assert atom_rules.violations(tree["feed/both/atom.xml"], f"{address}atom.xml") == []
    assert rss_rules.violations(tree["feed/both/rss.xml"], f"{address}rss.xml") == []
    assert json_rules.violations(tree["feed/both/feed.json"], f"{address}feed.json") == []
    for file in ("atom.xml", "rss.xml"):
        assert b"<title>Ships &amp; harbours \xe2\x80\x93 Spans</title>" in tree[f"feed/both/{file}"]
        assert b"All about ships in harbours." in tree[f"feed/both/{file}"]
    assert f'xmlUrl="{address}atom.xml"'.encode() in tree["feeds.opml"]


def test_a_declared_feed_without_items_is_published_all_the_same(items: None, feeds: Feeds) -> None:
    tree = feeds(Declared("none-yet", "None yet", all=("tag:nothing",)))

    address = f"{PUBLIC}feed/none-yet/atom.xml"
    assert atom_rules.violations(tree["feed/none-yet/atom.xml"], address) == []
    assert tree["_redirects"] == b""


# ── A changed configuration ──────────────────────────────────────────────────────────────────────


def test_a_changed_declaration_arranges_its_items_anew(app: App, items: None, feeds: Feeds) -> None:
    before = feeds(Declared("mine", "Mine", any=("tag:ships",)))
    after = feeds(Declared("mine", "Mine", any=("tag:harbours",)))

    path = "feed/mine/atom.xml"
    assert (names(app, before[path]), names(app, after[path])) == ({"a", "b"}, {"a", "c"})
    assert atom_rules.deleted(after[path]) == {}, "nothing was deleted"


def test_a_feed_that_is_declared_no_more_is_gone(app: App, items: None, feeds: Feeds) -> None:
    feeds(BOTH)
    tree = feeds()

    assert b"/feed/both/*  /feed/both/:splat  410!" in tree["_redirects"]
    assert atom_rules.entry_ids(tree["feed/both/atom.xml"]) == []
    assert b"feed/both/" not in tree["feeds.opml"]

    tree = feeds(BOTH)
    assert tree["_redirects"] == b""
    assert names(app, tree["feed/both/atom.xml"]) == {"a"}, "and is back when it is declared again"


def test_a_declared_feed_follows_its_items(
    app: App,
    changed: Changed,
    items: None,
    feeds: Feeds,
    write: Write,
    sync: Sync,
    press: Press,
    tree: Tree,
    now: datetime,
) -> None:
    feeds(BOTH)

    write("a", "tags: ships\nlanguage: de-AT\noutlet: Hafenkurier")
    write("b", "tags: ships, harbours\nlanguage: en")
    sync(now + 5 * HOUR)
    press(now + 5 * HOUR, of=changed(feeds={"both": BOTH}))

    assert names(app, tree()["feed/both/atom.xml"]) == {"b"}


def test_languages_have_feeds_by_their_customary_tags(app: App, items: None, feeds: Feeds) -> None:
    tree = feeds()

    found = {path.split("/")[1] for path in tree if path.startswith("language/")}
    assert found == {"de", "de-AT", "en", "zh-Hans"}
    assert names(app, tree["language/zh-Hans/atom.xml"]) == {"d"}
    assert "Posts in Austrian German" in tree["language/de-AT/atom.xml"].decode() or "German (Austria)" in (
        tree["language/de-AT/atom.xml"].decode()
    )


# ── How much they show ───────────────────────────────────────────────────────────────────────────

SECRET = "the crown jewels"
OUTLET = "Hafenkurier"


@pytest.fixture
def guarded(write: Write, sync: Sync, now: datetime) -> None:
    """One item whose text says in the end what few may know, beside one that may be shown whole."""
    long = "A long beginning of many words. " * 30
    write(
        "a",
        f"tags: ships\noutlet: {OUTLET}\nnote: My own words.\nstandfirst: Short and public.\nurl: https://kurier.example/a",
        f"{long}\n\nAnd then {SECRET}.",
    )
    write("b", "tags: ships", f"The open text, whole: {long}\n\nThe end of the open text.")
    sync(now)


def leaks(tree: dict[str, bytes], words: str) -> list[str]:
    return sorted(path for path, content in tree.items() if words.encode() in content)


@pytest.mark.parametrize("policy", [Policy.SUMMARY, Policy.LINK])
def test_what_an_outlet_forbids_is_nowhere_in_the_tree(
    app: App, changed: Changed, guarded: None, press: Press, tree: Tree, now: datetime, policy: Policy
) -> None:
    outlets = {"kurier": KnownOutlet(OUTLET, aliases=("HK",), policy=policy)}
    press(
        now,
        of=changed(outlets=outlets, feeds={"x": Declared("x", "X", any=("tag:ships",), content=Policy.FULL)}),
    )

    found = tree()

    assert leaks(found, SECRET) == []
    assert len(leaks(found, "The end of the open text")) > 10, "and nothing else is kept from readers"
    assert ("feed.json" in leaks(found, "A long beginning of many words. A long")) or policy is Policy.LINK
    if policy is Policy.LINK:
        assert leaks(found, "Short and public.") == []
    assert "atom.xml" in leaks(found, "My own words.")


def test_an_outlet_that_forbids_it_later_is_obeyed_everywhere(
    changed: Changed, guarded: None, press: Press, tree: Tree, now: datetime
) -> None:
    press(now)
    assert leaks(tree(), SECRET) != []

    press(now + HOUR, of=changed(outlets={"kurier": KnownOutlet(OUTLET, policy=Policy.LINK)}))

    assert leaks(tree(), SECRET) == []


@pytest.mark.parametrize("content", [Policy.SUMMARY, Policy.LINK])
def test_a_site_may_show_less_in_all_feeds_and_all_on_pages(
    guarded: None, feeds: Feeds, content: Policy
) -> None:
    tree = feeds(content=content)

    for words in (SECRET, "The end of the open text"):
        assert [path for path in leaks(tree, words) if not path.endswith(".html")] == []
    assert "item/title-of-a/index.html" in leaks(tree, SECRET)


def test_a_declared_feed_may_show_less_than_others(guarded: None, feeds: Feeds) -> None:
    tree = feeds(Declared("brief", "Brief", any=("tag:ships",), content=Policy.SUMMARY))

    told = leaks(tree, SECRET)
    assert "atom.xml" in told
    assert [path for path in told if path.startswith("feed/brief/")] == []
    assert "feed/brief/atom.xml" in leaks(tree, "Short and public.")


def test_a_declared_feed_may_show_more_than_others(guarded: None, feeds: Feeds) -> None:
    tree = feeds(Declared("whole", "Whole", any=("tag:ships",), content=Policy.FULL), content=Policy.LINK)

    told = [path for path in leaks(tree, SECRET) if not path.endswith(".html")]
    assert told == ["feed/whole/atom.xml", "feed/whole/feed.json", "feed/whole/rss.xml"]


PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16


@pytest.mark.parametrize("policy", [Policy.SUMMARY, Policy.LINK])
def test_a_picture_in_a_text_that_may_not_be_shown_is_published_no_more(
    app: App,
    changed: Changed,
    write: Write,
    sync: Sync,
    press: Press,
    tree: Tree,
    now: datetime,
    policy: Policy,
) -> None:
    (app.settings.folder / "content" / "inside.png").write_bytes(PNG)
    write("a", f"tags: ships\noutlet: {OUTLET}", "Before.\n\n![](inside.png)\n\nAfter.")
    sync(now)
    press(now)
    assert [path for path in tree() if path.startswith("media/")] != []

    press(now + HOUR, of=changed(outlets={"kurier": KnownOutlet(OUTLET, policy=policy)}))

    assert [path for path in tree() if path.startswith("media/")] == []


# ── The order in which things came ───────────────────────────────────────────────────────────────


def test_the_order_in_which_items_and_tags_came_changes_no_byte(
    app: App, write: Write, sync: Sync, press: Press, tree: Tree, now: datetime
) -> None:
    texts = {
        "a": "tags: [ships, harbours, 港口, R&D]\nposted: 2026-11-20 13:00",
        "b": "tags: [R&D, ships]\nposted: 2026-11-20 13:30",
    }
    for name in ("a", "b"):
        write(name, texts[name])
        sync(now)
    press(now + 2 * HOUR)

    elsewhere = replace(
        app.settings,
        store=StoreSettings(f"sqlite:///{app.settings.folder / 'another.db'}"),
        publish=replace(app.settings.publish, folder=app.settings.folder / "another"),
    )
    write("a", "draft: true")
    with App(elsewhere) as other:
        for front in ("draft: true", texts["a"]):
            write("a", front)
            collect(other.store, other.sources["texts"], now, announce=False, confirmed=True)
        press(now + 2 * HOUR, of=other)

    assert contents(app.settings.folder / "another") == tree()
