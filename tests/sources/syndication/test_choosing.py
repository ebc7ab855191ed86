"""Which entries are taken, and as what."""

import pytest

from feeder.errors import ConfigurationError
from feeder.model.items import Kind
from feeder.model.settings import Syndication
from feeder.sources.syndication import choosing
from feeder.sources.syndication.entries import Entry, Written

ENTRY = Entry(
    link="https://harbour.example/podcast/7",
    title=Written("Interview: Why <b>old</b> bridges hum", is_html=True),
    content=Written("<p>Ada&nbsp;Fjordman speaks of &amp; on wind.</p>", is_html=True),
    tags=("Media appearances", "UK"),
    authors=("Jon Quay",),
)


def kind(entry: Entry = ENTRY, **rules: object) -> Kind | None:
    feed = Syndication("news", "https://harbour.example/feed", **rules)  # type: ignore[arg-type]
    return choosing.kind_of(entry, choosing.choice(feed))


@pytest.mark.parametrize(
    "rule",
    [
        "title:interview",
        "TITLE: old  bridges ",
        "title:Why old bridges hum",
        "author:jon quay",
        "author:Quay",
        "category:media appearances",
        "category:Media",
        "url:/podcast/",
        "url:harbour.example",
        "text:ada fjordman",
        "text:& on wind.",
        "text:interview:",
    ],
)
def test_rules_that_fit(rule: str) -> None:
    assert kind(only=(rule,)) is Kind.PIECE
    assert kind(skip=(rule,)) is None
    assert kind(appearances=(rule,)) is Kind.APPEARANCE


@pytest.mark.parametrize(
    "rule",
    [
        "title:bridge",
        "title:b",
        "author:Jon Q",
        "category:appearance",
        "url:podcas",
        "text:nbsp",
        "text:hum Jon",
    ],
)
def test_rules_that_do_not_fit(rule: str) -> None:
    assert kind(only=(rule,)) is None
    assert kind(skip=(rule,)) is Kind.PIECE
    assert kind(appearances=(rule,)) is Kind.PIECE


def test_what_comes_first() -> None:
    fits, fits_not = "category:UK", "category:FR"

    assert kind(only=(fits_not, fits)) is Kind.PIECE
    assert kind(only=(fits,), skip=(fits,)) is None
    assert kind(kind=Kind.APPEARANCE) is Kind.APPEARANCE
    assert kind(kind=Kind.APPEARANCE, pieces=(fits,)) is Kind.PIECE
    assert kind(pieces=(fits,), appearances=(fits,)) is Kind.PIECE


@pytest.mark.parametrize("rule", ["", "title", "title:", "title: ", "topic:fog", ":fog", "fog"])
def test_what_is_no_rule_is_named(rule: str) -> None:
    with pytest.raises(ConfigurationError, match=r"sources\.news\.skip = .* is no rule; write FIELD:WORDS"):
        kind(skip=(rule,))
