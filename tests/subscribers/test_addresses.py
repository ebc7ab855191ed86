"""Addresses: in the form in which they are mailed, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.errors import ConfigurationError
from feeder.subscribers import addresses


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("reader@example.org", "reader@example.org"),
        ("Reader.One+tag@Example.ORG", "Reader.One+tag@example.org"),
        ("reader@bücher.example.org", "reader@xn--bcher-kva.example.org"),
        ("reader@xn--bcher-kva.example.org", "reader@xn--bcher-kva.example.org"),
        ("reader@例え.jp", "reader@xn--r8jz45g.jp"),
        ("o'hara@example.org", "o'hara@example.org"),
        ("a" * 64 + "@example.org", "a" * 64 + "@example.org"),
    ],
)
def test_an_address_is_kept_in_the_form_in_which_it_is_mailed(address: str, kept: str) -> None:
    assert addresses.checked(address) == kept


@pytest.mark.parametrize(
    "address",
    [
        "",
        "reader",
        "@example.org",
        "reader@",
        "reader@@example.org",
        "reader@example..org",
        "reader@-example.org",
        ".reader@example.org",
        "rea der@example.org",
        " reader@example.org",
        "reader@example.org ",
        "reader@example.org\n",
        "reader@example.org\r\nBcc: other@example.org",
        "reader\r\n@example.org",
        "reader\x00@example.org",
        "one@example.org, two@example.org",
        "one@example.org;two@example.org",
        "Reader <reader@example.org>",
        "<reader@example.org>",
        '"rea der"@example.org',
        "reader@[127.0.0.1]",
        "läser@example.org",
        "a" * 65 + "@example.org",
        "a@" + ".".join(["b" * 60] * 5) + ".org",
        "reader@exam ple.org",
        "reader@example.org\ud800",
    ],
    ids=ascii,
)
def test_what_cannot_be_mailed_is_refused(address: str) -> None:
    with pytest.raises(ConfigurationError, match=r"write it as name@example\.org"):
        addresses.checked(address)


@given(st.text() | st.from_regex(r"[^@]{1,20}@[^@]{1,20}", fullmatch=True))
def test_what_is_kept_can_stand_in_a_header_and_is_kept_again(address: str) -> None:
    try:
        kept = addresses.checked(address)
    except ConfigurationError:
        return
    assert kept.isascii()
    assert kept.isprintable()
    assert not set(kept) & set(' <>,;"()')
    assert addresses.checked(kept) == kept
