"""Which feeds list an item."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.feeds import selections
from feeder.markup import urls
from feeder.markup.things import Wanted
from feeder.model.feeds import EVERYTHING, Selection, Subject
from feeder.model.items import Card, Kind, Name
from feeder.model.settings import Declared
from tests.feeds.kits.samples import POSTED, uid

PORTS, CABLES, HARBOURS = (
    Name(1, "Ports", "ports"),
    Name(2, "Undersea Cables", "undersea-cables"),
    Name(3, "Häfen", "hafen"),
)
CARD = Card(
    1,
    uid(1),
    Kind.PIECE,
    POSTED,
    POSTED,
    outlet=Name(1, "Hanse & Kurier", "hanse-kurier"),
    tags=(PORTS, CABLES),
    authors=(Name(1, "Ada Fjordman", "ada-fjordman"),),
    language="de-AT",
)


def paths(card: Card, *declared: Declared) -> set[str]:
    return {subject.path for subject in selections.subjects(card, selections.chosen(declared))}


def fits(card: Card, **wanted: tuple[str, ...]) -> bool:
    return "feed/mine/" in paths(card, Declared("mine", "Mine", **wanted))  # type: ignore[arg-type]


# ── Feeds of every kind ──────────────────────────────────────────────────────────────────────────


def test_an_item_stands_in_the_feeds_of_all_that_it_has() -> None:
    assert paths(CARD) == {
        "",
        "kind/pieces/",
        "tag/ports/",
        "tag/undersea-cables/",
        "author/ada-fjordman/",
        "outlet/hanse-kurier/",
        "language/de-AT/",
    }


def test_an_item_that_has_nothing_stands_in_the_feeds_of_everything_and_of_its_kind() -> None:
    assert paths(Card(1, uid(1), Kind.APPEARANCE, POSTED, POSTED)) == {"", "kind/appearances/"}


def test_a_subject_is_listed_once() -> None:
    found = selections.subjects(replace(CARD, tags=(PORTS, CABLES)), selections.chosen([]))

    assert len(found) == len(set(found))
    assert EVERYTHING in found


@pytest.mark.parametrize("spelling", ["ZH-hans", "zh-HANS", "zh-Hans"])
def test_all_spellings_of_a_language_are_one_feed(spelling: str) -> None:
    assert "language/zh-Hans/" in paths(replace(CARD, language=spelling))


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Häfen & Kräne", "hafen-krane"),
        ("Łódź", "lodz"),
        ("港口", "港口"),
        ("東京タワー", "東京タワー"),
        ("한국어", "한국어"),
        ("ميناء قديم", "ميناء-قديم"),
        ("נמל", "נמל"),
        ("Порты", "порты"),
        ("λιμάνι", "λιμάνι"),
        ("बंदरगाह", "बंदरगाह"),
        ("ท่าเรือ", "ท่าเรือ"),
        ("C++", "c"),
        ("R&D", "r-d"),
        ("100%", "100"),
        ("../../etc", "etc"),
    ],
)
def test_a_tag_in_any_script_has_a_feed(name: str, slug: str) -> None:
    tag = Name(1, name, urls.slug(name))

    assert f"tag/{slug}/" in paths(replace(CARD, tags=(tag,)))


@given(st.text(min_size=1, max_size=80))
def test_a_tag_of_any_name_has_a_feed_of_its_own_folder(name: str) -> None:
    slug = urls.slug(name)

    (found,) = [path for path in paths(replace(CARD, tags=(Name(1, name, slug),))) if path.startswith("tag/")]

    first, folder, end = found.split("/")
    assert (first, end) == ("tag", "")
    assert folder == slug
    assert folder not in {"", ".", ".."}


def test_a_language_is_known_by_its_english_name() -> None:
    def named(tag: str) -> str:
        return selections.named(Subject(Selection.LANGUAGE, tag, tag)).name

    assert [named(tag) for tag in ("de", "de-AT", "pt-BR")] == [
        "German",
        "German (Austria)",
        "Portuguese (Brazil)",
    ]
    assert named("qq-x-none") == "qq-x-none", "nobody knows this one"


# ── Declared feeds ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("wanted", "does"),
    [
        ({"all": ("tag:ports", "tag:undersea cables")}, True),
        ({"all": ("tag:ports", "tag:nothing")}, False),
        ({"any": ("tag:nothing", "tag:ports")}, True),
        ({"any": ("tag:nothing", "tag:something")}, False),
        ({"none": ("tag:ports",)}, False),
        ({"none": ("tag:nothing",)}, True),
        ({"all": ("kind:piece",), "any": ("tag:ports",), "none": ("outlet:another",)}, True),
        ({"all": ("kind:piece",), "any": ("tag:ports",), "none": ("outlet:hanse & kurier",)}, False),
        ({"all": ("kind:appearance",)}, False),
        ({"any": ("outlet:hanse-kurier",)}, False),
        ({"any": ("author:ADA FJORDMAN",)}, True),
        ({"any": ("author:ada-fjordman",)}, False),
        ({"any": ("ada-fjordman",)}, False),
        ({"all": ("tag:ports", "tag:Ports", "tag:PORTS ")}, True),
        ({}, True),
    ],
)
def test_a_declared_feed_has_what_it_asks_for(wanted: dict[str, tuple[str, ...]], does: bool) -> None:
    assert fits(CARD, **wanted) is does


@pytest.mark.parametrize(
    ("spelling", "does"),
    [("tag:Undersea Cables", True), ("tag:undersea cables", True), ("tag:undersea-cables", False)],
)
def test_a_name_is_asked_for_whatever_its_case(spelling: str, does: bool) -> None:
    assert fits(CARD, any=(spelling,)) is does


def test_names_that_share_a_slug_are_two() -> None:
    of_c = replace(CARD, tags=(Name(7, "C", "c-2"),))
    assert not fits(of_c, any=("tag:C++",))
    assert fits(of_c, any=("tag:c",))


@pytest.mark.parametrize(
    ("wanted", "does"),
    [
        ("language:de", True),
        ("language:DE-at", True),
        ("language:de-CH", False),
        ("language:d", False),
        ("language:en", False),
    ],
)
def test_who_wants_a_language_wants_that_of_every_country(wanted: str, does: bool) -> None:
    assert fits(CARD, any=(wanted,)) is does


def test_who_wants_a_countrys_language_does_not_want_all_of_it() -> None:
    assert not fits(replace(CARD, language="de"), any=("language:de-AT",))


def test_a_tag_and_an_outlet_of_one_name_are_two_things() -> None:
    ports = replace(CARD, tags=(), outlet=Name(9, "Ports", "ports"))

    assert not fits(ports, any=("tag:ports",))
    assert fits(ports, any=("outlet:ports",))


def test_a_decomposed_letter_is_the_same_letter() -> None:
    assert fits(replace(CARD, tags=(HARBOURS,)), any=("tag:ha\u0308fen",))


things = st.frozensets(st.sampled_from("abcde"), max_size=4)


@given(things, things, things, things)
def test_all_any_and_none_are_what_they_say(
    has: frozenset[str], all_: frozenset[str], any_: frozenset[str], none: frozenset[str]
) -> None:
    wanted = Wanted(all_, any_, none)

    expected = (
        all(thing in has for thing in all_)
        and (any(thing in has for thing in any_) or not any_)
        and not any(thing in has for thing in none)
    )
    assert wanted.fits(has) is expected
