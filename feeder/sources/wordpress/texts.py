"""The posts themselves, fetched some at a time, into a file: there may be more than memory holds."""

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import IO

from feeder.errors import SourceError
from feeder.model.batches import batches
from feeder.sources.wordpress.rest import PER_PAGE, Refusal, Rest, Row

# So many posts one after another that cannot be had say that the site is to blame, and not they.
_MOST_IN_A_ROW = 10
# Statuses that have nothing to do with what is asked for.
_OF_THE_SITE = frozenset({400, 401, 403, 404, 410, 429})


@dataclass(frozen=True, slots=True)
class Texts:
    """Posts as they were answered, and those that could not be had, by number."""

    file: IO[str]
    broken: Mapping[int, SourceError]

    def read(self) -> Iterator[Row]:
        """Yield each post, and forget all at the end."""
        with self.file as file:
            file.seek(0)
            yield from map(json.loads, file)


def fetch(rest: Rest, numbers: Sequence[int], fields: str) -> Texts:
    """Fetch some fields of posts. Where many at a time cannot be had, find out which one it is.

    Raises: Refusal, when it is the site's fault and not that of a few posts; SourceError.
    """
    broken: dict[int, SourceError] = {}
    in_a_row = 0
    with ExitStack() as on_failure:
        file = on_failure.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8"))
        waiting = [list(some) for some in batches(numbers, PER_PAGE)][::-1]
        while waiting:
            some = waiting.pop()
            try:
                rows = list(rest.by_number("posts", some, fields))
            except Refusal as refusal:
                if refusal.passing or refusal.status in _OF_THE_SITE or in_a_row == _MOST_IN_A_ROW:
                    raise
                if len(some) > 1:
                    waiting += [some[len(some) // 2 :], some[: len(some) // 2]]
                else:
                    broken[some[0]] = refusal
                    in_a_row += 1
            else:
                in_a_row = 0
                file.writelines(f"{json.dumps(row)}\n" for row in rows)
                broken |= dict.fromkeys({*some}.difference(row["id"] for row in rows), _not_shown(rest))
        on_failure.pop_all()
    return Texts(file, broken)


def _not_shown(rest: Rest) -> SourceError:
    return SourceError(rest.thing, "is listed, but was not shown", "wait for the next reading")
