"""The rules for nginx, tried on nginx: what moved, and what is gone."""

import http.client
import io
import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

import feedparser
import pytest

from tests.conftest import Site, need, new_site, piece, until

CONFIGURATION = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    types {{ application/atom+xml xml; application/feed+json json; text/html html; }}
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        root {root};
        include {rules};
    }}
}}
"""


class Answer(NamedTuple):
    """What nginx answers."""

    status: int
    location: str | None
    body: bytes


class Server(NamedTuple):
    """nginx, listening, and the path of the public address, from slash to slash."""

    port: int
    base: str

    def get(self, path: str) -> Answer:
        """Ask for a path below the public address as browsers do, without following where it leads."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", self.base + quote(path, safe="/?=&%"))
            answer = connection.getresponse()
            location = answer.getheader("Location")
            target = unquote(urlsplit(location).path).removeprefix(self.base) if location else None
            return Answer(answer.status, target, answer.read())
        finally:
            connection.close()


@contextmanager
def serving(site: Site, folder: Path, below: str) -> Iterator[Server]:
    """Run nginx for the published tree of a site whose public address ends in `below`."""
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/sbin")
    need(found, "nginx")
    assert found is not None
    root = folder / "root"
    shutil.copytree(site.public, root / below)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    configuration = folder / "nginx.conf"
    configuration.write_text(
        CONFIGURATION.format(folder=folder, root=root, rules=site.public / "_nginx.conf", port=port)
    )
    log = folder / "nginx.log"
    with log.open("wb") as err:
        process = subprocess.Popen([found, "-p", folder, "-c", configuration], stderr=err)
        try:
            server = Server(port, f"/{below}")
            assert until(lambda: process.poll() is not None or listens(server), 20), "it never answered"
            assert process.poll() is None, log.read_text()
            yield server
        finally:
            process.terminate()
            process.wait(10)


def listens(server: Server) -> bool:
    try:
        server.get("")
    except OSError:
        return False
    return True


@pytest.fixture(scope="module", params=["", "blog/"], ids=["at the root", "below a folder"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A site whose subjects were renamed and retired, behind nginx."""
    folder = tmp_path_factory.mktemp("nginx")
    site = new_site(folder / "site")
    site.settings["FEEDER_SITE__PUBLIC_URL"] = f"https://ada.example/{request.param}"
    site.write("one.md", piece("One", "tags: [boats, Käne, 港口, stays]"))
    site.write("two.md", piece("Two", "tags: [moored, fähre, stays]"))
    site.write("three.md", piece("Three", "tags: [lost, مرفأ, stays]"))
    site.done("once")
    site.write("one.md", piece("One", "tags: [ships, Käne, 港口, stays]"))
    site.done("once")
    site.write("one.md", piece("One", "tags: [ships, 船, 港口, stays]"))
    site.write("two.md", piece("Two", "tags: [moored, 渡船, stays]"))
    site.done("once")
    (site.folder / "content" / "three.md").unlink()
    site.done("once")
    with serving(site, folder, request.param) as running:
        yield running


FILES = ("atom.xml", "rss.xml", "feed.json", "")


@pytest.mark.parametrize("file", [*FILES, "atom.xml?page=1", "archive/1.xml", "a b.xml"])
@pytest.mark.parametrize(("old", "new"), [("boats", "ships"), ("kane", "船"), ("fahre", "渡船")])
def test_what_moved_leads_to_the_same_document_at_the_new_place(
    server: Server, old: str, new: str, file: str
) -> None:
    answer = server.get(f"tag/{old}/{file}")

    assert (answer.status, answer.location) == (301, f"tag/{new}/{file.partition('?')[0]}")


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("new", ["ships", "船", "渡船", "港口", "moored", "stays"])
def test_what_is_there_is_there(server: Server, new: str, file: str) -> None:
    assert server.get(f"tag/{new}/{file}").status == 200


@pytest.mark.parametrize("gone", ["lost", "مرفأ"])
def test_what_is_gone_says_so_in_its_own_words(server: Server, gone: str) -> None:
    answers = {file: server.get(f"tag/{gone}/{file}") for file in FILES}

    assert {answer.status for answer in answers.values()} == {410}
    for file in ("atom.xml", "rss.xml"):
        assert not feedparser.parse(io.BytesIO(answers[file].body)).bozo
        assert b"deleted-entry" in answers[file].body
    assert json.loads(answers["feed.json"].body)["items"] == []
    assert answers[""].body.startswith(b"<!DOCTYPE html>")


@pytest.mark.parametrize("path", ["tag/lost/archive/1.xml", "tag/lost/nothing", "tag/مرفأ/archive/1/"])
def test_what_is_gone_is_gone_with_all_that_was_in_its_folder(server: Server, path: str) -> None:
    assert server.get(path).status == 410


@pytest.mark.parametrize("path", ["tag/never/", "tag/boatsandmore/atom.xml", "tag/los/", "atom.xm"])
def test_what_never_was_is_not_found(server: Server, path: str) -> None:
    assert server.get(path).status == 404
