"""What the tree tells over time: never what it no longer holds, and never more than it may keep."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from feeder.model.settings import Mail, Publish, Settings, Site, StoreSettings, Web
from feeder.web.documents import Documents
from feeder.web.kinds import Kinds
from feeder.web.looks import Looks
from feeder.web.readers import Readers
from feeder.web.tree import Tree
from tests.web.conftest import Told, exactly_of, put

PATHS = ["/atom.xml", "/tag/x/atom.xml", "/index.html"]
CODINGS = st.sampled_from([b"", b"gzip", b"br", b"gzip, br", b"gzip;q=0.5, br;q=0.1", b"*;q=0.1"])
CONTENTS = st.binary(max_size=20) | st.binary(min_size=1, max_size=20).map(lambda some: some * 30)


def tree(public: Path) -> Tree:
    """Make a tree with nothing behind it."""
    folder = public.parent
    site = Settings(
        folder=folder,
        site=Site("Works", "Ada", "https://example.org/"),
        store=StoreSettings("sqlite://"),
        publish=Publish(public),
        mail=Mail(folder / "mail"),
        templates=folder / "templates",
        web=Web(rate=0),
    )

    async def nothing(scope: object, receive: object, send: object) -> None:
        await send({"type": "http.response.start", "status": 404, "headers": []})  # type: ignore[operator]  # ASGI's own
        await send({"type": "http.response.body", "body": b""})  # type: ignore[operator]

    return Tree(site, nothing, frozenset(), Readers())


def digest(etag: bytes) -> bytes:
    """Return the part of a tag that all codings of a document share."""
    return etag.strip(b'"').partition(b"-")[0]


class Serving(RuleBasedStateMachine):
    """A publisher who writes, and readers who come back with what they were given."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory(prefix="feeder-tree-")
        self.public = Path(self._folder.name) / "public"
        self.ask = exactly_of(tree(self.public))
        self.there: dict[str, bytes] = {}
        self.given: dict[tuple[str, bytes], tuple[bytes, bytes]] = {}

    def teardown(self) -> None:
        self._folder.cleanup()

    @rule(path=st.sampled_from(PATHS), content=CONTENTS)
    def publish(self, path: str, content: bytes) -> None:
        put(self.public / path[1:], content)
        self.there[path] = content

    @rule(path=st.sampled_from(PATHS), ending=st.sampled_from(["gz", "br"]), content=st.none() | st.binary())
    def break_a_copy(self, path: str, ending: str, content: bytes | None) -> None:
        copy = self.public / f"{path[1:]}.{ending}"
        if not copy.exists():
            return
        if content is None:
            copy.unlink()
        else:
            copy.write_bytes(content)

    @rule(path=st.sampled_from(PATHS))
    def take_away(self, path: str) -> None:
        if self.there.pop(path, None) is not None:
            (self.public / path[1:]).unlink()

    @rule(path=st.sampled_from(PATHS), accepted=CODINGS)
    def come(self, path: str, accepted: bytes) -> None:
        answer = self.ask(path.encode(), (b"accept-encoding", accepted))

        self.is_right(path, answer)
        if answer.status == 200:
            self.given[path, accepted] = (answer.headers["etag"].encode(), self.there[path])

    @rule(path=st.sampled_from(PATHS), accepted=CODINGS)
    def come_again(self, path: str, accepted: bytes) -> None:
        etag, had = self.given.get((path, accepted), (b'"none"', b""))
        answer = self.ask(path.encode(), (b"accept-encoding", accepted), (b"if-none-match", etag))

        if answer.status == 304:
            assert self.there[path] == had
            assert answer.body == b""
            assert answer.headers["etag"].encode() == etag
        else:
            self.is_right(path, answer)
            # The same document comes again only in another coding, when a copy broke or was mended.
            is_same = path in self.there and digest(answer.headers["etag"].encode()) == digest(etag)
            assert is_same == (self.there.get(path) == had and etag != b'"none"')
            assert answer.headers.get("etag", "").encode() != etag

    def is_right(self, path: str, answer: Told) -> None:
        if path not in self.there:
            assert answer.status == 404
            return
        assert answer.status == 200
        assert answer.decoded() == self.there[path]
        assert answer.headers["content-length"] == str(len(answer.body))

    @invariant()
    def a_folder_is_its_page(self) -> None:
        assert self.ask(b"/").status == (200 if "/index.html" in self.there else 404)


TestServing = Serving.TestCase
TestServing.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


class TestMemory:
    @pytest.fixture
    def public(self, tmp_path: Path) -> Path:
        for number in range(40):
            (tmp_path / f"{number}.png").write_bytes(bytes(10_000))
        return tmp_path

    @pytest.fixture
    def documents(self, public: Path) -> Documents:
        """Documents with room for ten pictures."""
        return Documents(public, Kinds("https://example.org/", ()), Looks(), kept_bytes=150_000)

    def test_no_more_is_kept_than_there_is_room_for_and_what_was_asked_for_last_stays(
        self, documents: Documents
    ) -> None:
        names = [f"/{number}.png" for number in range(40)]

        assert kept_after(documents, names) == names[-10:]

    def test_what_is_asked_for_often_stays(self, documents: Documents) -> None:
        async def ask() -> None:
            await documents.find("/0.png")
            for number in range(1, 40):
                await documents.find(f"/{number}.png")
                assert documents.kept("/0.png")

        asyncio.run(ask())

    def test_what_changed_or_went_leaves_its_room_to_others(self, documents: Documents, public: Path) -> None:
        for number in range(100):
            put(public / "a.png", bytes([number]) * 10_000)
            assert kept_after(documents, ["/a.png"])
        (public / "a.png").unlink()
        assert not kept_after(documents, ["/a.png"])
        names = [f"/{number}.png" for number in range(10)]

        assert kept_after(documents, names) == names


def kept_after(documents: Documents, names: list[str]) -> list[str]:
    """Ask for some documents, and tell which of them are in memory then."""

    async def ask() -> list[str]:
        for name in names:
            await documents.find(name)
        return [name for name in names if documents.kept(name)]

    return asyncio.run(ask())


class TestWhileItIsWritten:
    VERSIONS = (b"<feed>one</feed>" * 5000, b"<feed>another</feed>" * 7000)

    @pytest.fixture
    def public(self, tmp_path: Path) -> Iterator[Path]:
        public, ended = tmp_path / "public", Event()
        put(public / "atom.xml", self.VERSIONS[0])

        def publish() -> None:
            turn = 0
            while not ended.is_set():
                turn += 1
                put(public / "atom.xml", self.VERSIONS[turn % 2])

        publisher = Thread(target=publish)
        publisher.start()
        yield public
        ended.set()
        publisher.join()

    @pytest.mark.parametrize("accepted", [b"", b"gzip", b"br"])
    def test_it_is_one_version_or_the_other(self, public: Path, accepted: bytes) -> None:
        ask = exactly_of(tree(public))
        answers = [ask(b"/atom.xml", (b"accept-encoding", accepted)) for _ in range(200)]

        by_tag: dict[str, set[bytes]] = {}
        for answer in answers:
            assert answer.headers["content-length"] == str(len(answer.body))
            by_tag.setdefault(answer.headers["etag"], set()).add(answer.decoded())
        assert all(len(contents) == 1 for contents in by_tag.values())
        assert {content for contents in by_tag.values() for content in contents} <= set(self.VERSIONS)


def test_a_file_of_the_same_size_and_date_in_its_place_is_seen(tmp_path: Path) -> None:
    ask = exactly_of(tree(tmp_path))
    for content in (b"<feed>one</feed>", b"<feed>two</feed>"):
        put(tmp_path / "atom.xml", content)
        os.utime(tmp_path / "atom.xml", (784111777, 784111777))

        assert ask(b"/atom.xml").body == content
