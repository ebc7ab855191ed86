"""Styles of mail stand on the elements; what no attribute can hold stays in <style>."""

import socket
from contextlib import closing

from feeder.markup.styling import inlined


def test_a_rule_comes_onto_its_elements() -> None:
    page = inlined("<style>.t{color:red}</style><p class=t>a<p>b")

    assert '<p class="t" style="color:red">a</p><p>b</p>' in page
    assert "<style>" not in page


def test_what_an_element_says_itself_comes_first() -> None:
    assert 'style="margin:0;color:blue"' in inlined(
        '<style>p{color:red;margin:0}</style><p style="color:blue">'
    )


def test_media_queries_stay() -> None:
    dark = "@media (prefers-color-scheme:dark){p{color:white!important}}"

    assert dark in inlined(f"<style>p{{color:black}}{dark}</style><p>a")


def test_comments_for_outlook_and_marks_stay() -> None:
    kept = '<!--[if mso]><table><tr><td><![endif]--><a href="\ufdd0link\ufdd1">\ufdd0why\ufdd1</a>'

    assert kept in inlined(f"<body>{kept}</body>")


def test_styles_from_elsewhere_are_neither_asked_for_nor_kept() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.settimeout(0.2)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/a.css"

        page = inlined(f'<link rel="stylesheet" href="{address}"><p>a')

        try:
            server.accept()
        except TimeoutError:
            asked = False
        else:
            asked = True
    assert not asked
    assert address not in page


def test_rules_that_nobody_can_read_do_no_harm() -> None:
    assert "<p>a</p>" in inlined("<style>p{{{</style><p>a")
