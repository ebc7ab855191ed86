import time

import pytest

from feeder.sources.wordpress import rendering


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
    assert rendering.rendered(written) == shown


@pytest.mark.parametrize(
    "part",
    ["[caption", "[caption]", "[caption]<img ", "[embed", "[embed]", "<!--", "<p ", "<p>", "\n\n", "<a "],
)
def test_hostile_content_costs_no_more_than_its_length(part: str) -> None:
    before = time.process_time()

    rendering.rendered(part * (1_000_000 // len(part)))

    assert time.process_time() - before < 5
