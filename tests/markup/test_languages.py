"""Language tags: one spelling each, and the direction of their scripts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.markup import languages

parts = st.from_regex(r"[A-Za-z0-9]{1,8}", fullmatch=True)
tags = st.builds(
    lambda first, others: "-".join([first, *others]),
    st.from_regex(r"[A-Za-z]{2,3}", fullmatch=True),
    st.lists(parts, max_size=4),
)


@pytest.mark.parametrize(
    ("written", "customary"),
    [
        ("DE", "de"),
        ("de-ch", "de-CH"),
        ("zh-hans-cn", "zh-Hans-CN"),
        ("MN-cYRL-mn", "mn-Cyrl-MN"),
        ("es-419", "es-419"),
        ("de-CH-1996", "de-CH-1996"),
        ("sl-rozaj-biske", "sl-rozaj-biske"),
        # The examples of RFC 5646, section 2.1.1: nothing after a single letter is a region or a script.
        ("EN-ca-X-CA", "en-CA-x-ca"),
        ("AZ-latn-x-LATN", "az-Latn-x-latn"),
        ("sgn-be-fr", "sgn-BE-FR"),
    ],
)
def test_a_tag_has_one_customary_case(written: str, customary: str) -> None:
    assert languages.canonical(written) == customary


@given(tags)
def test_the_customary_case_is_the_same_for_all_spellings(tag: str) -> None:
    made = languages.canonical(tag)

    assert made.lower() == tag.lower()
    assert languages.canonical(made) == made
    assert languages.canonical(tag.upper()) == languages.canonical(tag.lower()) == made


@pytest.mark.parametrize(
    ("tag", "direction"),
    [
        ("ar", "rtl"),
        ("FA-IR", "rtl"),
        ("he", "rtl"),
        ("ur-PK", "rtl"),
        ("yi", "rtl"),
        ("en", "ltr"),
        ("zh-Hans", "ltr"),
        ("ar-Latn", "ltr"),
        ("pa-Arab", "rtl"),
        ("uz-ARAB-AF", "rtl"),
        ("de-1996", "ltr"),
        ("en-x-arab", "ltr"),
        ("", "auto"),
    ],
)
def test_a_tag_tells_the_direction_of_its_script(tag: str, direction: str) -> None:
    assert languages.direction(tag) == direction


@given(tags)
def test_the_direction_does_not_depend_on_case(tag: str) -> None:
    assert languages.direction(tag.upper()) == languages.direction(tag.lower()) != "auto"
