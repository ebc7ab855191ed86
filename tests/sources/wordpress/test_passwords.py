"""Who is told the password of a WordPress: its own origin, by TLS, and nobody else."""

import base64
from collections.abc import Iterator

import pytest

from feeder import net
from feeder.errors import SourceError
from feeder.model import settings
from feeder.net import Answer
from feeder.sources.wordpress.rest import Rest
from tests.sources.wordpress.rig import Asked, Replay, Said, replaying, visits


@pytest.fixture
def blog() -> Iterator[Replay]:
    with replaying() as replay:
        yield replay


@pytest.fixture
def client() -> Iterator[net.Client]:
    with net.Client(sleep=lambda _: None) as client:
        yield client


class Noting(net.Client):
    """A client that notes who would be told what, and asks nobody."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[object] = []

    def get(self, url: str, **given: object) -> Answer:
        self.sent.append(given["auth"])
        return Answer(200, {}, b"[]", url)


def test_user_and_password_go_with_every_question_but_the_first(blog: Replay, client: net.Client) -> None:
    proof = f"Basic {base64.b64encode(b'ada:open sesame').decode()}"

    def guarded(path: str, asked: Asked) -> Said | None:
        is_in = blog.credentials[-1] == proof or not path.startswith("/wp-json/")
        return None if is_in else Said(401, {"code": "rest_not_logged_in", "message": "Log in."})

    blog.otherwise = guarded

    assert visits(blog.address, client, user="ada", password="open sesame").read().drafts
    assert set(blog.credentials[1:]) == {proof}
    assert blog.credentials[0] is None


def test_a_wrong_password(blog: Replay, client: net.Client) -> None:
    said = {
        "code": "incorrect_password",
        "message": "The provided password is an invalid application password.",
    }
    blog.otherwise = lambda path, asked: Said(401, said) if path.startswith("/wp-json/") else None

    with pytest.raises(SourceError) as caught:
        visits(blog.address, client, user="ada", password="open sesame").read()

    assert "incorrect_password" in caught.value.rule
    assert "make a new application password" in caught.value.mend
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "root", "allowed"),
    [
        ("https://example.org", "https://example.org/wp-json/", True),
        ("https://example.org/blog/", "https://example.org/wp-json/", True),
        ("http://example.org", "https://example.org/wp-json/", True),
        ("https://EXAMPLE.org", "https://example.org/wp-json/", True),
        ("http://example.org", "http://example.org/wp-json/", False),
        ("https://example.org", "https://www.example.org/wp-json/", False),
        ("https://example.org", "https://example.org:8443/wp-json/", False),
        ("https://example.org", "https://public-api.wordpress.com/wp/v2/sites/example.org/", False),
    ],
)
def test_a_password_goes_to_the_sites_own_origin_by_tls_only(url: str, root: str, *, allowed: bool) -> None:
    client = Noting()
    source = settings.WordPress("blog", url, user="ada", password="sesame")
    rest = Rest("source blog", source, client, root)

    if allowed:
        rest.page("posts", {})
        assert client.sent == [("ada", "sesame")]
    else:
        with pytest.raises(SourceError, match="password"):
            rest.page("posts", {})
        assert not client.sent


def test_private_networks_may_do_without_tls(blog: Replay, client: net.Client) -> None:
    assert visits(blog.address, client, user="ada", password="x").read().drafts
