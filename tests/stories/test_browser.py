"""The pages as a real browser shows them, at the widths of a telephone and of a desk, by day and by night."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.error import HTTPError
from urllib.parse import urldefrag, urljoin

import pytest
from lxml import html
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, ViewportSize, sync_playwright

from tests.conftest import Service, Site, at_free_port, need, piece, running

CHROMIUM = Path("/usr/bin/chromium")
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
PAGES = {
    "home": "",
    "tag": "tag/bridges/",
    "item": "item/a-toll-for-a-song/",
    "long words": "item/on-a-long-word/",
    "appearances": "kind/appearances/",
    "older": "tag/bridges/page/1/",
    "author": "author/mara-lindqvist/",
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    need(CHROMIUM.exists(), "chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        yield started
        started.close()


@pytest.fixture(scope="module")
def service(blog_for_module: Site) -> Iterator[Service]:
    site = at_free_port(blog_for_module)
    site.settings["FEEDER_PUBLISH__ENTRIES"] = "4"
    lines = (
        f"outlet: {LONG}",
        f"tags: [bridges, {LONG}, 桥梁, 'say \"ah\"']",
        f"url: https://a.example/{LONG}",
    )
    table = "| a | b | c | d |\n|---|---|---|---|\n" + f"| {LONG} | {LONG} | {LONG} | {LONG} |"
    body = f"{LONG}\n\n    {LONG} {LONG} {LONG}\n\n{table}"
    site.write("long.md", piece("On a long word", *lines, f"note: See {LONG}", body=body))
    heard = ("kind: appearance", "role: interviewed", "medium: radio", f"outlet: {LONG}", "tags: [bridges]")
    site.write("radio.md", piece("راديو الجسور", *heard, "language: ar", "authors: [Mara Lindqvist]"))
    site.done("once")
    with running(site) as started:
        yield started


@dataclass(slots=True)
class Seen:
    """All that went on while a page was open."""

    problems: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        # Functions of our own: Playwright writes on what it calls, and these have slots.
        page.on("console", lambda message: self.hear(message))  # noqa: PLW0108 - see above
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("request", lambda request: self.requests.append(request))  # noqa: PLW0108

    def hear(self, message: ConsoleMessage) -> None:
        # The outlets' pictures are not to be had here.
        if message.type in {"error", "warning"} and "ERR_" not in message.text:
            self.problems.append(message.text)


@dataclass(frozen=True, slots=True)
class Screen:
    """How wide a window is, and what time of day its user likes."""

    width: int
    scheme: Literal["light", "dark"]


SCREENS = {
    "telephone by day": Screen(320, "light"),
    "desk by night": Screen(1280, "dark"),
    "telephone by night": Screen(320, "dark"),
    "desk by day": Screen(1280, "light"),
}
EACH_ONCE = ["telephone by day", "desk by night"]
"""Each width and each scheme once."""


@pytest.fixture(
    scope="module",
    params=[name if name in EACH_ONCE else pytest.param(name, marks=pytest.mark.soak) for name in SCREENS],
)
def screen(request: pytest.FixtureRequest) -> Screen:
    return SCREENS[request.param]


@pytest.fixture(scope="module")
def window(browser: Browser, screen: Screen) -> Iterator[tuple[Page, Seen]]:
    """The one page on a screen: to open another takes longer than all that is done with it."""
    viewport: ViewportSize = {"width": screen.width, "height": 900}
    with browser.new_context(viewport=viewport, color_scheme=screen.scheme) as context:
        context.set_default_timeout(15_000)
        # Nothing leaves this machine; what would have is looked at below.
        context.route(re.compile(r"^https?://(?!127\.0\.0\.1)"), lambda route: route.abort())
        opened, seen = context.new_page(), Seen()
        seen.watch(opened)
        yield opened, seen


@pytest.fixture
def seen(window: tuple[Page, Seen]) -> Seen:
    """All that goes on from now."""
    _, seen = window
    seen.problems.clear()
    seen.requests.clear()
    return seen


@pytest.fixture
def page(window: tuple[Page, Seen], seen: Seen) -> Page:
    return window[0]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole_fits_and_says_how_to_follow(
    service: Service, page: Page, seen: Seen, screen: Screen, name: str
) -> None:
    answer = page.goto(service.address + PAGES[name], wait_until="load")

    assert answer is not None
    assert answer.status == 200
    assert seen.problems == []
    assert [request.url for request in seen.requests if not is_allowed(request, service)] == []
    widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert widths[0] <= widths[1], f"it scrolls sideways: {widths}"
    feeds = page.locator('head link[rel="alternate"][type="application/atom+xml"]')
    addresses = [str(link.evaluate("each => each.href")) for link in feeds.all()]
    assert f"{service.address}atom.xml" in addresses
    assert all(page.request.get(address).ok for address in addresses)
    assert is_dark(page) == (screen.scheme == "dark")


def is_allowed(request: Request, service: Service) -> bool:
    """Tell whether a request was for this site, and answered, or for a picture of an outlet."""
    if request.url.startswith(service.address):
        answer = request.response()
        return answer is not None and answer.ok
    return request.resource_type == "image"


def is_dark(page: Page) -> bool:
    colours = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    return bool(sum(colours[:3]) < 3 * 128)


FOLLOWED = [("home", ""), ("tag", "tag/bridges/"), ("appearances", "kind/appearances/")]


@pytest.mark.parametrize(("name", "folder"), FOLLOWED)
def test_the_address_of_the_feed_can_be_reached_by_keyboard_and_copied(
    service: Service, page: Page, name: str, folder: str
) -> None:
    page.goto(service.address + PAGES[name])
    address = page.get_by_label("Copy this address into a reader")

    tab_to(page, "document.activeElement.id === 'address'")

    assert address.input_value() == f"{service.address}{folder}atom.xml"
    chosen = address.evaluate("each => each.value.slice(each.selectionStart, each.selectionEnd)")
    assert chosen == address.input_value()
    page.keyboard.type("x")
    assert address.input_value() == f"{service.address}{folder}atom.xml"


@pytest.mark.parametrize(("name", "folder"), FOLLOWED)
def test_every_way_to_follow_can_be_reached_by_keyboard_and_is_seen_to_be(
    service: Service, page: Page, name: str, folder: str
) -> None:
    page.goto(service.address + PAGES[name])
    tab_to(page, "document.activeElement.id === 'address'")

    reached = []
    while page.evaluate("document.activeElement.localName") != "summary":
        page.keyboard.press("Tab")
        reached.append(str(page.evaluate("document.activeElement.href || ''")))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"

    assert f"feed:{service.address}{folder}atom.xml" in reached
    for file in ("atom.xml", "rss.xml", "feed.json"):
        assert f"{service.address}{folder}{file}" in reached
    page.keyboard.press("Enter")
    assert page.get_by_text("A feed is a list of what is new").is_visible()


def tab_to(page: Page, reached: str) -> None:
    """Go from one thing to the next with the keyboard, until the page says that it is reached."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate(reached):
            return
    pytest.fail(f"30 steps, and not {reached}")


def test_what_matters_comes_before_the_fold(service: Service, page: Page) -> None:
    page.goto(service.address + PAGES["tag"])

    heading, address = page.locator("h1").bounding_box(), page.locator("#address").bounding_box()
    assert heading is not None
    assert address is not None
    assert heading["y"] < address["y"] < 600


def test_every_picture_of_ours_is_shown(service: Service, page: Page) -> None:
    page.goto(service.address)
    broken = page.evaluate(
        "[...document.images].filter(each => each.src.startsWith(location.origin) && !each.naturalWidth)"
        ".map(each => each.src)"
    )
    assert broken == []


def test_every_link_within_the_site_leads_somewhere(service: Service) -> None:
    waiting, known, lost = [service.address], {service.address}, []
    while waiting:
        address = waiting.pop()
        try:
            content = service.get(address.removeprefix(service.address))
        except HTTPError as error:
            error.close()
            lost.append(address)
            continue
        if address.endswith("/"):
            links = {
                urldefrag(urljoin(address, link)).url for link in html.fromstring(content).xpath("//a/@href")
            }
            fresh = {link for link in links if link.startswith(service.address)} - known
            known |= fresh
            waiting += sorted(fresh)

    assert lost == []
    assert len(known) > 20


@pytest.fixture(scope="module")
def leaving(blog_for_module: Site, service: Service) -> str:
    (mail,) = blog_for_module.mails().values()
    (path,) = re.findall(rb"List-Unsubscribe:\s+<http://127\.0\.0\.1:8000/(\S+)>", mail)
    return service.address + str(path.decode())


def test_leaving_takes_one_button(blog_for_module: Site, leaving: str, page: Page, seen: Seen) -> None:
    page.goto(leaving)
    button = page.get_by_role("button")
    assert button.count() == 1
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    button.click()
    page.get_by_role("heading", name="You have unsubscribed").wait_for()

    assert seen.problems == []
    shown = blog_for_module.done("subscriber", "show", "reader@example.org", "--json").json
    assert shown["status"] == "left"
