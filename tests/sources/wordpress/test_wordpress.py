"""What a WordPress has, and what changed there: on recorded answers of a real one."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder import net
from feeder.model.items import Draft, Kind, Mark, Picture
from tests.data.wordpress.record import CHANGED, GONE
from tests.sources.wordpress.rig import (
    NOTHING,
    Direct,
    Replay,
    Visits,
    recorded,
    replaying,
    visits,
)

PUBLIC = {
    "classic", "blocks", "active", "pages", "titled", "untitled", "summed up", "long", "doomed", "deleted",
}  # fmt: skip


@pytest.fixture
def blog() -> Iterator[Replay]:
    with replaying() as replay:
        yield replay


@pytest.fixture(scope="module")
def client() -> Iterator[net.Client]:
    with net.Client(sleep=lambda _: None) as client:
        yield client


@pytest.fixture
def visit(blog: Replay, client: net.Client) -> Visits:
    return visits(blog.address, client)


def keys(blog: Replay, names: set[str]) -> set[str]:
    return {blog.key(name) for name in names}


def turn(blog: Replay, moment: str) -> None:
    """Let the blog be as it was at another moment."""
    blog.lists = recorded(moment, blog.address).lists


# ── The replay itself ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("moment", ["before", "after"])
def test_the_replay_answers_as_the_real_one_did(moment: str) -> None:
    blog = recorded(moment, "https://blog.example")

    for exchange in blog.exchanges:
        path = exchange["path"]
        asked = parse_qs(urlsplit(path).query)
        if "/posts/" in path or asked.keys() & {"context"} or asked.get("status") == ["draft"]:
            continue  # no question of ours
        said = blog.answer(path)
        assert said.status == exchange["status"], path
        if said.status == 200 and ("include" in asked or "orderby" in asked):
            by_number = sorted(exchange["content"], key=lambda row: row["id"])
            assert said.content == by_number, path
            for name in ("X-WP-Total", "X-WP-TotalPages"):
                assert said.headers[name] == exchange["headers"][name], path
        elif said.status != 200:
            assert said.content["code"] == exchange["content"]["code"]


# ── The first visit ──────────────────────────────────────────────────────────────────────────────


def test_all_that_is_public_is_told(blog: Replay, visit: Visits) -> None:
    seen = visit.read()

    assert set(seen.drafts) == keys(blog, PUBLIC)
    assert (seen.complete, seen.unchanged, seen.broken, seen.missing) == (True, frozenset(), (), frozenset())
    assert {draft.place for draft in seen.drafts.values()} == {str(blog.numbers[name]) for name in PUBLIC}


def test_what_nobody_may_read_is_neither_told_nor_asked_for(blog: Replay, visit: Visits) -> None:
    told = repr(visit.read())

    for secret in (
        "keystone",
        "For friends",
        "private thought",
        "Half a thought",
        "for an editor",
        "tomorrow",
    ):
        assert secret not in told
    lists = [parse_qs(urlsplit(question).query) for question in blog.questions if "orderby" in question]
    assert all(asked["status"] == ["publish"] for asked in lists)


def test_a_classic_post(blog: Replay, visit: Visits) -> None:
    draft = visit.read().drafts[blog.key("classic")]

    assert draft == Draft(
        key=blog.key("classic"),
        kind=Kind.PIECE,
        title="Stone, rope & patience",
        substance=draft.substance,
        url="https://weeklyarch.example/stone-rope",
        outlet="Weekly Arch",
        posted=datetime(2019, 5, 14, 21, 30, tzinfo=UTC),
        tags=("bridges", "R&D"),
        authors=("Ada Fjordman",),
        language="en-US",
        picture=Picture(
            f"{blog.address}/wp-content/uploads/bridge.png",
            alt="A rope bridge",
            caption="The rope is new every spring.",
            credit="Photo: B. Fjordman",
        ),
        note=(
            '<p>New piece for <a href="https://weeklyarch.example/stone-rope">Weekly Arch</a> on hanging bridges. '
            'Separately, spoke to <a href="https://radio.example/hills">Hill Radio</a> about ropes.</p>'
        ),
        body=(
            '<h2><a href="https://weeklyarch.example/stone-rope">Stone, rope and a long patience</a></h2>\n'
            "<p>A bridge of grass has to be <em>built anew</em> each year.<br>\nIt takes three days.</p>\n"
            "<p><em>Ada Fjordman is director of the Bridge Room.</em></p>"
        ),
        slug="stone-rope-patience",
        place=str(blog.numbers["classic"]),
        version=draft.version,
    )


def test_a_post_of_blocks_with_a_featured_picture(blog: Replay, visit: Visits) -> None:
    draft = visit.read().drafts[blog.key("blocks")]

    assert (draft.title, draft.outlet, draft.url) == (
        "Why old bridges hum",
        "Harbour Times",
        "https://harbour.example/hum",
    )
    assert draft.picture == Picture(
        f"{blog.address}/wp-content/uploads/bridge.png", "A bridge", "In the wind.", "AP"
    )
    assert draft.body == "<p>They hum because they are hollow.</p>"


def test_what_acts_is_left_out(blog: Replay, visit: Visits) -> None:
    body = visit.read().drafts[blog.key("active")].body

    assert "Watch this." in body
    assert "That was it: <a>a link</a>." in body
    for sign in ("script", "iframe", "onclick", "hello", "alert"):
        assert sign not in body


def test_all_pages_of_a_post_are_one_text(blog: Replay, visit: Visits) -> None:
    draft = visit.read().drafts[blog.key("pages")]

    assert draft.body == ("<p>The first page of a long walk.</p>\n<p>The second page, with the river.</p>")
    assert (draft.authors, draft.slug, set(draft.tags)) == (
        ("Bo Fjordman",),
        "长-walk",
        {"桥梁", "Zürich 🌉"},
    )
    assert draft.posted == datetime(2020, 1, 31, 23, 30, tzinfo=UTC)


def test_titles_are_html_and_are_decoded_once(blog: Replay, visit: Visits) -> None:
    drafts = visit.read().drafts

    assert drafts[blog.key("titled")].title == "“Quoted” & marked – a <tag> it’s"
    assert drafts[blog.key("untitled")].title == "Only a thought, without a title."


def test_a_summary_is_what_was_written_as_one(blog: Replay, visit: Visits) -> None:
    drafts = visit.read().drafts

    assert {draft.summary for key, draft in drafts.items() if key != blog.key("summed up")} == {""}
    assert drafts[blog.key("summed up")].summary == "Singers paid in songs."
    assert drafts[blog.key("summed up")].picture == Picture(
        f"{blog.address}/wp-content/uploads/bridge.png", "A bridge", "The old bridge.", "© Harbour Times"
    )


def test_categories_are_no_tags_as_in_an_export(blog: Replay, visit: Visits) -> None:
    assert visit.read().drafts[blog.key("summed up")].tags == ("bridges",)


def test_the_outlet_of_the_source_is_that_of_posts_that_name_none(blog: Replay, client: net.Client) -> None:
    drafts = visits(blog.address, client, outlet="Spans & Arches").read().drafts

    own = drafts[blog.key("long")]
    assert (own.outlet, own.url) == ("Spans & Arches", f"{blog.address}/2020/05/without-an-excerpt/")
    assert drafts[blog.key("classic")].outlet == "Weekly Arch"


# ── Further visits ───────────────────────────────────────────────────────────────────────────────


def test_nothing_changed(blog: Replay, visit: Visits) -> None:
    visit.read()
    first = len(blog.questions)

    assert visit.read() == NOTHING
    assert len(blog.questions) == first + 4  # posts, and the tags, users and pictures that they name
    assert not [question for question in blog.questions[first:] if "content," in question]


def test_exactly_what_changed_is_told_after_a_busy_day(blog: Replay, visit: Visits) -> None:
    visit.read()
    turn(blog, "after")
    before = len(blog.questions)

    seen = visit.read()

    assert set(seen.drafts) == keys(blog, CHANGED)
    assert seen.gone == seen.missing == keys(blog, GONE)
    assert seen.unchanged == keys(blog, PUBLIC - CHANGED - GONE)
    drafts = {name: seen.drafts[blog.key(name)] for name in CHANGED}
    assert drafts["active"].body == "<p>Watch this, and nothing else.</p>"
    assert set(drafts["titled"].tags) == {"bridges", "new"}
    assert drafts["blocks"].tags == ("bridges", "storms")
    assert drafts["scheduled"].title == "What comes tomorrow"
    # The list, what it names, what is gone, and what changed: one question each.
    assert len(blog.questions) == before + 6
    assert visit.read() == NOTHING


def change(blog: Replay, name: str, to: object) -> None:
    blog.post("long")[name] = to


def rename_author(blog: Replay) -> None:
    blog.lists["users"][0]["name"] = "Ada F."


def change_caption(blog: Replay) -> None:
    blog.lists["media"][0]["caption"]["rendered"] = "<p>Another caption</p>"


def change_alt(blog: Replay) -> None:
    blog.lists["media"][0]["alt_text"] = "Another text"


@pytest.mark.parametrize(
    ("happens", "names"),
    [
        (lambda blog: change(blog, "modified_gmt", "2026-11-23T00:00:00"), {"long"}),
        (lambda blog: change(blog, "date_gmt", "2020-05-02T00:00:00"), {"long"}),
        (lambda blog: change(blog, "slug", "another"), {"long"}),
        (lambda blog: change(blog, "tags", [3]), {"long"}),
        (lambda blog: change(blog, "featured_media", 4), {"long"}),
        (lambda blog: change(blog, "author", 2), {"long"}),
        (rename_author, PUBLIC - {"pages"}),
        (change_caption, {"blocks", "summed up"}),
        (change_alt, {"blocks", "summed up"}),
    ],
)
def test_changes_that_no_date_tells_of_are_seen(
    blog: Replay, visit: Visits, happens: Any, names: set[str]
) -> None:
    visit.read()
    happens(blog)

    seen = visit.read()

    assert set(seen.drafts) == keys(blog, names)
    assert not seen.gone


def test_other_settings_tell_all_anew(blog: Replay, client: net.Client, visit: Visits) -> None:
    visit.read()
    other = visits(blog.address, client, outlet="Spans & Arches")
    other.marks, other.state = visit.marks, visit.state

    assert set(other.read().drafts) == keys(blog, PUBLIC)


def test_what_comes_back_is_told_again(blog: Replay, visit: Visits) -> None:
    visit.read()
    gone = blog.post("long")
    blog.lists["posts"].remove(gone)
    assert visit.read().gone == keys(blog, {"long"})
    blog.lists["posts"].append(gone)

    assert set(visit.read().drafts) == keys(blog, {"long"})


def test_rendering_a_post_differently_is_no_change_of_substance(blog: Replay, visit: Visits) -> None:
    first = visit.read().drafts[blog.key("long")]
    post = blog.post("long")
    shown = post["content"]["rendered"].replace("<p>", '<p class="new">')
    post["content"]["rendered"] = f"<div class='share'></div>{shown}"
    post["tags"] = [3]

    second = visit.read().drafts[blog.key("long")]

    assert second.substance == first.substance
    post["content"]["rendered"] = shown.replace("Sentence 3", "Sentence three")
    post["tags"] = []
    assert visit.read().drafts[blog.key("long")].substance != first.substance


def test_posts_that_share_a_guid_or_have_none_are_told_apart(blog: Replay, visit: Visits) -> None:
    blog.post("long")["guid"] = dict(blog.post("classic")["guid"])
    blog.post("pages")["guid"] = {"rendered": ""}
    shared = blog.key("classic")

    seen = visit.read()

    own = keys(blog, PUBLIC - {"long", "pages"})
    assert set(seen.drafts) == own | {f"{shared}#{blog.numbers['long']}", f"#{blog.numbers['pages']}"}
    assert visit.read() == NOTHING


def test_a_guid_is_html_as_in_feeds(blog: Replay, visit: Visits) -> None:
    blog.post("long")["guid"] = {"rendered": f"{blog.address}/?post_type=post&#038;p=12"}

    assert f"{blog.address}/?post_type=post&p=12" in visit.read().drafts


def test_other_places_of_another_kind_of_source_do_not_hinder(blog: Replay, visit: Visits) -> None:
    visit.marks["notes/one.md"] = Mark("notes/one", "1")

    assert visit.read().gone == {"notes/one"}


# ── Laws ─────────────────────────────────────────────────────────────────────────────────────────


@given(days=st.lists(st.lists(st.sampled_from(sorted(PUBLIC)), unique=True), min_size=1, max_size=4))
def test_what_a_store_holds_after_any_days_is_what_the_blog_has(days: list[list[str]]) -> None:
    blog = recorded("before", "https://blog.example")
    visit = visits(blog.address, Direct(blog))
    every = list(blog.lists["posts"])
    for day in days:
        blog.lists["posts"] = [post for post in every if post["id"] in {blog.numbers[name] for name in day}]
        visit.read()
        assert {mark.key for mark in visit.marks.values()} == keys(blog, set(day))
        assert visit.read() == NOTHING
