"""What a note mentions, asked on the command line."""

import json
import subprocess
from pathlib import Path

from tests.conftest import FEEDER, PATIENCE_SECONDS, Site, feeder, piece, plain_environment

NOTE = (
    'New piece for the <a href="https://harbour.example/1">Harbour Weekly</a> on tides. Separately, spoke to '
    '<a href="https://politico.example/2">Politico</a> about port fees, and to the FT about sea cables.'
)
EXPECTED = [
    ("Politico", "port fees", "interviewed", "https://politico.example/2"),
    ("Financial Times", "sea cables", "interviewed", None),
]


def told(shapes: list[dict[str, object]]) -> list[tuple[object, ...]]:
    return [(one["outlet"], one["topic"], one["role"], one["url"]) for one in shapes]


def test_a_note_from_standard_input_needs_no_site(tmp_path: Path) -> None:
    done = subprocess.run(
        [*FEEDER, "appearance", "propose", "--text", "-", "--json"],
        cwd=tmp_path,
        env=plain_environment(),
        input=NOTE,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )
    shapes = json.loads(done.stdout)
    assert told(shapes) == EXPECTED
    assert {frozenset(one) for one in shapes} == {
        frozenset({"item", "outlet", "topic", "role", "url", "phrase"})
    }
    assert list(tmp_path.iterdir()) == []


def test_a_note_in_a_file_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("Spoke to Reuters about the locks.", "utf-8")
    said = feeder("appearance", "propose", "--text", "note.txt", folder=tmp_path)
    assert (said.code, said.out) == (0, "interviewed: Reuters, on the locks\n")
    (tmp_path / "note.txt").write_text("Nothing but a quiet week.", "utf-8")
    said = feeder("appearance", "propose", "--text", "note.txt", folder=tmp_path)
    assert (said.code, said.out) == (0, "The note mentions no appearance.\n")


def test_a_note_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"caf\xe9")
    (tmp_path / "huge").write_bytes(b"x" * 1_000_001)
    for name, words in (("none", "No such file"), ("latin", "UTF-8"), ("huge", "1 MB")):
        said = feeder("appearance", "propose", "--text", name, folder=tmp_path)
        assert said.code == 2
        assert name in said.err
        assert words in said.err


def test_the_notes_of_a_sites_pieces_are_asked_by_item_or_all(site: Site) -> None:
    site.write("tides.md", piece("On tides", "outlet: Harbour Weekly", f"note: '{NOTE}'"))
    site.write("other.md", piece("Another", "note: Spoke to Reuters about the locks."))
    site.done("once")
    uid = site.done("item", "show", "tides", "--json").json["uid"]

    one = site.done("appearance", "propose", "tides", "--json").json
    everything = site.done("appearance", "propose", "--json").json

    assert told(one) == EXPECTED
    assert {shape["item"] for shape in one} == {uid}
    assert {shape["outlet"] for shape in everything} == {"Politico", "Financial Times", "Reuters"}
    missing = site.feeder("appearance", "propose", "none")
    assert missing.code == 1
    assert "'none'" in missing.err


def test_appearances_are_accepted_mended_dropped_and_edited(site: Site) -> None:
    site.done("once")
    site.write(
        "tides.md",
        piece(
            "On tides",
            "outlet: Harbour Weekly",
            "url: https://harbour.example/1",
            "tags: sea",
            f"note: '{NOTE}'",
        ),
    )
    site.done("once")
    mended = site.done(
        "appearance", "accept", "tides", "--topic", "port", "--new-topic", "harbour fees", "--json"
    ).json
    assert [(one["title"], one["tags"], one["url"]) for one in mended] == [
        ("Politico, on harbour fees", ["sea"], "https://politico.example/2")
    ]
    assert told(site.done("appearance", "propose", "tides", "--json").json) == EXPECTED[1:]
    assert (
        site.done("appearance", "drop", "tides", "--outlet", "FT", "--reason", "not me").out == "dropped: 1\n"
    )
    assert site.done("appearance", "propose", "--json").json == []
    site.done("once")
    assert "Politico, on harbour fees" in site.page("tag/sea/atom.xml")
    slug = mended[0]["slug"]
    site.done("appearance", "edit", slug, "--topic", "port dues", "--url", "https://politico.example/3")
    shown = site.done("item", "show", slug, "--json").json
    assert (shown["title"], shown["url"]) == ("Politico, on port dues", "https://politico.example/3")
    assert shown["piece"] == site.done("item", "show", "tides", "--json").json["uid"]
    site.done("appearance", "drop", slug)
    site.done("once")
    assert "Politico, on port dues" not in site.page("tag/sea/atom.xml")
    not_one = site.feeder("appearance", "edit", "tides", "--topic", "x")
    assert (not_one.code, "is no appearance" in not_one.err) == (1, True)


def test_everything_open_is_accepted_at_once_and_only_once(site: Site) -> None:
    site.done("once")
    site.write("tides.md", piece("On tides", f"note: '{NOTE}'"))
    site.write("other.md", piece("Another", "note: Spoke to Reuters about the locks."))
    site.done("once")
    assert site.feeder("appearance", "accept").code == 2
    assert site.feeder("appearance", "drop").code == 2
    assert len(site.done("appearance", "accept", "--all").out.splitlines()) == 3
    assert site.done("appearance", "accept", "--all").out == ""
    again = site.feeder("appearance", "accept", "other")
    assert (again.code, "still open" in again.err) == (1, True)


def test_an_appearance_is_written_down_by_hand(site: Site) -> None:
    site.write("tides.md", piece("On tides", "tags: sea"))
    site.done("once")
    added = site.done(
        "appearance", "add", "--outlet", "BBC", "--topic", "storms", "--role", "interviewed",
        "--piece", "tides", "--published", "2026-11-20",
    )  # fmt: skip
    shown = site.done("item", "show", added.out.strip(), "--json").json
    assert (shown["kind"], shown["title"], shown["tags"]) == ("appearance", "BBC, on storms", ["sea"])
    assert [one["title"] for one in site.done("item", "show", "tides", "--json").json["appearances"]] == [
        "BBC, on storms"
    ]
    bare = site.feeder("appearance", "add", "--topic", "storms")
    assert (bare.code, "--outlet" in bare.err) == (2, True)
