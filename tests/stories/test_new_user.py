"""A new user: from an empty folder to feeds, pages and a first mail."""

import email
import email.policy
import re
from email.message import EmailMessage
from html import unescape
from pathlib import Path
from typing import Any

import feedparser
import pytest

from tests.conftest import BLOG, MONDAY, SUNDAY, TITLES, Site, Told, feeder, new_site, piece

TAGS = {
    "bridges": 7,
    "wind": 1,
    "harbour-times": 1,
    "river-crossings": 1,
    "walking": 1,
    "zurich": 1,
    "music": 1,
    "r-d": 1,
    "new-span": 1,
    "桥梁": 1,
}


def mail(site: Site) -> EmailMessage:
    (content,) = site.mails().values()
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert found is not None
    return str(found.get_content())


class TestTheFirstRound:
    def test_every_tag_of_the_blog_has_a_feed_and_a_page(self, blog: Site) -> None:
        found = {place.parent.name for place in blog.public.glob("tag/*/atom.xml")}

        assert found == {place.parent.name for place in blog.public.glob("tag/*/index.html")}
        assert found == set(TAGS)

    @pytest.mark.parametrize("path", ["atom.xml", *(f"tag/{slug}/atom.xml" for slug in TAGS)])
    def test_every_feed_is_sound_atom(self, blog_for_module: Site, path: str) -> None:
        feed = feedparser.parse(blog_for_module.public.joinpath(path).read_bytes())

        assert feed.bozo == 0
        assert feed.version == "atom10"
        assert len(feed.entries) == TAGS.get(path.split("/")[-2] if "/" in path else "bridges")
        assert all(entry.id.startswith("urn:uuid:") for entry in feed.entries)
        dates = [entry.published_parsed for entry in feed.entries]
        assert dates == sorted(dates, reverse=True)

    def test_the_feed_of_the_subject_holds_the_whole_blog(self, blog: Site) -> None:
        feed = feedparser.parse(blog.public.joinpath("tag/bridges/atom.xml").read_bytes())

        assert {unescape(entry.title) for entry in feed.entries} == set(TITLES)
        (own,) = [link.href for link in feed.feed.links if link.rel == "self"]
        assert own == "http://127.0.0.1:8000/tag/bridges/atom.xml"

    def test_the_pages_show_what_the_feeds_hold(self, blog: Site) -> None:
        shown = unescape(blog.page("tag/bridges/index.html"))

        assert all(title in shown for title in TITLES)
        assert 'type="application/atom+xml"' in shown

    def test_one_mail_came_with_its_envelope(self, blog: Site) -> None:
        message = mail(blog)

        assert list(message)[:2] == ["Return-Path", "Delivered-To"]
        assert message["Return-Path"] == "<feeder@localhost>"
        assert message["Delivered-To"] == "reader@example.org"
        assert message["To"] == "reader@example.org"
        assert not message.defects

    @pytest.mark.parametrize("kind", ["plain", "html"])
    def test_both_parts_of_the_mail_hold_all_titles(self, blog: Site, kind: str) -> None:
        text = unescape(part(mail(blog), kind))

        assert [title for title in TITLES if title not in text] == []

    def test_every_link_of_the_mail_leads_somewhere(self, blog: Site) -> None:
        addresses = re.findall(r'href="http://127\.0\.0\.1:8000/([^"]*)"', part(mail(blog), "html"))

        served = ("unsubscribe/", "preferences/")
        pages = [address for address in addresses if not address.startswith(served)]
        assert len(addresses) > len(pages) > 0
        assert [page for page in pages if not (blog.public / page).exists()] == []


class TestAnotherRound:
    def test_nothing_new_touches_no_file_and_sends_no_mail(self, blog: Site) -> None:
        tree, stamps, mails = blog.tree(), blog.stamps(), blog.mails()

        for now in ("2026-11-22T08:00:00Z", "2026-11-22T09:00:00Z", "2026-11-23T07:59:59Z"):
            blog.now = now
            blog.done("once")

        assert blog.stamps() == stamps
        assert blog.tree() == tree
        assert blog.mails() == mails

    def test_importing_again_changes_nothing(self, blog: Site) -> None:
        stamps = blog.stamps()
        items = blog.done("item", "list", "--json").json

        again = blog.done("import", "wxr", BLOG, "--json").json
        blog.done("once")

        assert again["tally"] == {"new": 0, "changed": 0, "same": 7, "gone": 0}
        assert blog.done("item", "list", "--json").json == items
        assert blog.stamps() == stamps
        assert len(blog.mails()) == 1

    def test_the_back_catalogue_is_in_no_digest(self, blog: Site) -> None:
        blog.now = MONDAY

        blog.done("once")

        assert len(blog.mails()) == 1
        deliveries = blog.done("subscriber", "show", "reader@example.org", "--json").json["deliveries"]
        assert [(one["period"], one["state"]) for one in deliveries] == [
            ("2026-W48", "empty"),
            ("welcome", "accepted"),
        ]
        assert deliveries[0]["reason"]

    def test_a_new_text_comes_with_the_next_digest_and_only_once(self, blog: Site) -> None:
        blog.write("quay.md", piece("A new quay", "tags: [bridges]", "posted: 2026-11-22T12:00:00Z"))
        before = set(blog.mails())

        for now in ("2026-11-22T12:00:00Z", MONDAY, "2026-11-23T08:10:00Z", "2026-11-30T08:00:00Z"):
            blog.now = now
            blog.done("once")

        (new,) = set(blog.mails()) - before
        text = blog.mails()[new].decode()
        assert "A new quay" in text
        assert not [title for title in TITLES if title in text]

    def test_a_subject_that_nobody_wrote_about_yet_is_no_other_subject(self, site: Site) -> None:
        site.write("c.md", piece("On C", "tags: [C]", "date: 2019-11-22"))
        site.done("once")
        told = site.feeder("subscriber", "add", "reader@example.org", "--tag", "C#")
        assert "C#" in told.err
        site.write("more-c.md", piece("More on C", "tags: [C]"))
        site.done("once")
        site.write("sharp.md", piece("On C sharp", "tags: ['C#']"))
        for now in ("2026-11-22T12:00:00Z", MONDAY):
            site.now = now
            site.done("once")

        (mail,) = site.mails().values()
        assert b"On C sharp" in mail
        assert b"More on C" not in mail

    def test_what_the_first_reading_of_a_folder_finds_is_no_news(self, site: Site) -> None:
        site.write("pier.md", piece("An old pier", "date: 2019-11-22"))
        site.done("subscriber", "add", "reader@example.org")
        for now in (SUNDAY, MONDAY):
            site.now = now
            site.done("once")

        assert "An old pier" in site.page("atom.xml")
        assert not site.mails()


class TestAnEditedTitle:
    def test_only_the_documents_that_list_it_are_written(self, site: Site) -> None:
        site.write("ferry.md", piece("The ferry", "tags: [boats, rivers]", "date: 2026-11-01"))
        site.write("canoe.md", piece("The canoe", "tags: [boats, lakes]", "date: 2026-11-02"))
        site.write("dam.md", piece("The dam", "tags: [rivers]", "date: 2026-11-03"))
        site.write("quiet.md", piece("No tags at all", "date: 2026-11-04"))
        site.done("once")
        tree, stamps = site.tree(), site.stamps()
        slow = site.folder / "content" / "ferry.md"

        site.write("ferry.md", slow.read_text().replace("The ferry", "The fast ferry"))
        site.now = "2026-11-22T09:00:00Z"
        said = site.done("once", "--json").json

        folders = ["", "author/your-name/", "kind/pieces/", "language/en/", "tag/boats/", "tag/rivers/"]
        files = ["atom.xml", "rss.xml", "feed.json", "index.html"]
        listing = {folder + file for folder in folders for file in files} | {"item/the-ferry/index.html"}
        standing = listing | {f"{path}.gz" for path in listing}
        assert changed(site.tree(), tree) == standing
        assert changed(site.stamps(), stamps) == standing
        assert set(said["published"]["written"]) == listing
        assert all("The fast ferry" in site.page(path) for path in listing)

    def test_its_id_and_its_address_stay(self, site: Site) -> None:
        site.write("ferry.md", piece("The ferry", "date: 2026-11-01"))
        site.done("once")
        (before,) = site.done("item", "list", "--json").json

        site.write("ferry.md", piece("The fast ferry", "date: 2026-11-01"))
        site.done("once")

        (after,) = site.done("item", "list", "--json").json
        assert after == before | {"title": "The fast ferry"}


def changed(after: dict[str, Any], before: dict[str, Any]) -> set[str]:
    return {path for path in after.keys() | before.keys() if after.get(path) != before.get(path)}


class TestATextThatGoes:
    def test_it_leaves_feeds_pages_and_its_own_page(self, site: Site) -> None:
        for name in ("ferry", "canoe", "dam", "weir"):
            site.write(f"{name}.md", piece(f"The {name}", "tags: [boats]", "date: 2026-11-01"))
        site.done("once")

        (site.folder / "content" / "ferry.md").unlink()
        site.done("once")

        assert not (site.public / "item" / "the-ferry").exists()
        assert [path for path, content in site.tree().items() if b"The ferry" in content] == []


class TestWhatScriptsRead:
    def test_a_reader_as_json(self, blog: Site) -> None:
        shown = blog.done("subscriber", "show", "reader@example.org", "--json").json

        assert shown["status"] == "active"
        assert shown["preferences"]["tags"]["any"] == ["bridges"]
        assert shown["preferences"]["digest"] == "weekly"
        assert shown["cursor"] == 0  # nobody was there before the first release
        assert shown["next_issue_at"] == "2026-11-23T08:00:00Z"

    def test_a_reader_who_comes_later_starts_at_the_newest_arrival(self, blog: Site) -> None:
        blog.done("subscriber", "add", "late@example.org", "--digest", "daily", "--zone", "Asia/Tokyo")

        shown = blog.done("subscriber", "show", "late@example.org", "--json").json
        assert shown["cursor"] == 7
        assert shown["preferences"]["zone"] == "Asia/Tokyo"
        assert shown["next_issue_at"] == "2026-11-22T23:00:00Z"  # eight in the morning there

    def test_the_configuration_as_json(self, site: Site) -> None:
        assert site.done("config", "show", "--json").json["web"]["port"] == 8000
        site.settings = {"FEEDER_WEB__PORT": "8123"}
        assert site.done("config", "show", "--json").json["web"]["port"] == 8123

    @pytest.mark.parametrize(
        "listing",
        [
            "item list",
            "item show notes-from-the-workshop",
            "subscriber list",
            "subscriber show reader@example.org",
            "subscriber add another@example.org --tag bridges",
            "sync",
            "sync --status",
            "publish",
            "publish --all",
            "publish --check",
            "once",
            "digest preview weekly --for reader@example.org",
            "digest send",
            "config show",
        ],
    )
    def test_every_listing_is_json_and_nothing_else(self, blog_for_module: Site, listing: str) -> None:
        told = blog_for_module.done(*listing.split(), "--json")

        assert told.json is None or isinstance(told.json, dict | list)

    def test_a_preview_shows_what_will_be_sent_and_sends_nothing(self, blog: Site) -> None:
        blog.done("sync")
        blog.write("quay.md", piece("A new quay", "tags: [bridges]"))
        blog.now = "2026-11-22T12:00:00Z"
        blog.done("once")
        mails = blog.mails()

        shown = blog.done(
            *("digest", "preview", "weekly", "--for", "reader@example.org", "--at", MONDAY),
            *("--html", "look.html", "--json"),
        ).json

        assert blog.mails() == mails
        assert "A new quay" in shown["text"]
        assert "A new quay" in (blog.folder / "look.html").read_text("utf-8")
        blog.now = MONDAY
        blog.done("once")
        (sent,) = blog.mails().keys() - mails.keys()
        message = email.message_from_bytes(blog.mails()[sent], policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        assert message["Subject"] == shown["subject"]
        assert part(message, "plain").splitlines() == shown["text"].splitlines()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site that commands leave as it is."""
    return new_site(tmp_path_factory.mktemp("kept") / "site")


class TestTheCommandLine:
    def test_help_of_every_command_explains_it(self, tmp_path: Path) -> None:
        groups: list[tuple[str, ...]] = [()]
        seen = []
        while groups:
            words = groups.pop()
            told = feeder(*words, "--help", folder=tmp_path)
            assert told.code == 0, str(told)
            assert not told.err, str(told)
            assert told.out.startswith(f"usage: feeder {' '.join(words)}".rstrip())
            assert len(told.out.splitlines()) >= 5, str(told)
            seen.append(" ".join(words))
            _, _, commands = told.out.partition("\ncommands:\n")
            groups += [(*words, name) for name in re.findall(r"^    (\S+)", commands, re.MULTILINE)]

        assert {"init", "demo", "once", "run", "import wxr", "subscriber add", "digest preview"} <= set(seen)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("line", "named"),
        [
            ("", "COMMAND"),
            ("onec", "onec"),
            ("once --quickly", "--quickly"),
            ("subscriber", "COMMAND"),
            ("subscriber add", "ADDRESS"),
            ("subscriber add a@example.org --welcome some", "--welcome"),
            ("subscriber add a@example.org --welcome -1", "--welcome"),
            ("subscriber add a@example.org --digest hourly", "weekly"),
            ("subscriber add a@example.org --zone Mars/Olympus", "Mars/Olympus"),
            ("subscriber add a@example.org --hour 24", "24"),
            ("subscriber add a@example.org --day 9", "9"),
            ("subscriber add nobody", "nobody"),
            ("sync nowhere", "content"),
            ("publish --all --check", "--check"),
            ("digest preview weekly", "--for"),
            ("digest send --at noon", "noon"),
            ("import wxr", "FILE"),
        ],
    )
    def test_wrong_usage_is_named_and_ends_with_2(self, kept: Site, line: str, named: str) -> None:
        told = kept.feeder(*line.split())

        assert told.code == 2, str(told)
        assert named in told.err
        assert not told.out
        assert "Traceback" not in told.err

    def test_a_moment_that_is_none_is_named(self, site: Site) -> None:
        site.now = "tomorrow"

        told = site.feeder("once")

        assert told.code == 2
        assert "FEEDER_NOW" in told.err

    @pytest.mark.parametrize("command", ["once", "run", "item list", "config show", "subscriber list"])
    def test_without_a_configuration_it_says_how_to_get_one(self, tmp_path: Path, command: str) -> None:
        told = feeder(*command.split(), folder=tmp_path)

        assert told.code == 2
        assert "config/feeder.toml" in told.err
        assert "feeder init" in told.err
        assert len(told.complaints) == 1
        assert list(tmp_path.iterdir()) == []

    def test_init_overwrites_nothing(self, site: Site) -> None:
        before = everything(site)

        told = feeder("init", site.folder, folder=site.folder.parent)

        assert told.code == 2
        assert "already" in told.err
        assert everything(site) == before

    def test_init_beside_texts_that_are_there_leaves_them_alone(self, tmp_path: Path) -> None:
        (tmp_path / "content").mkdir()
        (tmp_path / "content" / "example.md").write_text("mine")

        told = feeder("init", folder=tmp_path)

        assert told.code == 0
        assert (tmp_path / "content" / "example.md").read_text() == "mine"

    def test_init_says_what_to_do_next_and_it_works(self, tmp_path: Path) -> None:
        told = feeder("init", "my site", folder=tmp_path)

        assert "feeder once" in told.out
        round_ = feeder("once", folder=tmp_path / "my site")
        assert round_.code == 0, str(round_)
        assert (tmp_path / "my site" / "public" / "index.html").is_file()

    def test_the_example_of_a_new_site_is_seen_by_nobody(self, tmp_path: Path) -> None:
        feeder("init", folder=tmp_path)
        feeder("once", folder=tmp_path)

        assert not (tmp_path / "public" / "item").exists()
        assert not (tmp_path / "public" / "tag").exists(), "the tags of a draft are published"

    def test_a_configuration_elsewhere_can_be_named(self, site: Site, tmp_path: Path) -> None:
        config = site.folder / "config" / "feeder.toml"

        by_option = feeder("--config", config, "config", "show", "--json", folder=tmp_path)
        by_variable = feeder(
            "config", "show", "--json", folder=tmp_path, environment={"FEEDER_CONFIG": str(config)}
        )

        assert folder_of(by_option) == folder_of(by_variable) == str(site.folder)


def folder_of(told: Told) -> str:
    return str(told.json["folder"])


def everything(site: Site) -> dict[str, tuple[int, bytes]]:
    return {
        str(file): (file.stat().st_mtime_ns, file.read_bytes())
        for file in site.folder.rglob("*")
        if file.is_file()
    }
