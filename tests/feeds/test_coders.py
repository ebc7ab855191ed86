"""A compressed copy is one of its document, or none; whatever it is, it breaks nothing."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeder.feeds.publishers.coders import coders

BOTH = coders(brotli=True)


@pytest.mark.parametrize("ending", [".gz", ".br"])
@given(st.binary(max_size=200))
def test_what_was_compressed_is_given_back(ending: str, content: bytes) -> None:
    coder = BOTH[ending]
    assert coder.gives_back(coder.compress(content), content)
    assert not coder.gives_back(coder.compress(content + b"."), content)


@pytest.mark.parametrize("ending", [".gz", ".br"])
@given(st.binary(max_size=40), st.data())
@example(b"\0" * 10, None)
def test_a_damaged_copy_is_none(ending: str, content: bytes, data: st.DataObject | None) -> None:
    coder = BOTH[ending]
    whole = coder.compress(b"the document")
    damaged = content if data is None else whole[: data.draw(st.integers(0, len(whole) - 1))] + content
    assert coder.gives_back(damaged, b"another document") is False
