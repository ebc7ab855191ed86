from feeder.markup import markdown


def test_commonmark_with_tables_strikethrough_and_footnotes() -> None:
    assert markdown.to_html("# *A*\n\n~~b~~") == "<h1><em>A</em></h1>\n<p><del>b</del></p>\n"
    assert "<table>" in markdown.to_html("|a|\n|-|\n|b|")
    assert "footnote" in markdown.to_html("a[^1]\n\n[^1]: b")


def test_quotes_stay_as_written() -> None:
    assert markdown.to_html('it\'s "so" -- ...') == '<p>it\'s "so" -- ...</p>\n'


def test_raw_html_passes_and_any_text_is_taken() -> None:
    assert markdown.to_html('<u class="x">a</u>\ud800\x00') == '<p><u class="x">a</u></p>\n'
