"""A site whose public address has a path, with a proxy in front that leaves it on, takes it off, or is not there."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeder import web
from feeder.app import App
from feeder.model.subscribers import Preferences, Status, Subscriber
from feeder.tokens import Purpose
from feeder.workflows import subscribe
from tests.web.conftest import Exactly, exactly_of, with_settings

NOW = datetime(2026, 11, 16, 7, 0, tzinfo=UTC)
PUBLIC = "https://example.org/works/"

both_ways = pytest.mark.parametrize("prefix", ["", "/works"])


@pytest.fixture
def moved(app: App) -> App:
    """The site at an address with a path."""
    return with_settings(app, "site", public_url=PUBLIC)


@pytest.fixture
def at(moved: App) -> Exactly:
    return exactly_of(web.create(moved))


@both_ways
def test_the_tree_and_the_pages_that_act_are_there_with_and_without_the_path(
    at: Exactly, moved: App, prefix: str
) -> None:
    with moved:
        assert at(f"{prefix}/atom.xml".encode()).headers["content-type"].startswith("application/atom+xml")
        assert at(f"{prefix}/tag/hafen/".encode()).status == 200
        assert at(f"{prefix}/unsubscribe/x".encode()).status == 200
        assert at(f"{prefix}/unsubscribe/x".encode(), method="PUT").status == 405
        assert at(f"{prefix}/none".encode()).status == 404
        assert at(f"{prefix}/unsubscribe/x/".encode()).status == 404


@both_ways
def test_a_feed_is_where_the_public_address_says(at: Exactly, prefix: str) -> None:
    answer = at(f"{prefix}/tag/hafen/atom.xml".encode())

    assert answer.headers["link"] == '<https://example.org/works/tag/hafen/atom.xml>; rel="self"'


@both_ways
def test_a_folder_without_its_slash_leads_to_it_as_it_was_asked_for(at: Exactly, prefix: str) -> None:
    answer = at(f"{prefix}/tag/hafen".encode())

    # Relative to what was asked for: /works/tag/hafen/ or /tag/hafen/, whatever a proxy did.
    assert (answer.status, answer.headers["location"]) == (301, "./hafen/")


def test_the_site_without_its_slash_leads_to_it(at: Exactly) -> None:
    answer = at(b"/works")

    assert (answer.status, answer.headers["location"]) == (301, "./works/")


@both_ways
def test_what_moved_leads_below_the_public_address(at: Exactly, moved: App, prefix: str) -> None:
    rules = "/works/tag/old/* /works/tag/hafen/:splat 301!\n"
    Path(moved.settings.publish.folder, "_redirects").write_text(rules)

    answer = at(f"{prefix}/tag/old/atom.xml".encode())

    assert (answer.status, answer.headers["location"]) == (
        301,
        "https://example.org/works/tag/hafen/atom.xml",
    )


@pytest.mark.parametrize("path", ["/worksmanship/atom.xml", "/works/works/atom.xml", "/works//atom.xml"])
def test_what_only_looks_like_the_path_is_none(at: Exactly, path: str) -> None:
    assert at(path.encode()).status == 404


def test_a_path_in_another_script_is_one_too(app: App) -> None:
    at = exactly_of(web.create(with_settings(app, "site", public_url="https://example.org/%E6%B8%AF/")))

    assert at(b"/%e6%b8%af/atom.xml").status == 200
    assert at("/港/unsubscribe/x".encode()).status == 200


def test_a_reader_leaves_by_the_address_that_mails_give(moved: App) -> None:
    wanted = Preferences("weekly", "UTC")
    with moved:
        recipe = moved.recipe("weekly")
        reader = subscribe.add(
            moved.store, "a@example.org", wanted, recipe, NOW, reason="they asked", welcome=0
        )
        assert isinstance(reader, Subscriber)
        link = moved.templates.address(f"unsubscribe/{moved.signer.sign(Purpose.UNSUBSCRIBE, reader.id)}")
        assert link.startswith(f"{PUBLIC}unsubscribe/")
        left = exactly_of(web.create(moved))(link.removeprefix("https://example.org").encode(), method="POST")
        assert left.status == 200
        with moved.store.reading() as tx:
            assert tx.subscribers.get("a@example.org").status is Status.LEFT
