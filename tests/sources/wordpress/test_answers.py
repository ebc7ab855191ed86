"""What a WordPress, or what stands before it, may answer instead: one clear complaint each, and nothing told."""

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from itertools import count

import pytest

from feeder import net
from feeder.errors import SourceError
from tests.sources.wordpress.rig import Asked, Otherwise, Replay, Said, Visits, replaying, rows, visits

GROWING = count(300)
PAGE = "<!DOCTYPE html><html><body>Checking your browser…</body></html>"


@pytest.fixture
def blog() -> Iterator[Replay]:
    with replaying() as replay:
        yield replay


@pytest.fixture
def client() -> Iterator[net.Client]:
    with net.Client(limits=net.Limits(max_bytes=1_000_000), sleep=lambda _: None) as client:
        yield client


@pytest.fixture
def visit(blog: Replay, client: net.Client) -> Visits:
    """A blog that was read before."""
    visits_so_far = visits(blog.address, client)
    visits_so_far.read()
    return visits_so_far


def complaint(visit: Visits) -> SourceError:
    """Visit, and return the complaint; what was known stays as it was."""
    before = (dict(visit.marks), visit.state)
    with pytest.raises(SourceError) as caught:
        visit.read()
    assert (visit.marks, visit.state) == before
    assert caught.value.thing == "source blog"
    assert caught.value.mend
    return caught.value


def of_posts(said: Said) -> Otherwise:
    return lambda path, asked: said if path.endswith("/posts") else None


def told(code: str, status: int, message: str = "Sorry, you are not allowed to do that.") -> Said:
    return Said(status, {"code": code, "message": message, "data": {"status": status}})


def row(number: object = 1, **other: object) -> dict[str, object]:
    return {"id": number, "guid": {"rendered": f"g{number}"}, "status": "publish"} | other


def page(*found: object, total: int | None = None) -> Said:
    length = len(found) if total is None else total
    return Said(200, list(found), {"X-WP-Total": str(length), "X-WP-TotalPages": str(-(-length // 100))})


ANSWERS: Mapping[str, tuple[Said, str, str]] = {
    "a web page": (
        Said(200, PAGE),
        "answers with a web page instead of JSON (200)",
        "look for a security plugin or a log-in wall, and let feeder ask for /wp-json/",
    ),
    "a firewall": (
        Said(403, PAGE),
        "answers with a web page instead of JSON (403)",
        "look for a security plugin or a log-in wall, and let feeder ask for /wp-json/",
    ),
    "a log-in": (
        told("rest_not_logged_in", 401, "You are not currently logged in."),
        "refuses to answer (401, rest_not_logged_in: You are not currently logged in.)",
        "let feeder ask for /wp-json/ in the security plugin, or give `user` and an application password",
    ),
    "no right": (
        told("rest_forbidden", 403),
        "refuses to answer (403, rest_forbidden: Sorry, you are not allowed to do that.)",
        "let feeder ask for /wp-json/ in the security plugin, or give `user` and an application password",
    ),
    "switched off": (
        told("rest_disabled", 403, "The REST API on this site has been disabled."),
        "its REST interface is switched off (rest_disabled)",
        "switch it on in the plugin that did so, or take its feed as the source",
    ),
    "no route": (
        told("rest_no_route", 404, "No route was found matching the URL and request method."),
        "its REST interface is switched off (rest_no_route)",
        "switch it on in the plugin that did so, or take its feed as the source",
    ),
    "another question": (
        told("rest_invalid_param", 400, "Invalid parameter(s): per_page"),
        "does not take our question (400, rest_invalid_param: Invalid parameter(s): per_page)",
        "look for a plugin that limits the REST interface",
    ),
    "too often": (Said(429, "Slow down", {"Retry-After": "900"}), "we asked too often (429)", "900 s"),
    "an error": (Said(500, PAGE), "is in trouble (500)", "wait"),
    "maintenance": (Said(503, PAGE, {"Retry-After": "600"}), "is in trouble (503)", "600 s"),
    "half a JSON": (Said(200, '[{"id": 5, "guid": {"rend'), "answered half a JSON", "wait"),
    "no JSON": (Said(200, "Hello?"), "answered broken JSON", "wait"),
    "nothing": (Said(200, b""), "answered nothing, not JSON", "wait"),
    "too much": (Said(200, b"[" + b" " * 1_000_001), "is larger than 1 MB", "check"),
    "a deep JSON": (Said(200, b"[" * 100_000), "answered a JSON that cannot be read", "wait"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_of_no_use_is_complained_of_and_changes_nothing(
    blog: Replay, visit: Visits, name: str
) -> None:
    said, rule, mend = ANSWERS[name]
    blog.otherwise = of_posts(said)

    error = complaint(visit)

    assert rule in error.rule
    assert mend in error.mend


@pytest.mark.parametrize(("name", "seconds"), [("too often", 900), ("maintenance", 600)])
def test_how_long_a_site_wants_to_be_left_alone_is_passed_on(
    blog: Replay, visit: Visits, name: str, seconds: int
) -> None:
    blog.otherwise = of_posts(ANSWERS[name][0])

    assert complaint(visit).retry_after == timedelta(seconds=seconds)


def test_what_a_stranger_says_is_told_on_one_line_and_not_for_long(blog: Replay, visit: Visits) -> None:
    blog.otherwise = of_posts(told("x\n\x1b[31m" * 99, 401, "<b>No</b>\n\n" + "very " * 999))

    error = complaint(visit)

    assert len(error.rule) < 300
    assert error.rule.isprintable()


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"posts": []},
        "five",
        5,
        None,
        [1, 2, 3],
        [None],
        [[]],
        [{}],
        [row("5")],
        [row(-5)],
        [row(True)],
        [row(5.5)],
        [row(None)],
        [row(tags="bridges")],
        [row(tags=[{"id": 1}])],
    ],
)
def test_a_list_of_nonsense_is_none(blog: Replay, visit: Visits, content: object) -> None:
    blog.otherwise = of_posts(Said(200, json.dumps(content)))

    assert "its list of posts is none that WordPress gives" in complaint(visit).rule


@pytest.mark.parametrize("name", ["tags", "users", "media"])
@pytest.mark.parametrize("content", [{}, [5], [{"name": "x"}]])
def test_other_lists_of_nonsense_are_none(blog: Replay, visit: Visits, name: str, content: object) -> None:
    blog.otherwise = lambda path, asked: Said(200, json.dumps(content)) if path.endswith(f"/{name}") else None

    assert f"its list of {name} is none" in complaint(visit).rule


@pytest.mark.parametrize(
    "odd",
    [
        {"guid": None, "link": 5, "slug": [], "author": "x", "featured_media": None, "modified_gmt": {}},
        {"guid": {"rendered": 5}, "content": "protected", "tags": []},
    ],
)
def test_a_row_with_odd_fields_is_a_post_without_a_date(
    blog: Replay, visit: Visits, odd: dict[str, object]
) -> None:
    blog.otherwise = of_posts(page(row(5, title={"rendered": "A title"}, **odd)))
    visit.marks.clear()

    seen = visit.read()

    assert not seen.drafts
    assert "its date “” is none" in str(seen.broken[0].refusal)


@pytest.mark.parametrize(
    "otherwise",
    [
        # The same post on every page, of which there are ten thousand.
        lambda asked: Said(200, [row()], {"X-WP-Total": "10000", "X-WP-TotalPages": "1000"}),
        # The same post twice on one page.
        lambda asked: page(row(1), row(1)),
        # Not in the order that was asked for.
        lambda asked: page(row(2), row(1)),
        # More than it says.
        lambda asked: page(row(1), row(2), total=1),
        # One more at every question.
        lambda asked: page(
            *(row(number) for number in range(int(asked["page"]) * 100, int(asked["page"]) * 100 + 100)),
            total=next(GROWING),
        ),
    ],
)
def test_a_list_that_does_not_hold_still_is_read_twice_and_no_further(
    blog: Replay, visit: Visits, otherwise: Callable[[Asked], Said]
) -> None:
    blog.otherwise = lambda path, asked: otherwise(asked) if "orderby" in asked else None
    before = len(blog.questions)

    assert "changed while it was read" in complaint(visit).rule
    assert len(blog.questions) <= before + 4


def test_a_site_with_more_posts_than_any(blog: Replay, visit: Visits) -> None:
    blog.otherwise = of_posts(
        Said(200, [row()], {"X-WP-Total": "99999999999999999999", "X-WP-TotalPages": "999999999999"})
    )

    assert "says that it has more than 200,000 posts" in complaint(visit).rule


def test_pages_without_end(blog: Replay, visit: Visits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feeder.sources.wordpress.lists.MAX_PAGES", 7)

    def endless(path: str, asked: Asked) -> Said | None:
        if "orderby" not in asked:
            return None
        first = int(asked["page"]) * 100
        return Said(200, [row(number) for number in range(first, first + 100)])

    blog.otherwise = endless
    before = len(blog.questions)

    assert "says that it has more than 700 posts" in complaint(visit).rule
    assert len(blog.questions) == before + 7


def test_answers_that_nobody_asked_for_are_left_out(blog: Replay, visit: Visits) -> None:
    posts = blog.lists["posts"]
    blog.otherwise = lambda path, asked: (
        rows(posts + posts, {"_fields": asked["_fields"], "per_page": "100"}, of_posts=True)
        if "excerpt" in asked.get("_fields", "")
        else None
    )
    blog.post("long")["slug"] = "another"

    assert set(visit.read().drafts) == {blog.key("long")}


def test_a_redirect_in_a_circle(blog: Replay, visit: Visits) -> None:
    blog.otherwise = lambda path, asked: Said(302, "", {"Location": "/wp-json/wp/v2/posts?round=1"})

    assert "redirects" in complaint(visit).rule


def test_a_private_address_is_refused_unless_it_is_allowed(blog: Replay, client: net.Client) -> None:
    visit = visits(blog.address, client, allow_private=False)

    error = complaint(visit)

    assert "an address of this machine or a private network" in error.rule
    assert "allow_private" in error.mend
    assert not blog.questions


def test_nobody_listens(client: net.Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    assert "connection refused" in complaint(visits(f"http://127.0.0.1:{port}/", client)).rule


def test_a_server_that_hangs_up(client: net.Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                connection.close()

        threading.Thread(target=hang_up, daemon=True).start()
        error = complaint(visits(f"http://127.0.0.1:{server.getsockname()[1]}/", client))
        server.shutdown(socket.SHUT_RDWR)

    assert "breaks off" in error.rule or "broke" in error.rule
