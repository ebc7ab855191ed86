"""What can happen to bytes on their way, or is done to them by somebody who means harm: for the parsers of what is foreign."""

import random
from collections.abc import Callable, Sequence

Accident = Callable[[bytearray, int, random.Random], None]


def befall(content: bytes, others: Sequence[bytes], pieces: Sequence[bytes], chance: random.Random) -> bytes:
    """Return content to which a few things have happened: some of them bring in parts of `others`, or `pieces`."""

    def say(found: bytearray, at: int, chance: random.Random) -> None:
        found[at:at] = chance.choice(pieces)

    def mix(found: bytearray, at: int, chance: random.Random) -> None:
        other = chance.choice(others)
        begin = chance.randint(0, len(other))
        found[at:at] = other[begin : begin + chance.randint(1, 800)]

    found = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        happens = chance.choice((_cut, _end, _repeat, _spoil, _swap, say, mix))
        happens(found, chance.randint(0, len(found)), chance)
    return bytes(found)


def _cut(found: bytearray, at: int, chance: random.Random) -> None:
    del found[at : at + chance.randint(1, 200)]


def _end(found: bytearray, at: int, chance: random.Random) -> None:
    if chance.random() < 0.2:  # else most would be of what is cut off
        del found[at:]


def _repeat(found: bytearray, at: int, chance: random.Random) -> None:
    found[at:at] = found[at : at + chance.randint(1, 300)] * chance.randint(1, 5)


def _spoil(found: bytearray, at: int, chance: random.Random) -> None:
    found[at : at + 8] = chance.randbytes(chance.randint(1, 30))


def _swap(found: bytearray, at: int, chance: random.Random) -> None:
    """Change one byte, so that most of what was sound stays so."""
    if at < len(found):
        found[at] = chance.randrange(256)
