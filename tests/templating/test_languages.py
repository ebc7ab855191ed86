"""Templates in other languages: words by catalogues, dates and numbers as people there write them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from feeder import shipped
from feeder.errors import ConfigurationError
from feeder.model.settings import Site
from feeder.templating import Templates

SITE = Site("Ada & Bridges", "Ada", "https://ada.example/", zone="Europe/Berlin")
MOMENT = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)

GERMAN = """
msgid ""
msgstr ""
"Language: de\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Good morning"
msgstr "Guten Morgen"

msgid "%(count)s post of <b>%(who)s</b>"
msgid_plural "%(count)s posts of <b>%(who)s</b>"
msgstr[0] "%(count)s Beitrag von <b>%(who)s</b>"
msgstr[1] "%(count)s Beiträge von <b>%(who)s</b>"
"""
COUNT = "{% trans count=n, who=who %}{{ count }} post of <b>{{ who }}</b>{% pluralize %}{{ count }} posts of <b>{{ who }}</b>{% endtrans %}"

Write = Callable[[str, str], None]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file of the site's own templates."""

    def written(name: str, content: str) -> None:
        place = tmp_path / "own" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content, "utf-8")

    return written


@pytest.fixture
def speaking(tmp_path: Path, write: Write) -> Callable[[str], Templates]:
    """Return the site's templates, speaking a language."""

    def templates(language: str) -> Templates:
        write("none", "")
        return Templates([tmp_path / "own", shipped.templates()], SITE).into(language)

    return templates


Speaking = Callable[[str], Templates]


def test_words_come_from_the_catalogue_of_the_language(write: Write, speaking: Speaking) -> None:
    write("languages/de.po", GERMAN)
    write(
        "t.html.jinja",
        '{{ language }}: {% trans %}\nGood\n  morning\n{% endtrans %}, {{ _("Good morning") }}',
    )

    assert speaking("de").render("t.html.jinja") == "de: Guten Morgen, Guten Morgen"
    assert speaking("en").render("t.html.jinja") == "en: Good morning, Good morning"


def test_a_site_speaks_its_own_language(write: Write, tmp_path: Path) -> None:
    write("languages/de.po", GERMAN)
    write("t.txt.jinja", '{{ _("Good morning") }}')

    templates = Templates([tmp_path / "own"], replace(SITE, language="de"))

    assert templates.language == "de"
    assert templates.render("t.txt.jinja") == "Guten Morgen"
    assert templates.into("fr").render("t.txt.jinja") == "Good morning"
    assert templates.into("fr").into("de") is templates


@pytest.mark.parametrize(
    ("n", "who", "told"),
    [
        (1, "<i>Ada</i>", "1 Beitrag von <b>&lt;i&gt;Ada&lt;/i&gt;</b>"),
        (2, "100 %(n)s", "2 Beiträge von <b>100 %(n)s</b>"),
    ],
)
def test_what_is_put_into_words_is_escaped_and_the_words_are_not(
    write: Write, speaking: Speaking, n: int, who: str, told: str
) -> None:
    write("languages/de.po", GERMAN)
    write("t.html.jinja", COUNT)

    assert speaking("de").render("t.html.jinja", n=n, who=who) == told


def test_plain_text_is_not_escaped(write: Write, speaking: Speaking) -> None:
    write("languages/de.po", GERMAN)
    write("t.txt.jinja", COUNT)

    assert speaking("de").render("t.txt.jinja", n=2, who="A & B") == "2 Beiträge von <b>A & B</b>"


@pytest.mark.parametrize(
    ("asked", "files", "spoken"),
    [
        ("de-AT", ["de"], "de"),
        ("de-AT", ["de", "de_AT"], "de_AT"),
        ("DE", ["de"], "de"),
        ("de-Latn-CH-1996", ["de"], "de"),
        ("den", ["de"], None),
        ("pl", ["de"], None),
        ("zh", ["zh_Hans"], "zh_Hans"),
        ("zh-CN", ["zh_Hans"], "zh_Hans"),
        ("zh-SG", ["zh_Hans"], "zh_Hans"),
        ("zh-Hans-CN", ["zh_Hans"], "zh_Hans"),
        ("zh-TW", ["zh_Hans"], None),
        ("zh-Hant", ["zh_Hans"], None),
        ("zh-Hant-HK", ["zh_Hans"], None),
        ("zh-TW", ["zh_Hans", "zh_Hant"], "zh_Hant"),
        ("", ["de"], None),
        ("..", ["de"], None),
    ],
)
def test_the_nearest_language_is_spoken(
    write: Write, tmp_path: Path, asked: str, files: list[str], spoken: str | None
) -> None:
    for name in files:
        write(f"languages/{name}.po", f'msgid "Good morning"\nmsgstr "{name}"\n')
    write("t.txt.jinja", '{{ language }} {{ _("Good morning") }}')

    told = Templates([tmp_path / "own"], SITE).into(asked).render("t.txt.jinja")

    assert told == f"{asked} {spoken or 'Good morning'}"


class TestTheSitesOwnCatalogue:
    def test_it_comes_before_the_shipped_one_message_by_message(self, write: Write, tmp_path: Path) -> None:
        write("../shipped/languages/de.po", GERMAN)
        write("languages/de.po", 'msgid "Good morning"\nmsgstr "Moin"\n')
        write("t.html.jinja", '{{ _("Good morning") }} ' + COUNT)

        templates = Templates([tmp_path / "own", tmp_path / "shipped"], SITE).into("de")

        assert templates.render("t.html.jinja", n=1, who="A") == "Moin 1 Beitrag von <b>A</b>"

    def test_what_is_not_translated_yet_or_not_for_certain_is_english(
        self, write: Write, speaking: Speaking
    ) -> None:
        write("languages/nl.po", 'msgid "one"\nmsgstr ""\n\n#, fuzzy\nmsgid "two"\nmsgstr "drie %(x)s"\n')
        write("t.txt.jinja", '{{ _("one") }} {{ _("two") }} {{ _("three") }}')

        assert speaking("nl").render("t.txt.jinja") == "one two three"

    def test_it_may_say_things_otherwise_in_english(self, write: Write, speaking: Speaking) -> None:
        write("languages/en.po", 'msgid "Good morning"\nmsgstr "Ahoy"\n')
        write("t.txt.jinja", '{{ _("Good morning") }}, {{ x|day }}')

        assert speaking("en").render("t.txt.jinja", x=MOMENT) == "Ahoy, 3 November 2026"

    def test_it_may_add_a_language(self, write: Write, speaking: Speaking) -> None:
        write("languages/ar.po", 'msgid "Good morning"\nmsgstr "صباح الخير"\n')
        write("t.txt.jinja", '{{ _("Good morning") }} {{ x|day }} {{ direction(language) }}')

        assert speaking("ar").render("t.txt.jinja", x=MOMENT) == "صباح الخير 3 نوفمبر 2026 rtl"
        assert ("ar", "العربية") in speaking("en").languages

    def test_it_may_hold_the_sign_of_placeholders(self, write: Write, speaking: Speaking) -> None:
        write("languages/nl.po", 'msgid "sure"\nmsgstr "100 %% zeker"\n')
        write("t.txt.jinja", '{{ _("sure") }}')

        assert speaking("nl").render("t.txt.jinja") == "100 % zeker"

    def test_it_may_be_written_with_a_mark_at_its_beginning(self, write: Write, speaking: Speaking) -> None:
        write("languages/nl.po", '\ufeffmsgid "one"\nmsgstr "een"\n')
        write("t.txt.jinja", '{{ _("one") }}')

        assert speaking("nl").render("t.txt.jinja") == "een"

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            ("hello", "Unknown or misformatted keyword on 0"),
            ('msgid "one"\n', "missing msgstr"),
            ('msgid "one"\nmsgstr "een %"\n', "line 1: 'een %' must not hold other placeholders"),
            ('msgid "one %(a)s"\nmsgstr "een %(b)s"\n', "than 'one %(a)s': %(a)s; % is written %%"),
            ('msgid "one"\nmsgstr "100% een"\n', "than 'one': none; % is written %%"),
            (GERMAN.replace("n != 1", "n !! 1"), "plural"),
            (GERMAN.replace("n != 1", "n / 0"), "zero"),
            ('msgid ""\nmsgstr "Content-Type: text/plain; charset=bogus\\n"\n', "bogus"),
            ("#" * 1_000_001, "it has 1000001 bytes, and 1000000 are allowed"),
        ],
    )
    def test_a_broken_one_is_told(
        self, write: Write, speaking: Speaking, tmp_path: Path, content: str, told: str
    ) -> None:
        write("languages/nl.po", content)
        write("t.txt.jinja", '{{ _("one") }}')

        with pytest.raises(ConfigurationError) as caught:
            speaking("nl").render("t.txt.jinja")

        assert caught.value.thing == f"catalogue {tmp_path / 'own/languages/nl.po'}"
        assert told in caught.value.rule
        assert caught.value.mend == "mend it, or remove it to use what is shipped"

    def test_one_in_another_encoding_than_it_says_is_told(
        self, write: Write, speaking: Speaking, tmp_path: Path
    ) -> None:
        write("languages/nl.po", "")
        write("t.txt.jinja", '{{ _("one") }}')
        (tmp_path / "own/languages/nl.po").write_bytes(b'msgid "one"\nmsgstr "\xe9\xe9n"\n')

        with pytest.raises(ConfigurationError, match=r"nl\.po: cannot be used \('utf-8' codec"):
            speaking("nl").render("t.txt.jinja")

    def test_a_broken_one_stands_in_the_way_of_no_other_language(
        self, write: Write, speaking: Speaking
    ) -> None:
        write("languages/nl.po", "hello")
        write("t.txt.jinja", '{{ _("one") }}')

        assert speaking("en").render("t.txt.jinja") == "one"

    def test_it_shapes_documents(self, write: Write, speaking: Speaking) -> None:
        before = speaking("en").fingerprint

        write("languages/de.po", GERMAN)

        assert speaking("en").fingerprint != before


@pytest.mark.parametrize(
    ("language", "day", "moment", "number"),
    [
        ("en", "3 November 2026", "3 November 2026, 10:30 CET", "12,345"),
        ("en-US", "3 November 2026", "3 November 2026, 10:30 CET", "12,345"),
        ("de", "3. November 2026", "3. November 2026, 10:30 MEZ", "12.345"),
        ("fr", "3 novembre 2026", "3 novembre 2026, 10:30 UTC+01:00", "12\u202f345"),
        ("es", "3 de noviembre de 2026", "3 de noviembre de 2026, 10:30 CET", "12.345"),
        ("it", "3 novembre 2026", "3 novembre 2026 10:30 CET", "12.345"),
        ("zh-Hans", "2026年11月3日", "2026年11月3日 10:30 GMT+01:00", "12,345"),
        ("tlh", "3 November 2026", "3 November 2026, 10:30 CET", "12,345"),
        ("pl", "3 November 2026", "3 November 2026, 10:30 CET", "12,345"),
    ],
)
def test_dates_and_numbers_are_written_as_in_the_language_of_the_words(
    write: Write, speaking: Speaking, language: str, day: str, moment: str, number: str
) -> None:
    for known in ("de", "fr", "es", "it", "zh_Hans", "tlh"):
        write(f"languages/{known}.po", "")
    write("t.txt.jinja", "{{ x|day }} {{ y|day }} / {{ x|moment }} / {{ n|number }}")

    told = speaking(language).render("t.txt.jinja", x=MOMENT, y=date(2026, 11, 3), n=12345)

    assert told == f"{day} {day} / {moment} / {number}"


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "3 November 2026, 15:15 UTC+05:45"),
        ("de", "3. November 2026, 15:15 GMT+05:45"),
    ],
)
def test_a_moment_can_be_told_in_another_zone(
    write: Write, speaking: Speaking, language: str, told: str
) -> None:
    write("languages/de.po", "")
    write("t.txt.jinja", "{{ x|moment('Asia/Kathmandu') }}")

    assert speaking(language).render("t.txt.jinja", x=MOMENT) == told


def test_the_languages_that_can_be_spoken_have_their_own_names(write: Write, tmp_path: Path) -> None:
    for name in ("de", "fr", "es", "it", "zh_Hans", "de_AT", "tlh"):
        write(f"languages/{name}.po", "")

    assert Templates([tmp_path / "own"], SITE).languages == (
        ("de", "Deutsch"),
        ("de-AT", "Deutsch (Österreich)"),
        ("en", "English"),
        ("es", "Español"),
        ("fr", "Français"),
        ("it", "Italiano"),
        ("tlh", "Tlh"),
        ("zh-Hans", "简体中文"),
    )


def test_each_language_is_made_once(speaking: Speaking) -> None:
    templates = speaking("en")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(templates.into, ["de", "fr", "es", "it"] * 20))

    assert templates.into("de") is templates.into("fr").into("de")
    assert templates.into("de") is not templates
    assert templates.into("de").fingerprint == templates.fingerprint


def test_a_text_may_hold_the_sign_of_placeholders(write: Write, speaking: Speaking) -> None:
    write("t.txt.jinja", "{% trans %}100 % sure{% endtrans %} {{ _('100 %% sure') }}")

    assert speaking("en").render("t.txt.jinja") == "100 % sure 100 % sure"
