import pytest

from feeder.sources.paragraphs import paragraphs


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("one\n\ntwo\nthree", "<p>one</p>\n<p>two<br>\nthree</p>\n"),
        ("one\n \n\t\n\ntwo", "<p>one</p>\n<p>two</p>\n"),
        ("one\n<h2>two</h2>\nthree", "<p>one</p>\n<h2>two</h2><p>three</p>\n"),
        ("<ul>\n<li>one</li>\n<li>two\nthree</li>\n</ul>", "<ul><li>one</li><li>two<br>\nthree</li></ul>"),
        ("<blockquote>one\n\ntwo</blockquote>", "<blockquote><p>one</p>\n<p>two</p>\n</blockquote>"),
        ("<div>one</div><div>two\n\nthree</div>", "<div>one</div><div><p>two</p>\n<p>three</p>\n</div>"),
        ("<pre>one\n\n<b>two</b></pre>", "<pre>one\n\n<b>two</b></pre>"),
        ("one <em>two</em>\n\n<img src='a'>", "<p>one <em>two</em></p>\n<p><img src='a'></p>\n"),
        ("<hr>one</div>", "<hr><p>one</p>\n</div>"),
        ("", ""),
    ],
)
def test_paragraphs(written: str, shown: str) -> None:
    assert paragraphs(written) == shown
