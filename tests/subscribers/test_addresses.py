"""Addresses: in the form in which they are mailed, or refused."""

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.config import values
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
        ("läser@example.org", "läser@example.org"),
        ("la\u0308ser@bücher.example.org", "läser@xn--bcher-kva.example.org"),
        ("用户@例え.jp", "用户@xn--r8jz45g.jp"),
        ("Info@example.org", "info@example.org"),
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
        "läs er@example.org",
        "läs\u202eer@example.org",
        "\ud800@example.org",
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


@pytest.mark.parametrize(
    "address",
    [
        "root@localhost",
        "root@LOCALHOST",
        "root@mail.localhost",
        "scan@printer",
        "scan@printer.local",
        "x@127.0.0.1",
        "x@[127.0.0.1]",
        "x@[IPv6:::1]",
        "x@1.2",
        "=?utf-8?q?a?=@example.org",
        "läs er@example.org",
    ],
)
def test_strangers_cannot_give_the_address_of_a_machine_here(address: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be mailed"):
        addresses.public(address)


def test_strangers_give_addresses_of_the_world() -> None:
    assert addresses.public("Läser@Bücher.example") == "Läser@xn--bcher-kva.example"
    assert addresses.public("o'hara+news@example.org") == "o'hara+news@example.org"


ADDRESSES = st.text() | st.from_regex(r"[^@]{1,20}@[^@]{1,20}", fullmatch=True) | st.emails()


@given(ADDRESSES)
def test_what_is_kept_can_stand_in_a_header_and_is_kept_again(address: str) -> None:
    try:
        kept = addresses.checked(address)
    except ConfigurationError:
        return
    local, _, domain = kept.rpartition("@")
    assert domain.isascii()
    assert kept.isprintable()
    assert unicodedata.is_normalized("NFC", local)
    assert not set(kept) & set(' <>,;"()')
    assert addresses.checked(kept) == kept


@pytest.mark.parametrize("address", ["läser@example.org", "用户@例え.jp", "reader"])
def test_who_mails_has_an_address_that_every_server_knows(address: str) -> None:
    with pytest.raises(ValueError, match=address):
        values.mail_address(address)
    assert values.mail_address("post@bücher.example") == "post@xn--bcher-kva.example"


# ── Many addresses ───────────────────────────────────────────────────────────────────────────────

PARTS = st.sampled_from(
    [
        "reader", "Reader", "INFO", "postmaster", "a.b", "a..b", ".a", "a.", "o'hara", "a+b", "{x}", '"a b"', '"a"',
        "a" * 64, "a" * 65, "", "läser", "la\u0308ser", "a b", " a", "a\n", "a\x00", "\ud800", "a\u0338", "用户", "a@b",
    ]
)  # fmt: skip
DOMAINS = st.sampled_from(
    [
        "example.org", "Example.ORG", "localhost", "LOCALHOST", "bücher.example", "xn--bcher-kva.example", "例え.jp",
        "", ".", "example", "example..org", "-a.org", "a_b.org", "[127.0.0.1]", "[", "localhost ", "example.org ", "\u0338",
        "a.localhost", "b@localhost", "<a@example.org>", ".".join(["b" * 60] * 3) + ".org", ".".join(["例" * 18] * 8) + ".jp",
        ".".join(["b" * 61] * 3) + ".or", ".".join(["b" * 60] * 4) + ".org", "example.org\ud800", "123.456", "a.1",
    ]
)  # fmt: skip


def outcome(check: Callable[[str], str], address: str) -> tuple[str, str]:
    try:
        return "kept", check(address)
    except ConfigurationError as error:
        return "refused", str(error)


@given(
    st.lists(
        ADDRESSES | st.builds("{}@{}".format, PARTS | st.text(max_size=70), DOMAINS | st.text()), max_size=8
    )
)
def test_many_addresses_are_checked_as_each_is(several: list[str]) -> None:
    many = addresses.Addresses()
    for address in [*several, *several]:
        assert outcome(many.checked, address) == outcome(addresses.checked, address)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("ada@example.org", "a…@e….org"),
        ("用户@例え.jp", "用…@例….jp"),
        ("ada@localhost", "a…@localhost"),
        ("@", "…@"),
        ("no address", "no address"),
    ],
)
def test_a_masked_address_tells_its_owner_only(address: str, shown: str) -> None:
    assert addresses.masked(address) == shown
