"""The words of an issue: the same for all who get the same, then addressed to each."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from html import escape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from feeder import shipped
from feeder.digests import budget, rendering
from feeder.digests.rendering import Issue
from feeder.markup import text, wrapping
from feeder.model.digests import Rendered
from feeder.model.items import Item, Kind, Name, Picture
from feeder.model.settings import WEEKLY
from feeder.model.subscribers import Form, Preferences
from feeder.templating import Templates
from feeder.templating.speech import Speech
from tests.digests.conftest import (
    CHOOSE,
    COURIER,
    LEAVE,
    POSTED,
    SITE,
    addressed,
    appearance,
    correction,
    piece,
)

ENGLISH = Speech("en", SITE.zone)


def issue(
    items: Sequence[Item], form: Form = Form.SHORT, period: str = "2026-W45", language: str = "en"
) -> Issue:
    return Issue(WEEKLY, period, form, items, language)


def links(rendered: Rendered) -> list[tuple[str, str]]:
    """Return the links of an issue, and what stands in them."""
    anchors = html.fromstring(rendered.html).iter("a")
    return [(anchor.get("href") or "", str(anchor.text_content())) for anchor in anchors]


def holds_marks(rendered: Rendered) -> bool:
    return re.search("[\ufdd0-\ufdef]", rendered.subject + rendered.text + rendered.html) is not None


def test_the_reader_is_told_why_how_to_leave_and_how_to_choose(templates: Templates) -> None:
    made = addressed(rendering.render(issue([piece(1)]), templates), "Because <you> & “we”.")

    assert "Because <you> & “we”." in made.text
    assert "Because &lt;you&gt; &amp; “we”." in made.html
    for link in (LEAVE, CHOOSE):
        assert link in made.text
        assert f'href="{escape(link)}"' in made.html
    assert not holds_marks(made)


def test_before_it_is_addressed_an_issue_is_about_nobody(templates: Templates) -> None:
    made = rendering.render(issue([piece(1)]), templates)

    assert holds_marks(made)
    assert addressed(made, "one") != addressed(made, "two")


@pytest.mark.parametrize(
    "why",
    ["<script>alert(1)</script>", '"><img src=x>', "{{ 7 * 7 }}", "\\1 \\g<0> $1", "%s"],
)
def test_what_is_told_of_a_reader_stays_text(templates: Templates, why: str) -> None:
    made = addressed(rendering.render(issue([piece(1)]), templates), why)

    assert why in made.text
    assert escape(why) in made.html
    assert "<script" not in made.html


def test_the_footer_has_the_postal_address_in_both_parts(templates: Templates) -> None:
    made = rendering.render(issue([piece(1)]), templates)

    assert "Quay 1\nBergen" in made.text
    assert "Quay 1, Bergen" in made.html


hostile = st.text(max_size=80).map(text.scrub)


@given(hostile, hostile)
@settings(max_examples=60, deadline=None)
def test_a_subject_is_one_line(templates: Templates, title: str, second: str) -> None:
    made = rendering.render(issue([piece(1, title=title), piece(2, title=second)]), templates)

    assert made.subject == " ".join(made.subject.split())
    assert len(made.subject) < 100


@pytest.mark.parametrize("title", ["t" * 300, "many words " * 30, "one\ntwo", "", "<b>&amp;</b>"])
@pytest.mark.parametrize("period", ["2026-W45", "welcome"])
def test_a_subject_is_short_whatever_the_site_is_called(title: str, period: str) -> None:
    templates = Templates([shipped.templates()], replace(SITE, title=title))

    subject = rendering.render(issue([piece(1)], period=period), templates).subject

    assert subject == " ".join(subject.split())
    assert len(subject) < 100


@pytest.mark.parametrize("form", Form)
def test_both_parts_name_the_same_items(templates: Templates, form: Form) -> None:
    items = [
        piece(
            1, title="A <b> & “c”", url="https://outlet.example/?a=1&b=2", outlet=COURIER, note="<p>N1</p>"
        ),
        piece(2, picture=Picture("media/p.png", "Cranes", "“Cranes”", "Photo & co"), standfirst="S & <2>"),
        piece(3, kind=Kind.APPEARANCE, outlet=COURIER, role="interviewed", medium="radio", body=""),
    ]

    made = addressed(rendering.render(issue(items, form), templates))

    for item in items:
        link = item.url or f"https://ada.example/{item.path}"
        assert f"* {item.title}\n" in made.text
        assert (link, item.title) in links(made)
        assert f"\n{link}\n" in made.text
    for words in ("N1", "S & <2>", "Hanse & Kurier", "3 November 2026", "interviewed, radio"):
        assert words in made.text
        assert escape(words) in made.html
    assert "“Cranes” (Photo & co)" in made.text
    assert "“Cranes” (Photo &amp; co)" in made.html


def test_only_the_full_form_shows_a_text_in_full(templates: Templates) -> None:
    body = f"<p>{'word ' * 200}Schlusswort</p>"

    full = rendering.render(issue([piece(1, body=body)], Form.FULL), templates)
    short = rendering.render(issue([piece(1, body=body)], Form.SHORT), templates)

    assert "Schlusswort" in full.text
    assert "Schlusswort" in full.html
    assert "Schlusswort" not in short.text
    assert "Schlusswort" not in short.html
    assert "word word" in short.text
    assert "word word" in short.html


def test_pieces_and_appearances_stand_under_headings_only_when_there_are_both(templates: Templates) -> None:
    pieces = rendering.render(issue([piece(1)]), templates)
    both = rendering.render(issue([piece(1), piece(2, kind=Kind.APPEARANCE)]), templates)

    assert "PIECES" not in pieces.text
    assert both.text.index("PIECES") < both.text.index("MEDIA APPEARANCES")
    assert both.html.index(">Pieces<") < both.html.index(">Media appearances<")


@pytest.mark.parametrize("form", Form)
def test_two_hundred_long_items_stay_small_and_say_how_many_more(templates: Templates, form: Form) -> None:
    items = [
        piece(n, title=f"Item {n:03} {'long title ' * 40}", body=f"<p>{'lang ' * 4000}</p>", note="<p>n</p>")
        for n in range(200)
    ]

    made = addressed(rendering.render(issue(items, form), templates))

    shown = re.findall(r"Item (\d{3})", made.text)
    assert len(made.html.encode()) <= budget.MAX_HTML_BYTES
    assert shown == [f"{n:03}" for n in range(len(shown))]
    assert 0 < len(shown) < 200
    assert f"{200 - len(shown)} more on the web" in made.text
    assert f"{200 - len(shown)} more on the web" in made.html
    assert f"and {200 - 1} more" in made.subject


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("length", range(0, 2000, 80))
def test_an_issue_that_only_just_fits_is_within_its_room(
    templates: Templates, kind: Kind, length: int
) -> None:
    whole = [piece(n, title=f"{n} {'t' * 300}", body="x" * 2000, kind=kind) for n in range(1, 34)]
    items = [piece(0, title="t" * 300, body="x" * length, kind=kind), *whole]

    made = addressed(rendering.render(issue(items, Form.FULL), templates), "w" * 150)

    assert len(made.html.encode()) <= budget.MAX_HTML_BYTES


@given(st.lists(st.text(max_size=20).map(text.line), min_size=1, max_size=4), st.sampled_from(Form))
@settings(max_examples=40, deadline=None)
def test_any_titles_stand_in_both_parts(templates: Templates, titles: list[str], form: Form) -> None:
    items = [piece(number, title=title) for number, title in enumerate(titles)]

    made = addressed(rendering.render(issue(items, form), templates))

    assert len(re.findall(r"(?m)^\* ", made.text)) == len(titles)
    for title in titles:
        assert f"* {title}\n" in made.text
        assert title in [words for _, words in links(made)]


def test_the_same_issue_gives_the_same_words(templates: Templates) -> None:
    items = [piece(1, tags=(Name(1, "a", "a"),)), piece(2)]

    first = rendering.render(issue(items), templates)

    assert first == rendering.render(issue(items), Templates([shipped.templates()], SITE))


def test_the_authors_words_come_first_in_both_parts(templates: Templates) -> None:
    opened = replace(issue([piece(1)]), words="<p>A <b>slow</b> week.</p>")

    made = addressed(rendering.render(opened, templates))

    assert made.text.index("A slow week.") < made.text.index("Title 1")
    assert made.html.index("A <b>slow</b> week.") < made.html.index(">Title 1<")


def test_corrections_come_last_and_say_what_was_mended(templates: Templates) -> None:
    corrected = replace(
        issue([piece(1)]), corrections=[correction(8, outlet=COURIER, url="https://o.example/8")]
    )

    made = addressed(rendering.render(corrected, templates))

    assert "CORRECTIONS\n===========\n\n* Title 8\nHanse & Kurier · corrected 3 November 2026\n" in made.text
    assert made.text.index("Title 1") < made.text.index("CORRECTIONS") < made.text.index("Mended 8.")
    assert made.html.index(">Title 1<") < made.html.index(">Corrections<") < made.html.index("Mended 8.")
    assert ("https://o.example/8", "Title 8") in links(made)


def test_an_issue_may_hold_corrections_only(templates: Templates) -> None:
    made = addressed(rendering.render(replace(issue([]), corrections=[correction(8)]), templates))

    assert made.subject == "Ada & Bridges: Correction: Title 8"
    assert "Mended 8." in made.text


def test_an_appearance_stands_under_its_piece_in_both_parts(templates: Templates) -> None:
    items = [piece(1), piece(2), appearance(3, title="On air", piece=1)]

    made = addressed(rendering.render(issue(items), templates))

    assert "MEDIA APPEARANCES" not in made.text
    assert (
        made.text.index("* Title 1")
        < made.text.index("\n  * On air\n  quoted")
        < made.text.index("* Title 2")
    )
    assert made.html.index(">Title 1<") < made.html.index(">On air<") < made.html.index(">Title 2<")


def test_an_outlet_with_several_appearances_is_named_above_them(templates: Templates) -> None:
    items = [appearance(1, outlet=COURIER), appearance(2), appearance(3, outlet=COURIER)]

    made = addressed(rendering.render(issue(items), templates))

    assert "\nHanse & Kurier:\n\n* Title 1\nquoted · posted" in made.text
    assert made.text.count("Hanse & Kurier") == made.html.count("Hanse &amp; Kurier") == 1
    assert made.text.index("Title 3") < made.text.index("Title 2")


def test_months_are_named_in_long_issues(templates: Templates) -> None:
    items = [appearance(n, posted=POSTED - timedelta(days=3 * n)) for n in range(20)]

    made = addressed(rendering.render(issue(items), templates))
    german = addressed(rendering.render(issue(items, language="de"), templates))

    for words in ("November 2026", "October 2026", "September 2026"):
        assert f"\n{words}\n{'-' * len(words)}\n" in made.text
        assert f">{words}<" in made.html
    assert ">Oktober 2026<" in german.html


@pytest.mark.parametrize("form", Form)
def test_lines_of_the_text_fit_into_a_terminal(templates: Templates, form: Form) -> None:
    long = "many words " * 40
    items = [
        piece(1, title=long, note=f"<p>{long}</p>", body=f"<ul><li>{long}</li></ul>", standfirst=long),
        appearance(2, title="港" * 80, piece=1, outlet=replace(COURIER, name=long), note="港口。" * 99),
    ]
    made = rendering.render(replace(issue(items, form), words=f"<p>{long}</p>"), templates)

    assert max(wrapping.columns(line) for line in made.text.split("\n")) <= 76


class TestTheBudgetOfRealIssues:
    """Each item tells in its text how much of it is shown: its end, its note, its address."""

    @staticmethod
    def item(number: int, kind: Kind, size: int, age: int, under: int) -> Item:
        when = POSTED - timedelta(hours=age)
        return piece(
            number, kind=kind, posted=when, note=f"<p>note{number}.</p>", standfirst="港" * 20, url=f"https://o.example/{number}.",
            body=f"<p>{'word ' * (size // 5)}</p><p>end{number}.</p>", piece=under, outlet=COURIER,
        )  # fmt: skip

    sizes = st.tuples(st.sampled_from(Kind), st.integers(0, 30_000), st.integers(0, 9), st.integers(1, 9))

    @pytest.mark.parametrize("issues", [5, pytest.param(100, marks=pytest.mark.soak)])
    def test_no_issue_is_too_long_nothing_is_lost_and_the_oldest_is_shortened_first(
        self, templates: Templates, issues: int
    ) -> None:
        @settings(max_examples=issues)
        @given(
            st.lists(self.sizes, max_size=12), st.integers(0, 150), st.integers(0, 100_000),
            st.integers(0, 300), st.sampled_from(Form), st.sampled_from(["digest", "plain", "letter", "magazine"]),
        )  # fmt: skip
        def goes_well(drawn: list[Any], few: int, words: int, corrected: int, form: Form, look: str) -> None:
            drawn += [(Kind.PIECE, 500, n, 1) for n in range(few)]
            items = [self.item(number, *each) for number, each in enumerate(drawn, start=1)]
            numbers = range(1000, 1000 + corrected)
            whole = Issue(
                replace(WEEKLY, template=look),
                "2026-W45",
                form,
                items,
                "en",
                "<p>word</p>" * (words // 11),
                [correction(n, url=f"https://o.example/{n}.") for n in numbers],
            )
            keeps_its_budget(whole, addressed(rendering.render(whole, templates), "w" * 150))

        goes_well()


def keeps_its_budget(whole: Issue, made: Rendered) -> None:
    assert len(made.html.encode()) <= budget.MAX_HTML_BYTES
    addresses = set(re.findall(r"https://o\.example/\d+\.", made.text))
    assert addresses == {address for address, _ in links(made) if "o.example" in address}
    more = re.search(r"^(\d+) more on the web", made.text, re.MULTILINE)
    assert len(addresses) + (int(more[1]) if more else 0) == len(whole.items) + len(whole.corrections)
    oldest_first = sorted(whole.items, key=lambda item: (item.posted, item.uid))
    shown = [
        sum(f"{mark}{item.id}." in made.text for mark in ("end", "note", "https://o.example/"))
        for item in oldest_first
    ]
    assert shown == sorted(shown)
    assert max(shown, default=0) - min(shown, default=0) <= 1


class TestKeys:
    BASE = issue([piece(1), piece(2)])

    def test_the_same_makes_the_same_key(self) -> None:
        assert rendering.key(self.BASE, "t") == rendering.key(issue([piece(1), piece(2)]), "t")

    @pytest.mark.parametrize(
        "other",
        [
            issue([piece(1, fingerprint="mended"), piece(2)]),
            issue([piece(1, posted=POSTED), piece(2)]),
            issue([piece(2), piece(1)]),
            issue([piece(1)]),
            issue([]),
            issue([piece(1), piece(2)], Form.FULL),
            issue([piece(1), piece(2)], period="2026-W46"),
            issue([piece(1), piece(2)], language="de"),
            replace(issue([piece(1), piece(2)]), recipe=replace(WEEKLY, name="other")),
            replace(issue([piece(1), piece(2)]), recipe=replace(WEEKLY, title="Other")),
            replace(issue([piece(1), piece(2)]), recipe=replace(WEEKLY, template="other")),
            replace(issue([piece(1), piece(2)]), words="<p>Hello.</p>"),
            replace(issue([piece(1), piece(2)]), corrections=[correction(3)]),
        ],
        ids=["mended", "announced anew", "order", "fewer", "none", "form", "period", "language", "name", "title", "template",
             "words", "a correction"],
    )  # fmt: skip
    def test_what_would_read_differently_has_another_key(self, other: Issue) -> None:
        assert rendering.key(self.BASE, "t") != rendering.key(other, "t")

    @pytest.mark.parametrize(
        "part", [{"corrected": None}, {"correction": "x"}, {"fingerprint": "x"}, {"id": 9}]
    )
    def test_another_correction_makes_another_key(self, part: dict[str, Any]) -> None:
        one, other = (replace(self.BASE, corrections=[correction(3, **parts)]) for parts in ({}, part))

        assert rendering.key(one, "t") != rendering.key(other, "t")

    def test_other_templates_make_another_key(self) -> None:
        assert rendering.key(self.BASE, "t") != rendering.key(self.BASE, "u")


@pytest.mark.parametrize(
    ("preferences", "told"),
    [
        (Preferences("weekly", "UTC"), "You get the weekly digest with pieces and appearances, because r."),
        (
            Preferences("weekly", "UTC", ("ports", "hafen"), ("grids",), (Kind.PIECE,)),
            "You get the weekly digest with pieces about “ports”, “Häfen”, none about “grids”, because r.",
        ),
        (
            Preferences("weekly", "UTC", (), ("grids",)),
            "You get the weekly digest with pieces and appearances, none about “grids”, because r.",
        ),
    ],
)
def test_the_reason_is_told_in_a_sentence(preferences: Preferences, told: str) -> None:
    assert rendering.why(WEEKLY, preferences, "r", {"hafen": "Häfen"}, ENGLISH) == told


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "de",
            "Sie erhalten den Wochenüberblick mit Texten zu „ports“, nichts zu „grids“, denn r.",
        ),
        (
            "zh",
            "您会收到每周摘要，内容为关于“ports”的文章，不含“grids”，因为r。",
        ),
    ],
)
def test_the_reason_is_told_in_the_readers_language(templates: Templates, language: str, told: str) -> None:
    preferences = Preferences("weekly", "UTC", ("ports",), ("grids",), (Kind.PIECE,))

    assert rendering.why(WEEKLY, preferences, "r", {}, templates.into(language).speech) == told


def test_an_issue_is_told_in_the_readers_language(templates: Templates) -> None:
    items = [piece(1, outlet=COURIER, published=POSTED), piece(2, kind=Kind.APPEARANCE, role="interviewed")]

    made = addressed(rendering.render(issue(items, language="de-AT"), templates))

    assert made.subject == "Ada & Bridges: Title 1 und 1 weiterer"
    for words in ("Wochenüberblick", "erschienen und hier eingestellt am 3. November 2026", "Abbestellen"):
        assert words in made.text
        assert words in made.html
    assert "\nTEXTE\n=====\n" in made.text
    assert "\nInterview · hier eingestellt am 3. November 2026\n" in made.text
    assert '<html lang="de-AT">' in made.html
    assert '<p class="m" lang="de-AT"' in made.html


def test_a_digest_that_a_site_calls_otherwise_keeps_its_name(templates: Templates) -> None:
    letter = replace(issue([piece(1)], language="de"), recipe=replace(WEEKLY, title="Ada's Letter"))

    assert "Ada's Letter · 2026-W45" in rendering.render(letter, templates).text


@pytest.mark.parametrize("language", ["de", "es", "fr", "it", "zh-Hans"])
@pytest.mark.parametrize("period", ["2026-W45", "welcome"])
@pytest.mark.parametrize("count", [0, 1, 2, 60])
def test_a_subject_is_short_in_every_language(
    templates: Templates, language: str, period: str, count: int
) -> None:
    items = [piece(number, title="many words " * 30) for number in range(count)]

    made = rendering.render(issue(items, period=period, language=language), templates)

    assert len(made.subject) < 100
    assert made.subject == " ".join(made.subject.split())
    assert len(made.html.encode()) < budget.MAX_HTML_BYTES


def test_a_language_from_right_to_left_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "languages").mkdir()
    (tmp_path / "languages/ar.po").write_text('msgid "Unsubscribe"\nmsgstr "إلغاء الاشتراك"\n', "utf-8")
    templates = Templates([tmp_path, shipped.templates()], SITE)

    made = rendering.render(issue([piece(1)], language="ar"), templates)

    assert '<html lang="ar" dir="rtl">' in made.html
    assert "إلغاء الاشتراك" in made.html


def test_a_digest_with_a_name_of_its_own_is_called_by_it() -> None:
    told = rendering.why(
        replace(WEEKLY, title="The Ada Letter"), Preferences("weekly", "UTC"), "r", {}, ENGLISH
    )

    assert told == "You get “The Ada Letter” with pieces and appearances, because r."
