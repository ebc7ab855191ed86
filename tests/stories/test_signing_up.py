"""One reader's whole way, by keyboard alone: from a subject's page into the mailbox and out of it, and back."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser

from tests.browser_rig import DESK, PHONE, Seen, Visitor, chromium, letter, letters, link, part
from tests.conftest import Service, Site, at_free_port, new_site, piece, running

SUBJECTS = ["bridges", "ferries", "lighthouses", "toll roads", *(f"subject {n:03}" for n in range(496))]
A_PERSON_S_MILLISECONDS = 2_100
"""So long somebody takes at least to fill in a form."""

DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
QUIET_DAY = DAYS[(datetime.now(UTC).weekday() + 3) % 7]
"""No issue goes out on this day while the tests run."""

PAUSE_ENDS = (datetime.now(ZoneInfo("Europe/Berlin")) + timedelta(days=40)).replace(
    hour=0, minute=0, second=0, microsecond=0
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site with five hundred subjects, the frequent ones first."""
    site = at_free_port(new_site(tmp_path_factory.mktemp("subjects") / "site"))
    for number in range(50):
        tags = ", ".join(["bridges", *SUBJECTS[10 * number : 10 * number + 10]])
        site.write(
            f"{number}.md", piece(f"Piece {number}", f"tags: [{tags}]", f"url: https://a.example/{number}")
        )
    site.done("once")
    return site


@pytest.fixture(scope="module")
def service(site: Site) -> Iterator[Service]:
    with running(site) as started:
        yield started


@pytest.fixture
def width(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def scripts(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def visitor(browser: Browser, service: Service, width: int, scripts: bool) -> Iterator[Visitor]:
    # Each of them lives elsewhere, so that nobody is asked to come again later.
    network = f"198.51.{100 + scripts}.{width % 256}"
    with browser.new_context(
        viewport={"width": width, "height": 800},
        java_script_enabled=scripts,
        locale="en-US",
        extra_http_headers={"X-Forwarded-For": network},
    ) as context:
        context.set_default_timeout(15_000)
        visitor = Visitor(context.new_page(), Seen())
        visitor.seen.watch(visitor.page)
        yield visitor
        assert visitor.seen.problems == []
        assert visitor.seen.elsewhere(service) == []
        assert context.cookies() == []


def shown(site: Site, address: str) -> dict[str, Any]:
    """Return what is known of a reader."""
    told: dict[str, Any] = site.done("subscriber", "show", address, "--json").json
    return told


def choose(visitor: Visitor) -> None:
    """Fill in all of the form for choosing: what is searched for is found, and what was ticked before stays so."""
    find(visitor, "LIGHTH")
    tick(visitor, "tag", "bridges")  # no more
    tick(visitor, "tag", "lighthouses")
    visitor.go_back_to("#search")
    find(visitor, "ferr")
    tick(visitor, "tag", "ferries")
    visitor.go_back_to("#search")
    find(visitor, "toll")
    visitor.go_to("summary")
    visitor.press("Enter")
    tick(visitor, "never", "toll-roads")
    visitor.go_to("input[name=digest]")
    visitor.press("ArrowUp")
    for field, words in {"hour": "07:00", "zone": "Europe/Berlin"}.items():
        visitor.go_to(f"#{field}")
        visitor.type(words)
    visitor.go_to("input[name=form]")
    visitor.press("ArrowDown")
    visitor.go_to("#language")
    visitor.type("Deutsch")
    visitor.go_to("#pause")
    visitor.type(f"{PAUSE_ENDS:%m%d%Y}")
    visitor.follow("button.big")


def find(visitor: Visitor, words: str) -> None:
    if visitor.page.evaluate("document.activeElement.id") != "search":
        visitor.go_to("#search")
    visitor.press("ControlOrMeta+A")
    visitor.type(words)
    visitor.submit()
    # Whoever has searched is where they were, and sees what was found.
    assert visitor.page.evaluate("document.activeElement.id") == "search"
    assert f"“{words}”" in visitor.page.locator(".notice").inner_text()


def tick(visitor: Visitor, name: str, value: str) -> None:
    visitor.go_to(f"input[name={name}][value={value}]")
    visitor.press("Space")


@pytest.mark.parametrize(
    ("width", "scripts"),
    [
        (PHONE, False),
        (DESK, True),
        pytest.param(PHONE, True, marks=pytest.mark.soak),
        pytest.param(DESK, False, marks=pytest.mark.soak),
    ],
    indirect=True,
)
def test_a_reader_comes_chooses_moves_leaves_and_comes_back(
    site: Site, service: Service, visitor: Visitor, width: int, scripts: bool
) -> None:
    name = f"ada-{width}-{'with' if scripts else 'without'}-scripts"
    address, moved = f"{name}@example.org", f"new-{name}@example.org"

    comes(site, service, visitor, address)
    changes_everything_and_undoes_it(site, visitor, address)
    weekly = wants_it_once_a_week(site, visitor, address)
    preferences = visitor.page.url
    sees_what_would_come(site, service, visitor, f"A bridge for {name}")
    visitor.open(preferences)
    takes_along_what_is_known_and_moves(site, visitor, address, moved)
    assert shown(site, moved)["preferences"] == weekly
    leaves_and_comes_back(site, visitor, moved)
    assert shown(site, moved)["preferences"] == weekly


def comes(site: Site, service: Service, visitor: Visitor, address: str) -> None:
    """Sign up on the page of a subject, and confirm it in the mailbox."""
    visitor.open(f"{service.address}tag/bridges/")
    visitor.go_to("#by-mail")
    visitor.type(address)
    visitor.submit()
    assert visitor.reads("Please look into your mailbox")

    visitor.open(link(letter(site, address, "/confirm/"), "confirm"))
    visitor.press_the_button()

    assert visitor.reads("You are subscribed")
    reader = shown(site, address)
    assert reader["status"] == "active"
    assert reader["preferences"]["tags"] == {"any": ["bridges"], "none": []}
    visitor.follow("main a.button")


def changes_everything_and_undoes_it(site: Site, visitor: Visitor, address: str) -> None:
    joined = shown(site, address)

    choose(visitor)

    assert visitor.reads("Was Sie erhalten")
    assert "07:00 ME" in visitor.page.locator(".facts-line").inner_text()
    assert shown(site, address)["preferences"] == joined["preferences"] | {
        "tags": {"any": ["lighthouses", "ferries"], "none": ["toll-roads"]},
        "digest": "daily",
        "hour": 7,
        "zone": "Europe/Berlin",
        "form": "full",
        "language": "de",
        "paused_until": f"{PAUSE_ENDS.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
    }
    told = letter(site, address, "/undo/")
    assert told["Subject"] == "Ihre Auswahl bei My work hat sich geändert"
    said = part(told, "plain")
    assert "Themen: „lighthouses“, „ferries“ (vorher: „bridges“)" in said
    assert f"Pause: bis zum {PAUSE_ENDS.day}. " in said

    visitor.open(link(told, "undo"))
    visitor.press_the_button()

    assert visitor.reads("It is as it was before")
    assert shown(site, address) == joined
    visitor.follow("main a.button")


def wants_it_once_a_week(site: Site, visitor: Visitor, address: str) -> dict[str, Any]:
    """Choose another day and hour, and return the preferences."""
    for field, words in {"hour": "18:00", "week": QUIET_DAY}.items():
        visitor.go_to(f"#{field}")
        visitor.type(words)
    visitor.follow("button.big")

    weekly: dict[str, Any] = shown(site, address)["preferences"]
    assert (weekly["digest"], weekly["hour"], weekly["day"]) == ("weekly", 18, DAYS.index(QUIET_DAY))
    return weekly


def sees_what_would_come(site: Site, service: Service, visitor: Visitor, title: str) -> None:
    visitor.follow("main a[href$=preview]")
    assert visitor.reads("Nothing new yet")

    site.write(f"{title}.md", piece(title, "tags: [bridges]"))
    assert service.shows(title, "tag/bridges/")
    visitor.open(visitor.page.url)

    assert title in visitor.page.locator("body").inner_text()


def takes_along_what_is_known_and_moves(site: Site, visitor: Visitor, address: str, moved: str) -> None:
    visitor.follow("button[value=account]")
    assert visitor.reads("Please look into your mailbox")
    visitor.open(link(letter(site, address, "/account/"), "account"))
    visitor.go_to("a[download]")
    with visitor.page.expect_download() as coming:
        visitor.press("Enter")
    known = json.loads(coming.value.path().read_text("utf-8"))
    assert known["subscriber"]["address"] == address
    assert len(known["choices"]) == 2

    visitor.go_to("#address")
    visitor.type(moved)
    visitor.submit()
    before = letters(site, address)
    visitor.open(link(letter(site, moved, "/confirm/"), "confirm"))
    visitor.press_the_button()

    assert visitor.reads("Your new address is in use")
    last = letter(site, address, before=before)
    assert last["Subject"] == "Your mail from My work goes to another address now"
    visitor.follow("main a.button")


def leaves_and_comes_back(site: Site, visitor: Visitor, address: str) -> None:
    visitor.follow("a[href*=unsubscribe]")
    visitor.press_the_button()
    assert visitor.reads("You have unsubscribed")
    assert shown(site, address)["status"] == "left"

    before = letters(site, address)
    visitor.follow("button[value=return]")
    assert visitor.reads("Please look into your mailbox")
    visitor.open(link(letter(site, address, "/confirm/", before), "confirm"))
    visitor.press_the_button()

    assert visitor.reads("You are subscribed")
    assert shown(site, address)["status"] == "active"


@pytest.mark.parametrize(("width", "scripts"), [(DESK, True)], indirect=True)
def test_a_form_that_comes_back_at_once_is_asked_again_and_then_taken(
    site: Site, service: Service, visitor: Visitor
) -> None:
    for _ in range(20):  # seconds are counted from one to the next, and some of these begin late in one
        visitor.open(f"{service.address}subscribe")
        visitor.page.locator("#address").fill("quick@example.org")
        visitor.page.locator("#address").focus()
        visitor.submit()
        if visitor.page.locator("[role=alert]").count():
            break
    assert "That was very quick." in visitor.page.locator("[role=alert]").inner_text()
    assert visitor.page.locator("#address").input_value() == "quick@example.org"

    visitor.page.wait_for_timeout(A_PERSON_S_MILLISECONDS)
    visitor.follow("button.big")

    assert visitor.reads("Please look into your mailbox")
    letter(site, "quick@example.org", "/confirm/")


@pytest.mark.parametrize(("width", "scripts"), [(DESK, True)], indirect=True)
def test_a_likely_slip_is_asked_about_and_the_enter_key_takes_what_was_typed(
    site: Site, service: Service, visitor: Visitor
) -> None:
    visitor.open(f"{service.address}subscribe")
    visitor.go_to("#address")
    visitor.type("ada@gmial.com")
    visitor.page.wait_for_timeout(A_PERSON_S_MILLISECONDS)
    visitor.submit()
    assert "Did you mean ada@gmail.com?" in visitor.page.locator("[role=alert]").inner_text()

    visitor.go_to("#address")
    visitor.press("ControlOrMeta+A")
    visitor.type("ada@example.com")
    visitor.page.wait_for_timeout(A_PERSON_S_MILLISECONDS)
    visitor.submit()

    assert visitor.reads("Please look into your mailbox")
    letter(site, "ada@example.com", "/confirm/")
    assert letters(site, "ada@gmail.com") == []
