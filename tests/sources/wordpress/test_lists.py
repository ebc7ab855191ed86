"""The list of posts, and posts that cannot be had: what is missing there is gone only if that is sure."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeder import net
from feeder.errors import SourceError
from feeder.sources.wordpress import lists, rest
from tests.sources.wordpress.rig import (
    NOTHING,
    Asked,
    Direct,
    Replay,
    Said,
    Visits,
    cut,
    recorded,
    replaying,
    rows,
    visits,
)
from tests.sources.wordpress.test_wordpress import PUBLIC, keys


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


# ── Lists ────────────────────────────────────────────────────────────────────────────────────────


def many(blog: Replay, count: int) -> None:
    """Let the blog have so many posts, all alike."""
    pattern = blog.post("long")
    blog.lists["posts"] = [
        pattern | {"id": number, "guid": {"rendered": f"{blog.address}/?p={number}"}}
        for number in range(1, count + 1)
    ]


def test_many_posts_are_listed_and_fetched_a_hundred_at_a_time(blog: Replay, visit: Visits) -> None:
    many(blog, 250)

    assert len(visit.read().drafts) == 250
    assert len([question for question in blog.questions if "orderby" in question]) == 3
    assert (
        len([question for question in blog.questions if "content%2C" in question or "content,ex" in question])
        == 3
    )
    assert visit.read() == NOTHING


def test_an_empty_blog(blog: Replay, visit: Visits) -> None:
    visit.read()
    blog.lists["posts"] = []

    seen = visit.read()

    assert seen.complete
    assert seen.gone == keys(blog, PUBLIC)


def test_a_list_that_changes_while_it_is_read_is_read_once_more(blog: Replay, visit: Visits) -> None:
    many(blog, 250)

    def deleted_meanwhile(path: str, asked: Asked) -> Said | None:
        if asked.get("page") == "2" and len(blog.lists["posts"]) == 250:
            del blog.lists["posts"][0]
        return None

    blog.otherwise = deleted_meanwhile

    assert len(visit.read().drafts) == 249


def test_a_post_that_fell_between_two_pages_is_not_gone(blog: Replay, visit: Visits) -> None:
    many(blog, 150)
    visit.read()

    def one_leaves_and_one_comes(path: str, asked: Asked) -> Said | None:
        posts = blog.lists["posts"]
        if asked.get("page") == "2" and posts[0]["id"] == 1:
            blog.lists["posts"] = [*posts[1:], posts[0] | {"id": 151, "guid": {"rendered": "new"}}]
        return None

    blog.otherwise = one_leaves_and_one_comes

    with pytest.raises(SourceError, match="changed while it was read"):
        visit.read()
    seen = visit.read()
    assert set(seen.drafts) == {"new"}
    assert seen.gone == {f"{blog.address}/?p=1"}


def test_a_list_that_says_it_has_more_proves_nothing_gone(blog: Replay, visit: Visits) -> None:
    visit.read()
    posts = blog.lists["posts"]
    left = [post for post in posts if post["id"] != blog.numbers["long"]]

    def hiding(path: str, asked: Asked) -> Said | None:
        if "orderby" not in asked:
            return None
        said = rows(left, asked, of_posts=True)
        return Said(200, said.content, {"X-WP-Total": str(len(posts)), "X-WP-TotalPages": "1"})

    blog.otherwise = hiding
    blog.post("classic")["slug"] = "another"

    seen = visit.read()

    assert (seen.complete, set(seen.drafts)) == (False, keys(blog, {"classic"}))
    assert not seen.gone
    assert "digest" not in visit.state


def test_an_empty_answer_that_says_it_has_more_proves_nothing_gone(blog: Replay, visit: Visits) -> None:
    visit.read()
    blog.otherwise = lambda path, asked: (
        Said(200, [], {"X-WP-Total": "11", "X-WP-TotalPages": "1"}) if "orderby" in asked else None
    )

    seen = visit.read()

    assert (seen.complete, seen.gone) == (False, frozenset())


def test_a_list_that_lies_about_its_length_proves_nothing_gone(blog: Replay, visit: Visits) -> None:
    visit.read()
    blog.otherwise = lambda path, asked: (
        Said(200, [], {"X-WP-Total": "0", "X-WP-TotalPages": "0"}) if "orderby" in asked else None
    )

    with pytest.raises(SourceError, match="changed while it was read"):
        visit.read()


def test_a_site_whose_proxy_takes_off_the_counts(blog: Replay, visit: Visits) -> None:
    many(blog, 200)

    def uncounted(path: str, asked: Asked) -> Said | None:
        if path != "/wp-json/wp/v2/posts":
            return None
        said = rows(blog.lists["posts"], asked, of_posts=False)
        return Said(said.status, said.content)

    blog.otherwise = uncounted

    seen = visit.read()

    assert (len(seen.drafts), seen.complete) == (200, True)


def test_an_old_wordpress_does_not_know_fields_within_fields(blog: Replay, visit: Visits) -> None:
    def of_old(path: str, asked: Asked) -> Said | None:
        if "orderby" not in asked:
            return None
        fields = asked["_fields"].replace("content.protected,", "")
        return rows(blog.lists["posts"], dict(asked) | {"_fields": fields}, of_posts=True)

    blog.otherwise = of_old

    seen = visit.read()

    assert set(seen.drafts) == keys(blog, PUBLIC)


# ── Posts that cannot be had ─────────────────────────────────────────────────────────────────────


def test_one_post_that_breaks_the_site_stops_no_others(blog: Replay, visit: Visits) -> None:
    many(blog, 250)
    culprit = "137"

    def breaking(path: str, asked: Asked) -> Said | None:
        is_hit = culprit in asked.get("include", "").split(",") and "content" in asked["_fields"].split(",")
        return Said(500, "<p>There has been a critical error on this website.</p>") if is_hit else None

    blog.otherwise = breaking

    seen = visit.read()

    (broken,) = seen.broken
    assert len(seen.drafts) == 249
    assert broken.keys == {f"{blog.address}/?p=137"}
    assert "source blog, post 137" in str(broken.refusal)
    assert "500" in str(broken.refusal)
    blog.otherwise = lambda path, asked: None
    assert set(visit.read().drafts) == broken.keys


def test_some_posts_here_and_there_that_break_the_site_stop_no_others(blog: Replay, visit: Visits) -> None:
    many(blog, 250)

    def breaking(path: str, asked: Asked) -> Said | None:
        numbers = map(int, filter(None, asked.get("include", "").split(",")))
        is_hit = path.endswith("/posts") and any(number % 20 == 7 for number in numbers)
        return Said(500, "<p>Critical error</p>") if is_hit else None

    blog.otherwise = breaking

    seen = visit.read()

    assert (len(seen.broken), len(seen.drafts)) == (13, 237)


def test_a_site_that_breaks_whatever_is_asked_is_left_alone_soon(blog: Replay, visit: Visits) -> None:
    many(blog, 250)
    blog.otherwise = lambda path, asked: (
        Said(500, "<p>Critical error</p>") if "excerpt" in asked.get("_fields", "") else None
    )

    with pytest.raises(SourceError, match=r"is in trouble \(500\)"):
        visit.read()
    assert len(blog.questions) < 60


def test_a_post_without_a_date_stops_no_others(blog: Replay, visit: Visits) -> None:
    visit.read()
    blog.post("long")["date_gmt"] = "0000-00-00T00:00:00"

    seen = visit.read()

    (broken,) = seen.broken
    assert broken.keys == keys(blog, {"long"})
    assert "post “Without an excerpt” (12): its date" in str(broken.refusal)
    assert not seen.gone


def test_a_post_that_is_listed_but_not_shown_is_not_gone(blog: Replay, visit: Visits) -> None:
    visit.read()
    blog.post("long")["slug"] = "another"

    def hiding(path: str, asked: Asked) -> Said | None:
        return Said(200, []) if asked.get("include") == "12" else None

    blog.otherwise = hiding

    seen = visit.read()

    assert [broken.keys for broken in seen.broken] == [keys(blog, {"long"})]
    assert not seen.gone


def test_a_post_that_gets_a_password_after_it_was_listed_is_gone(blog: Replay, visit: Visits) -> None:
    visit.read()
    post = blog.post("long")
    post["slug"] = "another"

    def protected(path: str, asked: Asked) -> Said | None:
        if asked.get("include") != "12":
            return None
        return Said(200, [cut(post, "id,title") | {"content": {"rendered": "", "protected": True}}])

    blog.otherwise = protected

    assert visit.read().gone == keys(blog, {"long"})


def test_a_site_that_tells_nobody_its_authors_is_written_by_the_author(blog: Replay, visit: Visits) -> None:
    said = {"code": "rest_user_cannot_view", "message": "Sorry, you are not allowed to list users."}
    blog.otherwise = lambda path, asked: Said(401, said) if path.endswith("/users") else None

    drafts = visit.read().drafts

    assert {draft.authors for draft in drafts.values()} == {("Ada Fjordman",)}


def test_a_firewall_before_the_authors_is_no_answer(blog: Replay, visit: Visits) -> None:
    blog.otherwise = lambda path, asked: (
        Said(403, "<html>Blocked</html>") if path.endswith("/users") else None
    )

    with pytest.raises(SourceError, match=r"answers with a web page instead of JSON \(403\)"):
        visit.read()


def test_nothing_is_told_before_all_was_asked(blog: Replay, visit: Visits) -> None:
    many(blog, 250)
    blog.otherwise = lambda path, asked: (
        Said(503, "later")
        if asked.get("include", "").startswith("201,") and "excerpt" in asked["_fields"]
        else None
    )

    with pytest.raises(SourceError):
        visit.read()
    assert (visit.marks, visit.state) == ({}, {})


# ── Laws ─────────────────────────────────────────────────────────────────────────────────────────


odd = st.integers(0, 14).map(lambda half: 2 * half + 1)
even = st.integers(1, 15).map(lambda half: 2 * half)


@given(events=st.lists(st.tuples(st.integers(1, 9), st.none() | odd, st.none() | even), max_size=4))
@settings(max_examples=100)
def test_whatever_happens_while_it_is_read_nothing_is_gone_that_is_there(
    events: list[tuple[int, int | None, int | None]],
) -> None:
    blog = recorded("before", "https://blog.example")
    many(blog, 30)
    every = {post["id"]: post for post in blog.lists["posts"]}
    # Those that come out meanwhile are others than those that were there.
    blog.lists["posts"] = [post for number, post in every.items() if number % 2]
    visit = visits(blog.address, Direct(blog))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lists, "PER_PAGE", 4)
        patch.setattr(rest, "PER_PAGE", 4)
        visit.read()
        begin = len(blog.questions)

        def happening(path: str, asked: Asked) -> Said | None:
            posts = {post["id"]: post for post in blog.lists["posts"]}
            for at, deleted, published in events:
                if begin + at == len(blog.questions):
                    posts.pop(deleted, None)
                    posts |= {published: every[published]} if published else {}
            blog.lists["posts"] = list(posts.values())
            return None

        blog.otherwise = happening
        try:
            seen = visit.read()
        except SourceError:
            return
    there = {post["guid"]["rendered"] for post in blog.lists["posts"]}
    assert not seen.gone & there
