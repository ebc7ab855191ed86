"""What programs that read feeds in JavaScript make of ours: rss-parser and feedsmith, under node."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import Site, need, new_site, piece

PACKAGES = Path(__file__).parent.parent / "data" / "node"
"""Which packages, in which versions: package.json and package-lock.json."""

HUB = "https://hub.example/"
FOLDERS = ("", "tag/boats/", "tag/hafen/")
ITEMS = {
    "ferry": piece("The ferry & the <b>weir</b>", "tags: [boats, Häfen]", "date: 2026-11-01 10:30"),
    "dam": piece(
        "最短的一篇", "tags: [boats]", "date: 2026-11-03", "url: https://outlet.example/dam?a=1&b=2"
    ),
    "talk": piece("A talk", "kind: appearance", "outlet: Radio", "tags: [boats]", "date: 2026-11-04"),
}


class Read(NamedTuple):
    """What a program reads of an item."""

    id: str
    title: str
    link: str
    published: str


@pytest.fixture(scope="module")
def modules() -> Path:
    """The packages, installed once beside the tests' own."""
    need(shutil.which("node"), "node (Debian's nodejs)")
    npm = shutil.which("npm")
    need(npm, "npm")
    folder = Path(sys.prefix) / "node-readers"
    wanted = {name: (PACKAGES / name).read_bytes() for name in ("package.json", "package-lock.json")}
    installed = {name: (folder / name).read_bytes() for name in wanted if (folder / name).exists()}
    if installed != wanted or not (folder / "node_modules" / ".package-lock.json").exists():
        folder.mkdir(exist_ok=True)
        for name, content in wanted.items():
            (folder / name).write_bytes(content)
        done = subprocess.run(
            [str(npm), "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"],
            cwd=folder, capture_output=True, timeout=120, check=False,
        )  # fmt: skip
        if done.returncode:
            (folder / "package.json").unlink()
        need(not done.returncode, "rss-parser or feedsmith, which npm cannot install")
    return folder / "node_modules"


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Site:
    made = new_site(tmp_path_factory.mktemp("harbour") / "site")
    made.settings["FEEDER_SITE__PUBLIC_URL"] = "https://ada.example/blog/"
    made.settings["FEEDER_PUBLISH__HUBS"] = json.dumps([HUB])
    for name, text in ITEMS.items():
        made.write(f"{name}.md", text)
    assert "hub.example" in made.feeder("once").err  # the hub is nowhere, which keeps nothing back
    (made.folder / "content" / "talk.md").unlink()
    made.done("once")
    return made


def read(script: str, modules: Path, site: Site, files: list[str]) -> dict[str, list[Read]]:
    """Let a script read some files, and return the items that it finds in each."""
    # Packages are sought from where the script is.
    (modules.parent / "read.mjs").write_text(script)
    done = subprocess.run(
        ["node", "read.mjs", *(str(site.public / file) for file in files)],
        cwd=modules.parent,
        env={"PATH": os.environ["PATH"], "TZ": "Asia/Tokyo"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return {
        file: [Read(*item) for item in items]
        for file, items in zip(files, json.loads(done.stdout), strict=True)
    }


def expected(site: Site, folder: str) -> list[Read]:
    """Return what is to be read in a feed, newest first, from what the site itself says of its items."""
    items = [item for item in site.done("item", "list", "--json").json if item["number"] is not None]
    tag = {"": None, "tag/boats/": "boats", "tag/hafen/": "Häfen"}[folder]
    return [
        Read(
            item["uid"],
            item["title"],
            item["url"] or f"https://ada.example/blog/item/{item['slug']}/",
            item["posted"].replace("Z", ".000Z"),
        )
        for item in sorted(items, key=lambda item: str(item["posted"]), reverse=True)
        if tag is None or tag in item["tags"]
    ]


RSS_PARSER = """
import { readFileSync } from 'node:fs'
import Parser from 'rss-parser'
const found = []
for (const file of process.argv.slice(2)) {
  const feed = await new Parser().parseString(readFileSync(file, 'utf8'))
  found.push(feed.items.map(item => [item.id ?? item.guid, item.title, item.link, item.isoDate]))
}
console.log(JSON.stringify(found))
"""

FEEDSMITH = """
import { readFileSync } from 'node:fs'
import { parseFeed } from 'feedsmith'
const iso = date => new Date(date).toISOString()
const read = {
  atom: feed => feed.entries.map(entry => [
    entry.id, entry.title.value, entry.links.find(link => link.rel === 'alternate').href, iso(entry.published)]),
  rss: feed => feed.items.map(item => [item.guid.value, item.title, item.link, iso(item.pubDate)]),
  json: feed => feed.items.map(item => [
    item.id, item.title, item.external_url ?? item.url, iso(item.date_published)]),
}
console.log(JSON.stringify(process.argv.slice(2).map(file => {
  const { format, feed } = parseFeed(readFileSync(file, 'utf8'))
  return read[format](feed)
})))
"""


def test_rss_parser_reads_the_same_in_atom_and_rss(modules: Path, harbour: Site) -> None:
    files = [folder + file for folder in FOLDERS for file in ("atom.xml", "rss.xml")]

    found = read(RSS_PARSER, modules, harbour, files)

    for file, items in found.items():
        assert items == expected(harbour, file.removesuffix(file.split("/")[-1]))


def test_feedsmith_reads_the_same_in_all_formats(modules: Path, harbour: Site) -> None:
    files = [folder + file for folder in FOLDERS for file in ("atom.xml", "rss.xml", "feed.json")]

    found = read(FEEDSMITH, modules, harbour, files)

    for file, items in found.items():
        assert items == expected(harbour, file.removesuffix(file.split("/")[-1]))


ABOUT = """
import { readFileSync } from 'node:fs'
import { parseFeed, parseOpml } from 'feedsmith'
const [atom, rss, json, opml] = process.argv.slice(2).map(file => readFileSync(file, 'utf8'))
const entry = parseFeed(atom).feed.entries[0]
console.log(JSON.stringify({
  hubs: [
    parseFeed(atom).feed.links.filter(link => link.rel === 'hub').map(link => link.href),
    parseFeed(rss).feed.atom.links.filter(link => link.rel === 'hub').map(link => link.href),
    parseFeed(json).feed.hubs.map(hub => hub.url),
  ],
  categories: entry.categories.map(category => [category.term, category.label]),
  feeds: parseOpml(opml).body.outlines.flatMap(one => one.outlines ?? [one]).map(one => one.xmlUrl),
}))
"""


def test_feedsmith_reads_hubs_categories_and_the_list_of_feeds(modules: Path, harbour: Site) -> None:
    (modules.parent / "about.mjs").write_text(ABOUT)
    files = ["atom.xml", "rss.xml", "feed.json", "feeds.opml"]

    done = subprocess.run(
        ["node", "about.mjs", *(harbour.public / file for file in files)],
        cwd=modules.parent, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip

    told = json.loads(done.stdout)
    assert told["hubs"] == [[HUB]] * 3
    assert ["boats", "boats"] in told["categories"]
    assert "https://ada.example/blog/atom.xml" in told["feeds"]
    assert "https://ada.example/blog/tag/hafen/atom.xml" in told["feeds"]
    assert None not in told["feeds"]
