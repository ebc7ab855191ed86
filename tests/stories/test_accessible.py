"""Every page and every mail, held against the rules of WCAG that a program can check, as a browser shows them.

By day and by night, on a telephone and at a desk, in the system's own colours, and in other scripts.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from tests.browser_rig import DESK, PHONE, chromium, letter, open_with, part, send_form
from tests.conftest import Site, at_free_port, running
from tests.town_rig import PLACES, Place, Town, town_in

Rules = dict[str, Any]
"""As axe takes them: which to hold a page against, and what to tell of it."""

EVERY_RULE: Rules = {"rules": {"target-size": {"enabled": True}}}
RULES_OF_MAIL: Rules = {
    # A mail is shown within the page of a mail program, which has landmarks of its own.
    "rules": {name: {"enabled": False} for name in ("region", "landmark-one-main")}
}
CONTRAST: Rules = {"runOnly": ["color-contrast"]}
WITHOUT_COLOURS: Rules = {"rules": {"target-size": {"enabled": True}, "color-contrast": {"enabled": False}}}

Scheme = Literal["light", "dark"]

Look = tuple[int, Scheme, Rules]
"""How wide a page is shown, in which colours, and what is looked at there."""

LOOKS: list[Look] = [(PHONE, "light", EVERY_RULE), (DESK, "dark", CONTRAST)]
"""Each width and each scheme once: colours alone change no structure."""

OTHER_LOOKS: list[Look] = [
    (PHONE, "dark", EVERY_RULE),
    (DESK, "light", EVERY_RULE),
    (DESK, "dark", EVERY_RULE),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@contextmanager
def page_in(browser: Browser, language: str) -> Iterator[Page]:
    """Open a page of somebody who reads a language."""
    # What tests run in a page, the page's own rules forbid.
    with browser.new_context(bypass_csp=True, locale=language) as context:
        yield context.new_page()


def visit(page: Page, town: Town, place: Place) -> None:
    status = open_with(page, town.address + place.path, place.form, place.network or town.network())
    assert status == place.status


def look(page: Page, width: int, scheme: Scheme) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)


def broken_rules(page: Page, rules: Rules) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    # What a list holds that is not open is not painted, and takes longer than all else.
    run = "rules => axe.run({exclude: ['optgroup']}, rules).then(found => found.violations)"
    found = page.evaluate(run, {"resultTypes": ["violations"], **rules})
    return [
        f"{rule['id']}: {node['html']} {node['failureSummary']}" for rule in found for node in rule["nodes"]
    ]


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town_in(tmp_path_factory.mktemp("town"), "en") as founded:
        yield founded


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    with page_in(browser, "en") as opened:
        yield opened


@pytest.mark.parametrize("looks", [LOOKS, pytest.param(OTHER_LOOKS, marks=pytest.mark.soak)])
@pytest.mark.parametrize("name", PLACES)
def test_a_page_breaks_no_rule_and_fits(town: Town, page: Page, name: str, looks: list[Look]) -> None:
    visit(page, town, PLACES[name](town))

    for width, scheme, rules in looks:
        look(page, width, scheme)
        assert broken_rules(page, rules_for(name, rules)) == []
        assert fits(page), f"it scrolls sideways, {width} px wide"


def rules_for(name: str, rules: Rules) -> Rules:
    """Return what a page is held against, of some rules: the preview is a mail."""
    return RULES_OF_MAIL if name == "preview" and rules is not CONTRAST else rules


def test_mails_break_no_rule_and_fit(town: Town, page: Page) -> None:
    check_mails(town, page)


@pytest.mark.parametrize("name", ["subscribe, a typo", "confirm", "preferences, found", "farewell"])
def test_pages_show_what_can_be_pressed_in_the_systems_own_colours(town: Town, page: Page, name: str) -> None:
    visit(page, town, PLACES[name](town))
    page.emulate_media(forced_colors="active")
    try:
        assert broken_rules(page, WITHOUT_COLOURS) == []
        assert page.evaluate(BORDERLESS) == []
    finally:
        page.emulate_media(forced_colors="none")


BORDERLESS = """
[...document.querySelectorAll('.button, .notice, input:not([type="hidden"]), select, fieldset')]
    .filter(each => each.checkVisibility() && !each.closest('.trap') && !each.matches('[type=checkbox], [type=radio]'))
    .filter(each => getComputedStyle(each).borderTopStyle === 'none' || !parseFloat(getComputedStyle(each).borderTopWidth))
    .map(each => each.outerHTML)
"""
"""What has no border, and so cannot be seen where the system takes away all backgrounds."""


@pytest.mark.parametrize(
    ("name", "settings", "status"),
    [("never", {"FEEDER_SIGNUP__OPEN": "false"}, 404), ("flooded", {"FEEDER_SIGNUP__MOST": "1"}, 503)],
)
def test_a_form_that_is_closed_breaks_no_rule(
    page: Page, site: Site, name: str, settings: dict[str, str], status: int
) -> None:
    at_free_port(site).settings |= settings
    site.done("once")
    look(page, PHONE, "light")
    with running(site) as service:
        address = f"{service.address}subscribe"
        if name == "flooded":
            send_form(address, {"address": "ada@example.org"})
            letter(site, "ada@example.org")
        form = {"address": "ben@example.org"}

        assert open_with(page, address, form, "198.51.100.2") == status

        assert broken_rules(page, EVERY_RULE) == []


# ── In other scripts ─────────────────────────────────────────────────────────────────────────────


@pytest.fixture(
    scope="module", params=["ar", *(pytest.param(each, marks=pytest.mark.soak) for each in ("de", "zh-Hans"))]
)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def town_abroad(language: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town_in(tmp_path_factory.mktemp("town"), language) as founded:
        yield founded


@pytest.fixture(scope="module")
def page_abroad(browser: Browser, language: str) -> Iterator[Page]:
    with page_in(browser, language) as opened:
        yield opened


@pytest.mark.parametrize("each", [3, pytest.param(1, marks=pytest.mark.soak)])
def test_pages_in_other_scripts_fit_and_say_how_they_are_read(
    town_abroad: Town, page_abroad: Page, language: str, each: int
) -> None:
    look(page_abroad, PHONE, "light")
    for name in list(PLACES)[::each]:
        visit(page_abroad, town_abroad, PLACES[name](town_abroad))
        assert fits(page_abroad), f"{name} scrolls sideways"
        assert page_abroad.locator("html").get_attribute("lang") == language, name
        assert page_abroad.evaluate("getComputedStyle(document.body).direction") == (
            "rtl" if language == "ar" else "ltr"
        ), name


@pytest.mark.soak
def test_pages_in_other_scripts_break_no_rule(town_abroad: Town, page_abroad: Page) -> None:
    look(page_abroad, PHONE, "light")
    for name, place in PLACES.items():
        visit(page_abroad, town_abroad, place(town_abroad))
        assert broken_rules(page_abroad, rules_for(name, WITHOUT_COLOURS)) == [], name


def test_pages_are_mirrored_where_people_write_from_the_right(
    town_abroad: Town, page_abroad: Page, language: str
) -> None:
    mirrored = language == "ar"

    visit(page_abroad, town_abroad, PLACES["tag"](town_abroad))
    look(page_abroad, DESK, "light")
    assert is_left_of(page_abroad, "nav", ".name") == mirrored
    assert is_left_of(page_abroad, ".follow", ".list") == mirrored
    assert page_abroad.evaluate("getComputedStyle(document.querySelector('.note')).borderRightWidth") == (
        "3px" if mirrored else "0px"
    )

    visit(page_abroad, town_abroad, PLACES["preferences"](town_abroad))
    assert is_left_of(page_abroad, "label[for=pieces]", "#pieces") == mirrored
    assert is_left_of(page_abroad, "#pause", "#language") == mirrored


@pytest.mark.soak
def test_mails_in_other_scripts_break_no_rule_and_fit(town_abroad: Town, page_abroad: Page) -> None:
    check_mails(town_abroad, page_abroad)


def is_left_of(page: Page, one: str, other: str) -> bool:
    """Tell whether one thing on a page begins left of another, which is never above it by chance alone."""
    places = [page.locator(each).first.bounding_box() for each in (one, other)]
    (first, second) = (place["x"] for place in places if place)
    return bool(first < second)


def check_mails(town: Town, page: Page) -> None:
    """Hold a mail of every kind against the rules, as a mail program shows it."""
    headings = set()
    for mail in town.every_mail():
        page.set_content(part(mail, "html"))
        headings.add(page.locator("h1").inner_text())
        for width, scheme, rules in LOOKS:
            look(page, width, scheme)
            assert broken_rules(page, rules_for("preview", rules)) == [], mail["Subject"]
            assert fits(page), mail["Subject"]
    assert len(headings) == 7
