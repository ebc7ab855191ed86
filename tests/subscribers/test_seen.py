"""What was seen is known again, however much it is."""

from hypothesis import given
from hypothesis import strategies as st

from feeder.subscribers.seen import Seen


@given(st.lists(st.text()))
def test_a_text_is_new_once(texts: list[str]) -> None:
    seen, plain = Seen(), set[str]()
    for text in texts:
        assert seen.add(text) is (text not in plain)
        plain.add(text)


def test_many_texts_are_known_again_in_little_memory() -> None:
    seen = Seen()
    texts = [f"reader{number}@example.org" for number in range(200_000)]
    assert all(map(seen.add, texts))
    assert not any(map(seen.add, texts))
    assert len(seen._slots) * seen._slots.itemsize < 16 * len(texts) * 1.5
