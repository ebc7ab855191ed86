"""A WordPress of recorded answers, on loopback: what the real one said, told again as it would tell it."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from feeder import net
from feeder.model import settings
from feeder.model.items import Broken, Draft, Mark, NotModified, Past, Unchanged
from feeder.sources.wordpress import WordPress

RECORDED = Path(__file__).parents[2] / "data" / "wordpress"
ADDRESS = "https://blog.example"
_LAST_PAGE = "The page number requested is larger than the number of pages available."


@dataclass(frozen=True, slots=True)
class Said:
    """An answer: text as it stands, anything else as JSON."""

    status: int
    content: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def bytes(self) -> bytes:
        if isinstance(self.content, bytes):
            return self.content
        return (self.content if isinstance(self.content, str) else json.dumps(self.content)).encode()


Asked = Mapping[str, str]
Otherwise = Callable[[str, Asked], Said | None]


@dataclass(slots=True)
class Replay:
    """A blog that answers at `address` as the recorded one did.

    `lists` are rows of posts, tags, users and media; `home` is the page at its address.
    `otherwise` is asked first, with the path and the question, and may answer differently.
    `questions` are all that was asked, and `credentials` what came with each.
    """

    address: str
    lists: dict[str, list[dict[str, Any]]]
    home: Said
    exchanges: Sequence[Mapping[str, Any]]
    numbers: Mapping[str, int]
    otherwise: Otherwise = lambda path, asked: None
    questions: list[str] = field(default_factory=list)
    credentials: list[str | None] = field(default_factory=list)

    def post(self, name: str) -> dict[str, Any]:
        """Return a recorded post, to change it."""
        return next(post for post in self.lists["posts"] if post["id"] == self.numbers[name])

    def key(self, name: str) -> str:
        return f"{self.address}/?p={self.numbers[name]}"

    def answer(self, target: str) -> Said:
        parts = urlsplit(target)
        asked = dict(parse_qsl(parts.query, keep_blank_values=True))
        path = parts.path.rstrip("/")
        if "rest_route" in asked:
            path = f"/wp-json{asked.pop('rest_route')}".rstrip("/")
        said = self.otherwise(path, asked)
        if said:
            return said
        name = path.removeprefix("/wp-json/wp/v2/")
        if name in self.lists:
            return rows(self.lists[name], asked, of_posts=name == "posts")
        if path in {"", "/wp-json"}:
            return self.home
        return Said(404, {"code": "rest_no_route", "message": "No route was found.", "data": {"status": 404}})


def rows(all_rows: Sequence[Mapping[str, Any]], asked: Asked, *, of_posts: bool) -> Said:
    """Return what WordPress answers of a list, by `include`, `orderby=id`, `page`, `per_page`, `_fields`."""
    per_page, page = int(asked.get("per_page", 10)), int(asked.get("page", 1))
    if per_page > 100:
        return Said(400, {"code": "rest_invalid_param", "message": "Invalid parameter(s): per_page"})
    found = list(all_rows)
    if "include" in asked:
        wanted = {int(number) for number in asked["include"].split(",")}
        found = [row for row in found if row["id"] in wanted]
    found.sort(key=lambda row: row["id"])
    pages = -(-len(found) // per_page)
    if of_posts and found and page > pages:
        return Said(400, {"code": "rest_post_invalid_page_number", "message": _LAST_PAGE})
    shown = [cut(row, asked.get("_fields", "")) for row in found[(page - 1) * per_page : page * per_page]]
    return Said(200, shown, {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(pages)})


def cut(row: Mapping[str, Any], fields: str) -> dict[str, Any]:
    """Return the fields that were asked for, as in `id,content.protected`; all, if none were."""
    shown: dict[str, Any] = {}
    for path in fields.split(",") if fields else row:
        name, _, within = path.partition(".")
        if name in row:
            shown[name] = {within: row[name][within]} if within else row[name]
    return shown


def recorded(moment: str, address: str) -> Replay:
    """Return the blog as it was at a moment, `before` or `after`, as though it were at this address."""
    told = json.loads((RECORDED / f"{moment}.json").read_text("utf-8").replace(ADDRESS, address))
    home = Said(told["home"]["status"], told["home"]["content"], told["home"]["headers"])
    return Replay(address, told["lists"], home, told["exchanges"], told["posts by name"])


@contextmanager
def replaying(moment: str = "before") -> Iterator[Replay]:
    """Serve a recorded blog on loopback."""
    replays: list[Replay] = []

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            replay = replays[0]
            replay.questions.append(self.path)
            replay.credentials.append(self.headers.get("Authorization"))
            said = replay.answer(self.path)
            self.send_response(said.status)
            is_html = isinstance(said.content, str) and said.content.lstrip().startswith("<")
            headers = {"Content-Type": "text/html" if is_html else "application/json"} | dict(said.headers)
            for name, value in ({"Content-Length": str(len(said.bytes))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said.bytes)

        def log_message(self, *_: object) -> None:
            """Be quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        server.daemon_threads = True
        replays.append(recorded(moment, f"http://127.0.0.1:{server.server_port}"))
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield replays[0]
        finally:
            server.shutdown()
            thread.join()


class Direct(net.Client):
    """A client that asks a blog without a network in between."""

    def __init__(self, blog: Replay) -> None:
        super().__init__()
        self._blog = blog

    def get(self, url: str, **_: Any) -> net.Answer:
        target = url.removeprefix(self._blog.address)
        self._blog.questions.append(target)
        said = self._blog.answer(target)
        headers = {name.lower(): value for name, value in said.headers.items()}
        return net.Answer(said.status, headers, said.bytes, url)


# ── Who visits it ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Seen:
    """What a visit told: drafts by key, keys that are unchanged, refusals, and keys that are gone."""

    drafts: Mapping[str, Draft]
    unchanged: frozenset[str]
    broken: tuple[Broken, ...]
    gone: frozenset[str]
    complete: bool
    missing: frozenset[str]


NOTHING = Seen({}, frozenset(), (), frozenset(), complete=True, missing=frozenset())


@dataclass(slots=True)
class Visits:
    """One source that is read again and again, with the memory that a store has of it."""

    source: WordPress
    marks: dict[str, Mark] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)

    def read(self) -> Seen:
        """Visit, and remember. Raises: SourceError, and then nothing was told."""
        reading = self.source.read(Past(json.loads(json.dumps(self.state)), lambda: self.marks))
        if isinstance(reading, NotModified):
            return NOTHING
        told = list(reading.told)
        drafts = {each.key: each for each in told if isinstance(each, Draft)}
        unchanged = frozenset(each.key for each in told if isinstance(each, Unchanged))
        broken = tuple(each for each in told if isinstance(each, Broken))
        held = {mark.key for mark in self.marks.values()}
        there = drafts.keys() | unchanged | {key for each in broken for key in each.keys}
        gone = frozenset(held - there) if reading.complete else frozenset()
        self.marks |= {draft.place: Mark(draft.key, draft.version) for draft in drafts.values()}
        self.marks = {place: mark for place, mark in self.marks.items() if mark.key not in gone}
        self.state = {} if broken else reading.state
        return Seen(drafts, unchanged, broken, gone, reading.complete, reading.missing)


def visits(address: str, client: net.Client, **changed: Any) -> Visits:
    """Return the visits to a blog by a site with an author; `changed` are other settings of the source."""
    given: dict[str, Any] = {"name": "blog", "url": address, "allow_private": True} | changed
    site = settings.Site(title="Spans", author="Ada Fjordman", language="en")
    return Visits(WordPress(settings.WordPress(**given), site, client))
