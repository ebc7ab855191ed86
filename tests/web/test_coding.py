"""Which coding does the client take? RFC 9110, section 12.5.3."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeder.web import coding
from feeder.web.coding import BROTLI, GZIP, IDENTITY

ALL = (IDENTITY, GZIP, BROTLI)
NO_BROTLI = (IDENTITY, GZIP)
ONLY_ITSELF = (IDENTITY,)

SETS = st.sampled_from([ALL, NO_BROTLI, ONLY_ITSELF])
WEIGHTS = st.sampled_from(["", ";q=1", ";q=0", "; q=0.5", ";q=0.001", ";q=1.000", " ; Q=0.8"])
MEMBERS = st.tuples(st.sampled_from(["gzip", "br", "identity", "*", "deflate", "zstd", "GZip"]), WEIGHTS)
FIELDS = st.lists(MEMBERS.map("".join)).map(", ".join)


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        (None, IDENTITY),
        ("", IDENTITY),
        ("gzip", GZIP),
        ("GZIP", GZIP),
        ("x-gzip", GZIP),
        ("gzip, deflate, br, zstd", BROTLI),
        ("br;q=0.9, gzip;q=1.0", GZIP),
        ("br;q=0, gzip", GZIP),
        ("gzip;q=0", IDENTITY),
        ("gzip;q=0.001", GZIP),
        ("gzip;q=0.5, identity;q=0.8", IDENTITY),
        ("gzip;q=0.5, identity;q=0.5", GZIP),
        ("deflate", IDENTITY),
        ("*", BROTLI),
        ("*;q=0.5, br;q=0", GZIP),
        ("gzip, *;q=0", GZIP),
        ("identity;q=0, gzip", GZIP),
        ("identity;q=0, *", BROTLI),
        ("identity;q=0", None),
        ("*;q=0", None),
        ("*;q=0, identity", IDENTITY),
        ("gzip;q=0, br;q=0, identity;q=0", None),
        ("gzip;level=9", IDENTITY),
        ("gzip;q=2", IDENTITY),
        ("gzip;q=x, br", BROTLI),
        ("gzip\t;\tq=0.3", GZIP),
        (" , gzip,,", GZIP),
    ],
)
def test_what_is_chosen_where_all_are_there(accepted: str | None, chosen: str | None) -> None:
    assert coding.choose(accepted if accepted is None else accepted.encode(), ALL) == chosen


@pytest.mark.parametrize(
    ("accepted", "codings", "chosen"),
    [
        ("br, gzip", NO_BROTLI, GZIP),
        ("br", NO_BROTLI, IDENTITY),
        ("gzip, br", ONLY_ITSELF, IDENTITY),
        ("gzip, identity;q=0", ONLY_ITSELF, None),
        ("*", ONLY_ITSELF, IDENTITY),
    ],
)
def test_what_is_not_there_is_not_chosen(accepted: str, codings: tuple[str, ...], chosen: str | None) -> None:
    assert coding.choose(accepted.encode(), codings) == chosen


@given(st.none() | st.binary(max_size=80), SETS)
@example(b"\xff;q=\xb2", ALL)
def test_no_bytes_are_too_strange(accepted: bytes | None, codings: tuple[str, ...]) -> None:
    assert coding.choose(accepted, codings) in (None, *codings)


@given(FIELDS, SETS, st.sampled_from([GZIP, BROTLI, IDENTITY]))
def test_what_is_refused_is_never_sent(accepted: str, codings: tuple[str, ...], refused: str) -> None:
    assert coding.choose(f"{accepted}, {refused};q=0".encode(), codings) != refused


@given(FIELDS, SETS)
def test_something_is_always_sent_unless_the_document_itself_is_refused(
    accepted: str, codings: tuple[str, ...]
) -> None:
    if coding.choose(accepted.encode(), codings) is None:
        assert "identity" in accepted or "*" in accepted


@given(FIELDS, SETS)
def test_case_and_spaces_say_nothing(accepted: str, codings: tuple[str, ...]) -> None:
    spaced = accepted.upper().replace(",", " \t,  ")

    assert coding.choose(spaced.encode(), codings) == coding.choose(accepted.encode(), codings)
