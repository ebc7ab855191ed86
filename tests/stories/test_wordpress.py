"""A blog made with WordPress, the real one: what changes there is found by the real command, and nothing else."""

import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import FEEDER, PATIENCE_SECONDS, Site, new_site, plain_environment
from tests.data.wordpress.record import CHANGED, GONE, live_a_day, write_blog
from tests.wordpress_rig import RealWordPress, real_wordpress

pytestmark = pytest.mark.wordpress

SEED = 20261125
PUBLIC = 10
MANY = 700
"""So many posts that the store takes them in more than one transaction."""
# Everybody but those who are logged in is shut out, as some plugins do.
CLOSED = """<?php
add_filter('rest_authentication_errors', fn($result) => $result ?: (is_user_logged_in() ? $result
    : new WP_Error('rest_not_logged_in', 'You are not currently logged in.', ['status' => 401])));
"""


@pytest.fixture(scope="module")
def wordpress() -> Iterator[RealWordPress]:
    with real_wordpress() as real:
        yield real


@pytest.fixture(autouse=True)
def _an_empty_blog(wordpress: RealWordPress) -> None:
    wordpress.clear()


def site_of(folder: Path, wordpress: RealWordPress, *lines: str) -> Site:
    """Make a site whose only source is a blog, and whose present is now."""
    site = new_site(folder / "site")
    source = ["[sources.blog]", 'type = "wordpress"', f'url = "{wordpress.address}"', "allow_private = true", *lines]
    site.configure("\n".join(source))
    to_now(site)
    return site


def to_now(site: Site) -> None:
    site.now = (datetime.now(UTC) + timedelta(seconds=5)).strftime("%Y-%m-%dT%H:%M:%SZ")


def synced(site: Site) -> dict[str, Any]:
    """Read the blog, and return what came of it."""
    (source,) = [each for each in site.done("sync", "--json").json if each["source"] == "blog"]
    return dict(source)
