"""The store by hand: items added, edited, hidden, corrected and merged, with the real command."""

from pathlib import Path

import pytest

from tests.conftest import MONDAY, Site, new_site, piece

HALF_PAST = "2026-11-22T08:30:00Z"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16


@pytest.fixture
def open_site(site: Site) -> Site:
    """A site whose folder has been read once, so that what comes now is news."""
    site.done("once")
    return site


def uid(site: Site, name: str) -> str:
    return str(site.done("item", "show", name, "--json").json["uid"])


def test_an_item_is_added_and_published_with_its_texts_and_pictures(open_site: Site) -> None:
    site = open_site
    texts = site.folder / "texts"
    texts.mkdir()
    (texts / "tide.png").write_bytes(PNG)
    (texts / "body.md").write_text("The *sea*.<script>alert(1)</script>\n\n![Tide](tide.png)\n", "utf-8")
    added = site.done(
        "item", "add", "--title", "On tides", "--url", "https://paper.example/tides", "--outlet", "The Paper",
        "--published", "2026-11-20", "--tag", "Sea", "--tag", "C++", "--author", "Ada", "--author", "Bo",
        "--language", "de-CH", "--note", "New *piece*.", "--body", "texts/body.md", "--standfirst", "Short.",
        "--summary", "Shorter.", "--image", "texts/tide.png", "--medium", "print", "--reason", "by post",
    )  # fmt: skip
    shown = site.done("item", "show", added.out.strip(), "--json").json
    assert (shown["title"], shown["outlet"], shown["published"]) == ("On tides", "The Paper", "2026-11-20")
    assert (shown["tags"], shown["authors"], shown["language"]) == (["Sea", "C++"], ["Ada", "Bo"], "de-CH")
    assert shown["note"] == "<p>New <em>piece</em>.</p>"
    assert "alert" not in shown["body"]
    assert shown["history"] == [{"at": site.now, "action": "add", "reason": "by post", "changes": {}}]
    site.done("once")
    assert "On tides" in site.page("tag/sea/atom.xml")
    assert len(list(site.public.glob("media/tide-*.png"))) == 1
    assert site.done("publish", "--check").out == ""


@pytest.mark.parametrize(
    ("options", "thing", "mend"),
    [
        (["--title", "A", "--published", "yesterday"], "published", "2016-10-17"),
        (["--title", "A", "--url", "paper.example"], "url", "https://"),
        (["--title", "A", "--language", "Deutsch!"], "language", "de-CH"),
        (["--title", " "], "title", "write one"),
        (["--tag", "x"], "title", "--title"),
        (["--kind", "appearance", "--topic", "x"], "title", "--outlet"),
        (["--kind", "song"], "--kind", "piece"),
        (["--title", "A", "--body", "none.md"], "none.md", "name a file"),
        (["--title", "A", "--body", "latin.md"], "latin.md", "UTF-8"),
        (["--title", "A", "--body", "front.md"], "front matter", "folder"),
        (["--title", "A", "--image", "none.png"], "none.png", "add the file"),
        (["--title", "A", "--note", "![x](none.png)"], "none.png", "add the file"),
    ],
)
def test_what_cannot_be_taken_is_named_with_its_mend(
    bad_site: Site, options: list[str], thing: str, mend: str
) -> None:
    told = bad_site.feeder("item", "add", *options)
    assert told.code == 2, str(told)
    assert thing in told.err
    assert mend in told.err
    assert "Traceback" not in told.err
    assert bad_site.done("item", "list").out == ""


@pytest.fixture(scope="module")
def bad_site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site that nothing is added to, with files that cannot be taken."""
    site = new_site(tmp_path_factory.mktemp("bad") / "site")
    (site.folder / "latin.md").write_bytes(b"caf\xe9")
    (site.folder / "front.md").write_text("---\ntitle: A\n---\nB\n", "utf-8")
    return site


def test_a_name_that_nothing_has_is_no_usage_error(bad_site: Site) -> None:
    for words in (["show"], ["hide"], ["edit", "--title", "A"], ["correct", "--text", "x"]):
        told = bad_site.feeder("item", words[0], "nobody", *words[1:])
        assert (told.code, "'nobody'" in told.err) == (1, True)
    for usage in (["edit", "nobody"], ["correct", "nobody", "--text", " "], ["merge", "nobody"]):
        assert bad_site.feeder("item", *usage).code == 2


def test_an_edit_outlives_the_file_until_it_is_given_back(open_site: Site) -> None:
    site = open_site
    site.write("tides.md", piece("On tides", "tags: sea"))
    site.done("once")
    assert site.done("item", "edit", "tides", "--title", "On high tides", "--tag", "moon").out == (
        "edited: on-tides\n"
    )
    site.write("tides.md", piece("On low tides", "tags: sea", body="A longer text."))
    site.done("once")
    shown = site.done("item", "show", "tides", "--json").json
    assert (shown["title"], shown["tags"]) == ("On high tides", ["moon"])
    assert shown["edited"] == {"title": "On high tides", "tags": ["moon"]}
    assert "A longer text." in shown["body"]
    assert "On high tides" in site.page("tag/moon/atom.xml")
    site.done("item", "edit", "tides", "--as-source", "title", "--clear", "tags")
    site.done("once")
    shown = site.done("item", "show", "tides", "--json").json
    assert (shown["title"], shown["tags"], shown["edited"]) == ("On low tides", [], {"tags": []})
    both = site.feeder("item", "edit", "tides", "--title", "A", "--as-source", "title")
    assert (both.code, "gives it back" in both.err) == (2, True)
    assert site.done("publish", "--check").out == ""


def test_a_hidden_item_is_nowhere_until_it_is_back(open_site: Site) -> None:
    site = open_site
    site.write("tides.md", piece("On tides", "tags: sea"))
    site.write("other.md", piece("On rivers", "tags: sea"))
    site.done("once")
    site.done("item", "hide", "tides", "--reason", "a slip")
    site.done("once")
    tree = site.tree()
    assert not [path for path, content in tree.items() if b"On tides" in content]
    assert "On tides  (hidden)" in site.done("item", "list").out
    site.write("tides.md", piece("On tides", "tags: sea, moon"))
    site.done("once")
    assert not [path for path, content in site.tree().items() if b"On tides" in content]
    site.done("item", "hide", "tides", "--undo")
    site.done("once")
    assert "On tides" in site.page("tag/moon/atom.xml")
    assert site.done("publish", "--check").out == ""


def test_a_digest_has_what_was_added_and_not_what_was_hidden(open_site: Site) -> None:
    site = open_site
    site.done("subscriber", "add", "ada@example.org")
    site.now = HALF_PAST
    for title in ("On tides", "On rivers"):
        site.done("item", "add", "--title", title)
    site.done("item", "add", "--title", "From long ago", "--posted", "2020-01-01")
    site.done("once")
    site.done("item", "hide", "on-rivers")
    site.now = MONDAY
    site.done("once")
    (mail,) = site.mails().values()
    assert b"On tides" in mail
    assert b"On rivers" not in mail
    assert b"From long ago" not in mail
    assert "From long ago" in site.page("atom.xml")


def test_a_correction_is_kept_with_its_words(open_site: Site) -> None:
    site = open_site
    added = site.done("item", "add", "--title", "On tides", "--json").json
    early = site.feeder("item", "correct", "on-tides", "--text", "It was low.")
    assert (early.code, "is not public" in early.err) == (1, True)
    site.done("once")
    site.now = HALF_PAST
    site.done("item", "correct", "on-tides", "--text", "It was low.", "--title", "On low tides")
    shown = site.done("item", "show", added["uid"], "--json").json
    assert (shown["corrected"], shown["correction"], shown["number"]) == (HALF_PAST, "It was low.", 2)
    assert (shown["title"], shown["revised"], shown["posted"]) == ("On low tides", HALF_PAST, added["posted"])
    site.done("once")
    assert "On low tides" in site.page("atom.xml")


def test_two_items_become_one_and_two_again(open_site: Site) -> None:
    site = open_site
    site.write("tides.md", piece("On tides", "url: https://blog.example/tides", "tags: sea"))
    site.done("once")
    url = "http://www.blog.example/tides/?utm_source=feed"
    site.done("item", "add", "--title", "Of tides", "--outlet", "The Paper", "--url", url, "--tag", "moon")
    site.done("once")
    (proposal,) = site.done("item", "merge", "--json").json
    assert (proposal["why"], proposal["texts_differ"]) == ("same address", False)
    assert site.done("item", "merge").out == "like each other: on-tides of-tides  (same address)\n"
    other = uid(site, "of-tides")
    site.done("item", "merge", proposal["item"], proposal["other"], "--reason", "the same")
    site.done("once")
    shown = site.done("item", "show", "on-tides", "--json").json
    assert [place["outlet"] for place in shown["places"]] == [None, "The Paper"]
    assert (shown["aliases"], shown["tags"]) == ([other], ["sea", "moon"])
    assert not (site.public / "item" / "of-tides").exists()
    assert "On tides" in site.page("tag/moon/atom.xml")
    assert "Of tides  (merged into on-tides)" in site.done("item", "list").out
    assert site.done("item", "merge", "--json").json == []
    site.done("item", "merge", "on-tides", "of-tides", "--undo")
    site.done("once")
    assert "Of tides" in site.page("tag/moon/atom.xml")
    assert "On tides" not in site.page("tag/moon/atom.xml")
    assert uid(site, other) == other
    assert site.done("item", "merge", "--json").json == []
    assert site.done("publish", "--check").out == ""


def test_a_proposal_is_dropped_for_good(open_site: Site) -> None:
    site = open_site
    site.write("tides.md", piece("On tides", "url: https://blog.example/tides"))
    site.done("once")
    site.done("item", "add", "--title", "Of tides", "--url", "https://blog.example/tides")
    site.done("item", "merge", "on-tides", "of-tides", "--not")
    assert site.done("item", "merge", "--json").json == []
    site.write("tides.md", piece("On tides", "url: https://blog.example/tides", body="More."))
    site.done("once")
    assert site.done("item", "merge", "--json").json == []
    themselves = site.feeder("item", "merge", "on-tides", "tides")
    assert (themselves.code, "same item" in themselves.err) == (1, True)


def test_a_long_note_and_standard_input_are_taken_as_text(open_site: Site, tmp_path: Path) -> None:
    site = open_site
    note = "word " * 400
    shown = site.done("item", "add", "--title", "Long", "--note", note, "--body", "-", "--json").json
    assert shown["note"] == f"<p>{note.strip()}</p>"
    assert shown["body"] == ""  # nothing was on standard input
