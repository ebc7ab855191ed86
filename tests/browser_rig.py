"""A real browser for the tests, and the mailbox that its user looks into."""

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request as Asking
from urllib.request import urlopen

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
