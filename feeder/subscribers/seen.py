"""Which of a million addresses have been seen, in a few bytes each. Pure."""

from array import array

_FIRST_SLOTS = 1 << 16
_FULLEST = 0.6
_BITS = (1 << 64) - 1


class Seen:
    """Texts that were seen, known by 64 bits of their hash.

    Two that differ are taken for one in one of thirty million lists of a million. A set of texts
    would take ten times the memory.
    """

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * _FIRST_SLOTS))
        self._full = 0

    def add(self, text: str) -> bool:
        """Remember a text, and tell whether it is new."""
        mark = hash(text) & _BITS or 1  # an empty slot holds 0
        slots, last = self._slots, len(self._slots) - 1
        place = mark & last
        while slots[place]:
            if slots[place] == mark:
                return False
            place = (place + 1) & last
        slots[place] = mark
        self._full += 1
        if self._full > _FULLEST * len(slots):
            self._grow()
        return True

    def _grow(self) -> None:
        marks = filter(None, self._slots)
        slots = array("Q", bytes(16 * len(self._slots)))
        last = len(slots) - 1
        for mark in marks:
            place = mark & last
            while slots[place]:
                place = (place + 1) & last
            slots[place] = mark
        self._slots = slots
