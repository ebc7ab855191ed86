import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from feeder.app import App
from feeder.errors import PublishError
from feeder.feeds.publishers import fence
from feeder.model import settings
from feeder.model.appearances import KnownOutlet, Policy
from feeder.model.batches import BATCH
from feeder.model.feeds import Tombstone, Written
from feeder.model.items import Item
from feeder.workflows import publish
from feeder.workflows.collect import Collected
from feeder.workflows.publish import Published
from feeder.workflows.release import release
from tests.feeds.kits import atom_rules

Write = Callable[..., Path]
Sync = Callable[..., Collected]
Press = Callable[..., Published]
Tree = Callable[[], dict[str, bytes]]

HOUR = timedelta(hours=1)
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16


@pytest.fixture
def three(write: Write, sync: Sync, press: Press, now: datetime) -> Published:
    """Three published items: a has x and both, b has y and both, c has no tag."""
    write("a", "tags: x, both")
    write("b", "tags: y, both")
    write("c")
    sync(now)
    published = press(now)
    for path in LOOK:  # which are none of their documents
        published.written.remove(path)
    return published


LOOK = ("assets/feeder.css", "assets/icon.svg", "assets/puzzle.js", "_redirects", "_nginx.conf", "feeds.opml")


def all_of(*folders: str) -> set[str]:
    """Return the documents of feeds."""
    return {
        f"{folder}{file}" for folder in folders for file in ("atom.xml", "rss.xml", "feed.json", "index.html")
    }


SHARED = ("", "kind/pieces/", "author/ada-fjordman/", "language/en/")
"""The feeds that list every item of these tests."""


def page(item: str) -> str:
    return f"item/title-of-{item}/index.html"


def nothing_is_dirty(app: App) -> bool:
    with app.store.reading() as tx:
        return not tx.documents.any_dirty()


def stamps(root: Path) -> dict[str, tuple[int, int]]:
    files = [file for file in root.rglob("*") if file.is_file() and file.name != fence.NAME]
    return {
        file.relative_to(root).as_posix(): (file.stat().st_mtime_ns, file.stat().st_ino) for file in files
    }


def item(app: App, key: str) -> Item:
    with app.store.reading() as tx:
        return tx.items.get(key)


# ── Release ──────────────────────────────────────────────────────────────────────────────────────


def test_release_gives_numbers_to_what_is_due_and_says_how_many(
    app: App, write: Write, sync: Sync, now: datetime
) -> None:
    write("a")
    write("future", "posted: 2026-11-20 14:00")
    write("hidden", "draft: true")
    sync(now)
    assert [release(app.store, now + n * HOUR) for n in range(4)] == [1, 0, 1, 0]
    assert [item(app, key).number for key in ("a", "future", "hidden")] == [1, 2, None]


# ── What a change rewrites ───────────────────────────────────────────────────────────────────────


def test_the_first_publish_writes_everything(three: Published, tree: Tree) -> None:
    expected = all_of(*SHARED, "tag/x/", "tag/y/", "tag/both/") | {page("a"), page("b"), page("c")}
    assert set(tree()) == expected
    assert (three.released, sorted(three.written), three.unchanged) == (3, sorted(expected), 0)


def test_the_same_store_gives_the_same_bytes_and_touches_no_file(
    app: App, three: Published, press: Press, now: datetime
) -> None:
    root = app.settings.publish.folder
    before = stamps(root)
    assert press(now + HOUR) == Published()
    anew = press(now + 2 * HOUR, anew=True)
    assert (anew.written, anew.removed, anew.unchanged) == ([], [], len(three.written) + len(LOOK))
    assert stamps(root) == before


def test_only_documents_that_list_a_changed_item_are_written(
    app: App, three: Published, write: Write, sync: Sync, press: Press, now: datetime
) -> None:
    root = app.settings.publish.folder
    before = stamps(root)
    write("a", "tags: x, both", "Another body.")
    sync(now + HOUR)
    published = press(now + HOUR)
    expected = all_of(*SHARED, "tag/x/", "tag/both/") | {page("a")}
    assert set(published.written) <= expected
    assert {"atom.xml", "tag/x/atom.xml", "tag/both/feed.json", page("a")} <= set(published.written)
    assert len(published.written) + published.unchanged == len(expected)
    after = stamps(root)
    copies = {f"{path}.gz" for path in published.written}
    assert {path for path in after if after[path] != before[path]} == {*published.written, *copies}


def test_a_new_item_writes_the_feeds_of_its_tags_and_its_page(
    three: Published, write: Write, sync: Sync, press: Press, now: datetime
) -> None:
    write("new", "tags: y, other")
    sync(now + HOUR)
    published = press(now + HOUR)
    expected = all_of(*SHARED, "tag/y/", "tag/other/") | {page("new"), "feeds.opml"}
    assert (published.released, set(published.written)) == (1, expected)


def test_a_changed_tag_writes_the_feed_that_loses_the_item_and_the_one_that_gets_it(
    three: Published, write: Write, sync: Sync, press: Press, tree: Tree, now: datetime
) -> None:
    write("a", "tags: x, z")
    sync(now + HOUR)
    published = press(now + HOUR)
    assert all_of("tag/both/", "tag/z/") <= set(published.written)
    files = tree()
    assert b"Title of a" not in files["tag/both/atom.xml"] + files["tag/both/index.html"]
    assert b"Title of a" in files["tag/z/atom.xml"]
    assert not [path for path in published.written if path.startswith("tag/y/")]


def test_an_item_that_leaves_a_full_feed_makes_room_for_the_next(
    app: App, changed: Callable[..., App], write: Write, sync: Sync, press: Press, tree: Tree, now: datetime
) -> None:
    short = changed(publish=replace(app.settings.publish, entries=2))
    for day in (1, 2, 3):
        file = write(f"{day}", f"posted: 2026-11-0{day}")
    sync(now)
    press(now, of=short)
    assert b"Title of 1" not in tree()["atom.xml"]
    file.unlink()
    sync(now + HOUR)
    press(now + HOUR, of=short)
    assert b"Title of 1" in tree()["atom.xml"]


def test_an_item_that_goes_is_taken_off(
    app: App, three: Published, write: Write, sync: Sync, press: Press, tree: Tree, now: datetime
) -> None:
    write("a").unlink()
    gone = item(app, "a")
    sync(now + HOUR)
    published = press(now + HOUR)
    assert published.removed == [page("a")]
    assert not (app.settings.publish.folder / page("a")).parent.exists()
    assert [path for path, content in tree().items() if b"Title of a" in content] == []
    with app.store.reading() as tx:
        assert tx.documents.written([page("a")]) == {}
    assert press(now + 2 * HOUR) == Published()
    stone = f'<at:deleted-entry ref="{gone.uid}" when="2026-11-20T13:00:00Z"/>'.encode()
    assert sorted(path for path, content in tree().items() if stone in content) == sorted(
        f"{folder}{file}"
        for folder in sorted([*SHARED, "tag/both/", "tag/x/"])
        for file in ("atom.xml", "rss.xml")
    )


def test_an_item_that_comes_back_is_put_where_it_was(
    three: Published, write: Write, sync: Sync, press: Press, tree: Tree, now: datetime
) -> None:
    before = tree()
    write("a").unlink()
    sync(now + HOUR)
    press(now + HOUR)
    write("a", "tags: x, both")
    sync(now + 2 * HOUR)
    assert press(now + 2 * HOUR).released == 1
    after = tree()
    assert after[page("a")] == before[page("a")]
    assert set(after) == set(before)
    assert [path for path, content in after.items() if b"deleted-entry" in content] == []


def test_an_item_whose_last_feed_it_was_leaves_an_empty_feed(
    three: Published, write: Write, sync: Sync, press: Press, tree: Tree, now: datetime
) -> None:
    write("a").unlink()
    sync(now + HOUR)
    press(now + HOUR)
    assert b"</entry>" not in tree()["tag/x/atom.xml"]


def test_a_feeds_update_never_goes_back(
    app: App, three: Published, write: Write, sync: Sync, press: Press, tree: Tree, now: datetime
) -> None:
    file = write("new", "tags: x")
    sync(now + HOUR)
    press(now + HOUR)
    file.unlink()
    sync(now + 2 * HOUR)
    press(now + 2 * HOUR)
    with app.store.reading() as tx:
        updates = {feed.path: feed.updated for feed in tx.feeds.shown()}
    gone = now + 2 * HOUR  # since then a tombstone stands there
    shared = dict.fromkeys(SHARED, gone)
    assert updates == {**shared, "tag/both/": now, "tag/x/": gone, "tag/y/": now}


def test_the_store_remembers_what_stands_in_the_tree_and_since_when(
    app: App, three: Published, write: Write, sync: Sync, press: Press, tree: Tree, now: datetime
) -> None:
    write("new", "tags: x")
    sync(now + HOUR)
    press(now + HOUR)
    files = tree()
    with app.store.reading() as tx:
        written = tx.documents.written(files)
    told = {path: (known.hash, known.size) for path, known in written.items()}
    assert told == {path: (sha256(content).hexdigest(), len(content)) for path, content in files.items()}
    assert written["tag/y/atom.xml"].at == now
    assert written["tag/x/atom.xml"].at == now + HOUR
    root = app.settings.publish.folder
    times = {path: (root / path).stat().st_mtime for path in files}
    assert times == {path: known.at.timestamp() for path, known in written.items()}
    assert (root / "tag/x/atom.xml.gz").stat().st_mtime == times["tag/x/atom.xml"]


# ── Drafts and embargoes ─────────────────────────────────────────────────────────────────────────

SECRET = [b"secret", b"merger", b"Whistle", b"hush.png"]


def leaks(tree: dict[str, bytes]) -> list[str]:
    return [
        path
        for path, content in tree.items()
        if any(word in content or word in path.encode() for word in SECRET)
    ]


@pytest.fixture
def secret(app: App, write: Write) -> Callable[[str], None]:
    """Write an item that nobody may know of; what makes it so is the argument."""

    def put(why: str) -> None:
        picture = app.settings.folder / "content" / "hush.png"
        picture.write_bytes(PNG)
        front = (
            "title: The secret paper\ntags: [merger, x]\nauthors: [Whistle Blower]\n"
            f"outlet: Whistle Weekly\nimage: hush.png\nnote: secret\n{why}"
        )
        write("secret", front, "A secret body.")

    return put


@pytest.mark.parametrize("why", ["draft: true", "embargo: 2026-12-01", "posted: 2026-12-01"])
def test_nothing_of_what_is_not_public_is_anywhere_in_the_tree(
    app: App,
    secret: Callable[[str], None],
    three: Published,
    sync: Sync,
    press: Press,
    tree: Tree,
    now: datetime,
    why: str,
) -> None:
    secret(why)
    sync(now + HOUR)
    press(now + HOUR)
    assert leaks(tree()) == []
    press(now + 2 * HOUR, anew=True)
    assert leaks(tree()) == []
    assert publish.check(app.store, app.press, now) == []


def test_what_is_withdrawn_into_a_draft_leaves_nothing_behind_not_even_its_new_tags(
    secret: Callable[[str], None],
    write: Write,
    sync: Sync,
    press: Press,
    tree: Tree,
    now: datetime,
) -> None:
    write("secret", "title: Public at first\ntags: x\nslug: plain")
    write("other")
    sync(now)
    press(now)
    assert "item/plain/index.html" in tree()
    secret("draft: true\nslug: plain")
    sync(now + HOUR)
    assert press(now + HOUR).removed == ["item/plain/index.html"]
    assert leaks(tree()) == []
    assert [path for path, content in tree().items() if b"Public at first" in content] == []


def test_an_embargoed_item_is_absent_until_it_is_due_and_then_appears_by_itself(
    secret: Callable[[str], None], three: Published, sync: Sync, press: Press, tree: Tree, now: datetime
) -> None:
    secret("embargo: 2026-11-20 15:00")
    sync(now + HOUR)
    almost = now + 3 * HOUR - timedelta(seconds=1)
    press(almost)
    assert leaks(tree()) == []
    published = press(now + 3 * HOUR)
    assert published.released == 1
    assert all_of("tag/merger/") | {"item/the-secret-paper/index.html"} <= set(published.written)
    assert b"<published>2026-11-20T15:00:00" in tree()["tag/merger/atom.xml"]
    assert [path for path in tree() if path.startswith("media/")] != []


# ── A new look ───────────────────────────────────────────────────────────────────────────────────


def test_a_changed_template_renders_everything_anew(
    app: App, changed: Callable[..., App], three: Published, press: Press, tree: Tree, now: datetime
) -> None:
    own = app.settings.templates / "pages"
    own.mkdir(parents=True)
    (own / "item.html.jinja").write_text("<!doctype html><p>Own {{ item.title }}")
    mended = changed()
    published = press(now + HOUR, of=mended)
    assert set(published.written) == {page("a"), page("b"), page("c")}
    assert len(published.written) + published.unchanged == len(three.written) + len(LOOK)
    assert tree()[page("a")] == b"<!doctype html><p>Own Title of a"
    assert press(now + HOUR, of=changed()) == Published()


@pytest.mark.parametrize(
    "other",
    [{"title": "Spans and piers"}, {"public_url": "https://other.example/"}, {"author": "Bo"}],
    ids=lambda other: next(iter(other)),
)
def test_changed_settings_render_everything_anew(
    app: App,
    changed: Callable[..., App],
    three: Published,
    press: Press,
    tree: Tree,
    now: datetime,
    other: dict[str, str],
) -> None:
    before = tree()
    published = press(now + HOUR, of=changed(site=replace(app.settings.site, **other)))
    assert len(published.written) + published.unchanged == len(three.written) + len(LOOK)
    after = tree()
    others = {path for path, content in after.items() if content != before[path]}
    assert others == set(published.written) - set(LOOK)
    assert "atom.xml" in published.written


def test_changed_styles_are_written_and_nothing_else(
    app: App, changed: Callable[..., App], three: Published, press: Press, now: datetime
) -> None:
    own = app.settings.templates / "assets"
    own.mkdir(parents=True)
    (own / "feeder.css").write_text("body { color: teal }")
    assert press(now + HOUR, of=changed()).written == ["assets/feeder.css"]
    assert (app.settings.publish.folder / "assets" / "feeder.css").read_text() == "body { color: teal }"


# ── Damage ───────────────────────────────────────────────────────────────────────────────────────


def test_everything_anew_repairs_a_damaged_tree(
    app: App, three: Published, press: Press, tree: Tree, now: datetime
) -> None:
    root, before = app.settings.publish.folder, tree()
    style = root / "assets" / "feeder.css"
    sound = style.read_bytes()
    (root / "atom.xml").write_bytes(b"half a fi")
    (root / "tag/x/index.html").unlink()
    (root / page("a")).write_bytes(b"x" * len(before[page("a")]))
    style.unlink()
    assert press(now + HOUR) == Published()  # nothing changed in the store
    damaged = ["assets/feeder.css", "atom.xml", page("a"), "tag/x/index.html"]
    assert publish.check(app.store, app.press, now) == damaged
    anew = press(now + HOUR, anew=True)
    assert sorted(anew.written) == damaged
    assert (tree(), style.read_bytes()) == (before, sound)


def test_a_check_writes_nothing(
    app: App, three: Published, write: Write, sync: Sync, tree: Tree, now: datetime
) -> None:
    root, database = app.settings.publish.folder, app.settings.folder / "feeder.db"
    (root / "atom.xml").unlink()
    write("a", "tags: x, both", "Another body.")
    sync(now + HOUR)
    before = (tree(), stamps(root), database.read_bytes())
    differing = publish.check(app.store, app.press, now)
    assert (tree(), stamps(root), database.read_bytes()) == before
    assert {"atom.xml", "tag/x/atom.xml", "tag/both/atom.xml", page("a")} <= set(differing)
    assert not nothing_is_dirty(app)


def test_a_check_before_the_first_publish_names_everything(
    app: App, write: Write, sync: Sync, tree: Tree, now: datetime
) -> None:
    write("a", "tags: x")
    sync(now)
    release(app.store, now)
    differing = {path for path in publish.check(app.store, app.press, now) if not path.startswith("assets/")}
    assert differing - set(LOOK) == all_of(*SHARED, "tag/x/") | {page("a")}
    assert tree() == {}


def test_a_check_names_a_page_whose_item_is_gone(
    app: App, three: Published, write: Write, sync: Sync, now: datetime
) -> None:
    write("a").unlink()
    sync(now + HOUR)
    assert page("a") in publish.check(app.store, app.press, now)


@pytest.mark.parametrize("in_the_way", ["tag", "item", "tag/y"])
def test_a_put_that_fails_is_made_good_by_the_next_publish(
    app: App, write: Write, sync: Sync, press: Press, tree: Tree, now: datetime, in_the_way: str
) -> None:
    obstacle = app.settings.publish.folder / in_the_way
    obstacle.parent.mkdir(parents=True, exist_ok=True)
    obstacle.write_bytes(b"a file where a folder should be")
    for name, tag in (("a", "x"), ("b", "y")):
        write(name, f"tags: {tag}")
    sync(now)
    for _ in range(2):
        with pytest.raises(PublishError, match="a file stands where a folder belongs: move it away"):
            press(now)
        assert not nothing_is_dirty(app)
    obstacle.unlink()
    press(now)
    assert nothing_is_dirty(app)
    assert set(tree()) == all_of(*SHARED, "tag/x/", "tag/y/") | {page("a"), page("b")}
    assert publish.check(app.store, app.press, now) == []


def test_a_run_that_is_killed_while_rendering_is_made_good_by_the_next(
    app: App, write: Write, sync: Sync, tree: Tree, press: Press, now: datetime
) -> None:
    for n in range(70):
        write(f"{n}", f"tags: t{n % 5}")
    sync(now)

    class Killed(BaseException):
        pass

    for after in (3, 60):

        def until_killed(sheets: Iterable[Any], _total: int, after: int = after) -> Iterable[Any]:
            for n, sheet in enumerate(sheets):
                if n == after:
                    raise Killed
                yield sheet

        with pytest.raises(Killed):
            publish.publish(app.store, app.press, now, progress=until_killed)
        assert not nothing_is_dirty(app)
    press(now + HOUR)
    assert nothing_is_dirty(app)
    assert publish.check(app.store, app.press, now) == []
    archives = [path for path in tree() if "/archive/" in f"/{path}"]
    assert len(archives) == len(SHARED)
    assert len(tree()) == 70 + 4 * (5 + len(SHARED)) + 2 * len(archives)


def test_a_change_that_comes_in_the_middle_is_published_by_the_next(
    app: App, three: Published, write: Write, sync: Sync, press: Press, tree: Tree, now: datetime
) -> None:
    write("a", "tags: x, both", "The second body.")
    sync(now + HOUR)

    def meanwhile(sheets: Iterable[Any], _total: int) -> Iterable[Any]:
        rendered = list(sheets)
        write("a", "tags: x, both", "The third body, and longer.")
        sync(now + 2 * HOUR)
        return rendered

    publish.publish(app.store, app.press, now + HOUR, progress=meanwhile)
    assert b"The second body" in tree()["tag/x/atom.xml"]
    assert not nothing_is_dirty(app)
    press(now + 2 * HOUR)
    assert b"The third body" in tree()["tag/x/atom.xml"]
    assert publish.check(app.store, app.press, now) == []


def test_changes_of_items_whose_turn_has_not_come_yet_wait_for_the_next(
    app: App, write: Write, sync: Sync, press: Press, tree: Tree, now: datetime
) -> None:
    for n in range(BATCH + 2):
        write(f"{n:04}", "tags: x")
    sync(now)
    another_tag, gone = f"{BATCH:04}", f"{BATCH + 1:04}"

    def meanwhile(sheets: Iterable[Any], _total: int) -> Iterable[Any]:
        for n, sheet in enumerate(sheets):
            if n == 20:
                write(another_tag, "tags: y", "The body of its new tag.")
                write(gone, "tags: z").unlink()
                sync(now + HOUR, confirmed=True)
            yield sheet

    publish.publish(app.store, app.press, now, progress=meanwhile)
    assert not nothing_is_dirty(app)
    press(now + 2 * HOUR)
    assert nothing_is_dirty(app)
    assert publish.check(app.store, app.press, now + 2 * HOUR) == []
    assert {page(another_tag), "tag/y/atom.xml"} <= tree().keys()
    assert not {page(gone), "tag/z/atom.xml"} & tree().keys()


def test_a_picture_that_is_not_there_any_more_is_named_and_stops_nothing(
    app: App, write: Write, sync: Sync, press: Press, tree: Tree, now: datetime
) -> None:
    picture = app.settings.folder / "content" / "a.png"
    picture.write_bytes(PNG)
    write("a", "image: a.png\ntags: x")
    sync(now)
    picture.unlink()
    published = press(now)
    assert [refusal.thing for refusal in published.refused] == [f"picture {picture} of item title-of-a"]
    assert {page("a"), "tag/x/atom.xml"} <= set(tree())


def test_pictures_are_published_with_their_items(
    app: App, write: Write, sync: Sync, press: Press, tree: Tree, now: datetime
) -> None:
    (app.settings.folder / "content" / "a.png").write_bytes(PNG)
    write("a", "image: a.png")
    sync(now)
    press(now)
    (src,) = [picture.src for picture in item(app, "a").pictures]
    assert tree()[src] == PNG


@pytest.mark.parametrize("edit", ["image: a.png\ndraft: true", "image: b.png", ""])
def test_a_picture_goes_with_the_last_item_that_shows_it(
    app: App, write: Write, sync: Sync, press: Press, tree: Tree, now: datetime, edit: str
) -> None:
    content = app.settings.folder / "content"
    (content / "a.png").write_bytes(PNG)
    (content / "b.png").write_bytes(PNG + b"b")
    write("one", "image: a.png")
    write("two", "image: a.png")
    sync(now)
    press(now)
    (src,) = [picture.src for picture in item(app, "one").pictures]

    write("one", edit)
    sync(now + HOUR)
    press(now + HOUR)
    assert src in tree(), "the other item shows it still"

    write("two", edit)
    sync(now + 2 * HOUR)
    assert src in press(now + 2 * HOUR).removed
    assert src not in tree()


def test_everything_anew_takes_off_what_nothing_makes_any_more(
    app: App, write: Write, sync: Sync, press: Press, tree: Tree, now: datetime
) -> None:
    (app.settings.folder / "content" / "a.png").write_bytes(PNG)
    write("a", "image: a.png\ntags: x")
    file = write("b", "tags: x")
    sync(now)
    press(now)
    stale = (app.settings.publish.folder / page("b")).read_bytes()
    file.unlink()
    sync(now + HOUR)
    (app.settings.folder / "content" / "a.png").unlink()
    press(now + HOUR)
    kept = tree()
    with app.store.transaction() as tx:  # as if the tree were older than the store
        tx.documents.remember([Written(page("b"), "hash", len(stale), now)])
    (app.settings.publish.folder / page("b")).parent.mkdir()
    (app.settings.publish.folder / page("b")).write_bytes(stale)

    published = press(now + 2 * HOUR, anew=True)

    assert published.removed == [page("b")]
    assert tree() == kept, "and a picture that cannot be read just now stays"


def test_the_tree_holds_no_half_files(app: App, three: Published) -> None:
    hidden = [file.name for file in app.settings.publish.folder.rglob(".*")]
    assert hidden == [fence.NAME]


def test_the_number_of_entries_is_a_setting(
    app: App, changed: Callable[..., App], write: Write, sync: Sync, press: Press, tree: Tree, now: datetime
) -> None:
    for name in "abc":
        write(name)
    sync(now)
    press(now, of=changed(publish=settings.Publish(app.settings.publish.folder, entries=2)))
    assert tree()["atom.xml"].count(b"</entry>") == 2


def test_a_tree_that_is_gone_or_is_to_be_elsewhere_is_made_anew(
    app: App, changed: Callable[..., App], three: Published, press: Press, tree: Tree, now: datetime
) -> None:
    before = tree()
    shutil.rmtree(app.settings.publish.folder)
    press(now + HOUR)
    assert tree() == before
    elsewhere = app.settings.folder / "elsewhere"
    press(now + 2 * HOUR, of=changed(publish=replace(app.settings.publish, folder=elsewhere)))
    found = {path for path in stamps(elsewhere) if not path.endswith(".gz")}
    assert found - set(LOOK) == set(before)


def test_an_item_that_is_hidden_while_there_are_no_pages_has_none(
    app: App,
    write: Callable[..., Path],
    sync: Callable[..., Any],
    press: Callable[..., Published],
    changed: Callable[..., App],
    tree: Callable[[], dict[str, bytes]],
    now: datetime,
) -> None:
    write("a", "tags: x")
    write("b", "tags: x")
    sync(now)
    press(now)
    without = changed(publish=replace(app.settings.publish, pages=False))
    press(now, of=without)
    with app.store.transaction() as tx:
        tx.items.lock()
        tx.curation.hide(tx.items.get("a").id)
    press(now, of=without)
    assert "item/title-of-a/index.html" not in tree()
    press(now)
    assert [path for path in tree() if path.startswith("item/")] == ["item/title-of-b/index.html"]


def test_pages_go_when_the_site_wants_none(
    app: App,
    write: Callable[..., Path],
    sync: Callable[..., Any],
    press: Callable[..., Published],
    changed: Callable[..., App],
    tree: Callable[[], dict[str, bytes]],
    now: datetime,
) -> None:
    write("a", "tags: x")
    sync(now)
    press(now)
    before = tree()
    without = changed(publish=replace(app.settings.publish, pages=False))
    done = press(now, of=without)
    pages = {path for path in before if path.endswith(".html")}
    assert set(done.removed) == pages
    assert set(tree()) == set(before) - pages
    assert publish.check(without.store, without.press, now) == []
    press(now)
    assert tree() == before


def test_a_site_without_pages_needs_looks_only_where_people_sign_up(
    app: App,
    press: Callable[..., Published],
    changed: Callable[..., App],
    now: datetime,
) -> None:
    feeds_only = replace(app.settings.publish, pages=False)
    assert "assets/feeder.css" in press(now, of=changed(publish=feeds_only)).written
    closed = changed(publish=feeds_only, signup=replace(app.settings.signup, open=False))
    assert {"assets/feeder.css", "assets/puzzle.js"} <= set(press(now, of=closed).removed)


def test_a_run_that_is_killed_before_it_takes_off_pages_is_made_good_by_the_next(
    app: App,
    write: Write,
    sync: Sync,
    press: Press,
    changed: Callable[..., App],
    tree: Tree,
    now: datetime,
) -> None:
    write("a", "tags: x")
    sync(now)
    press(now)
    before = tree()
    without = changed(publish=replace(app.settings.publish, pages=False))
    index = app.settings.publish.folder / "index.html"
    page = index.read_bytes()
    index.unlink()
    index.mkdir()
    (index / "kept").write_bytes(b"of somebody else")
    with pytest.raises(PublishError):
        press(now + HOUR, of=without)
    (index / "kept").unlink()
    index.rmdir()
    index.write_bytes(page)
    press(now + 2 * HOUR, of=without)
    assert set(tree()) == {path for path in before if path not in LOOK and not path.endswith(".html")}


def test_copies_that_nobody_wants_any_more_are_taken_off_with_what_they_copy(
    app: App, write: Write, sync: Sync, press: Press, changed: Callable[..., App], now: datetime
) -> None:
    with_brotli = changed(publish=replace(app.settings.publish, brotli=True))
    write("a", "tags: x")
    sync(now)
    press(now, of=with_brotli)
    copy = app.settings.publish.folder / "atom.xml.br"
    assert copy.is_file()
    write("a", "tags: x", "Another body.")
    sync(now + HOUR)
    press(now + HOUR)
    assert not copy.exists()


def test_a_picture_goes_where_only_a_link_may_be_published(
    app: App,
    write: Write,
    sync: Sync,
    press: Press,
    changed: Callable[..., App],
    tree: Tree,
    now: datetime,
) -> None:
    (app.settings.folder / "content" / "a.png").write_bytes(PNG)
    site = changed(outlets={"closed": KnownOutlet("Closed", policy=Policy.LINK)})
    write("a", "outlet: Open\nimage: a.png")
    sync(now)
    press(now, of=site)
    assert [path for path in tree() if path.startswith("media/")]
    write("a", "outlet: Closed\nimage: a.png")
    sync(now + HOUR)
    press(now + HOUR, of=site)
    assert not [path for path in tree() if path.startswith("media/")]


def test_what_was_written_is_told_even_if_something_else_could_not_be(
    app: App, write: Write, sync: Sync, press: Press, changed: Callable[..., App], now: datetime
) -> None:
    told = app.settings.folder / "changed.txt"
    site = changed(publish=replace(app.settings.publish, changed=told))
    for name in "ab":
        write(name, "tags: x")
    sync(now)
    press(now, of=site)
    told.unlink()
    for name in "ab":
        write(name, "tags: x", "Another body.")
    sync(now + HOUR)
    in_the_way = app.settings.publish.folder / page("a")
    in_the_way.unlink()
    in_the_way.mkdir()
    (in_the_way / "kept").write_bytes(b"of somebody else")
    with pytest.raises(PublishError, match="a folder stands where a document belongs: move it away"):
        press(now + HOUR, of=site)
    assert b"Another" in (app.settings.publish.folder / page("b")).read_bytes()
    assert "https://spans.example/item/title-of-b/" in told.read_text(encoding="utf-8")


def test_a_feed_of_many_tombstones_keeps_to_its_size(
    app: App, write: Write, sync: Sync, press: Press, tree: Tree, now: datetime
) -> None:
    write("stays", "", "word " * 1000)
    sync(now)
    press(now)
    with app.store.transaction() as tx:
        for _ in range(1100):
            tx.listings.bury([tx.feeds.everything().id], Tombstone(f"urn:uuid:{uuid4()}", now))
    write("stays", "", "words " * 1000)
    sync(now + HOUR)
    press(now + HOUR)
    feed = tree()["atom.xml"]
    assert len(feed) <= 500_000
    assert len(atom_rules.deleted(feed)) == 1000
    assert len(atom_rules.entry_ids(feed)) == 1


def test_a_text_that_may_only_be_linked_is_not_shown_where_a_feed_is_too_large(
    app: App,
    write: Write,
    sync: Sync,
    press: Press,
    changed: Callable[..., App],
    tree: Tree,
    now: datetime,
) -> None:
    links = settings.Declared("links", title="Links", all=("tag:x",), any=(), none=(), content=Policy.LINK)
    site = changed(feeds={"links": links})
    for n in range(50):
        write(f"{n}", "tags: x\nsummary: Secret summary.\nnote: " + "n " * 4000, "Secret body.")
    sync(now)
    press(now, of=site)
    feed = tree()["feed/links/atom.xml"]
    assert len(atom_rules.entry_ids(feed)) == 50
    assert b"Secret" not in feed
