"""What every look of an issue keeps to, so that mail programs show it, and how a site makes one of its own."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from html5lib import HTMLParser
from lxml import html
from playwright.sync_api import Browser

from feeder import shipped
from feeder.digests import rendering
from feeder.errors import ConfigurationError
from feeder.model.digests import Mark
from feeder.templating import Templates
from tests.browser_rig import chromium
from tests.digests.conftest import SITE, a_bit_of_everything, addressed, appearance, in_look, piece
from tests.stories import test_accessible as accessible

LOOKS = ["digest", "magazine", "letter", "plain"]


@pytest.fixture(params=LOOKS)
def look(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def page(templates: Templates, look: str) -> str:
    """An issue with a bit of everything, as HTML."""
    return addressed(rendering.render(in_look(look, a_bit_of_everything()), templates)).html


@pytest.mark.parametrize("look", ["magazine", "letter", "plain"])
def test_an_issue_is_as_mail_programs_know_it(
    templates: Templates, golden: Callable[[str, bytes], None], look: str
) -> None:
    made = addressed(rendering.render(in_look(look, a_bit_of_everything()), templates))

    golden(f"issue-{look}.html", made.html.encode())
    golden("issue.txt", made.text.encode())


def test_digests_look_like_a_magazine_unless_told_otherwise(templates: Templates) -> None:
    made = [
        rendering.render(in_look(name, a_bit_of_everything()), templates) for name in ("digest", "magazine")
    ]

    assert made[0] == made[1]


def test_it_is_good_html(page: str) -> None:
    parser = HTMLParser()
    parser.parse(page)
    # Attributes of tables say what Outlook knows no style for; they are no errors of the parser.
    assert parser.errors == []


def test_the_style_sheet_holds_in_gmail(page: str) -> None:
    (sheet,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)

    assert len(sheet.encode()) < 8192
    for rules in re.findall(r"@[^{]*\{((?:[^{}]*\{[^{}]*\})*)\s*\}", sheet):
        assert "@" not in rules
    assert sheet.count("@") == sheet.count("@media")
    assert sheet.count("{") == sheet.count("}")


def test_nothing_is_fetched_but_the_pictures_of_items(page: str) -> None:
    tree = html.fromstring(page)

    assert tree.xpath("//link | //script | //iframe | //object | //form") == []
    assert [image.get("src") for image in tree.iter("img")] == ["https://cdn.example/crane.jpg"]
    assert "url(" not in page
    assert "@import" not in page


def test_pictures_are_links_with_a_size_and_an_alternative(page: str) -> None:
    (image,) = html.fromstring(page).iter("img")

    link = image.getparent()
    assert link is not None
    assert link.get("href") == "https://outlet.example/?a=1&b=2"
    assert (image.get("width"), image.get("alt")) == ("552", "A crane")


def test_tables_are_for_layout_and_say_so(page: str) -> None:
    tables = list(html.fromstring(page).iter("table"))

    assert tables
    assert {table.get("role") for table in tables} == {"presentation"}


def test_what_elements_look_like_stands_on_them(page: str) -> None:
    for element in html.fromstring(page).iter("a", "h1", "h2", "h3", "td", "img"):
        if element.get("class") is not None or element.tag == "a":
            assert element.get("style"), html.tostring(element)


def test_mail_programs_show_something_beside_the_subject(page: str) -> None:
    hidden = html.fromstring(page).xpath("//body/*[1]")[0]

    assert "display:none" in hidden.get("style")
    assert hidden.text_content() == "A slow week."


def test_every_part_says_how_to_leave(templates: Templates, look: str) -> None:
    made = rendering.render(in_look(look, a_bit_of_everything()), templates)

    for mark in (Mark.WHY, Mark.UNSUBSCRIBE, Mark.PREFERENCES):
        assert made.html.count(mark) == made.text.count(mark) == 1


def test_both_parts_say_the_same(templates: Templates, look: str) -> None:
    made = addressed(rendering.render(in_look(look, a_bit_of_everything()), templates))
    heard = " ".join(html.fromstring(made.html).text_content().split()).casefold()

    skipped = re.compile(r"^(https?://\S+|[=-]+$|\* |- |\[Picture: )|[:\]]$")
    for line in made.text.split("\n"):
        for words in skipped.sub("", line.strip()).split(" · "):
            assert words.casefold() in heard


def test_each_item_says_how_it_is_written(page: str) -> None:
    tree = html.fromstring(page)

    for title, way in (("Why cranes <wait>", "ltr"), ("لماذا تنتظر الرافعات", "rtl"), ("Title 6", "auto")):
        (link,) = [a for a in tree.iter("a") if a.text_content() == title]
        assert next(cell for cell in link.iterancestors("td")).get("dir") == way
    (note,) = [each for each in tree.iter("div") if each.text_content() == "مقال جديد."]
    assert "border-right-width" in (note.get("style") or "")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.mark.parametrize(
    "looks",
    [accessible.LOOKS, pytest.param(accessible.OTHER_LOOKS, marks=pytest.mark.soak)],
    ids=["some", "others"],
)
@pytest.mark.parametrize(
    ("look", "language"),
    [
        pytest.param(look, language, marks=() if number == place else pytest.mark.soak)
        for number, look in enumerate(LOOKS[1:])  # the first looks like a magazine
        for place, language in enumerate(["en", "zh", "ar"])
    ],
)
def test_it_breaks_no_rule_and_fits_by_day_and_by_night(
    browser: Browser, templates: Templates, look: str, language: str, looks: list[accessible.Look]
) -> None:
    items = [*a_bit_of_everything().items, piece(20, title="x" * 300), appearance(21, title="港" * 90)]
    issue = in_look(look, a_bit_of_everything(items=items, language=language))
    made = addressed(rendering.render(issue, templates)).html
    with browser.new_context(offline=True) as context:
        shown = context.new_page()
        shown.set_content(made)
        for width, scheme, rules in looks:
            accessible.look(shown, width, scheme)
            assert accessible.broken_rules(shown, accessible.rules_for("preview", rules)) == []
            assert accessible.fits(shown)


class TestALookOfTheSitesOwn:
    @staticmethod
    def made(own: Path, look: str = "digest") -> str:
        templates = Templates([own, shipped.templates()], SITE)
        return addressed(rendering.render(in_look(look, a_bit_of_everything()), templates)).html

    @staticmethod
    def write(own: Path, name: str, content: str) -> None:
        file = own / "mail/digest" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(content, "utf-8")

    @pytest.mark.parametrize(
        "block", ["masthead", "words", "pieces", "appearances", "corrections", "more", "footer"]
    )
    def test_one_block_can_be_changed(self, own: Path, look: str, block: str) -> None:
        name = "body.html.jinja" if look == "digest" else f"{look}/body.html.jinja"
        self.write(
            own,
            name,
            f'{{% extends "shipped/mail/digest/{name}" %}}{{% block {block} %}}<p>ours</p>{{% endblock %}}',
        )

        made = self.made(own, look)

        assert ">ours</p>" in made
        assert ("Why cranes" in made) is (block != "pieces")
        assert ("A panel" in made) is (block != "appearances")
        assert ("Mended 8." in made) is (block != "corrections")

    def test_a_block_of_items_can_be_changed(self, own: Path, look: str) -> None:
        self.write(
            own, "item.html.jinja",
            '{% extends "shipped/mail/digest/item.html.jinja" %}{% block facts %}<p>By {{ site.author }}</p>{% endblock %}',
        )  # fmt: skip

        assert self.made(own, look).count("By Ada Fjordman") == 7

    def test_colours_can_be_added(self, own: Path) -> None:
        self.write(
            own, "body.html.jinja",
            '{% extends "shipped/mail/digest/body.html.jinja" %}'
            "{% block look %}{{ super() }}<style>.site a{color:#123456}</style>{% endblock %}",
        )  # fmt: skip

        assert "color:#123456" in self.made(own)

    def test_a_theme_of_the_sites_own_needs_one_file(self, own: Path) -> None:
        self.write(own, "ours/body.html.jinja", "<p>{{ parts|length }} {{ why }} {{ unsubscribe }}</p>")

        assert "<p>7 You asked. https://ada.example/unsubscribe/" in self.made(own, "ours")

    def test_a_theme_may_have_its_own_text_and_subject(self, own: Path) -> None:
        self.write(own, "ours/body.html.jinja", "<p>a</p>")
        self.write(own, "ours/body.txt.jinja", "b")
        self.write(own, "ours/subject.txt.jinja", "c")
        templates = Templates([own, shipped.templates()], SITE)

        made = rendering.render(in_look("ours", a_bit_of_everything()), templates)

        assert (made.subject, made.text) == ("c", "b")

    def test_a_theme_that_is_not_there_is_named(self, own: Path) -> None:
        with pytest.raises(
            ConfigurationError, match=r"template mail/digest/leter/body\.html\.jinja: is not there"
        ):
            self.made(own, "leter")

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            ("\n\n{{ ittem.title }}", r"item\.html\.jinja, line 3: .*'ittem' is undefined"),
            ("\n{{ part.item.headline }}", r"item\.html\.jinja, line 2: .*has no attribute 'headline'"),
            ("{% if %}", r"item\.html\.jinja, line 1: "),
            ("{{ ''.__class__ }}", r"item\.html\.jinja, line 1: .*'__class__'"),
            (
                "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
                r"item\.html\.jinja, line 1: .*rounds and calls",
            ),
        ],
    )
    def test_an_error_names_template_line_and_variable(self, own: Path, content: str, told: str) -> None:
        self.write(own, "item.html.jinja", content)

        with pytest.raises(ConfigurationError, match=told):
            self.made(own)
