"""The list of all feeds, as readers take it in."""

from collections.abc import Callable, Sequence
from email.utils import parsedate_to_datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from feeder.feeds import Catalogue
from feeder.markup import text, urls
from feeder.model.feeds import EVERYTHING, Feed, Selection, Subject
from feeder.model.settings import Declared
from tests.feeds.kits.samples import SITE, Press, uid

PUBLIC = "https://ada.example/blog/"
DECLARED = {"cables-and-ports": Declared("cables-and-ports", "Cables & “ports”")}
SUBJECTS = [
    EVERYTHING,
    Subject(Selection.TAG, "häfen", "Häfen & <Kräne>"),
    Subject(Selection.TAG, "港口", "港口"),
    Subject(Selection.TAG, "ميناء", "ميناء"),
    Subject(Selection.OUTLET, "hanse-kurier", "Hanse & Kurier"),
    Subject(Selection.AUTHOR, "ada-fjordman", "Ada Fjordman"),
    Subject(Selection.KIND, "pieces", "Pieces"),
    Subject(Selection.LANGUAGE, "zh-Hans", "Chinese (Simplified)"),
    Subject(Selection.DECLARED, "cables-and-ports", "cables-and-ports"),
]
FEEDS = [Feed(number, uid(number), subject) for number, subject in enumerate(SUBJECTS, 1)]


def opml(feeds: Sequence[Feed]) -> bytes:
    (made,) = [
        document.content
        for document in Press(declared=DECLARED).renderer.lists(Catalogue(feeds))
        if document.path == "feeds.opml"
    ]
    return made


_OF_HEAD = {"title", "dateCreated", "dateModified", "ownerName", "ownerEmail", "ownerId", "docs"}
_OF_OUTLINE = {"text", "type", "title", "xmlUrl", "htmlUrl", "language", "description", "version"}


def violations(document: bytes) -> list[str]:
    """Hold a list against OPML 2.0, "subscription lists"."""
    root = etree.fromstring(document)
    if (root.tag, root.get("version"), [child.tag for child in root]) != ("opml", "2.0", ["head", "body"]):
        return ["it is no opml 2.0 of head and body"]
    head, body = root
    found = [f"the head has {made.tag!r}" for made in head if made.tag not in _OF_HEAD]
    for made in head:
        if str(made.tag).startswith("date"):
            parsedate_to_datetime(made.text or "")
    outlines = list(body.iter("outline"))
    found += [] if outlines else ["a body without an outline"]
    found += [f"{made.tag!r} in the body" for made in body.iter() if made.tag not in {"body", "outline"}]
    for outline in outlines:
        found += [] if outline.get("text") else ["an outline without text"]
        found += [f"an outline has {name!r}" for name in outline.attrib if name not in _OF_OUTLINE]
        is_feed = outline.get("type") == "rss"
        if is_feed != bool(outline.get("xmlUrl")) or is_feed == bool(len(outline)):
            found.append(f"{outline.get('text')} is neither a feed with an address nor a group of some")
    return found


def told(document: bytes) -> list[tuple[str | None, ...]]:
    """Return group, title, feed and page of each feed, in order."""
    outlines = etree.fromstring(document).iterfind(".//outline[@type='rss']")
    return [(_group(made), made.get("text"), made.get("xmlUrl"), made.get("htmlUrl")) for made in outlines]


def _group(made: etree._Element) -> str | None:
    parent = made.getparent()
    return parent.get("text") if parent is not None else None


def test_the_list_is_as_readers_know_it(golden: Callable[[str, bytes], None]) -> None:
    golden("feeds.opml", opml(FEEDS))


def test_the_list_keeps_the_specification() -> None:
    assert violations(opml(FEEDS)) == []


def test_the_specification_is_held_against_lists_that_break_it() -> None:
    good = opml(FEEDS)
    broken = [
        good.replace(b'version="2.0"', b'version="1.1"'),
        good.replace(b"ownerName", b"owner"),
        good.replace(b"xmlUrl=", b"xmlurl="),
        good.replace(b'type="rss"', b'type="atom"'),
        good.replace(b' text="Subjects"', b""),
        good.replace(b"body>", b"boddy>"),
        opml([]),
    ]

    for document in broken:
        assert document != good
        assert violations(document) != []


def test_feeds_of_each_kind_stand_in_a_group() -> None:
    groups = [group for group, *_ in told(opml(FEEDS))]

    assert groups == [
        None, "Subjects", "Subjects", "Subjects", "Outlets", "Authors", "Kinds", "Languages", "Selections",
    ]  # fmt: skip


def test_each_feed_leads_to_its_atom_document_and_its_page() -> None:
    for feed, (_, title, xml, html) in zip(FEEDS, told(opml(FEEDS)), strict=True):
        assert (xml, html) == (
            urls.absolute(PUBLIC, f"{feed.path}atom.xml"),
            urls.absolute(PUBLIC, feed.path),
        )
        assert title == SITE.title or str(title).endswith(f" – {SITE.title}")


def test_titles_are_those_of_the_feeds() -> None:
    titles = [title for _, title, *_ in told(opml(FEEDS))]

    assert titles[0] == "Ada & Bridges"
    assert titles[1] == "Posts tagged 'Häfen & <Kräne>' – Ada & Bridges"
    assert titles[-1] == "Cables & “ports” – Ada & Bridges"


def test_the_order_is_that_given() -> None:
    assert [xml for *_, xml, _ in told(opml(FEEDS[1:4][::-1]))] == [
        urls.absolute(PUBLIC, f"{feed.path}atom.xml") for feed in FEEDS[1:4][::-1]
    ]


names = st.text(min_size=1, max_size=40).map(text.line).filter(bool)


@given(st.lists(names, min_size=1, max_size=5, unique_by=urls.slug))
@settings(max_examples=40, deadline=None)
def test_any_names_make_a_list_that_keeps_the_specification(some: list[str]) -> None:
    subjects = [Subject(Selection.TAG, urls.slug(name), name) for name in some]
    document = opml([Feed(number, uid(number), subject) for number, subject in enumerate(subjects, 1)])

    assert violations(document) == []
    assert [title for _, title, *_ in told(document)] == [
        f"Posts tagged '{name}' – Ada & Bridges" for name in some
    ]
