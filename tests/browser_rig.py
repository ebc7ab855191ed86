"""A real browser for the tests, and the mailbox that its user looks into."""

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request as Asking
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route, sync_playwright

from tests.conftest import Service, Site, need, until

CHROMIUM = Path("/usr/bin/chromium")
PHONE = 320
DESK = 1280

Fields = Mapping[str, str] | list[tuple[str, str]]
"""What is filled into a form."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start a browser without a window; it is ended with all its pages."""
    need(CHROMIUM.exists(), "chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        yield started
        started.close()


@dataclass(slots=True)
class Seen:
    """All that went on while pages were open."""

    problems: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        # Functions of our own: Playwright writes on what it calls, and these have slots.
        page.on("console", lambda message: self.hear(message))  # noqa: PLW0108 - see above
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("request", lambda request: self.note(request))  # noqa: PLW0108

    def hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.problems.append(f"{message.text} {message.location}")

    def note(self, request: Request) -> None:
        self.requests.append(request.url)

    def elsewhere(self, service: Service) -> list[str]:
        """Return what was asked of others than the service."""
        return [address for address in self.requests if not address.startswith(service.address)]


def open_with(page: Page, address: str, form: Fields | None, network: str) -> int:
    """Open a page as a browser of some network does, or what a form leads to; return the status."""
    headers = {"x-forwarded-for": network}

    def send(route: Route) -> None:
        sent = {**route.request.headers, **headers}
        if form is None:
            route.continue_(headers=sent)
        else:
            sent["content-type"] = "application/x-www-form-urlencoded"
            route.continue_(method="POST", headers=sent, post_data=urlencode(form))

    page.route(address, send)
    answer = page.goto(address)
    page.unroute(address)
    assert answer is not None
    return answer.status


def send_form(address: str, form: Fields, network: str = "198.51.100.1") -> str:
    """Send a form from some network without a browser, and return the page that it leads to."""
    asking = Asking(address, urlencode(form).encode(), {"X-Forwarded-For": network})
    with urlopen(asking, timeout=20) as answer:
        return str(answer.read().decode())


# ── By keyboard ──────────────────────────────────────────────────────────────────────────────────

FOCUSED = """
selector => {
    const each = document.activeElement, style = getComputedStyle(each), box = each.getBoundingClientRect();
    return {
        is: each.outerHTML.slice(0, 200),
        reached: each.matches(selector),
        outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
        // Browsers scroll by whole pixels.
        inside: box.top > -1 && box.bottom < innerHeight + 1 && box.left >= 0 && box.right <= innerWidth,
        // What leads past the head of a page is only seen while it has the focus, above all else.
        x: box.left + box.width / 2, y: each.matches('.skip') ? -100 : box.top + scrollY + box.height / 2,
    };
}
"""


@dataclass(slots=True)
class Visitor:
    """Somebody with a keyboard."""

    page: Page
    seen: Seen

    def open(self, address: str) -> None:
        self.page.goto(address)
        self.look()

    def look(self) -> None:
        """Look at a page: it fits into the window, and holds no script."""
        widths = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert widths[0] <= widths[1], f"{self.page.url} scrolls sideways: {widths}"
        assert self.page.locator("script").count() == 0
        assert self.page.context.cookies() == []

    def go_to(self, selector: str) -> None:
        """Go on with the Tab key until something is reached; all on the way is seen, and further on than the last."""
        for last, here in pairwise(self._steps("Tab", selector)):
            assert is_further_on(last, here), f"{here['is']} comes after {last['is']}"

    def go_back_to(self, selector: str) -> None:
        """Go back with Shift and Tab until something is reached."""
        for here, last in pairwise(self._steps("Shift+Tab", selector)):
            assert is_further_on(last, here), f"{last['is']} comes before {here['is']}"

    def _steps(self, key: str, selector: str) -> Iterator[dict[str, Any]]:
        for _ in range(120):
            self.page.keyboard.press(key)
            here: dict[str, Any] = self.page.evaluate(FOCUSED, selector)
            assert here["outlined"], f"nobody sees that the focus is on {here['is']}"
            assert here["inside"], f"the focus is outside the window: {here}"
            yield here
            if here["reached"]:
                return
        pytest.fail(f"120 steps, and {selector} was not reached")

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def type(self, words: str) -> None:
        self.page.keyboard.type(words)

    def submit(self) -> None:
        """Press the Enter key, and wait for the page to which that leads."""
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self.look()

    def follow(self, selector: str) -> None:
        """Go to a link or a button, and press the Enter key."""
        self.go_to(selector)
        self.submit()

    def press_the_button(self) -> None:
        """Press the one button of a page, which is large."""
        button = self.page.locator("main button")
        assert button.count() == 1
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        self.follow("button.big")

    def reads(self, heading: str) -> bool:
        return str(self.page.locator("h1").inner_text()) == heading


def is_further_on(last: dict[str, Any], here: dict[str, Any]) -> bool:
    """Tell whether one thing stands below another, or beside it in one line and after it."""
    is_beside = abs(here["y"] - last["y"]) <= 14 and here["x"] >= last["x"]
    return bool(here["y"] > last["y"] + 14 or is_beside)


# ── The mailbox ──────────────────────────────────────────────────────────────────────────────────


def letters(site: Site, address: str, words: str = "") -> list[EmailMessage]:
    """Return the mails to an address that say certain words, in their subject or text; in no order."""
    envelope = f"\nDelivered-To: {address}\r\n".encode()
    mails = [read(content) for content in site.mails().values() if envelope in content]
    return [mail for mail in mails if words in f"{mail['Subject']}\n{part(mail, 'plain')}"]


def read(content: bytes) -> EmailMessage:
    return message_from_bytes(content, EmailMessage, policy=default)


def letter(site: Site, address: str, words: str = "", before: Collection[EmailMessage] = ()) -> EmailMessage:
    """Wait for a mail that says certain words, other than those that were there before, and return it."""
    known = {mail["Message-ID"] for mail in before}

    def new() -> list[EmailMessage]:
        return [mail for mail in letters(site, address, words) if mail["Message-ID"] not in known]

    assert until(lambda: bool(new()), 30), f"no mail {words!r} to {address}"
    return new()[0]


def link(mail: EmailMessage, page: str) -> str:
    """Return the address of the page of a kind, such as `confirm`, to which a mail leads."""
    addresses = re.findall(rf"https?://\S+/{page}/[\w-]+", part(mail, "plain"))
    assert addresses, f"no link to {page}"
    return str(addresses[0])


def part(mail: EmailMessage, kind: str) -> str:
    """Return the text of a mail, `plain` or `html`."""
    found = mail.get_body((kind,))
    assert found is not None
    return str(found.get_content())
