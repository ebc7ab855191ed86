import time

import pytest

from feeder.sources import wpcontent


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
    assert wpcontent.paragraphs(written) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (
            '[caption id="a" width="3"]<img src="a"> A <b>b</b> [c][/caption]',
            '<figure><img src="a"><figcaption>A <b>b</b> [c]</figcaption></figure>',
        ),
        (
            '[wp_caption]<a href="b"><img src="a" /></a>[/wp_caption]',
            '<figure><a href="b"><img src="a" /></a></figure>',
        ),
        (
            '[caption caption="Old"]<img src="a">[/caption]',
            '<figure><img src="a"><figcaption>Old</figcaption></figure>',
        ),
        ("[caption]no picture[/caption]", "<p>[caption]no picture[/caption]</p>\n"),
        ("[caption]<img src='a'>", "<p>[caption]<img src='a'></p>\n"),
        (
            "[embed width='3']https://h.org/?a=1&amp;b=2[/embed]",
            '<p><a href="https://h.org/?a=1&amp;b=2">https://h.org/?a=1&amp;b=2</a></p>\n',
        ),
        ('[gallery ids="1"]', '<p>[gallery ids="1"]</p>\n'),
        ("one<!--more--> two", "<p>one two</p>\n"),
        ("one<!-- two", "<p>one</p>\n"),
        (
            "<!-- wp:paragraph -->\n<p>one\ntwo</p>\n<!-- /wp:paragraph -->\n\nthree",
            "<p>one\ntwo</p>\n\nthree",
        ),
    ],
)
def test_rendered(written: str, shown: str) -> None:
    assert wpcontent.rendered(written) == shown


@pytest.mark.parametrize(
    "part",
    ["[caption", "[caption]", "[caption]<img ", "[embed", "[embed]", "<!--", "<p ", "<p>", "\n\n", "<a "],
)
def test_hostile_content_costs_no_more_than_its_length(part: str) -> None:
    before = time.process_time()

    wpcontent.rendered(part * (1_000_000 // len(part)))

    assert time.process_time() - before < 5
