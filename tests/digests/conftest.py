"""What the tests of issues share: a site, and items of all kinds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feeder import shipped
from feeder.digests import rendering
from feeder.digests.rendering import Issue, Links
from feeder.model.digests import Rendered
from feeder.model.items import Item, Kind, Outlet, Picture
from feeder.model.settings import WEEKLY, Site
from feeder.model.subscribers import Form
from feeder.templating import Templates
from tests.feeds import conftest as feeds

golden = feeds.golden

SITE = Site(
    "Ada & Bridges",
    "Ada Fjordman",
    "https://ada.example/",
    language="en",
    zone="Europe/Berlin",
    postal_address="Quay 1\nBergen",
)
POSTED = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
COURIER = Outlet(1, "Hanse & Kurier", "hanse-kurier", "urn:1")
LEAVE = "https://ada.example/unsubscribe/AQEAAQ?a&b"
CHOOSE = "https://ada.example/preferences/AQIAAQ?a&b"


def piece(number: int, **parts: Any) -> Item:
    """Make a piece, one hour older than the one with the number before."""
    when = POSTED - timedelta(hours=number)
    item = Item(
        number, f"urn:{number:04}", "s", "k", f"item-{number}", Kind.PIECE, f"Title {number}", when, when,
        body=f"<p>Body of {number}</p>", fingerprint=f"f{number}",
    )  # fmt: skip
    return replace(item, **parts)


def appearance(number: int, **parts: Any) -> Item:
    """Make an appearance of the same age."""
    return piece(number, **{"kind": Kind.APPEARANCE, "body": "", "role": "quoted", **parts})


def correction(number: int, **parts: Any) -> Item:
    """Make a piece that was corrected."""
    return piece(number, **{"corrected": POSTED, "correction": f"Mended {number}.", **parts})


def a_bit_of_everything(**parts: Any) -> Issue:
    """Make an issue that has all that an issue can have."""
    tide = piece(
        1, title="Why cranes <wait>", url="https://outlet.example/?a=1&b=2", outlet=COURIER, published=POSTED,
        language="en", note='<p>New: see <a href="https://x.example/">this</a>.</p>', standfirst="A “stand”.",
        picture=Picture("https://cdn.example/crane.jpg", "A crane", "At dawn", "J. Holm"),
        body="<h2>Within</h2><p>Text &amp; more.</p><ul><li>one</li></ul>",
    )  # fmt: skip
    items = [
        tide,
        piece(2, title="起重机为什么等待", language="zh-Hans", body="<p>正文。</p>"),
        piece(3, title="لماذا تنتظر الرافعات", language="ar", note="<p>مقال جديد.</p>"),
        appearance(4, title="Radio, on tides", piece=1, role="interviewed", medium="radio"),
        appearance(5, outlet=COURIER, language="en"),
        appearance(6, outlet=COURIER),
        appearance(7, title="A panel", role="panel", language="ar"),
    ]
    issue = Issue(
        WEEKLY,
        "2026-W45",
        Form.FULL,
        items,
        "en",
        "<p>A <em>slow</em> week.</p>",
        [correction(8, language="en")],
    )
    return replace(issue, **parts)


def in_look(look: str, issue: Issue) -> Issue:
    return replace(issue, recipe=replace(issue.recipe, template=look))


def addressed(rendered: Rendered, why: str = "You asked.") -> Rendered:
    return rendering.address(rendered, why, Links(LEAVE, CHOOSE, "https://ada.example/copy/AQ/all"))


@pytest.fixture(scope="session")
def templates() -> Templates:
    return Templates([shipped.templates()], SITE)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder for a site's own templates of issues."""
    folder = tmp_path / "templates"
    (folder / "mail/digest").mkdir(parents=True)
    return folder
