import unicodedata
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeder.markup import urls

ANY_TEXT = st.text(st.characters(exclude_categories=[]))


@given(ANY_TEXT)
@example("..")
@example("/")
@example("\ud800")
@example("ß" * 60)
@example("-\u0308x")
def test_a_slug_is_one_short_segment_of_an_address(name: str) -> None:
    slug = urls.slug(name)

    assert 0 < len(slug) <= urls.SLUG_CHARACTERS
    assert len(slug.encode()) <= 255
    assert all(character == "-" or unicodedata.category(character)[0] in "LMN" for character in slug)
    assert slug == slug.strip("-")
    assert "--" not in slug
    assert unicodedata.is_normalized("NFC", slug)
    assert urls.slug(name) == slug


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Zürich", "zurich"),
        ("Straße", "strasse"),
        ("Ørsted & Łódź", "orsted-lodz"),
        ("Æsop", "aesop"),
        ("İstanbul", "istanbul"),
        ("中文", "中文"),
        ("Москва, Йод", "москва-йод"),
        ("한국어 뉴스", "한국어-뉴스"),
        ("हिन्दी", "हिन्दी"),
        ("C++", "c"),
        ("a/b\\c", "a-b-c"),
        ("  UK-Asia  ", "uk-asia"),
        ("..", "x-e6fc5bb9"),
        ("😀", "x-4b218c8f"),
    ],
)
def test_slug(name: str, slug: str) -> None:
    assert urls.slug(name) == slug


def test_names_without_letters_keep_apart() -> None:
    assert urls.slug("!", "tag").startswith("tag-")
    assert urls.slug("!", "tag") != urls.slug("?", "tag")


@pytest.mark.parametrize(
    ("base", "path", "address"),
    [
        ("https://x.org/f/", "tag/中文/atom.xml", "https://x.org/f/tag/%E4%B8%AD%E6%96%87/atom.xml"),
        ("https://x.org", "/media/a b%.jpg", "https://x.org/media/a%20b%25.jpg"),
        ("https://x.org/", "", "https://x.org/"),
    ],
)
def test_absolute(base: str, path: str, address: str) -> None:
    assert urls.absolute(base, path) == address


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_an_absolute_address_keeps_its_path(path: str) -> None:
    parts = urlsplit(urls.absolute("https://x.org/f/", path))

    assert (parts.query, parts.fragment) == ("", "")
    assert unquote(parts.path) == "/f/" + path.lstrip("/")


@pytest.mark.parametrize(
    "url", ["https://x.org", "http://127.0.0.1:8000/a?b=c#d", "https://例え.example/ü", "HTTPS://X.org/"]
)
def test_web_addresses(url: str) -> None:
    assert urls.is_web(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x.org",
        "//x.org/",
        "/path",
        "mailto:a@x.org",
        "javascript:alert(1)",
        "https://",
        "https:///path",
        "https://user@x.org/",
        "https://user:word@x.org/",
        "https://x.org/a b",
        " https://x.org/",
        "https://x.org/\n",
        "https://x.org\\@y.org/",
        "https://x.org:port/",
        "https://[x/",
        "https://x.org/" + "a" * 2000,
    ],
)
def test_what_is_no_web_address(url: str) -> None:
    assert not urls.is_web(url)


def test_origin() -> None:
    assert urls.origin("https://Blog.Example:8443/2019/?p=1#a") == "https://blog.example:8443/"
