"""Sources that answer badly: one clear complaint each, all else goes on, and nothing that is stored is lost."""

import base64
import re
import sqlite3
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.conftest import Site, Told, new_site, piece
from tests.data.wordpress.record import CHANGED, GONE
from tests.sources.wordpress.rig import Replay, recorded

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
SECRET = "open-sesame-4711"
PAGE = "<!DOCTYPE html><html><body>Checking your browser…</body></html>"
QUERY = "SELECT id, headline, link, printed FROM texts"
RECORDED_POSTS = 10
"""So many of the recorded posts are public."""

Visit = BaseHTTPRequestHandler
Trouble = Callable[[Visit], None]
"""What a server does instead of answering as it should."""


# ── A server ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Web:
    """Blogs and feeds on the loopback, each in a folder with the name of its source.

    `feeds` are the numbers of their entries. `troubles` come first. `asked` is who was asked, and `told` what came
    with it to prove who asks.
    """

    address: str
    blogs: dict[str, Replay] = field(default_factory=dict)
    feeds: dict[str, list[int]] = field(default_factory=dict)
    troubles: dict[str, Trouble] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    told: list[tuple[str, str | None]] = field(default_factory=list)

    def url(self, name: str) -> str:
        return f"{self.address}/{name}/" if name in self.blogs else f"{self.address}/{name}/feed?key={SECRET}"

    def add_blog(self, name: str) -> None:
        """Add a blog with one post, whose title tells whose it is."""
        self.blogs[name] = replay = recorded("before", f"{self.address}/{name}")
        replay.lists["posts"] = [replay.post("long")]
        self.rename(name, f"A post of {name}", "2026-11-01T08:00:00")

    def rename(self, name: str, title: str, modified: str) -> None:
        self.blogs[name].post("long").update(title={"rendered": title}, modified_gmt=modified)

    def answer(self, visit: Visit) -> None:
        name, _, rest = visit.path.removeprefix("/").partition("/")
        self.asked.append(name)
        self.told.append((visit.path, visit.headers.get("Authorization")))
        if name in self.troubles:
            self.troubles[name](visit)
        elif name in self.blogs:
            said = self.blogs[name].answer(f"/{rest}")
            says(said.status, said.bytes, **dict(said.headers))(visit)
        else:
            says(200, rss(name, self.feeds[name]))(visit)


def rss(name: str, numbers: list[int]) -> bytes:
    items = "".join(
        f"<item><title>Entry {number} of {name}</title><guid>{number}</guid>"
        f"<link>https://{name}.example/{number}</link><pubDate>{number:02} Nov 2026 08:00:00 GMT</pubDate></item>"
        for number in reversed(numbers)
    )
    return f'<rss version="2.0"><channel><title>The {name}</title>{items}</channel></rss>'.encode()


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[Web]:
    webs: list[Web] = []

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with suppress(ConnectionError):
                webs[0].answer(self)

        def log_message(self, *_: object) -> None:
            """Be quiet."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def finish_request(self, request: Any, client_address: Any) -> None:
            with suppress(ssl.SSLError, ConnectionError):  # the client trusts nobody here, or has gone
                wrapped = tls.wrap_socket(request, server_side=True) if tls else request
                super().finish_request(wrapped, client_address)
                wrapped.close()

    with Server(("127.0.0.1", 0), Answering) as server:
        webs.append(Web(f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}"))
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield webs[0]
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as served:
        yield served


# ── What it may do instead ───────────────────────────────────────────────────────────────────────


def says(status: int, body: str | bytes = b"", **headers: str) -> Trouble:
    content = body.encode() if isinstance(body, str) else body

    def answer(visit: Visit) -> None:
        visit.send_response(status)
        for name, value in ({"Content-Length": str(len(content))} | headers).items():
            visit.send_header(name.replace("_", "-"), value)
        visit.end_headers()
        visit.wfile.write(content)

    return answer


def round_and_round(visit: Visit) -> None:
    """Lead from one address to another and back."""
    name, _, rest = visit.path.removeprefix("/").partition("/")
    says(302, Location=f"/{name}/{'there' if rest.startswith('here') else 'here'}")(visit)


def endless(visit: Visit) -> None:
    """Begin well, and go on for 200 MB."""
    visit.send_response(200)
    visit.end_headers()
    visit.wfile.write(b'[{"id": 1, "title": "')
    for _ in range(200):
        visit.wfile.write(b"x" * 1_000_000)


def the_same_posts_on_every_page(**headers: str) -> Trouble:
    row = '{"id": %d, "guid": {"rendered": "g%d"}, "status": "publish"}'
    posts = ",".join(row % (number, number) for number in range(1, 101))
    return says(200, f"[{posts}]", **headers)


def refusal(code: str) -> str:
    return f'{{"code": "{code}", "message": "Sorry, you are not allowed to do that.", "data": null}}'


# By name of the source: what it does, and what the complaint must hold: the rule, and the mend.
BAD_BLOGS: dict[str, tuple[Trouble, list[str]]] = {
    "blog-page": (says(200, PAGE), ["a web page instead of JSON (200)", "security plugin"]),
    "blog-401": (
        says(401, refusal("incorrect_password")),
        ["refuses to answer (401, incorrect_password", "application password"],
    ),
    "blog-403": (says(403, PAGE), ["(403)", "security plugin"]),
    "blog-off": (says(404, refusal("rest_no_route")), ["switched off (rest_no_route)", "its feed"]),
    "blog-429": (says(429, "Slow down", Retry_After="7200"), ["asked too often (429)", "7200 s"]),
    "blog-500": (says(500, PAGE), ["is in trouble (500)", "wait"]),
    "blog-half": (says(200, '[{"id": 5, "guid": {"rend'), ["answered half a JSON", "wait"]),
    "blog-round": (round_and_round, ["redirects in a circle", "give the address where it leads"]),
    "blog-same": (the_same_posts_on_every_page(), ["changed while it was read", "plugin"]),
    "blog-many": (
        the_same_posts_on_every_page(X_WP_Total="1000000", X_WP_TotalPages="10000"),
        ["more than 200,000 posts", "check `url`"],
    ),
    "blog-large": (endless, ["is larger than 20 MB", "right address"]),
    "blog-silent": (says(200), ["answered nothing, not JSON", "wait"]),
}
BAD_FEEDS: dict[str, tuple[Trouble, list[str]]] = {
    "feed-page": (says(200, PAGE), ["is a web page, not a feed", "give the address of a feed"]),
    "feed-empty": (says(200, " \n"), ["is empty", "still there"]),
    "feed-json": (says(200, '{"posts": []}'), ["JSON", "feed"]),
    "feed-text": (says(200, "Hello?"), ["neither XML nor JSON", "give the address of a feed"]),
    "feed-half": (says(200, rss("x", [1, 2])[:-100]), ["ill-formed XML", "whoever publishes it"]),
    "feed-401": (says(401, PAGE), ["asks for a name and a password (401)", "check"]),
    "feed-403": (says(403, PAGE), ["refuses us (403)", "let feeder in"]),
    "feed-404": (says(404, PAGE), ["nothing at this address (404)", "check the address"]),
    "feed-429": (says(429, "", Retry_After="Wed, 25 Nov 2099 12:00:00 GMT"), ["asked too often (429)", " s"]),
    "feed-500": (says(500), ["is in trouble (500)", "wait"]),
    "feed-round": (round_and_round, ["redirects in a circle", "give the address where it leads"]),
    "feed-large": (endless, ["is larger than 20 MB", "right address"]),
    "feed-unasked": (says(304), ["304", "wait"]),
}


def write_text_over(database: Path) -> None:
    database.write_text("This is no database, and was never meant to be one.\n" * 99)


def drop_table(database: Path) -> None:
    change(database, "ALTER TABLE texts RENAME TO old_texts")


def bring_table_back(database: Path) -> None:
    change(database, "ALTER TABLE old_texts RENAME TO texts")


@dataclass(frozen=True, slots=True)
class BadDatabase:
    """What goes wrong: with other settings, or in the file; and what the complaint must hold."""

    words: list[str]
    settings: Mapping[str, str] = field(default_factory=dict)
    breaks: Callable[[Path], object] = lambda database: None


BAD_DATABASES: dict[str, BadDatabase] = {
    "sql-writes": BadDatabase(["no SELECT", "DELETE", "only reads"], {"query": "DELETE FROM texts"}),
    "sql-hides": BadDatabase(
        ["only reads", "write a SELECT"], {"query": "WITH x AS (SELECT 1) DELETE FROM texts"}
    ),
    "sql-several": BadDatabase(["several statements", "one SELECT"], {"query": f"{QUERY}; DROP TABLE texts"}),
    "sql-gone": BadDatabase(["there is no file", "sql-gone.db", "mend its address"], breaks=Path.unlink),
    "sql-text": BadDatabase(["not a database"], breaks=write_text_over),
    "sql-table": BadDatabase(["no such table: texts", "mend it"], breaks=drop_table),
    "sql-column": BadDatabase(
        ["no column headline", "columns.title"], {"query": "SELECT id, link FROM texts"}
    ),
    "sql-far": BadDatabase(
        ["cannot be reached", "check its address"], {"url": f"postgresql://ada:{SECRET}@127.0.0.1:1/archive"}
    ),
}


def make_database(file: Path, name: str) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("CREATE TABLE texts (id INTEGER PRIMARY KEY, headline, link, printed)")
    add_text(file, name, 1)
    add_text(file, name, 2)


def add_text(file: Path, name: str, number: int) -> None:
    row = f"'Text {number} of {name}', 'https://{name}.example/{number}', '2026-11-{number:02}'"
    change(file, f"INSERT INTO texts VALUES ({number}, {row})")


def change(file: Path, statement: str) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(statement)


# ── Sites ────────────────────────────────────────────────────────────────────────────────────────


def wordpress_source(name: str, url: str, *lines: str) -> str:
    return "\n".join([f"[sources.{name}]", 'type = "wordpress"', f'url = "{url}"', *lines, ""])


def feed_source(name: str, url: str, *lines: str) -> str:
    return "\n".join([f"[sources.{name}]", 'type = "feed"', f'url = "{url}"', *lines, ""])


def sql_source(name: str) -> str:
    columns = 'key = "id"\ntitle = "headline"\nurl = "link"\npublished = "printed"'
    head = f'[sources.{name}]\ntype = "sql"\nurl = "sqlite:///{name}.db"\nquery = "{QUERY}"'
    return f"{head}\n[sources.{name}.columns]\n{columns}\n"


def variable(name: str, key: str) -> str:
    return f"FEEDER_SOURCES__{name.upper().replace('-', '_')}__{key.upper()}"


def site_with(folder: Path, *sources: str) -> Site:
    site = new_site(folder / "site")
    site.now = told_as(NOW)
    site.write("first.md", piece("A first text", "date: 2026-10-01"))
    for source in sources:
        site.configure(source)
    return site


def told_as(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def status(site: Site) -> dict[str, dict[str, Any]]:
    """Return how each source is, by name."""
    return {each["name"]: each for each in site.feeder("sync", "--status", "--json").json}


def next_try(site: Site, name: str) -> datetime:
    (source,) = site.feeder("sync", name, "--status", "--json").json
    return datetime.fromisoformat(source["next_try"])


def items(site: Site) -> dict[str, list[str]]:
    """Return all rows of items as they are stored, by source."""
    found: dict[str, list[str]] = {}
    with closing(sqlite3.connect(site.folder / "feeder.db")) as store:
        for source, *row in store.execute("SELECT source, * FROM items ORDER BY id"):
            found.setdefault(source, []).append(repr(row))
    return found


def held(site: Site) -> list[str]:
    """Return all that the store holds, line by line, but where its sources and runs stand."""
    passing = re.compile(r'INSERT INTO "?(sources|runs|numbers|sqlite_sequence)"?')
    with closing(sqlite3.connect(site.folder / "feeder.db")) as store:
        return [line for line in store.iterdump() if not passing.match(line)]


def complaint(told: Told, name: str) -> str:
    """Return the one complaint about a source."""
    (found,) = [line for line in told.complaints if line.startswith(f"feeder: source {name}:")]
    return found


def is_told(secret: str, told: Told) -> bool:
    proof = base64.b64encode(f"ada:{secret}".encode()).decode()
    return any(each in told.out + told.err for each in (secret, proof))


# ── All that can go wrong, in one site ───────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Trial:
    """A site that read all its sources, what it said when most of them were in trouble, and when they were mended."""

    site: Site
    asked: list[str]
    credentials: list[tuple[str, str | None]]
    before: list[str]
    items_before: dict[str, list[str]]
    troubled: Told
    status: dict[str, dict[str, Any]]
    held: list[str]
    items: dict[str, list[str]]
    databases: dict[str, bytes]
    databases_after: dict[str, bytes]
    mended: Told
    mended_status: dict[str, dict[str, Any]]
    items_mended: dict[str, list[str]]

    @property
    def everything_said(self) -> list[Told]:
        return [self.troubled, self.mended]


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    with serving() as web:
        yield hold_trial(tmp_path_factory.mktemp("trial"), web)


def hold_trial(folder: Path, web: Web) -> Trial:
    for name in BAD_BLOGS:
        web.add_blog(name)
    web.feeds |= {name: [1, 2] for name in [*BAD_FEEDS, "good-feed"]}
    private = "allow_private = true"
    site = site_with(
        folder,
        *(wordpress_source(name, web.url(name), private, 'user = "ada"') for name in BAD_BLOGS),
        *(feed_source(name, web.url(name), private) for name in BAD_FEEDS),
        *map(sql_source, BAD_DATABASES),
        # What is good stands before and behind all that is not.
        feed_source("good-feed", web.url("good-feed"), private),
        sql_source("good-sql"),
    )
    site.settings |= {variable(name, "password"): SECRET for name in BAD_BLOGS}
    files = {name: site.folder / f"{name}.db" for name in [*BAD_DATABASES, "good-sql"]}
    for name, file in files.items():
        make_database(file, name)
    site.done("sync")
    before, items_before = held(site), items(site)
    databases = contents_of(files)

    web.troubles |= {name: trouble for name, (trouble, _) in (BAD_BLOGS | BAD_FEEDS).items()}
    settings = {
        variable(name, key): text for name, bad in BAD_DATABASES.items() for key, text in bad.settings.items()
    }
    for name, bad in BAD_DATABASES.items():
        bad.breaks(files[name])
    site.settings |= settings
    site.write("second.md", piece("A second text", "date: 2026-10-02"))
    web.feeds["good-feed"].append(3)
    add_text(files["good-sql"], "good-sql", 3)
    web.asked.clear()
    troubled = site.feeder("sync")
    asked = list(web.asked)
    how, after, items_after, databases_after = status(site), held(site), items(site), contents_of(files)

    web.troubles.clear()
    site.settings = {name: text for name, text in site.settings.items() if name not in settings}
    for name in ("sql-gone", "sql-text"):
        files[name].write_bytes(databases[name])
    bring_table_back(files["sql-table"])
    for name in BAD_BLOGS:
        web.rename(name, f"A better post of {name}", "2026-11-25T07:00:00")
    for name in BAD_FEEDS:
        web.feeds[name].append(3)
    for name in BAD_DATABASES:
        add_text(files[name], name, 3)
    mended = site.feeder("sync")
    return Trial(
        site,
        asked,
        web.told,
        before,
        items_before,
        troubled,
        how,
        after,
        items_after,
        databases,
        databases_after,
        mended,
        status(site),
        items(site),
    )


def contents_of(files: Mapping[str, Path]) -> dict[str, bytes]:
    return {name: file.read_bytes() for name, file in files.items() if file.exists()}


WORDS: Mapping[str, list[str]] = {name: words for name, (_, words) in (BAD_BLOGS | BAD_FEEDS).items()} | {
    name: bad.words for name, bad in BAD_DATABASES.items()
}


class TestTroubles:
    @pytest.mark.parametrize("name", WORDS)
    def test_each_is_one_line_with_the_rule_and_the_mend(self, trial: Trial, name: str) -> None:
        line = complaint(trial.troubled, name)

        assert [word for word in WORDS[name] if word not in line] == [], line
        assert len(line) < 400
        assert line.isprintable()
        assert ";" in line

    def test_nothing_else_is_said(self, trial: Trial) -> None:
        assert trial.troubled.code == 1
        assert len(trial.troubled.complaints) == len(WORDS)
        assert "Traceback" not in trial.troubled.err

    @pytest.mark.parametrize("name", WORDS)
    def test_the_status_tells_why_and_when_it_is_tried_again(self, trial: Trial, name: str) -> None:
        found = trial.status[name]

        assert found["healthy"] is False
        assert found["problem"] == complaint(trial.troubled, name).removeprefix("feeder: ")
        assert found["failures"] == 1
        assert NOW < datetime.fromisoformat(found["next_try"]) <= NOW + timedelta(days=1)
        assert datetime.fromisoformat(found["last_complete"]) == NOW

    @pytest.mark.parametrize(("name", "hours"), [("blog-429", 2), ("feed-429", 24)])
    def test_who_wants_to_be_left_alone_is_left_alone(self, trial: Trial, name: str, hours: int) -> None:
        assert datetime.fromisoformat(trial.status[name]["next_try"]) >= NOW + timedelta(hours=hours)
        assert trial.asked.count(name) == 1

    def test_nothing_that_was_stored_is_touched(self, trial: Trial) -> None:
        after = set(trial.held)

        assert [line for line in trial.before if line not in after] == []
        for name in WORDS:
            assert trial.items[name] == trial.items_before[name]

    def test_the_other_sources_are_read_as_usual(self, trial: Trial) -> None:
        for name in ("content", "good-feed", "good-sql"):
            assert len(trial.items[name]) == len(trial.items_before[name]) + 1
            assert trial.status[name]["healthy"] is True
            assert trial.status[name]["next_try"] is None

    def test_no_server_is_asked_again_and_again(self, trial: Trial) -> None:
        asked = {name: trial.asked.count(name) for name in BAD_BLOGS | BAD_FEEDS}

        assert {name: times for name, times in asked.items() if times > 12} == {}

    @pytest.mark.parametrize("name", ["sql-writes", "sql-hides", "sql-several"])
    def test_a_query_that_writes_changes_nothing(self, trial: Trial, name: str) -> None:
        assert trial.databases_after[name] == trial.databases[name]

    def test_a_database_that_is_not_there_is_not_made(self, trial: Trial) -> None:
        assert "sql-gone" not in trial.databases_after

    def test_the_next_sync_reads_what_is_mended(self, trial: Trial) -> None:
        assert (trial.mended.code, trial.mended.err) == (0, "")
        for name in BAD_BLOGS:
            (row,) = trial.items_mended[name]
            assert f"'A better post of {name}'" in row
        for name in [*BAD_FEEDS, *BAD_DATABASES]:
            assert len(trial.items_mended[name]) == 3

    @pytest.mark.parametrize("name", [*WORDS, "content", "good-feed", "good-sql"])
    def test_what_is_mended_is_well_again(self, trial: Trial, name: str) -> None:
        found = trial.mended_status[name]

        assert (found["healthy"], found["problem"]) == (True, None)
        assert (found["failures"], found["next_try"]) == (0, None)

    def test_no_secret_is_told(self, trial: Trial) -> None:
        assert not any(is_told(SECRET, said) for said in trial.everything_said)
        assert SECRET not in repr(trial.status)
        assert SECRET not in "\n".join(trial.held)

    def test_the_password_goes_to_the_interface_of_its_own_blog(self, trial: Trial) -> None:
        proof = f"Basic {base64.b64encode(f'ada:{SECRET}'.encode()).decode()}"
        told = [(path, what) for path, what in trial.credentials if what is not None]

        assert {what for _, what in told} == {proof}
        assert {path.split("/")[1] for path, _ in told} == set(BAD_BLOGS)


# ── When it is tried again ───────────────────────────────────────────────────────────────────────


class TestNextTry:
    @pytest.fixture
    def site(self, tmp_path: Path, web: Web) -> Site:
        """A site whose feed was read, and wants to be left alone for two hours since."""
        web.feeds["news"] = [1]
        site = site_with(tmp_path, feed_source("news", web.url("news"), "allow_private = true"))
        site.done("once")
        web.troubles["news"] = says(429, Retry_After="7200")
        return site

    def test_once_leaves_a_failing_source_alone_until_its_next_try(self, site: Site, web: Web) -> None:
        first = site.feeder("once")
        due = next_try(site, "news")
        web.asked.clear()
        assert first.code == 1
        assert due >= NOW + timedelta(hours=2)

        site.now = told_as(due - timedelta(seconds=1))
        site.write("second.md", piece("A second text"))
        assert "content: 1 new" in site.done("once").out
        assert web.asked == []
        assert status(site)["news"]["healthy"] is False

        site.now = told_as(due)
        assert site.feeder("once").code == 1
        assert web.asked == ["news"]
        assert next_try(site, "news") > due

        web.troubles.clear()
        web.feeds["news"].append(2)
        site.now = told_as(next_try(site, "news"))
        assert "news: 1 new" in site.done("once").out
        assert status(site)["news"]["next_try"] is None
        assert "Entry 2 of news" in site.page("atom.xml")

    def test_a_person_tries_at_once(self, site: Site, web: Web) -> None:
        site.feeder("once")
        web.asked.clear()

        assert site.feeder("sync", "news").code == 1
        assert web.asked == ["news"]
        assert status(site)["news"]["failures"] == 2

        web.troubles.clear()
        web.feeds["news"].append(2)
        assert "news: 1 new" in site.done("sync", "news").out

    def test_who_fails_again_and_again_is_asked_ever_more_seldom(self, site: Site, web: Web) -> None:
        web.troubles["news"] = says(500)
        half_an_hour = timedelta(minutes=30)
        site.feeder("sync", "news")
        assert half_an_hour <= next_try(site, "news") - NOW <= 2 * half_an_hour

        for _ in range(4):
            site.feeder("sync", "news")
        assert timedelta(hours=4) <= next_try(site, "news") - NOW <= timedelta(hours=6)


# ── Where nobody is asked ────────────────────────────────────────────────────────────────────────


def test_what_leads_into_this_machine_or_its_network_is_refused(tmp_path: Path, web: Web) -> None:
    web.add_blog("blog")
    web.feeds["news"] = [1]
    port = web.address.rpartition(":")[2]
    hosts = {
        "number": f"127.0.0.1:{port}",
        "name": f"localhost:{port}",
        "six": f"[::1]:{port}",
        "mapped": f"[::ffff:127.0.0.1]:{port}",
        "network": "10.0.0.1",
        "cloud": "169.254.169.254",
    }
    sources = [feed_source(f"feed-{name}", f"http://{host}/news/feed") for name, host in hosts.items()]
    sources += [wordpress_source(f"blog-{name}", f"http://{host}/blog/") for name, host in hosts.items()]
    site = site_with(tmp_path, *sources)

    told = site.feeder("sync")

    assert told.code == 1
    assert len(told.complaints) == len(sources)
    assert web.asked == []
    for name in hosts:
        for kind in ("feed", "blog"):
            line = complaint(told, f"{kind}-{name}")
            assert "address of this machine or a private network" in line or "that no site has" in line, line
            assert "allow_private = true" in line or "give the address of a site" in line
    assert items(site).keys() == {"content"}

    meant = ["feed-name", "blog-number"]
    site.settings |= {variable(name, "allow_private"): "true" for name in meant}
    for name in meant:
        site.done("sync", name)
    assert items(site).keys() == {"content", *meant}


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.1", "0177.0.0.1"])
def test_this_machine_written_otherwise_is_no_host(site: Site, web: Web, host: str) -> None:
    web.feeds["news"] = [1]
    port = web.address.rpartition(":")[2]
    site.configure(feed_source("news", f"http://{host}:{port}/news/feed"))

    told = site.feeder("sync")

    assert told.code in {1, 2}
    assert "sources.news.url" in told.err or "private network" in told.err
    assert len(told.complaints) == 1
    assert web.asked == []


def test_a_redirect_into_this_machine_is_followed_by_nobody_who_may_not(tmp_path: Path, web: Web) -> None:
    web.feeds["news"] = [1]
    web.troubles["away"] = says(302, Location="http://169.254.169.254/latest/meta-data/")
    site = site_with(tmp_path, feed_source("away", f"{web.address}/away/feed", "allow_private = true"))

    line = complaint(site.feeder("sync"), "away")

    assert "169.254.169.254" in line
    assert "that no site has" in line


# ── Certificates ─────────────────────────────────────────────────────────────────────────────────


def test_a_certificate_that_has_expired_and_is_renewed(tmp_path: Path) -> None:
    authority = trustme.CA()
    begun, over = datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1", not_before=begun, not_after=over).configure_cert(tls)
    # The authorities that browsers trust, and ours instead.
    known = tmp_path / "known" / "certifi"
    known.mkdir(parents=True)
    authority.cert_pem.write_to_path(str(known / "authorities.pem"))
    (known / "__init__.py").write_text(f"def where():\n    return {str(known / 'authorities.pem')!r}\n")
    with serving(tls) as web:
        web.add_blog("blog")
        web.feeds["news"] = [1]
        private = "allow_private = true"
        site = site_with(
            tmp_path,
            wordpress_source("blog", web.url("blog"), private),
            feed_source("news", web.url("news"), private),
        )
        unknown = site.feeder("sync")
        site.settings["PYTHONPATH"] = str(known.parent)

        told = site.feeder("sync")

        for name in ("blog", "news"):
            assert "an authority that nobody knows" in complaint(unknown, name)
            line = complaint(told, name)
            assert "its certificate has expired" in line
            assert "tell whoever runs it" in line
        assert web.asked == []
        assert not is_told(SECRET, told)
        assert items(site).keys() == {"content"}
        authority.issue_cert("127.0.0.1").configure_cert(tls)
        site.done("sync")
        assert items(site).keys() == {"content", "blog", "news"}


# ── All of them well ─────────────────────────────────────────────────────────────────────────────


class TestTogether:
    @pytest.fixture
    def site(self, tmp_path: Path, web: Web) -> Site:
        """A site with a source of each kind: a folder, a whole recorded blog, a feed and a database."""
        web.blogs["blog"] = recorded("before", f"{web.address}/blog")
        web.feeds["news"] = [1, 2, 3]
        private = "allow_private = true"
        site = site_with(
            tmp_path,
            wordpress_source("blog", web.url("blog"), private),
            feed_source("news", web.url("news"), private),
            sql_source("archive"),
        )
        make_database(site.folder / "archive.db", "archive")
        return site

    def test_all_are_read_published_and_read_again(self, site: Site, web: Web) -> None:
        first = synced(site)
        assert {name: tally["new"] for name, tally in first.items()} == {
            "content": 1,
            "blog": RECORDED_POSTS,
            "news": 3,
            "archive": 2,
        }
        site.done("publish")
        for title in ("A first text", "Why old bridges hum", "Entry 2 of news", "Text 1 of archive"):
            assert title in site.page("atom.xml")
        assert "Why old bridges hum" in site.page("tag/bridges/atom.xml")
        assert all(source["healthy"] for source in status(site).values())
        before = held(site)

        assert not any(tally["new"] + tally["changed"] + tally["gone"] for tally in synced(site).values())
        assert held(site) == before

        web.blogs["blog"].lists = recorded("after", f"{web.address}/blog").lists
        web.feeds["news"] = [2, 3, 4]
        change(site.folder / "archive.db", "UPDATE texts SET headline = 'A mended text' WHERE id = 1")
        change(site.folder / "archive.db", "DELETE FROM texts WHERE id = 2")
        site.write("second.md", piece("A second text"))
        counted = {
            name: (tally["new"], tally["changed"], tally["gone"]) for name, tally in synced(site).items()
        }
        assert counted == {
            "content": (1, 0, 0),
            "blog": (1, len(CHANGED) - 1, len(GONE)),
            "news": (1, 0, 0),  # what falls out of a feed is not gone
            "archive": (0, 1, 1),
        }
        site.done("publish")
        feed = site.page("atom.xml")
        for title in (
            "A second text",
            "What comes tomorrow",
            "Entry 1 of news",
            "Entry 4 of news",
            "A mended",
        ):
            assert title in feed
        for title in ("Soon in the bin", "Text 2 of archive"):
            assert title not in feed

    def test_once_does_it_all(self, site: Site) -> None:
        site.done("once")

        with closing(sqlite3.connect(site.folder / "feeder.db")) as store:
            numbers = [row[0] for row in store.execute("SELECT number FROM items")]
        assert sorted(numbers) == list(range(1, 1 + RECORDED_POSTS + 1 + 3 + 2))
        assert site.feeder("publish", "--check").code == 0


def synced(site: Site) -> dict[str, dict[str, int]]:
    """Read all sources, and return what came of each."""
    return {each["source"]: each["tally"] for each in site.done("sync", "--json").json}
