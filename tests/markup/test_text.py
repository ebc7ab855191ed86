import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from feeder.markup import text

ANY_TEXT = st.text(st.characters(exclude_categories=[]))


@given(ANY_TEXT)
@example("\x00\ud800\ufffe\ufdd0\U0001ffff\x85")
@example("a\u0000\u0301")
def test_scrubbed_text_is_normal_and_legal_everywhere(written: str) -> None:
    scrubbed = text.scrub(written)

    assert unicodedata.is_normalized("NFC", scrubbed)
    assert text.scrub(scrubbed) == scrubbed
    assert scrubbed.encode().decode() == scrubbed
    element = etree.Element("a")
    element.text = scrubbed
    assert (etree.fromstring(etree.tostring(element)).text or "") == scrubbed


@pytest.mark.parametrize(
    ("written", "scrubbed"),
    [
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("tab\tstays, bell\x07 goes", "tab\tstays, bell goes"),
        ("Zu\u0308rich", "Zürich"),
        ("\x7f\x80\x9f\ufdd0\ufdef\uffff\U0010fffe", ""),
        ("中文 😀 \ufffd", "中文 😀 \ufffd"),
    ],
)
def test_scrub(written: str, scrubbed: str) -> None:
    assert text.scrub(written) == scrubbed


@given(ANY_TEXT)
def test_a_line_has_words_and_single_spaces_only(written: str) -> None:
    line = text.line(written)

    assert line == " ".join(line.split())
    assert text.line(line) == line


def test_line() -> None:
    assert text.line("  one\r\n\ttwo\xa0 three ") == "one two three"
