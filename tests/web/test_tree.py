"""The published tree as it is served."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from starlette.types import Message

from feeder import web
from feeder.app import App
from feeder.web.tree import Tree

Ask = Callable[..., httpx.Response]
TAG = "/tag/hafen"
ANSWERS = [
    ("GET", "/", 200),
    ("GET", "/atom.xml", 200),
    ("GET", f"{TAG}/", 200),
    ("GET", TAG, 307),
    ("GET", "/assets/feeder.css", 200),
    ("GET", "/none", 404),
    ("GET", "/tag/", 404),
    ("GET", "/unsubscribe/", 404),
    ("GET", "/unsubscribe/x", 200),
    ("POST", "/unsubscribe/x", 200),
    ("PUT", "/unsubscribe/x", 405),
    ("POST", "/", 405),
    ("DELETE", "/atom.xml", 405),
    ("HEAD", "/none", 404),
]
SECRETS = ["feeder.db", "config/feeder.toml", "content/kran.md"]


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_every_answer_carries_the_headers_that_keep_readers_safe(
    ask: Ask, method: str, path: str, status: int
) -> None:
    answer = ask(method, path)

    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["referrer-policy"]
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/atom.xml", f"{TAG}/atom.xml", "/tag/港口/atom.xml"])
def test_a_feed_is_served_as_a_feed(ask: Ask, app: App, path: str) -> None:
    answer = ask("GET", path)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert answer.content == (app.settings.publish.folder / path[1:]).read_bytes()


def test_a_feed_that_did_not_change_is_not_sent_again(ask: Ask) -> None:
    first = ask("GET", "/atom.xml")

    again = ask("GET", "/atom.xml", headers={"If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["x-content-type-options"] == "nosniff"
    assert ask("GET", "/atom.xml", headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_feed_that_changed_is_sent_again(ask: Ask, app: App) -> None:
    first = ask("GET", "/atom.xml")
    (app.settings.publish.folder / "atom.xml").write_bytes(b"<feed/>")

    again = ask("GET", "/atom.xml", headers={"If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content) == (200, b"<feed/>")


def test_a_feed_that_is_only_looked_at_has_no_body(ask: Ask) -> None:
    got, looked = ask("GET", "/atom.xml"), ask("HEAD", "/atom.xml")

    assert looked.content == b""
    assert looked.headers == got.headers


@pytest.mark.parametrize(
    ("path", "file"),
    [("/", "index.html"), (f"{TAG}/", "tag/hafen/index.html"), ("/index.html", "index.html")],
)
def test_a_folder_is_shown_by_its_page(ask: Ask, app: App, path: str, file: str) -> None:
    answer = ask("GET", path)

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.content == (app.settings.publish.folder / file).read_bytes()


@pytest.mark.parametrize("path", [TAG, "/tag/%E6%B8%AF%E5%8F%A3"])
def test_a_folder_without_its_slash_leads_to_it(ask: Ask, path: str) -> None:
    answer = ask("GET", path)

    assert answer.is_redirect
    assert answer.next_request is not None
    assert answer.next_request.url.raw_path.decode() == f"{path}/"
    assert answer.next_request.url.host == "127.0.0.1"


@pytest.mark.parametrize(
    "path", ["//evil.example/tag", "//evil.example", "/%2Fevil.example", "/\\evil.example"]
)
def test_no_redirect_leads_elsewhere(ask: Ask, app: App, path: str) -> None:
    (app.settings.publish.folder / "evil.example/tag").mkdir(parents=True)
    (app.settings.publish.folder / "evil.example/tag/index.html").write_bytes(b"x")

    status, headers = raw(app, path)

    location = headers.get("location", "http://127.0.0.1:8000/")
    assert location.startswith("http://127.0.0.1:8000/") or (
        location[:1] == "/" and location[1:2] not in "/\\"
    )
    assert status < 500


def raw(app: App, path: str) -> tuple[int, dict[str, str]]:
    """Ask for a path that no browser would send, as it is, and return the status and the headers."""
    sent: list[Message] = []
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode("utf-8", "replace"),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1:8000")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(web.create(app)(scope, receive, send))
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return int(sent[0]["status"]), headers


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "way", ["/../", "/tag/../../", "/./../", "//../", "/..//", "/assets/../../", "/..\\"]
)
def test_nothing_outside_the_tree_is_served(app: App, way: str, secret: str) -> None:
    assert (app.settings.folder / secret).is_file()

    assert raw(app, f"{way}{secret}")[0] in {400, 404}


@pytest.mark.parametrize(
    "path", ["/%2e%2e/feeder.db", "/..%2ffeeder.db", "/%2e%2e%2ffeeder.db", "/tag/%2e%2e/%2e%2e/feeder.db", "/%252e%252e/feeder.db"]
)  # fmt: skip
def test_encoded_ways_out_lead_nowhere(ask: Ask, path: str) -> None:
    assert ask("GET", path).status_code == 404


def test_an_absolute_path_leads_nowhere(app: App) -> None:
    assert raw(app, f"/{app.settings.folder}/feeder.db")[0] == 404


@pytest.mark.parametrize(
    "path", ["/\0", "/a\0.xml", f"/{'a' * 5000}", "/\udc80", "/%"], ids=lambda p: ascii(p)[:9]
)
def test_paths_that_no_disk_takes_are_not_found(app: App, path: str) -> None:
    assert raw(app, path)[0] in {400, 404}


def test_a_link_out_of_the_tree_is_not_followed(ask: Ask, app: App) -> None:
    (app.settings.publish.folder / "out.txt").symlink_to(app.settings.folder / "feeder.db")

    assert ask("GET", "/out.txt").status_code == 404


@pytest.mark.parametrize("path", [".atom.xml.part", "tag/.index.html.part", ".git/config"])
def test_hidden_files_are_not_served(ask: Ask, app: App, path: str) -> None:
    place = app.settings.publish.folder / path
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(b"half a fi")

    assert ask("GET", f"/{path}").status_code == 404


def test_a_tree_that_is_not_there_yet_is_empty(ask: Ask, app: App) -> None:
    folder = app.settings.publish.folder
    folder.rename(folder.with_name("elsewhere"))

    assert ask("GET", "/").status_code == 404
    folder.with_name("elsewhere").rename(folder)
    assert ask("GET", "/").status_code == 200


def test_a_file_that_is_replaced_while_it_is_asked_for_is_answered_whole(app: App) -> None:
    file = app.settings.publish.folder / "atom.xml"
    looked_at = file.stat()
    other = file.with_name("other")
    other.write_bytes(b"<feed>quite another</feed>" * 1000)
    other.replace(file)

    answer = Tree(file.parent).file_response(
        file, looked_at, {"type": "http", "method": "GET", "headers": []}
    )

    assert bytes(answer.body) == b"<feed>quite another</feed>" * 1000
    assert answer.headers["content-length"] == str(len(answer.body))
