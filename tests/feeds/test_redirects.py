"""Rules for web servers, as they are written; tests/stories/test_nginx_rules.py tries them on a server."""

from dataclasses import replace
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.feeds import redirects
from feeder.markup import urls
from tests.feeds.kits.samples import SITE

AT_ROOT = replace(SITE, public_url="https://ada.example/")
MOVED = {"tag/boats/": "tag/ships/", "outlet/hafen-kurier/": "outlet/häfen/"}
GONE = ["tag/港口/"]


def test_what_moved_leads_from_folder_to_folder_and_what_is_gone_says_so() -> None:
    assert redirects.rules(MOVED, GONE, AT_ROOT).decode().splitlines() == [
        "/tag/boats/*  /tag/ships/:splat  301!",
        "/outlet/hafen-kurier/*  /outlet/h%C3%A4fen/:splat  301!",
        "/tag/%E6%B8%AF%E5%8F%A3/*  /tag/%E6%B8%AF%E5%8F%A3/:splat  410!",
    ]


@pytest.mark.parametrize("public_url", ["https://ada.example/blog/", "https://ada.example/blog"])
def test_rules_are_for_the_whole_address_of_a_site_below_a_folder(public_url: str) -> None:
    site = replace(SITE, public_url=public_url)

    (rule,) = redirects.rules({"tag/a/": "tag/b/"}, [], site).decode().splitlines()
    nginx = redirects.nginx({"tag/a/": "tag/b/"}, ["tag/c/"], site).decode()

    assert rule == "/blog/tag/a/*  /blog/tag/b/:splat  301!"
    assert 'location ^~ "/blog/tag/a/"' in nginx
    assert 'location ^~ "/blog/tag/c/"' in nginx


def test_a_site_where_nothing_moved_has_no_rules() -> None:
    assert redirects.rules({}, [], AT_ROOT) == b""
    assert "location ^~" not in redirects.nginx({}, [], AT_ROOT).decode()


@given(st.lists(st.text(min_size=1, max_size=30).map(urls.slug), min_size=2, max_size=2))
def test_a_rule_is_three_words_whatever_the_subject_is_called(slugs: list[str]) -> None:
    old, new = (f"tag/{slug}/" for slug in slugs)

    (rule,) = redirects.rules({old: new}, [], AT_ROOT).decode().splitlines()

    source, target, code = rule.split()
    assert (unquote(source), unquote(target), code) == (f"/{old}*", f"/{new}:splat", "301!")
    assert rule.isascii()
