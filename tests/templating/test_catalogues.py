"""What is said is said in every language: the shipped catalogues hold all of it, and templates nothing else."""

import re
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message

from feeder import shipped
from feeder.model.settings import Site
from feeder.templating import Templates
from tests.templating import catalogues, wording

LANGUAGES = {"de", "es", "fr", "it", "zh_Hans"}

TEMPLATES = {
    file.relative_to(catalogues.ROOT / "templates").as_posix(): file
    for file in sorted((catalogues.ROOT / "templates").rglob("*.jinja"))
}

# What stands in templates in all languages alike, and why.
ALLOWED = {
    "mentions": "a property of schema.org",
    "author": "a property of schema.org",
    "contributor": "a property of schema.org",
    "CreativeWork": "a class of schema.org",
    "Article": "a class of schema.org",
    "right": "a side",
    "left": "a side",
    "inline-start": "a side",
    "slot": "a unit of time",
    "#follow": "a place on the page",
    "name@example.org": "an address as an example",
    "text": "a type of HTML's input",
    "email": "a type of HTML's input",
}

_PLACEHOLDER = re.compile(r"%\(\w+\)s")
_MARKUP = re.compile(r"<[^>]*>")


@pytest.fixture(scope="module")
def wanted() -> Catalog:
    return catalogues.texts()


@pytest.fixture(scope="module", params=sorted(LANGUAGES))
def file(request: pytest.FixtureRequest) -> Path:
    return catalogues.FOLDER / f"{request.param}.po"


@pytest.fixture(scope="module")
def catalogue(file: Path) -> Catalog:
    return catalogues.read(file)


def messages(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def several(words: object) -> list[str]:
    return [words] if isinstance(words, str) else [str(each) for each in words]  # type: ignore[attr-defined]


def test_the_shipped_languages_are_these() -> None:
    assert {file.stem for file in catalogues.files()} == LANGUAGES
    assert [tag for tag, _ in Templates([shipped.templates()], Site("A", "A")).languages] == [
        "de", "en", "es", "fr", "it", "zh-Hans",
    ]  # fmt: skip


def test_there_is_something_to_say(wanted: Catalog) -> None:
    texts = {several(message.id)[0] for message in wanted}

    assert {"Follow", "One post", "Posts by %(author)s", "Weekly digest", "interviewed"} <= texts


def test_a_catalogue_holds_all_texts_and_no_others(file: Path, catalogue: Catalog, wanted: Catalog) -> None:
    known, texts = ({str(message.id) for message in messages(each)} for each in (catalogue, wanted))

    assert sorted(texts - known) == [], "`make catalogues` writes them in"
    assert sorted(known - texts) == [], "nobody says these any more: `make catalogues` takes them out"
    assert not catalogue.obsolete, "nobody says these any more: `make catalogues` takes them out"


def test_a_catalogue_is_as_it_is_written(file: Path, wanted: Catalog) -> None:
    assert file.read_bytes() == catalogues.updated(file, wanted), "`make catalogues` mends it"


def test_everything_is_translated_for_certain(catalogue: Catalog) -> None:
    empty = [message.id for message in messages(catalogue) if not all(several(message.string))]
    uncertain = [message.id for message in messages(catalogue) if message.fuzzy]

    assert empty == []
    assert uncertain == []


def test_translations_are_filled_in_like_their_texts(catalogue: Catalog) -> None:
    wrong = [message.id for message in messages(catalogue) if not is_filled_in_alike(message)]

    assert wrong == []


def is_filled_in_alike(message: Message) -> bool:
    texts = [Counter(_PLACEHOLDER.findall(text)) for text in several(message.id)]
    translations = [Counter(_PLACEHOLDER.findall(text)) for text in several(message.string)]
    # What is said of one, or of few, may say the number in a word; what is said of many has it.
    return translations[-1] == texts[-1] and all(each in texts for each in translations)


def test_translations_have_the_markup_of_their_texts(catalogue: Catalog) -> None:
    wrong = []
    for message in messages(catalogue):
        texts, translations = several(message.id), several(message.string)
        wanted = sorted(_MARKUP.findall(texts[-1]))
        if any(sorted(_MARKUP.findall(each)) != wanted for each in translations):
            wrong.append(message.id)

    assert wrong == []


def test_translations_can_stand_in_html_and_in_plain_text(catalogue: Catalog) -> None:
    said = [text for message in messages(catalogue) for text in several(message.string)]

    assert [text for text in said if re.search('[&"<>]', _MARKUP.sub("", text))] == []
    assert [text for text in said if text != text.strip() and text != ", "] == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_says_nothing_that_cannot_be_translated(name: str) -> None:
    bare = wording.bare(name, TEMPLATES[name].read_text("utf-8"))

    assert [words for words in bare if words not in ALLOWED] == []


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("<p>Hello</p>", ["Hello"]),
        ("<p>{{ _('Hello') }}</p>", []),
        ("<p>{% trans %}Hello <b>you</b>{% endtrans %}</p>", []),
        ("{% trans n=x %}One{% pluralize %}Many{% endtrans %}", []),
        ("<b>{{ n }} posts</b>", ["posts"]),
        ("{% if a %}<b>Yes</b>{% else %}<b>{{ b }}</b>{% endif %}", ["Yes"]),
        ('<nav aria-label="Pages" class="pages">', ["Pages"]),
        ('<nav aria-label="{{ _("Pages") }}" class="pages">', []),
        ('<img alt="A {{ b }}">', []),
        ('<img alt="An {{ b }}">', ["An"]),
        ('{% set spoken %} lang="{{ a }}" dir="ltr"{% endset %}<b{{ spoken }}>', []),
        ("<style>p { margin: 0 }</style><p>&nbsp;· {{ a }}</p>", []),
        ("{{ 'Welcome' if welcome else title }}", ["Welcome"]),
        ("{{ role or 'appearance' }}", ["appearance"]),
        ("{{ 'and ' ~ n }}", ["and "]),
        ("{{ 'yes'|upper }}", ["yes"]),
        ("{% set a = {'tag': 'Subjects'} %}{{ a[b] }}", ["Subjects"]),
        ("{{ {'tag': 'Subjects'}[b] }}", ["Subjects"]),
        ("{{ {'tag': 'Subjects'}.get(b) }}", ["Subjects"]),
        ("{% with heading = 'Follow' %}{{ heading }}{% endwith %}", ["Follow"]),
        ("{% if item.kind == 'piece' %}{{ href('tag/') }}{% include 'pages/row.html.jinja' %}{% endif %}", []),
        ("{% macro a() %}Hello{% endmacro %}{% block b %}there{% endblock %}", ["Hello", "there"]),
    ],
)  # fmt: skip
def test_bare_words_are_found(source: str, told: list[str]) -> None:
    assert sorted(wording.bare("t.html.jinja", source)) == sorted(told)


def test_bare_words_are_found_in_plain_text() -> None:
    assert wording.bare("t.txt.jinja", "{{ title }}\n\nUnsubscribe: {{ link }}\n---\n") == ["Unsubscribe:"]
