"""A blog made with WordPress, the real one: what changes there is found by the real command, and nothing else."""

import random
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Site, killed, new_site
from tests.data.wordpress.record import CHANGED, GONE, live_a_day, write_blog
from tests.wordpress_rig import RealWordPress, real_wordpress

pytestmark = pytest.mark.wordpress


SEED = 20261125
PUBLIC = 10
MANY = 600
"""So many posts that the store takes them in more than one transaction."""
# Everybody but those who are logged in is shut out, as some plugins do.
CLOSED = """<?php
add_filter('rest_authentication_errors', fn($result) => $result ?: (is_user_logged_in() ? $result
    : new WP_Error('rest_not_logged_in', 'You are not currently logged in.', ['status' => 401])));
"""


@pytest.fixture
def wordpress() -> Iterator[RealWordPress]:
    """A new blog, with nothing in it."""
    with real_wordpress() as real:
        yield real


def site_of(folder: Path, wordpress: RealWordPress, *lines: str) -> Site:
    """Make a site whose only source is a blog, and whose present is now."""
    folder.mkdir(exist_ok=True)
    site = new_site(folder / "site")
    source = [
        "[sources.blog]",
        'type = "wordpress"',
        f'url = "{wordpress.address}"',
        "allow_private = true",
        *lines,
    ]
    site.configure("\n".join(source))
    to_now(site)
    return site


def to_now(site: Site) -> None:
    site.now = (datetime.now(UTC) + timedelta(seconds=5)).strftime("%Y-%m-%dT%H:%M:%SZ")


def synced(site: Site) -> dict[str, Any]:
    """Read the blog, and return what came of it."""
    (source,) = site.done("sync", "blog", "--json").json
    return dict(source)


def items(site: Site) -> dict[str, dict[str, Any]]:
    """Return what the site shows of its items that are not gone, by title."""
    listed = site.done("item", "list", "--limit", "9999", "--json").json
    return {item["title"]: item for item in listed if item["gone"] is None}


HELD = (
    "SELECT * FROM items",
    (
        "SELECT i.key, p.position, t.name FROM item_tags p"
        " JOIN items i ON i.id = p.item_id JOIN tags t ON t.id = p.tag_id"
    ),
    (
        "SELECT i.key, p.position, a.name FROM item_authors p"
        " JOIN items i ON i.id = p.item_id JOIN authors a ON a.id = p.author_id"
    ),
    "SELECT i.key, p.path FROM item_pictures p JOIN items i ON i.id = p.item_id",
    "SELECT * FROM sources",
    "SELECT uid, selection, total, updated FROM feeds",
    (
        "SELECT DISTINCT f.uid, i.key, d.archive, d.path, d.changed FROM dirty d"
        " LEFT JOIN feeds f ON f.id = d.feed_id LEFT JOIN items i ON i.id = d.item_id"
    ),
)


def held(site: Site) -> list[list[str]]:
    """Return all that the store holds of the blog; the numbers of rows follow the order of arrival."""
    with closing(sqlite3.connect(site.folder / "feeder.db")) as store:
        store.row_factory = sqlite3.Row
        return [sorted(str({**dict(row), "id": None}) for row in store.execute(query)) for query in HELD]


def test_exactly_what_changed_on_a_busy_day_is_found(wordpress: RealWordPress, tmp_path: Path) -> None:
    posts = write_blog(wordpress)
    site = site_of(tmp_path, wordpress)
    assert synced(site)["tally"] == {"new": PUBLIC, "changed": 0, "same": 0, "gone": 0}
    assert not any(synced(site)["tally"].values())
    site.done("publish")
    before = items(site)

    live_a_day(wordpress, posts)
    to_now(site)
    day = synced(site)

    assert day["tally"] == {
        "new": 1,
        "changed": len(CHANGED) - 1,
        "same": PUBLIC - len(CHANGED) + 1 - len(GONE),
        "gone": len(GONE),
    }
    after = items(site)
    assert before.keys() - after.keys() == {"Soon in the bin", "Soon deleted", "Without an excerpt"}
    assert after.keys() - before.keys() == {"What comes tomorrow"}
    differing = {
        title for title in before.keys() & after.keys() if before[title]["tags"] != after[title]["tags"]
    }
    assert differing == {"Why old bridges hum", "“Quoted” & marked – a <tag> it’s", "Moving pictures"}
    site.done("publish")
    assert "What comes tomorrow" in site.page("tag/bridges/atom.xml")
    assert "Why old bridges hum" in site.page("tag/storms/atom.xml")
    assert "Watch this, and nothing else." in site.page("atom.xml")
    assert "Soon in the bin" not in site.page("atom.xml")
    assert not any(synced(site)["tally"].values())
    # Whoever comes only now finds the same.
    late = site_of(tmp_path / "late", wordpress)
    synced(late)
    assert told(late) == told(site)


def told(site: Site) -> dict[str, object]:
    """Return what does not depend on when an item was first seen."""
    return {title: (item["slug"], item["tags"], item["url"]) for title, item in items(site).items()}


def test_a_blog_behind_a_log_in_without_pretty_addresses(wordpress: RealWordPress, tmp_path: Path) -> None:
    write_blog(wordpress)
    wordpress.call("update_option", "permalink_structure", "")
    plugins = wordpress.folder / "site" / "wp-content" / "mu-plugins"
    plugins.mkdir()
    (plugins / "closed.php").write_text(CLOSED)
    site = site_of(tmp_path, wordpress)

    refused = site.feeder("sync", "blog")

    assert refused.code == 1
    assert (
        "source blog: refuses to answer (401, rest_not_logged_in: You are not currently logged in.)"
        in refused.err
    )
    assert "application password" in refused.err
    site.settings |= {
        "FEEDER_SOURCES__BLOG__USER": "ada",
        "FEEDER_SOURCES__BLOG__PASSWORD": wordpress.application_password(),
    }
    assert synced(site)["tally"]["new"] == PUBLIC
    assert not {"For me", "Half", "For friends", "What comes tomorrow"} & items(site).keys()


def test_a_reading_killed_at_any_moment_is_made_good_by_the_next(
    wordpress: RealWordPress, tmp_path: Path
) -> None:
    posts = write_blog(wordpress)
    site = site_of(tmp_path, wordpress)
    synced(site)
    live_a_day(wordpress, posts)
    wordpress.copy(posts["active"], MANY)
    to_now(site)
    prepared = shutil.copytree(site.folder, tmp_path / "prepared")
    begin = time.monotonic()
    assert synced(site)["tally"] == {"new": MANY + 1, "changed": 3, "same": 4, "gone": 3}
    length_seconds = time.monotonic() - begin
    undisturbed = held(site)
    chance = random.Random(SEED)

    for _ in range(3):
        first, second = chance.uniform(0.1, 0.95), chance.uniform(0.1, 0.95)
        put_back(site, prepared)
        while not killed(site, "sync", "blog", after_seconds=first * length_seconds):
            length_seconds *= 0.8  # it was over: the machine has become faster
            put_back(site, prepared)
        killed(site, "sync", "blog", after_seconds=second * length_seconds)
        site.done("sync", "blog")
        assert held(site) == undisturbed, f"killed at {first} and {second} (seed {SEED})"


def put_back(site: Site, prepared: Path) -> None:
    shutil.rmtree(site.folder)
    shutil.copytree(prepared, site.folder)
