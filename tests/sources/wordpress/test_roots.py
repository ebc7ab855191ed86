"""Where a site has its REST interface, and who is told the password."""

from collections.abc import Iterator

import pytest

from feeder import net
from feeder.errors import SourceError
from feeder.model import settings
from feeder.net import Answer, RequestFailed
from feeder.sources.wordpress import roots
from tests.sources.wordpress.rig import NOTHING, Asked, Replay, Said, Visits, replaying, visits

RELATION = "https://api.w.org/"


@pytest.fixture
def blog() -> Iterator[Replay]:
    with replaying() as replay:
        yield replay


@pytest.fixture
def client() -> Iterator[net.Client]:
    with net.Client(sleep=lambda _: None) as client:
        yield client


def base(visit: Visits) -> str:
    assert visit.read().drafts
    return str(visit.state["base"])


def without_wp_json(path: str, asked: Asked) -> bool:
    return path.startswith("/wp-json")


# ── Finding ──────────────────────────────────────────────────────────────────────────────────────


def test_the_header_of_the_page_names_it(blog: Replay, client: net.Client) -> None:
    blog.home = Said(200, "<p>Hello</p>", {"Link": f'<{blog.address}/wp-json/>; rel="{RELATION}"'})

    assert base(visits(blog.address, client)) == f"{blog.address}/wp-json/wp/v2/"
    assert blog.questions[0] == "/"


def test_the_page_names_it(blog: Replay, client: net.Client) -> None:
    blog.home = Said(
        200, f"<html lang=nb-NO><link rel='{RELATION}' href='/?rest_route=/'></html>", {"Link": "<x>; rel=y"}
    )
    visit = visits(blog.address, client)

    assert base(visit) == f"{blog.address}/?rest_route=/wp/v2/"
    assert visit.state["language"] == "nb-NO"


def test_the_page_of_a_post_names_it_as_well(blog: Replay, client: net.Client) -> None:
    home = blog.home
    blog.otherwise = lambda path, asked: home if path == "/2019/05/stone" else None

    assert base(visits(f"{blog.address}/2019/05/stone/", client)) == f"{blog.address}/wp-json/wp/v2/"


@pytest.mark.parametrize(
    "content", ["", "<p>Welcome</p>", "\x00", "<!-- -->", "{}", "<html lang='<'></html>"]
)
def test_a_page_that_names_none_is_asked_at_the_usual_places(
    blog: Replay, client: net.Client, content: str
) -> None:
    blog.home = Said(200, content)

    assert base(visits(blog.address, client)) == f"{blog.address}/wp-json/wp/v2/"


@pytest.mark.parametrize(
    "refused", [Said(404, "<p>None</p>"), Said(404, ""), Said(403, "<p>No</p>"), Said(200, "<p>Hi</p>")]
)
def test_without_pretty_addresses_it_is_asked_by_query(
    blog: Replay, client: net.Client, refused: Said
) -> None:
    blog.home = Said(200, "<p>Hello</p>")
    by_path: list[str] = []

    def answer(path: str, asked: Asked) -> Said | None:
        is_by_path = blog.questions[-1].startswith("/wp-json")
        by_path.extend([path] if is_by_path else [])
        return refused if is_by_path else None

    blog.otherwise = answer

    assert base(visits(blog.address, client)) == f"{blog.address}/?rest_route=/wp/v2/"
    assert len(by_path) == 1


def test_a_blog_in_a_folder(blog: Replay, client: net.Client) -> None:
    home = Said(200, "<p>Hello</p>")

    def answer(path: str, asked: Asked) -> Said | None:
        if path == "/blog":
            return home
        if not path.startswith("/blog"):
            return Said(404, "")
        blog.otherwise, there = lambda *_: None, blog.otherwise
        said = blog.answer(blog.questions[-1].removeprefix("/blog"))
        blog.otherwise = there
        return said

    blog.otherwise = answer

    assert base(visits(f"{blog.address}/blog", client)) == f"{blog.address}/blog/wp-json/wp/v2/"


def test_it_is_remembered(blog: Replay, client: net.Client) -> None:
    visit = visits(blog.address, client)
    visit.read()
    asked = len(blog.questions)

    assert visit.read() == NOTHING
    assert "/" not in blog.questions[asked:]


def test_it_is_found_again_where_it_is_no_more(blog: Replay, client: net.Client) -> None:
    visit = visits(blog.address, client)
    visit.read()
    blog.home = Said(200, f"<html lang=en-US><link rel='{RELATION}' href='/?rest_route=/'></html>")
    blog.otherwise = lambda path, asked: (
        Said(404, "<p>None</p>") if blog.questions[-1].startswith("/wp-json") else None
    )

    assert visit.read() == NOTHING
    assert visit.read() == NOTHING


def test_another_address_is_another_blog(blog: Replay, client: net.Client) -> None:
    visit = visits(blog.address, client)
    visit.read()
    other = visits(f"{blog.address}/", client)
    other.marks, other.state = visit.marks, visit.state
    asked = len(blog.questions)
    other.read()

    assert blog.questions[asked] == "/"


def test_no_wordpress(blog: Replay, client: net.Client) -> None:
    blog.otherwise = lambda path, asked: Said(404, "<p>Nothing</p>")

    with pytest.raises(SourceError) as caught:
        visits(blog.address, client).read()

    assert "is no WordPress with a REST interface" in caught.value.rule
    assert "feed" in caught.value.mend


def test_the_most_telling_refusal_is_told(blog: Replay, client: net.Client) -> None:
    refusal = {"code": "rest_not_logged_in", "message": "Log in."}
    blog.home = Said(200, "<p>Hello</p>")

    def answer(path: str, asked: Asked) -> Said | None:
        if not path.startswith("/wp-json/"):
            return None
        return Said(401, refusal) if "rest_route" in blog.questions[-1] else Said(404, "<p>None</p>")

    blog.otherwise = answer

    with pytest.raises(SourceError, match="rest_not_logged_in"):
        visits(blog.address, client).read()


def test_a_site_in_trouble_is_not_asked_further(blog: Replay, client: net.Client) -> None:
    blog.otherwise = lambda path, asked: Said(503, "") if path.startswith("/wp-json/") else None

    with pytest.raises(SourceError, match="503"):
        visits(blog.address, client).read()
    assert not [question for question in blog.questions if "rest_route" in question]


# ── Elsewhere ────────────────────────────────────────────────────────────────────────────────────


class Web(net.Client):
    """A client whose web is what a test says: answers by address, without any query; all else is 404."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.pages: dict[str, Answer] = {}

    def page(self, url: str, content: str = "", *, at: str = "", **headers: str) -> None:
        lower = {name.lower(): value for name, value in headers.items()}
        self.pages[url] = Answer(200, lower, content.encode(), at or url)

    def get(self, url: str, **_: object) -> Answer:
        self.asked.append(url)
        bare = url.partition("&per_page" if "?rest_route" in url else "?per_page")[0]
        return self.pages.get(bare) or Answer(404, {}, b"", url)


def found(web: Web, url: str = "https://example.org") -> roots.Found:
    source = settings.WordPress("blog", url)
    return roots.find("source blog", source, web)


def named(url: str) -> str:
    return f'<{url}>; rel="{RELATION}"'


def test_wordpress_com_is_asked_last() -> None:
    web = Web()
    web.page("https://example.org", "<p>Hello</p>")
    there = "https://public-api.wordpress.com/wp/v2/sites/example.org/"
    web.page(f"{there}posts", "[]")

    assert found(web).base == there
    assert [url.partition("?per_page")[0].partition("&per_page")[0] for url in web.asked] == [
        "https://example.org",
        "https://example.org/wp-json/wp/v2/posts",
        "https://example.org/?rest_route=/wp/v2/posts",
        f"{there}posts",
    ]


def test_a_site_that_names_wordpress_com_is_asked_there() -> None:
    web = Web()
    web.page(
        "https://example.org", link=named("https://public-api.wordpress.com/wp-json/?rest_route=/sites/5")
    )
    there = "https://public-api.wordpress.com/wp/v2/sites/example.org/"
    web.page(f"{there}posts", "[]")

    assert found(web).base == there


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1", "http://localhost:8000", "https://[::1]/", "https://nas.local", "http://wordpress"],
)
def test_wordpress_com_is_not_asked_for_hosts_of_a_private_network(url: str) -> None:
    web = Web()

    with pytest.raises(SourceError, match="is no WordPress"):
        found(web, url)
    assert not [asked for asked in web.asked if "public-api" in asked]


@pytest.mark.parametrize(
    ("home", "root", "expected"),
    [
        ("https://example.org/", "https://api.example.org/", "https://api.example.org/wp/v2/"),
        ("https://www.example.org/", "https://example.org/wp-json", "https://example.org/wp-json/wp/v2/"),
        (
            "https://blog.example.org/",
            "https://www.example.org/wp-json/",
            "https://www.example.org/wp-json/wp/v2/",
        ),
        # Behind a proxy that ends TLS.
        ("https://example.org/", "http://example.org/wp-json/", "https://example.org/wp-json/wp/v2/"),
    ],
)
def test_a_relative_of_the_site_may_be_named(home: str, root: str, expected: str) -> None:
    web = Web()
    web.page(home, link=named(root))
    web.page(f"{expected}posts", "[]")

    assert found(web, home).base == expected


@pytest.mark.parametrize(
    "root",
    [
        "https://evil.example/wp-json/",
        "https://notexample.org/wp-json/",
        "https://example.org.evil.example/",
        "https://user@example.org/",
        "javascript:alert(1)",
    ],
)
def test_a_stranger_may_not_be_named(root: str) -> None:
    web = Web()
    web.page("https://example.org", link=named(root))

    with pytest.raises(SourceError, match="names a REST interface at another site"):
        found(web)
    assert web.asked == ["https://example.org"]


def test_the_address_that_it_leads_to_counts() -> None:
    web = Web()
    web.page(
        "https://example.org",
        at="https://www.example.com/welcome",
        link=named("https://www.example.com/wp-json/"),
    )
    web.page("https://www.example.com/wp-json/wp/v2/posts", "[]")

    assert found(web).home == "https://www.example.com/welcome"


def test_an_unreachable_site_is_told_as_what_it_is() -> None:
    class Dead(Web):
        def get(self, url: str, **given: object) -> Answer:
            raise RequestFailed("https://example.org", "its certificate has expired", "tell whoever runs it")

    with pytest.raises(SourceError) as caught:
        found(Dead())

    assert str(caught.value) == (
        "source blog: https://example.org: its certificate has expired; tell whoever runs it"
    )
