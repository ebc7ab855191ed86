"""Bad input: one clear message, the rest goes on, and nothing that is stored is lost."""

import os
import subprocess
from pathlib import Path

import pytest

from tests import launcher
from tests.conftest import (
    BLOG,
    MONDAY,
    PATIENCE_SECONDS,
    TITLES,
    Site,
    Told,
    at_free_port,
    new_site,
    piece,
    running,
    start,
)

GOOD = piece("A good one", "tags: [bridges]", "date: 2026-11-20")

# What is in the file, and what the message must hold: the thing, the rule, the mend.
BAD_TEXTS = {
    "no front matter": ("Just text.\n", ["no front matter", "title:"]),
    "front matter left open": ("---\ntitle: Bad\n\nText\n", ["not closed", "three hyphens"]),
    "broken YAML": ("---\ntitle: [Bad\n---\nText\n", ["no YAML", "line"]),
    "no mapping": ("---\n- Bad\n---\nText\n", ["list of keys", "key: value"]),
    "a key twice": ("---\ntitle: Bad\ntitle: Worse\n---\nText\n", ["title", "twice", "leave one"]),
    "no title": ("---\ntags: [a]\n---\nText\n", ["title", "needs one", "write"]),
    "a date that is none": (piece("Bad", "published: 2026-02-30"), ["published", "2026-02-30", "write"]),
    "a date in words": (piece("Bad", "date: next Monday"), ["date", "next Monday", "write 2016-10-17"]),
    "an unknown key": (piece("Bad", "tag: bridges"), ["`tag`", "no key", "did you mean `tags`?"]),
    "an address that is none": (
        piece("Bad", "url: outlet.example/x"),
        ["url", "outlet.example/x", "https://"],
    ),
    "an unknown kind": (piece("Bad", "kind: podcast"), ["kind", "podcast", "appearance"]),
    "20 MB of text": (piece("Bad", body="All work and no play. " * 1_000_000), ["over 2 MB", "shorten"]),
}


@pytest.fixture
def held(site: Site) -> Site:
    """A site with two texts, both published."""
    site.write("good.md", GOOD)
    site.write("bad.md", piece("A good start", "tags: [bridges]", "date: 2026-11-21"))
    site.done("once")
    return site


def the_one_complaint(told: Told, code: int = 1) -> str:
    assert told.code == code, str(told)
    assert len(told.complaints) == 1, str(told)
    assert "Traceback" not in told.err
    return told.complaints[0]


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, Told]:
    """A site with a good text and every bad one, and what the first round said."""
    site = new_site(tmp_path_factory.mktemp("mixed") / "site")
    site.write("good.md", GOOD)
    for number, (text, _) in enumerate(BAD_TEXTS.values()):
        site.write(f"bad-{number:02}.md", text)
    return site, site.feeder("once")


class TestTexts:
    @pytest.mark.parametrize(("number", "bad"), list(enumerate(BAD_TEXTS)))
    def test_one_that_cannot_be_taken_is_named_with_the_way_out(
        self, mixed: tuple[Site, Told], number: int, bad: str
    ) -> None:
        name = f"bad-{number:02}.md"

        (complaint,) = [line for line in mixed[1].complaints if name in line]

        assert [word for word in BAD_TEXTS[bad][1] if word not in complaint] == []
        assert len(complaint) < 400

    def test_those_that_can_be_taken_go_out(self, mixed: tuple[Site, Told]) -> None:
        site, told = mixed

        assert told.code == 1
        assert len(told.complaints) == len(BAD_TEXTS)
        assert "Traceback" not in told.err
        for path in ("index.html", "atom.xml", "tag/bridges/index.html", "tag/bridges/atom.xml"):
            assert "A good one" in site.page(path)
            assert "Bad" not in site.page(path)

    @pytest.mark.parametrize("bad", ["broken YAML", "a date that is none", "20 MB of text"])
    def test_one_that_was_published_stays_as_it_was_until_it_is_mended(self, held: Site, bad: str) -> None:
        tree = held.tree()

        held.write("bad.md", BAD_TEXTS[bad][0])
        the_one_complaint(held.feeder("once"))
        the_one_complaint(held.feeder("once"))

        assert held.tree() == tree
        assert held.feeder("sync", "--status").code == 1
        held.write("bad.md", piece("A good end", "tags: [bridges]", "date: 2026-11-21"))
        held.done("once")
        assert "A good end" in held.page("atom.xml")
        assert "A good start" not in held.page("atom.xml")

    def test_bytes_that_are_no_utf_8_are_named(self, site: Site) -> None:
        site.write("good.md", GOOD)
        site.write("bad.md", "").write_bytes(piece("Böses").encode("latin-1"))

        complaint = the_one_complaint(site.feeder("once"))

        assert "bad.md" in complaint
        assert "UTF-8" in complaint
        assert "A good one" in site.page("atom.xml")

    def test_two_files_with_one_key_are_both_named_and_neither_wins(self, site: Site) -> None:
        site.write("good.md", GOOD)
        site.write("one.md", piece("The first", "key: same"))
        site.write("two.md", piece("The second", "key: same"))

        told = site.feeder("once")

        assert told.code == 1
        assert len(told.complaints) == 2
        for complaint in told.complaints:
            assert "one.md" in complaint
            assert "two.md" in complaint
            assert "same" in complaint
            assert "key of its own" in complaint
        assert "A good one" in site.page("atom.xml")
        assert "The first" not in site.page("atom.xml")
        assert "The second" not in site.page("atom.xml")

    def test_a_copy_with_the_key_of_what_is_published_removes_nothing(self, held: Site) -> None:
        held.write("bad.md", piece("A good start", "key: first", "date: 2026-11-21"))
        held.done("once")
        tree = held.tree()

        held.write("copy.md", piece("A copy", "key: first", "date: 2026-11-21"))
        told = held.feeder("once")

        assert told.code == 1
        assert held.tree() == tree

    @pytest.mark.parametrize(
        ("line", "body"), [("image: gone.png", "The text."), ("tags: [a]", "![What was seen](gone.png)")]
    )
    def test_a_missing_picture_is_named_and_its_text_goes_out_without(
        self, site: Site, line: str, body: str
    ) -> None:
        site.write("shown.md", piece("A piece with a picture", line, "date: 2026-11-20", body=body))

        complaint = the_one_complaint(site.feeder("once"))

        assert [word for word in ["shown.md", "gone.png", "not there", "add"] if word not in complaint] == []
        assert "A piece with a picture" in site.page("atom.xml")
        assert "gone.png" not in site.page("atom.xml")

    def test_json_tells_the_same_complaint(self, site: Site) -> None:
        site.write("bad.md", BAD_TEXTS["an unknown key"][0])

        told = site.feeder("once", "--json")

        complaint = the_one_complaint(told)
        assert told.json["problems"] == [complaint.removeprefix("feeder: ")]

    def test_a_folder_that_vanishes_is_named_and_removes_nothing(self, held: Site) -> None:
        tree = held.tree()
        (held.folder / "content").rename(held.folder / "elsewhere")

        complaint = the_one_complaint(held.feeder("once"))

        assert str(held.folder / "content") in complaint
        assert held.tree() == tree
        (held.folder / "elsewhere").rename(held.folder / "content")
        held.done("once")
        assert held.tree() == tree

    def test_a_folder_that_is_suddenly_empty_is_held_until_somebody_confirms(self, site: Site) -> None:
        for number in range(8):
            site.write(f"{number}.md", piece(f"Number {number}", "date: 2026-11-01"))
        site.done("once")
        tree = site.tree()
        for file in (site.folder / "content").iterdir():
            file.unlink()

        complaint = the_one_complaint(site.feeder("once"))

        assert [word for word in ["content", "8", "--confirm"] if word not in complaint] == []
        assert site.tree() == tree
        assert site.feeder("sync", "--status").code == 1
        site.done("sync", "content", "--confirm")
        site.done("publish")
        assert "Number 3" not in site.page("atom.xml")
        assert not list(site.public.glob("item/*"))


class TestPlaces:
    """A file in the way stands in for a disk that is full, or may only be read."""

    def test_a_tree_that_cannot_be_written_is_named_and_made_good_later(self, site: Site) -> None:
        site.write("good.md", GOOD)
        site.public.write_text("in the way")

        complaint = the_one_complaint(site.feeder("once"))

        assert str(site.public) in complaint
        assert "cannot be written" in complaint
        site.public.unlink()
        site.done("once")
        assert "A good one" in site.page("tag/bridges/atom.xml")

    def test_a_tree_that_cannot_be_written_keeps_no_mail_back(self, blog: Site) -> None:
        blog.done("subscriber", "add", "second@example.org", "--tag", "wind", "--welcome", "3")
        blog.write("good.md", GOOD)
        blog.public.rename(blog.folder / "away")
        blog.public.write_text("in the way")

        complaint = the_one_complaint(blog.feeder("once"))

        assert "cannot be written" in complaint
        assert len(blog.mails()) == 2

    def test_a_template_that_fails_keeps_no_mail_back(self, blog: Site) -> None:
        blog.done("subscriber", "add", "second@example.org", "--tag", "wind", "--welcome", "3")
        page = blog.folder / "templates" / "pages" / "item.html.jinja"
        page.parent.mkdir(parents=True)
        page.write_text("one\n{{ nope }}")

        complaint = the_one_complaint(blog.feeder("once"))

        assert "pages/item.html.jinja, line 2" in complaint
        assert len(blog.mails()) == 2

    def test_a_mailbox_that_cannot_be_written_is_named_and_filled_later(self, blog: Site) -> None:
        blog.done("subscriber", "add", "second@example.org", "--tag", "wind", "--welcome", "3")
        mail = (blog.folder / "mail").rename(blog.folder / "away")
        (blog.folder / "mail").write_text("in the way")

        complaint = the_one_complaint(blog.feeder("once"))

        assert str(blog.folder / "mail") in complaint
        assert "second@example.org" not in complaint
        (blog.folder / "mail").unlink()
        mail.rename(blog.folder / "mail")
        blog.now = "2026-11-22T09:00:00Z"
        blog.done("once")
        assert len(blog.mails()) == 2


LAUGHS = """<?xml version="1.0"?>
<!DOCTYPE rss [
 <!ENTITY a "ha ha ha ha ha ha ha ha ha ha">
 <!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
 <!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
 <!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">
 <!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;">
 <!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;">
 <!ENTITY g "&f;&f;&f;&f;&f;&f;&f;&f;&f;&f;">
]>
<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/"><channel><title>&g;</title></channel></rss>
"""
FEED = '<rss version="2.0"><channel><title>News</title><item><title>New</title></item></channel></rss>'


class TestExports:
    @pytest.mark.parametrize(
        ("content", "words"),
        [
            pytest.param(BLOG.read_bytes()[:9000], ["cut off", "line", "download it again"], id="cut off"),
            pytest.param(b"%PDF-1.4 not XML", ["no XML", "WordPress"], id="no XML"),
            pytest.param(b"", ["no XML", "WordPress"], id="empty"),
            pytest.param(LAUGHS.encode(), ["document type", "export it anew"], id="billion laughs"),
            pytest.param(
                FEED.encode(), ["no export of WordPress", "Tools, Export"], id="another kind of RSS"
            ),
            pytest.param(None, ["No such file", "name"], id="no file"),
        ],
    )
    def test_what_cannot_be_imported_is_named_and_nothing_changes(
        self, blog: Site, content: bytes | None, words: list[str]
    ) -> None:
        export = blog.folder / "bad.xml"
        if content is not None:
            export.write_bytes(content)
        items, tree = blog.done("item", "list", "--json").json, blog.tree()

        complaint = the_one_complaint(blog.feeder("import", "wxr", "bad.xml"))

        assert [word for word in ["bad.xml", *words] if word not in complaint] == []
        blog.done("once")
        assert blog.done("item", "list", "--json").json == items
        assert blog.tree() == tree


class TestConfigurations:
    @pytest.mark.parametrize(
        ("text", "instead_of", "words"),
        [
            pytest.param(
                "[web]\nprot = 80", "[web]", ["web.prot", "did you mean web.port?"], id="unknown key"
            ),
            pytest.param("[wbe]\nport = 80", "[web]", ["wbe.port", "web.port"], id="unknown table"),
            pytest.param('[web]\nport = "80"', "[web]", ["web.port", "whole number"], id="wrong type"),
            pytest.param("[web]\nport = 70000", "[web]", ["web.port", "65535"], id="too large"),
            pytest.param("", 'author = "Your Name"', ["site.author", "missing"], id="missing value"),
            pytest.param("", 'path = "content"', ["sources.content.path", "missing"], id="missing path"),
            pytest.param('[site]\nzone = "Mars"', "[site]", ["site.zone", "time zone"], id="no zone"),
            pytest.param("[site", "[site]", ["not TOML", "line"], id="no TOML"),
        ],
    )
    def test_what_is_wrong_is_named_with_the_way_out(
        self, site: Site, text: str, instead_of: str, words: list[str]
    ) -> None:
        site.configure(text, instead_of=instead_of)

        complaint = the_one_complaint(site.feeder("once"), code=2)

        assert [word for word in ["config/feeder.toml", *words] if word not in complaint] == []
        assert not (site.folder / "feeder.db").exists()

    def test_all_that_is_wrong_is_told_at_once(self, site: Site) -> None:
        site.configure("[web]\nport = true\nhots = 'x'", instead_of="[web]")

        told = site.feeder("config", "show")

        assert told.code == 2
        assert "web.port" in told.err
        assert "web.hots" in told.err

    @pytest.mark.parametrize(
        ("variable", "value", "words"),
        [
            ("FEEDER_WEB__PROT", "80", ["FEEDER_WEB__PROT", "FEEDER_WEB__PORT"]),
            ("FEEDER_WEB__PORT", "eighty", ["FEEDER_WEB__PORT", "eighty", "whole number"]),
        ],
    )
    def test_a_variable_that_is_wrong_is_named_as_it_was_written(
        self, site: Site, variable: str, value: str, words: list[str]
    ) -> None:
        site.settings = {variable: value}

        complaint = the_one_complaint(site.feeder("once"), code=2)

        assert [word for word in words if word not in complaint] == []

    def test_a_digest_that_readers_wait_for_and_nobody_configures_is_named(self, site: Site) -> None:
        site.configure('[digests.slow]\ncron = "0 8 * * mon"\nunit = "week"\ntitle = "Slow"')
        site.done("subscriber", "add", "reader@example.org", "--digest", "slow")
        site.configure("", instead_of='[digests.slow]\ncron = "0 8 * * mon"\nunit = "week"\ntitle = "Slow"')
        site.now = MONDAY

        complaint = the_one_complaint(site.feeder("once"))

        assert [word for word in ["slow", "not configured", "[digests.slow]"] if word not in complaint] == []


def begin_a_round(site: Site, log: Path) -> launcher.Started | subprocess.Popen[bytes]:
    with log.open("wb") as err, Path(os.devnull).open("wb") as nobody:
        return start("once", folder=site.folder, environment=site.environment, out=nobody, err=err)


class TestTwoRunsAtOnce:
    def test_the_second_says_so_and_leaves(self, site: Site) -> None:
        with running(at_free_port(site)) as service:
            for command in ("once", "publish", "publish --all", "digest send", "run"):
                complaint = the_one_complaint(site.feeder(*command.split()))

                assert "another feeder" in complaint
                assert str(service.process.pid) in complaint
            assert service.process.poll() is None
            assert service.get()

    def test_looking_and_adding_go_on_beside_it(self, site: Site) -> None:
        with running(at_free_port(site)):
            site.done("subscriber", "add", "reader@example.org")
            assert len(site.done("subscriber", "list", "--json").json) == 1
            site.done("import", "wxr", BLOG)
            site.done("sync")

    def test_of_several_rounds_at_the_same_moment_the_work_is_done_once(self, blog: Site) -> None:
        for number in range(10):
            blog.write(f"{number}.md", piece(f"Number {number}", "tags: [bridges, wind]"))
        blog.now = MONDAY

        logs = [blog.folder / f"{number}.log" for number in range(3)]
        rounds = [begin_a_round(blog, log) for log in logs]
        codes = [one.wait(PATIENCE_SECONDS) for one in rounds]
        ends = [(log.read_text(), code) for log, code in zip(logs, codes, strict=True)]

        assert {code for _, code in ends} <= {0, 1}
        assert 0 in [code for _, code in ends]
        for said, code in ends:
            assert ("another feeder" in said) == (code == 1), said
        assert len(blog.mails()) == 2
        stamps = blog.stamps()
        blog.done("once")
        assert blog.stamps() == stamps
        assert len(blog.mails()) == 2


class TestADamagedTree:
    @pytest.fixture
    def damaged(self, blog: Site) -> Site:
        (blog.public / "atom.xml").write_text("<feed/>")
        (blog.public / "tag/wind/index.html").unlink()
        (blog.public / "assets/feeder.css").write_bytes(b"")
        return blog

    LOST = ("assets/feeder.css", "atom.xml", "tag/wind/index.html")

    def test_check_says_what_differs_and_changes_nothing(self, damaged: Site) -> None:
        before = damaged.tree(), damaged.stamps()

        told = damaged.feeder("publish", "--check")
        as_json = damaged.feeder("publish", "--check", "--json")

        assert told.code == as_json.code == 1
        assert told.out.splitlines() == [f"differs: {path}" for path in self.LOST]
        assert as_json.json == list(self.LOST)
        assert (damaged.tree(), damaged.stamps()) == before

    def test_all_repairs_it_and_touches_nothing_else(self, blog: Site, damaged: Site) -> None:
        stamps = damaged.stamps()

        said = damaged.done("publish", "--all", "--json").json

        assert sorted(said["written"]) == list(self.LOST)
        after = damaged.stamps()
        assert {path for path in after if after[path] != stamps.get(path)} == set(self.LOST)
        assert damaged.feeder("publish", "--check").code == 0
        assert all(title.replace("&", "&amp;") in damaged.page("atom.xml") for title in TITLES)

    def test_a_tree_that_is_gone_comes_back_byte_for_byte(self, blog: Site, tmp_path: Path) -> None:
        tree = blog.tree()
        blog.public.rename(tmp_path / "away")

        blog.done("publish", "--all")

        assert blog.tree() == tree
