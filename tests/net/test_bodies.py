import gzip
import tracemalloc
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.net import bodies
from feeder.net.failures import RequestFailed

GZIP = {"content-encoding": "gzip"}


def chunks(content: bytes, size: int) -> Iterator[bytes]:
    return (content[start : start + size] for start in range(0, len(content), size))


def refused(headers: dict[str, str], content: Iterator[bytes], max_bytes: int = 1000) -> RequestFailed:
    with pytest.raises(RequestFailed) as raised:
        bodies.read("it", headers, content, max_bytes)
    return raised.value


def bomb(megabytes: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    zeros = bytes(1_000_000)
    return b"".join(packer.compress(zeros) for _ in range(megabytes)) + packer.flush()


@given(st.binary(max_size=1000), st.integers(1, 1100))
def test_a_body_that_fits_comes_whole(content: bytes, size: int) -> None:
    assert bodies.read("it", {}, chunks(content, size), 1000) == content
    assert bodies.read("it", GZIP, chunks(gzip.compress(content), size), 2000) == content


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=5), st.integers(1, 300))
def test_members_and_filling_of_gzip(parts: list[bytes], size: int) -> None:
    packed = b"".join(map(gzip.compress, parts)) + bytes(100)

    assert bodies.read("it", GZIP, chunks(packed, size), 1000) == b"".join(parts)


def test_one_byte_too_many_is_refused() -> None:
    assert "larger" in refused({}, chunks(bytes(1001), 100)).rule
    assert "larger" in refused(GZIP, chunks(gzip.compress(bytes(1001)), 100)).rule


def test_a_declared_length_is_refused_before_anything_is_read() -> None:
    content = iter([b"unread"])

    assert "larger" in refused({"content-length": "1001"}, content).rule
    assert "larger" in refused({"content-length": "9" * 5000}, content).rule
    assert next(content) == b"unread"


def test_a_bomb_is_stopped_at_the_limit() -> None:
    packed = bomb(100)  # a tenth of a megabyte
    tracemalloc.start()
    failure = refused(GZIP, chunks(packed, 65_536), max_bytes=1_000_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert "larger than 1 MB" in failure.rule
    assert peak < 6_000_000


def test_blocks_that_unpack_to_nothing_end_as_well() -> None:
    empty = gzip.compress(b"")

    assert "larger" in refused(GZIP, (empty for _ in range(10_000))).rule


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "deflate", "zstd"])
def test_what_was_not_asked_for_is_refused(encoding: str) -> None:
    assert f"“{encoding}”" in refused({"content-encoding": encoding}, iter([b"x"])).rule


def test_what_only_says_gzip() -> None:
    assert "is called gzip" in refused(GZIP, iter([b"<html>"])).rule


def test_half_a_gzip() -> None:
    failure = refused(GZIP, iter([gzip.compress(b"a whole text")[:-9]]))

    assert "breaks off" in failure.rule
    assert failure.passing


def test_no_body_at_all() -> None:
    assert bodies.read("it", GZIP, iter([]), 10) == b""
    assert bodies.read("it", {"content-encoding": "identity"}, iter([]), 10) == b""
