"""Addresses and ids."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.feeds.doctor import iris


@pytest.mark.parametrize(
    "iri",
    [
        "https://spans.example/brücken?x=[1]#y",
        "urn:uuid:0c9d9fd0-9bb8-4d07-a5fd-000000000001",
        "tag:blogger.com,1999:blog-1.post-2",
        "tag:spans.example,2026-11-03:a",
        "yt:video:abc",
        "HTTP://Spans.example",
    ],
)
def test_good_ids(iri: str) -> None:
    assert (iris.trouble(iri), iris.oddity(iri)) == ("", "")


@pytest.mark.parametrize(
    ("iri", "trouble"),
    [
        ("", "is empty"),
        ("/hum/", "is relative"),
        ("hum", "is relative"),
        ("spans.example/hum", "is relative"),
        ("//spans.example/hum", "is relative"),
        ("https://spans.example/a b", "holds a space"),
        ("https://spans.example/<hum>", "holds the character U+003C"),
        ("https://", "has no host"),
        ("http:hum", "has no host"),
        ("http://[", "has no host"),
    ],
)
def test_what_is_no_id(iri: str, trouble: str) -> None:
    assert iris.trouble(iri) == trouble


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://spans.example", "https://spans.example/"),
        ("https://Spans.Example:443/a", "https://spans.example/a"),
        ("https://spans.example/br%C3%BCcken/", "https://spans.example/brücken/"),
        ("https://spans.example/tag/%e8%83%bd/", "https://spans.example/tag/能/"),
        ("https://spans.example/a#top", "https://spans.example/a"),
        ("https://spans.example/a'b", "https://spans.example/a%27b"),
    ],
)
def test_addresses_that_are_one(one: str, other: str) -> None:
    assert iris.normal(one) == iris.normal(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://spans.example/a", "https://spans.example/a/"),
        ("https://spans.example/a", "https://spans.example/A"),
        ("https://spans.example/a", "http://spans.example/a"),
        ("https://spans.example/a%2Fb", "https://spans.example/a/b"),
        ("https://spans.example/a?b", "https://spans.example/a"),
        ("https://spans.example:8443/", "https://spans.example/"),
    ],
)
def test_addresses_that_are_two(one: str, other: str) -> None:
    assert iris.normal(one) != iris.normal(other)


@given(st.text() | st.text().map(lambda rest: f"http://{rest}"))
def test_anything_has_a_form_to_compare(address: str) -> None:
    assert iris.normal(iris.normal(address)) == iris.normal(address)
    assert iris.host(address) == iris.host(address).lower()
