"""Where items lead."""

import json
from dataclasses import replace

from feeder.feeds import links
from feeder.feeds.imprint import Imprint
from feeder.feeds.links import Link
from feeder.model.appearances import Role
from feeder.model.items import Kind, Related
from tests.feeds.kits.atom_rules import violations
from tests.feeds.kits.samples import COURIER, SITE, SPEECH, Press, piece

WITH_PAGES = Imprint(SITE, SPEECH)
WITHOUT = Imprint(SITE, SPEECH, pages=False)
PAGE = "https://ada.example/blog/item/item-1/"
ELSEWHERE = "https://hanse-kurier.example/kran"
TALK = Related(Kind.APPEARANCE, "A talk on cranes", "a-talk", None, "de", Role.TALK)
TRANSLATION = Related(
    Kind.APPEARANCE, "Cranes", "cranes", "https://second.example/cranes", "en", Role.TRANSLATED
)


def test_an_item_leads_to_its_outlets_page_and_has_its_own_beside_it() -> None:
    item = piece(1, url=ELSEWHERE, outlet=COURIER, language="de")

    assert links.links(item, WITH_PAGES) == [
        Link("alternate", ELSEWHERE, "de"),
        Link("related", PAGE),
        Link("via", ELSEWHERE, title="Hanse & Kurier"),
    ]


def test_an_item_of_the_own_site_leads_to_its_page() -> None:
    assert links.links(piece(1), WITH_PAGES) == [Link("alternate", PAGE)]


def test_an_appearance_without_an_address_names_its_outlet_by_its_home_page() -> None:
    item = piece(1, kind=Kind.APPEARANCE, outlet=replace(COURIER, home="https://hanse-kurier.example/"))

    assert links.links(item, WITH_PAGES) == [
        Link("alternate", PAGE),
        Link("via", "https://hanse-kurier.example/", title="Hanse & Kurier"),
    ]


def test_without_pages_only_the_outlets_page_is_left() -> None:
    assert links.links(piece(1, url=ELSEWHERE), WITHOUT) == [Link("alternate", ELSEWHERE)]
    assert links.links(piece(1), WITHOUT) == []


def test_what_belongs_to_an_item_is_related_in_its_language() -> None:
    item = piece(1, related=(TALK, TRANSLATION))

    assert links.links(item, WITH_PAGES)[1:] == [
        Link("related", "https://ada.example/blog/item/a-talk/", "de", "A talk on cranes"),
        Link("related", "https://second.example/cranes", "en", "Cranes"),
    ]
    assert links.links(item, WITHOUT) == [Link("related", "https://second.example/cranes", "en", "Cranes")], (
        "a talk without an address and without a page leads nowhere"
    )


def test_a_translation_is_never_a_second_place_of_the_item() -> None:
    """Of several alternates, feedparser takes the last, and others the first."""
    item = piece(1, url=ELSEWHERE, language="de", related=(TRANSLATION, replace(TRANSLATION, language="fr")))

    assert [link.href for link in links.links(item, WITH_PAGES) if link.rel == "alternate"] == [ELSEWHERE]


def test_no_more_than_twenty_are_related() -> None:
    many = tuple(replace(TALK, slug=f"talk-{number}") for number in range(30))

    assert len(links.links(piece(1, related=many), WITH_PAGES)) == 1 + 20


def test_json_feed_tells_all_links_but_the_main_one() -> None:
    item = piece(1, related=(TRANSLATION, replace(TRANSLATION, url="https://third.example/")))
    for has_pages in (True, False):
        (made,) = json.loads(Press(has_pages=has_pages).live([item]).json)["items"]

        assert [link["url"] for link in made["_feeder"]["links"]] == [
            "https://second.example/cranes",
            "https://third.example/",
        ]


def test_an_item_that_leads_nowhere_still_keeps_the_standard() -> None:
    made = Press(has_pages=False).live([piece(1, related=(TALK, TRANSLATION))])

    assert made.refused == []
    assert violations(made.atom, "https://ada.example/blog/atom.xml") == []
