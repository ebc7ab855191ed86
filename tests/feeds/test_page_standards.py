"""Every page of a published site, held against the rules: its HTML, its links, and what it tells programs."""

import json
from pathlib import Path
from urllib.parse import unquote, urljoin

import pytest

from tests.conftest import Site, contents, feeder, piece
from tests.feeds.kits import atom_rules
from tests.feeds.kits.html_rules import Element, Page, faults, place, things, words

PUBLIC = "https://mara.example/blog/"
LANDINGS = ["", "tag/ports/", "tag/能源/", "outlet/hanse-kurier/", "author/mara-lindqvist/", "kind/pieces/"]
LANDINGS += ["kind/appearances/", "language/de/", "feed/grids/"]
DECLARED = '[feeds.grids]\ntitle = "Grids, in English"\nall = ["tag:energy grids", "language:en"]\n'


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The sample site with archives, a subject that went, a correction, and a text from right to left."""
    folder = tmp_path_factory.mktemp("standards")
    settings = {
        "FEEDER_PUBLISH__ENTRIES": "4",
        "FEEDER_SITE__PUBLIC_URL": PUBLIC,
        "FEEDER_SITE__CONTACT": "mara@lindqvist.example",
    }
    made = feeder("demo", "--into", "site", folder=folder, environment=settings)
    assert made.code == 0, str(made)
    site = Site(folder / "site", settings=settings, now="2026-11-28T08:00:00Z")
    site.configure(DECLARED)
    lines = ["outlet: مجلة الموانئ", "url: https://mawani.example/safina", "language: ar", "note: مقال جديد"]
    body = "# عنوان أول\n\nنص.\n\n#### عنوان ثان\n\nنص.\n\n![](kran.png)\n\n| أ | ب |\n|---|---|\n| ج | د |"
    site.write("safina.md", piece("لماذا تنتظر السفن", *lines, "tags: [ports, موانئ, going]", body=body))
    site.done("once")
    site.write("safina.md", piece("لماذا تنتظر السفن", *lines, "tags: [ports, موانئ]", body=body))
    site.done("item", "correct", "der-kran-ist-nicht-das-problem", "--text", "Es sind drei Kräne.")
    site.done(
        "item", "edit", "radio-nordlicht-on-cable-repairs", "--piece", "the-ship-that-cannot-be-in-two-places"
    )
    site.done("once")
    site.now = "2026-11-30T09:00:00Z"  # an issue of the weekly digest is due
    site.done("once")
    return site


@pytest.fixture(scope="module")
def tree(site: Site) -> dict[str, bytes]:
    return contents(site.public)


@pytest.fixture(scope="module")
def pages(tree: dict[str, bytes]) -> dict[str, Page]:
    return {path: Page(content) for path, content in tree.items() if path.endswith(".html")}


def test_there_are_pages_of_every_kind(pages: dict[str, Page]) -> None:
    folders = {path.removesuffix("index.html") for path in pages}

    older = ["page/1/", "page/2/", "kind/appearances/page/1/", "author/mara-lindqvist/page/3/"]
    items = ["item/der-kran-ist-nicht-das-problem/", "item/le-quai-sur-un-ete-de-basses-eaux/"]
    assert {*LANDINGS, *older, *items, "tag/going/", "issue/", "issue/weekly/2026-W49/"} <= folders


def test_every_page_is_as_it_should_be(pages: dict[str, Page]) -> None:
    assert {path: faults(page) for path, page in pages.items() if faults(page)} == {}


SERVED = {"subscribe"}
"""What is no part of the tree, and answered by the program."""


def test_every_link_within_the_site_leads_somewhere(tree: dict[str, bytes], pages: dict[str, Page]) -> None:
    lost = []
    for path, page in pages.items():
        for link in page.links:
            led = place(path, link, PUBLIC)
            if led is None:
                continue
            document, part = led
            parts = ids_of(pages[document]) if part and document in pages else {""}
            if document.partition("?")[0] not in {*tree, *SERVED} or part not in parts:
                lost.append((path, link))
    assert lost == []


def ids_of(page: Page) -> set[str]:
    return {element.get("id", "") for element in page.root.iter()}


def test_every_page_can_be_reached_from_the_home_page(pages: dict[str, Page]) -> None:
    waiting, known = ["index.html"], {"index.html"}
    while waiting:
        path = waiting.pop()
        led = [place(path, link, PUBLIC) for link in pages[path].links]
        fresh = {found[0] for found in led if found and found[0] in pages} - known
        known |= fresh
        waiting += sorted(fresh)

    assert pages.keys() - known == {"tag/going/index.html"}


def test_every_page_names_the_feed_of_everything(pages: dict[str, Page]) -> None:
    for path, page in pages.items():
        assert page.rel("alternate")[-1]["type"] == "application/atom+xml"
        assert place(path, page.feeds[-1], PUBLIC) == ("atom.xml", ""), path
        assert all(link["title"] for link in page.rel("alternate")), path


@pytest.mark.parametrize(
    "folder", [*LANDINGS[1:], "kind/appearances/page/1/", "author/mara-lindqvist/page/2/"]
)
def test_the_pages_of_a_feed_name_it_in_all_formats_first(pages: dict[str, Page], folder: str) -> None:
    page = pages[f"{folder}index.html"]
    own = folder.partition("page/")[0]

    told = [(link["type"], place(folder, link["href"], PUBLIC)) for link in page.rel("alternate")[:3]]
    assert told == [
        ("application/atom+xml", (f"{own}atom.xml", "")),
        ("application/rss+xml", (f"{own}rss.xml", "")),
        ("application/feed+json", (f"{own}feed.json", "")),
    ]


@pytest.mark.parametrize("folder", LANDINGS)
def test_a_landing_page_says_what_it_is_and_how_to_follow(pages: dict[str, Page], folder: str) -> None:
    page = pages[f"{folder}index.html"]
    (box,) = page.with_class("follow")

    assert unquote(page.with_id("address").get("value", "")) == f"{PUBLIC}{folder}atom.xml"
    assert words(page.one("h1"))
    assert page.with_class("entry") or page.with_class("row")
    hosts = {
        urljoin("https:", link.get("href", "")).split("/")[2]
        for link in box.iter("a")
        if "://" in link.get("href", "")
    }
    assert {"feedly.com", "www.inoreader.com", "www.newsblur.com", "theoldreader.com"} <= hosts
    offered = [place(folder, link.get("href", ""), PUBLIC) for link in box.iter("a")]
    for file in ("atom.xml", "rss.xml", "feed.json"):
        assert (f"{folder}{file}", "") in offered
    assert any(
        unquote(link.get("href", "")).partition("?")[0].endswith("subscribe") for link in box.iter("a")
    )
    assert "What is a feed?" in words(box)


@pytest.mark.parametrize("folder", LANDINGS)
def test_paging_back_shows_every_item_once(
    tree: dict[str, bytes], pages: dict[str, Page], folder: str
) -> None:
    path, seen = f"{folder}index.html", []
    while path:
        page = pages[path]
        shown = [*page.with_class("entry"), *page.with_class("row")]
        seen += [own_page(path, each) for each in shown]
        back = page.rel("prev", "a")
        led = place(path, back[0]["href"], PUBLIC) if back else None
        path = led[0] if led else ""

    assert all(seen)
    assert len(seen) == len(set(seen)) == items_in(tree, folder)


def own_page(path: str, shown: Element) -> str:
    """Return the page of an item in a list: its title leads there, or a link that says so."""
    links = {words(link): link.get("href", "") for link in shown.iter("a")}
    title = next(
        link for heading in shown.iter("h3" if shown.tag == "article" else "p") for link in heading.iter("a")
    )
    led = place(path, links.get("On this site", title.get("href", "")), PUBLIC)
    return led[0] if led else ""


def items_in(tree: dict[str, bytes], folder: str) -> int:
    """Return how many items a feed has, by its own account: its live document and all its archives."""
    ids = {item["id"] for item in json.loads(tree[f"{folder}feed.json"])["items"]}
    for path, content in tree.items():
        if path.startswith(f"{folder}archive/") and path.endswith(".xml"):
            ids |= set(atom_rules.entry_ids(content))
    return len(ids)


def test_appearances_stand_by_year(pages: dict[str, Page]) -> None:
    for path in ("kind/appearances/index.html", "kind/appearances/page/1/index.html"):
        years = pages[path].with_class("year")
        assert years
        for year in years:
            number = words(next(year.iter("h3")))
            dates = [time.get("datetime", "") for time in year.iter("time")]
            assert dates == sorted(dates, reverse=True)
            assert {date[:4] for date in dates} == {number}


def test_every_item_tells_machines_who_made_it_and_when(pages: dict[str, Page]) -> None:
    items = {path: things(page) for path, page in pages.items() if path.startswith("item/")}

    assert len(items) == 13
    for path, told in items.items():
        work = told[0]
        assert work["@type"][0] in {"Article", "CreativeWork"}, path
        assert work["headline"] == [words(pages[path].one("h1"))], path
        assert len(work["datePublished"]) == 1, path
        assert work["url"] == [pages[path].rel("canonical")[0]["href"]], path
        people = [thing["name"] for thing in told if thing["@type"] == ["Person"]]
        assert people == [["Mara Lindqvist"]], path


def test_a_subject_that_is_gone_says_so_and_is_kept_from_robots(pages: dict[str, Page]) -> None:
    page = pages["tag/going/index.html"]

    assert {"name": "robots", "content": "noindex"} in page.attributes("meta")
    assert "nothing under this heading any more" in words(page.one("main"))


def test_a_new_piece_leaves_older_pages_alone(site: Site, tree: dict[str, bytes]) -> None:
    older = {path for path in tree if "page/" in path and path.endswith("index.html")}
    newest = {
        path
        for path in older
        if f"{path.rpartition('page/')[0]}page/{1 + number_of(path)}/index.html" not in older
    }

    site.write("fresh.md", piece("Fresh", "tags: [ports]", "language: en", "authors: [Mara Lindqvist]"))
    site.done("once")

    after = contents(site.public)
    assert after["tag/ports/index.html"] != tree["tag/ports/index.html"]
    changed = {path for path in older if after[path] != tree[path]}
    assert changed <= newest


def number_of(path: str) -> int:
    return int(Path(path).parent.name)
