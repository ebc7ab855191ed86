"""Signing up where browsers have to solve a puzzle first."""

from urllib.parse import urlencode

from playwright.sync_api import Browser, expect

from tests.conftest import Site, ask, at_free_port, running, until
from tests.stories.test_browser import browser  # noqa: F401 - the fixture


def test_a_browser_solves_it_and_a_robot_is_asked_to(site: Site, browser: Browser) -> None:  # noqa: F811
    site.settings["FEEDER_SIGNUP__PUZZLE"] = "true"
    at_free_port(site).done("once")
    with running(site) as service:
        page = browser.new_page()
        page.goto(f"{service.address}subscribe")
        page.get_by_label("Your e-mail address").fill("ada@example.org")
        page.wait_for_timeout(1_100)  # a person takes a while
        page.get_by_role("button", name="Sign up").click()
        expect(page.get_by_role("heading", name="Please look into your mailbox")).to_be_visible()
        assert until(lambda: len(site.mails()) == 1, 20)

        form = urlencode({"address": "robot@example.org"}).encode()
        answer = ask(f"{service.address}subscribe", "POST", form)
        assert "press the button once more" in answer
        page.close()
    assert len(site.mails()) == 1
