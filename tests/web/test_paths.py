"""Which path of the tree does an address name?"""

from urllib.parse import quote, quote_from_bytes

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeder.web import paths

PARTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\\\0"), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("/", "/"),
        ("/atom.xml", "/atom.xml"),
        ("/tag/hafen/", "/tag/hafen/"),
        ("/tag/%E6%B8%AF%E5%8F%A3/", "/tag/港口/"),
        ("/%61tom.xml", "/atom.xml"),
        ("/tag/a%20b/", "/tag/a b/"),
        ("/tag/100%25/", "/tag/100%/"),
        ("/works/", "/works/"),
    ],
)
def test_an_address_names_a_path(address: str, path: str) -> None:
    assert paths.below(address.encode(), "") == path


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("/works/", "/"),
        ("/works/atom.xml", "/atom.xml"),
        ("/atom.xml", "/atom.xml"),
        ("/works", ""),
        ("/worksmanship/", "/worksmanship/"),
        ("/%77orks/atom.xml", "/atom.xml"),
        ("/works/works/", "/works/"),
    ],
)
def test_what_stands_before_it_in_the_public_address_may_be_there(address: str, path: str) -> None:
    assert paths.below(address.encode(), "/works") == path


def test_the_path_of_the_public_address_may_be_in_any_script() -> None:
    assert paths.below(b"/%E6%B8%AF/atom.xml", "/港") == "/atom.xml"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "*",
        "atom.xml",
        "//",
        "//evil.example/",
        "/tag//atom.xml",
        "/..",
        "/../feeder.db",
        "/tag/../../feeder.db",
        "/%2e%2e/feeder.db",
        "/..%2ffeeder.db",
        "/tag%2Fhafen/",
        "/tag%2fhafen/",
        "/./atom.xml",
        "/.git/config",
        "/tag/.index.html.part",
        "/.well-known/x",
        "/a%00.xml",
        "/..\\feeder.db",
        "/a%5Cb",
        "/%ff",
        "/%E6%B8/",
        "/_redirects",
        "/_nginx.conf",
        "/%5fredirects",
        "/atom.xml.gz",
        "/atom.xml.br",
        "/atom.xml%2egz",
        f"/{'a' * 5000}",
    ],
)
def test_what_no_tree_shows(address: str) -> None:
    assert paths.below(address.encode(), "") is None
    assert paths.below(b"/works" + address.encode(), "/works") is None or address[:1] != "/"


@given(st.binary(max_size=60), st.sampled_from(["", "/works", "/港"]))
@example(b"/%", "")
@example(b"/%2", "")
def test_what_comes_out_is_a_way_down_or_nothing(raw: bytes, prefix: str) -> None:
    path = paths.below(b"/" + raw, prefix)

    if path:
        *folders, name = path[1:].split("/")
        assert path.startswith("/")
        assert all(folder.strip(".") for folder in folders)
        assert not name.startswith(".")
        assert not set("\0\\") & set(path)


@given(st.lists(PARTS, min_size=1, max_size=4), st.sampled_from(["", "/"]))
def test_a_path_that_is_shown_is_found_by_its_address(parts: list[str], slash: str) -> None:
    path = f"/{'/'.join(parts)}{slash}"

    if paths.is_shown(path) and len(quote(path)) <= paths.LONGEST_BYTES:
        assert paths.below(quote(path).encode(), "") == path
        assert paths.below(quote_from_bytes(path.encode(), safe="/.-").encode(), "") == path
