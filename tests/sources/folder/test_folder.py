import os
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from feeder.errors import FeederError, SourceError
from feeder.model import settings
from feeder.model.items import (
    Broken,
    Draft,
    Kind,
    Mark,
    NotModified,
    Past,
    Picture,
    Reading,
    Unchanged,
)
from feeder.sources import Source
from feeder.sources.folder import MAX_BYTES, MarkdownFolder

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16
SITE = settings.Site(
    title="Spans", author="Ada Fjordman", public_url="https://x.org/f/", language="en", zone="Europe/Zurich"
)
WRITE_A_DATE = "write 2016-10-17, or 2016-10-17 18:42, or 2016-10-17T18:42:00+01:00"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "content"
    path.mkdir()
    return path


@pytest.fixture
def source(folder: Path) -> MarkdownFolder:
    return MarkdownFolder(settings.Folder("texts", folder), SITE)


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def piece(front: str = "", body: str = "") -> str:
    return f"---\ntitle: A title\n{front}\n---\n{body}"


@dataclass
class Read:
    """A reading, walked to its end."""

    drafts: list[Draft] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    refused: list[FeederError] = field(default_factory=list)
    present: set[str] = field(default_factory=set)
    complete: bool = True
    missing: frozenset[str] = frozenset()
    past: Past = field(default_factory=Past)


def read(source: Source, past: Past | None = None) -> Read:
    """Read, and remember what a store would: `past` is what the next reading is told."""
    past = past or Past()
    reading = source.read(past)
    assert isinstance(reading, Reading)
    found = Read(complete=reading.complete, missing=reading.missing)
    for told in reading.told:
        match told:
            case Draft():
                found.drafts.append(told)
            case Unchanged(key):
                found.unchanged.append(key)
            case Broken(keys, refusal):
                found.present |= keys
                found.refused.append(refusal)
    marks = dict(past.marks()) | {draft.place: Mark(draft.key, draft.version) for draft in found.drafts}
    found.past = Past({} if found.refused else reading.state, lambda: marks, lambda _: marks)
    return found


def only(source: Source) -> Draft:
    reading = read(source)
    assert [str(refusal) for refusal in reading.refused] == []
    (draft,) = reading.drafts
    return draft


def test_a_piece_with_everything(source: MarkdownFolder, folder: Path) -> None:
    picture = write(folder, "2016/pic one.png", PNG)
    write(
        folder,
        "2016/hum.md",
        """---
title: "What happens  after?"
outlet: Telegraph
url: https://telegraph.example/after
published: 2016-10-17
posted: 2016-10-17 18:42
embargo: 2016-10-18
tags: [Zürich, 中文, no, Zürich]
authors: [Ada Fjordman, Bo Berg]
language: no
image: {src: pic one.png, alt: A picture, caption: Below it, credit: Bo}
note: |
  New piece for the *Telegraph*.
standfirst: A short view
summary: In short.
medium: print
role: author
topic: bridges
draft: yes
key: hum-1
slug: What happens
---
# Head

![p](<pic one.png>) [more](/tag/x/)
""",
    )

    draft = only(source)

    lead = Picture("media/pic-one-bae9f8f9.png", "A picture", "Below it", "Bo", picture)
    assert draft.place == "2016/hum.md"
    assert "2016/pic one.png" in draft.version
    assert replace(draft, place="", version="") == Draft(
        key="hum-1",
        kind=Kind.PIECE,
        title="What happens after?",
        substance=draft.substance,
        url="https://telegraph.example/after",
        outlet="Telegraph",
        published=date(2016, 10, 17),
        posted=datetime(2016, 10, 17, 16, 42, tzinfo=UTC),
        embargo=datetime(2016, 10, 17, 22, tzinfo=UTC),
        tags=("Zürich", "中文", "no"),
        authors=("Ada Fjordman", "Bo Berg"),
        language="no",
        picture=lead,
        pictures=(lead,),
        note="<p>New piece for the <em>Telegraph</em>.</p>",
        standfirst="A short view",
        summary="In short.",
        body=(
            '<h1>Head</h1>\n<p><img src="https://x.org/f/media/pic-one-bae9f8f9.png" alt="p">'
            ' <a href="https://x.org/tag/x/">more</a></p>'
        ),
        medium="print",
        role="author",
        topic="bridges",
        slug="what-happens",
        withheld=True,
    )


def test_a_piece_with_a_title_only(source: MarkdownFolder, folder: Path) -> None:
    write(folder, "a/b.c.markdown", "\ufeff---\r\ntitle: Null and void\r\nurl:\r\nnote: ~\r\n---\r\nText")

    draft = only(source)

    assert replace(draft, place="", version="") == Draft(
        key="a/b.c",
        kind=Kind.PIECE,
        title="Null and void",
        substance=draft.substance,
        authors=("Ada Fjordman",),
        language="en",
        body="<p>Text</p>",
    )


@pytest.mark.parametrize(
    ("front", "title"),
    [
        ("outlet: CNN", "CNN"),
        ("outlet: CNN\ntopic: the Istanbul attack", "CNN, on the Istanbul attack"),
        ("outlet: CNN\ntitle: My own", "My own"),
    ],
)
def test_an_appearance_has_a_title_of_its_outlet(
    source: MarkdownFolder, folder: Path, front: str, title: str
) -> None:
    write(folder, "a.md", f"---\nkind: appearance\n{front}\n---\n")

    assert (only(source).kind, only(source).title) == (Kind.APPEARANCE, title)


@pytest.mark.parametrize(
    ("written", "posted"),
    [
        ("2016-07-01", datetime(2016, 6, 30, 22, tzinfo=UTC)),
        ("2016-07-01 09:30", datetime(2016, 7, 1, 7, 30, tzinfo=UTC)),
        ("2016-12-01T09:30:15.75", datetime(2016, 12, 1, 8, 30, 15, tzinfo=UTC)),
        ("2016-12-01T09:30:15Z", datetime(2016, 12, 1, 9, 30, 15, tzinfo=UTC)),
        ("'2016-12-01 09:30:15 -0500'", datetime(2016, 12, 1, 14, 30, 15, tzinfo=UTC)),
    ],
)
@pytest.mark.parametrize("key", ["posted", "date"])
def test_times_without_an_offset_are_the_sites(
    source: MarkdownFolder, folder: Path, key: str, written: str, posted: datetime
) -> None:
    write(folder, "a.md", piece(f"{key}: {written}\npublished: {written}"))

    assert only(source).posted == posted


def test_published_may_be_a_moment(source: MarkdownFolder, folder: Path) -> None:
    write(folder, "a.md", piece("published: 2016-07-01 09:30"))

    assert only(source).published == datetime(2016, 7, 1, 7, 30, tzinfo=UTC)


def test_tags_may_be_a_text_with_commas_and_an_author_a_text(source: MarkdownFolder, folder: Path) -> None:
    write(folder, "a.md", piece("tags: foreign fighters, 中文,, UK\nauthors: Berg, Bo"))

    assert only(source).tags == ("foreign fighters", "中文", "UK")
    assert only(source).authors == ("Berg, Bo",)


def test_substance_is_title_body_and_link(source: MarkdownFolder, folder: Path) -> None:
    def substance(content: str) -> str:
        write(folder, "a.md", content)
        return only(source).substance

    first = substance(piece("url: https://h.org/", "Text"))

    assert substance(piece("url: https://h.org/\ntags: a\nnote: b\nposted: 2016-01-01", "Text")) == first
    assert substance(piece("url: https://h.org/2", "Text")) != first
    assert substance(piece("url: https://h.org/", "Text.")) != first


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("Text", "a.md: has no front matter; begin it with a line ---, `title: …` and a line ---"),
        ("---\ntitle: a\n", "a.md: its front matter is not closed; end it with a line of three hyphens"),
        (
            "---\ntitle: a\n" + "# b\n" * 20_000 + "---\n",
            "a.md: its front matter is longer than 64000 characters; close it earlier with a line of three hyphens",
        ),
        (
            "---\ntitle: a\nurl: [b\n---\n",
            "a.md: its front matter is no YAML (line 4: did not find expected ',' or ']'); mend that line",
        ),
        ("---\n- a\n---\n", "a.md: its front matter is not a list of keys; write `key: value` lines"),
        (
            "---\ntitle: a\ntitle: b\n---\n",
            "a.md: `title` stands there twice; leave one of them out",
        ),
        (
            "---\ntitle: " + "[" * 5000 + "]" * 5000 + "\n---\n",
            "a.md: its front matter nests too deeply; write texts and lists of texts",
        ),
        (
            "---\ntitle: a\ntags: &x [b, *x]\n---\n",
            "a.md: each entry of `tags` must be a text; write it on one line, or after `|`",
        ),
        ("---\n---\n", "a.md: `title`: a piece needs one; write `title: …`"),
        (
            "---\nkind: appearance\n---\n",
            "a.md: `title`: there is none, and no outlet either; write `outlet: …` or `title: …`",
        ),
        (piece("kind: book"), "a.md: `kind`: “book” is no kind; write piece or appearance"),
        (piece("publishd: 2016-01-01"), "a.md: `publishd` is no key of an item; did you mean `published`?"),
        (
            piece("date: 2016-01-01\nposted: 2016-01-01"),
            "a.md: `posted` and `date` mean the same; leave one of them out",
        ),
        (
            piece("published: next week"),
            f"a.md: `published`: “next week” is no date; {WRITE_A_DATE}",
        ),
        (
            piece("posted: 2016-02-30"),
            f"a.md: `posted`: “2016-02-30” is no date; {WRITE_A_DATE}",
        ),
        (
            piece("embargo: 0001-01-01"),
            f"a.md: `embargo`: “0001-01-01” is no date; {WRITE_A_DATE}",
        ),
        (piece("outlet: [a]"), "a.md: `outlet`: is not a text; write it on one line, or after `|`"),
        (piece("tags: {a: b}"), "a.md: `tags`: is not a list; write `tags: [one, another]`"),
        (piece("url: x.org/a"), "a.md: `url`: “x.org/a” is no web address; write it from https:// on"),
        (piece("draft: perhaps"), "a.md: `draft`: “perhaps” is neither yes nor no; write true or false"),
        (
            piece("language: en_GB"),
            "a.md: `language`: “en_GB” is no language tag; write en, de-CH or zh-Hans",
        ),
        (
            piece("image: {file: a.png}"),
            "a.md: `image`: is no picture; write an address, a file, or `src`, `alt`, `caption` and `credit`",
        ),
        (b"---\ntitle: Z\xfcrich\n---\n", "a.md: is not UTF-8 (byte 12); save it in UTF-8"),
        (b"a" * (MAX_BYTES + 1), "a.md: is over 2 MB; shorten it"),
    ],
)
def test_a_broken_file_is_refused_and_the_others_are_taken(
    source: MarkdownFolder, folder: Path, content: str | bytes, complaint: str
) -> None:
    write(folder, "a.md", content)
    write(folder, "b.md", piece())

    reading = read(source)

    assert [str(error) for error in reading.refused] == [complaint]
    assert [draft.key for draft in reading.drafts] == ["b"]
    assert reading.present == {"a"}
    assert reading.complete
    assert reading.past.state == {}


def test_a_broken_file_keeps_all_keys_it_may_be_known_by(source: MarkdownFolder, folder: Path) -> None:
    write(folder, "a.md", piece("key: first"))
    past = read(source).past
    write(folder, "a.md", "---\nkey: 'second'\ntitle: [\n---\n")

    reading = read(source, past)

    assert reading.present == {"a", "first", "second"}


def test_two_strangers_with_one_key_are_both_refused(source: MarkdownFolder, folder: Path) -> None:
    write(folder, "a.md", piece("key: same"))
    write(folder, "b.md", piece("key: same"))
    write(folder, "c.md", piece())

    reading = read(source)

    assert [str(error) for error in reading.refused] == [
        "a.md: has the key “same”, as has b.md; give each a key of its own",
        "b.md: has the key “same”, as has a.md; give each a key of its own",
    ]
    assert [draft.key for draft in reading.drafts] == ["c"]
    assert "same" in reading.present


def test_a_file_has_the_key_of_its_path_before_another_that_claims_it(
    source: MarkdownFolder, folder: Path
) -> None:
    write(folder, "b.md", piece())
    write(folder, "a.md", piece("key: b"))
    write(folder, "c.md", piece())

    reading = read(source)

    assert [str(error) for error in reading.refused] == [
        "a.md: has the key “b”, as has b.md; give each a key of its own",
    ]
    assert [(draft.key, draft.place) for draft in reading.drafts] == [("b", "b.md"), ("c", "c.md")]


def test_a_copy_takes_no_item_from_the_file_that_has_it(source: MarkdownFolder, folder: Path) -> None:
    original = write(folder, "b.md", piece("key: x"))
    past = read(source).past
    write(folder, "a.md", original.read_bytes())
    for touched in (False, True):
        if touched:
            os.utime(original, (1, 1))
        reading = read(source, past)
        assert [refusal.thing for refusal in reading.refused] == ["a.md"]
        assert [draft.place for draft in reading.drafts] == (["b.md"] if touched else [])
        assert reading.unchanged == ([] if touched else ["x"])


def test_keys_may_change_places(source: MarkdownFolder, folder: Path) -> None:
    write(folder, "a.md", piece("key: one"))
    write(folder, "b.md", piece("key: two"))
    past = read(source).past
    write(folder, "a.md", piece("key: two"))
    write(folder, "b.md", piece("key: one"))
    reading = read(source, past)
    assert [(draft.place, draft.key) for draft in reading.drafts] == [("a.md", "two"), ("b.md", "one")]
    assert reading.refused == []


def test_only_what_has_changed_is_told_anew(source: MarkdownFolder, folder: Path) -> None:
    for name in "abc":
        write(folder, f"{name}.md", piece())
    past = read(source).past
    write(folder, "b.md", piece(body="longer"))
    (folder / "c.md").rename(folder / "d.md")
    reading = read(source, past)
    assert [draft.key for draft in reading.drafts] == ["b", "d"]
    assert reading.unchanged == ["a"]
    assert reading.missing == {"c"}


def test_nothing_is_told_until_something_changes(source: MarkdownFolder, folder: Path) -> None:
    path = write(folder, "a.md", piece(body="![p](p.png)"))
    picture = write(folder, "p.png", PNG)
    past = read(source).past

    assert source.read(past) == NotModified()

    write(folder, "p.png", PNG + b"\0")
    assert read(source, past).drafts[0].pictures[0].file == picture
    write(folder, "p.png", PNG)
    os.utime(path, (1, 1))
    assert read(source, past).drafts[0].key == "a"


def test_a_picture_that_was_missing_and_comes_is_taken(source: MarkdownFolder, folder: Path) -> None:
    write(folder, "a.md", piece(body="![p](../b/p.png) ![q](b/p.png)"))
    write(folder, "other.md", piece())
    past = read(source).past
    write(folder, "b/p.png", PNG)
    reading = read(source, past)
    assert [len(draft.pictures) for draft in reading.drafts] == [1]
    assert reading.unchanged == ["other"]


# ── Looking at some files only ───────────────────────────────────────────────────────────────────


def test_a_file_that_was_written_is_read_alone(source: MarkdownFolder, folder: Path) -> None:
    for name in "abc":
        write(folder, f"{name}.md", piece())
    past = read(source).past
    changed = write(folder, "b.md", piece(body="longer"))
    reading = read(source.at([changed]), past)
    assert [draft.key for draft in reading.drafts] == ["b"]
    assert (reading.unchanged, reading.complete) == ([], False)
    assert reading.drafts == read(source, past).drafts


def test_a_new_file_is_read_alone_unless_an_item_has_its_key_or_title(
    source: MarkdownFolder, folder: Path
) -> None:
    write(folder, "a.md", piece())
    asked: list[tuple[str, str]] = []

    def has(key: str, title: str) -> bool:
        asked.append((key, title))
        return title == "Moved"

    past = replace(read(source).past, has=has)
    new = write(folder, "new.md", "---\ntitle: New\n---\n")
    reading = read(source.at([new]), past)
    assert ([draft.key for draft in reading.drafts], reading.complete) == (["new"], False)
    moved = write(folder, "moved.md", "---\ntitle: Moved\n---\n")
    assert read(source.at([moved]), past).complete
    assert asked == [("new", "New"), ("moved", "Moved")]


def test_no_link_to_a_folder_is_followed(source: MarkdownFolder, folder: Path, tmp_path: Path) -> None:
    write(tmp_path, "elsewhere/s.md", piece())
    (folder / "link").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    write(folder, "a.md", piece())
    past = read(source).past
    assert [*past.marks()] == ["a.md"]
    write(tmp_path, "elsewhere/s.md", piece(body="more"))
    assert source.at([folder / "link" / "s.md"]).read(past) == NotModified()


@pytest.mark.parametrize("what", ["gone", "picture", "key", "broken", "shows", "first", "settings", "new"])
def test_all_files_are_read_where_one_is_not_enough(source: MarkdownFolder, folder: Path, what: str) -> None:
    for name in "abc":
        write(folder, f"{name}.md", piece())
    write(folder, "p.png", PNG)
    past = Past() if what == "first" else read(source).past
    if what == "settings":
        past = replace(past, state={**past.state, "shape": "another"})
    files = {
        "gone": folder / "b.md",
        "picture": folder / "p.png",
        "key": write(folder, "x.md", piece("key: a") if what == "key" else piece()),
        "broken": folder / "x.md",
        "shows": folder / "x.md",
    }
    if what == "gone":
        files["gone"].unlink()
    if what == "broken":
        write(folder, "x.md", "nothing")
    if what == "shows":
        write(folder, "x.md", piece(body="![p](p.png)"))
    reading = read(source.at([files.get(what, folder / "x.md")]), past)
    assert reading.complete
    assert sorted([*reading.unchanged, *(draft.key for draft in reading.drafts)])[:1] == ["a"]


@pytest.mark.parametrize(
    "site",
    [
        replace(SITE, public_url="https://y.org/"),
        replace(SITE, language="de"),
        replace(SITE, zone="UTC"),
        replace(SITE, author="Bo Berg"),
    ],
)
def test_other_settings_make_other_drafts(source: MarkdownFolder, folder: Path, site: settings.Site) -> None:
    write(folder, "a.md", piece())
    past = read(source).past

    assert read(MarkdownFolder(settings.Folder("texts", folder), site), past).unchanged == []


def test_files_come_in_order_and_hidden_ones_not_at_all(source: MarkdownFolder, folder: Path) -> None:
    for name in ("c.md", "b/z.MD", "a.md", ".d.md", ".git/e.md", "f.txt", "_g.md"):
        write(folder, name, piece())

    assert [draft.key for draft in read(source).drafts] == ["_g", "a", "b/z", "c"]


def test_no_link_leads_out_of_the_folder(source: MarkdownFolder, folder: Path, tmp_path: Path) -> None:
    secret = write(tmp_path, "secret.md", piece())
    write(tmp_path, "elsewhere/b.md", piece())
    (folder / "a.md").symlink_to(secret)
    (folder / "linked").symlink_to(tmp_path / "elsewhere")
    (folder / "gone.md").symlink_to(tmp_path / "nothing")

    reading = read(source)

    assert [str(error) for error in reading.refused] == [
        "a.md: is a link that leads out of the folder; copy the file itself",
        "gone.md: cannot be read (No such file or directory); let feeder read it",
    ]
    assert reading.drafts == []
    assert reading.present == {"a", "gone"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("p.png", PNG),
        ("p.JPG", b"\xff\xd8\xff\xe0"),
        ("p.jpeg", b"\xff\xd8\xff\xe1"),
        ("p.gif", b"GIF89a"),
        ("p.webp", b"RIFF\0\0\0\0WEBPVP8 "),
        ("p.avif", b"\0\0\0\x20ftypavif"),
    ],
)
def test_pictures_of_each_kind(source: MarkdownFolder, folder: Path, name: str, content: bytes) -> None:
    path = write(folder, name, content)
    write(folder, "sub/a.md", piece(f"image: ../{name}\ncaption: c"))

    picture = only(source).picture

    assert picture is not None
    assert (picture.file, picture.caption) == (path, "c")
    assert picture.src.startswith("media/p-")
    assert picture.src.endswith(path.suffix.lower())


@pytest.mark.parametrize(
    ("src", "complaint"),
    [
        ("no.png", "the picture is not there; add the file, or mend its name"),
        ("../secret.png", "the picture lies outside the folder; copy it into the folder"),
        ("linked.png", "the picture lies outside the folder; copy it into the folder"),
        ("folder.png", "the picture is no file; name a file"),
        (
            "text.png",
            "is not a picture of the kind .png; use png, jpg, gif, webp or avif, named for what it is",
        ),
        (
            "wave.webp",
            "is not a picture of the kind .webp; use png, jpg, gif, webp or avif, named for what it is",
        ),
        ("p.svg", "is not a picture of the kind .svg; use png, jpg, gif, webp or avif, named for what it is"),
        ("large.png", "the picture is over 20 MB; make it smaller"),
    ],
)
def test_an_item_is_taken_without_a_bad_picture(
    source: MarkdownFolder, folder: Path, tmp_path: Path, src: str, complaint: str
) -> None:
    secret = write(tmp_path, "secret.png", PNG)
    (folder / "linked.png").symlink_to(secret)
    (folder / "folder.png").mkdir()
    write(folder, "text.png", "a text")
    write(folder, "wave.webp", b"RIFF\0\0\0\0WAVE")
    write(folder, "p.svg", "<svg/>")
    with write(folder, "large.png", PNG).open("r+b") as large:
        large.truncate(20_000_001)
    write(folder, "a.md", piece(f"image: {src}", f"Before ![p]({src}) after"))

    reading = read(source)

    assert [str(error) for error in reading.refused] == [f"a.md: {src}: {complaint}"]
    (draft,) = reading.drafts
    assert (draft.picture, draft.pictures, draft.body) == (None, (), "<p>Before  after</p>")
    assert reading.present == set()
    assert reading.past.state == {}


def test_pictures_elsewhere_stay_there(source: MarkdownFolder, folder: Path) -> None:
    write(folder, "a.md", piece("image: https://h.org/a.png", "![b](https://h.org/b.png) ![c](/c.png)"))

    draft = only(source)

    assert (draft.picture, draft.pictures) == (Picture("https://h.org/a.png"), ())
    assert draft.body == (
        '<p><img src="https://h.org/b.png" alt="b"> <img src="https://x.org/c.png" alt="c"></p>'
    )


def test_a_folder_that_is_not_there_says_so(tmp_path: Path) -> None:
    source = MarkdownFolder(settings.Folder("texts", tmp_path / "no"), SITE)

    with pytest.raises(SourceError) as caught:
        source.read(Past())

    assert str(caught.value) == (
        f"{tmp_path / 'no'}: the folder cannot be read (No such file or directory); mend its path or its rights"
    )


def test_an_empty_folder_is_a_complete_reading(source: MarkdownFolder) -> None:
    reading = read(source)

    assert (reading.drafts, reading.complete, reading.refused) == ([], True, [])


def test_a_readme_explains_its_folder_and_is_no_item(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("How to write here.")
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "readme.markdown").write_text("---\ntitle: T\n---\n")
    (tmp_path / "a.md").write_text("---\ntitle: T\n---\n")

    reading = read(MarkdownFolder(settings.Folder("texts", tmp_path), SITE))

    assert [draft.key for draft in reading.drafts] == ["a"]
    assert reading.refused == []
