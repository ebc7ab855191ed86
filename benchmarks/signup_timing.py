"""Whether the time of an answer tells who is a reader: asks for known and unknown addresses, in random order.

    .venv/bin/python benchmarks/signup_timing.py [--asks 500]

A service with a thousand readers is asked for mail at `/subscribe`, by one connection, as often for
addresses of readers as for others, none of them twice. It comes to rest between two asks, since what is
decided about one, which differs, goes on while the next may be answered.

What is printed: the medians of both, their ratio, and how often a difference as large comes about when
the labels are shuffled (a permutation test): below 0.01 time tells, and that must not be.
"""

import argparse
import time
from contextlib import closing
from http.client import HTTPConnection
from random import Random
from statistics import median
from urllib.parse import urlencode

import _measuring
import _readers

_READERS = 1_000
_PIECES, _TAGS = 200, 50
_SHUFFLES = 2_000
_REST_SECONDS = 0.15


def main() -> None:
    """Ask, and compare."""
    arguments = _arguments()
    dice = Random(1)  # noqa: S311 - nothing here is a secret
    asks = [(True, _readers.address(number)) for number in range(arguments.asks)]
    asks += [(False, f"stranger-{number}@example.org") for number in range(arguments.asks)]
    dice.shuffle(asks)
    with _measuring.scratch() as folder:
        site = _readers.made(folder, _PIECES, _TAGS)
        with _readers.opened(site) as app:
            _readers.fill(app, max(_READERS, arguments.asks))
        with (
            _readers.service(site) as running,
            closing(HTTPConnection("127.0.0.1", running.port, timeout=60)) as connection,
        ):
            times = [(known, _asked(connection, address)) for known, address in asks]
    known, unknown = ([each for is_known, each in times if is_known is wanted] for wanted in (True, False))
    seen = abs(median(known) - median(unknown))
    both = [*known, *unknown]
    larger = sum(_difference(both, len(known), dice) >= seen for _ in range(_SHUFFLES))
    _measuring.say(f"known: {median(known):.3f} ms, unknown: {median(unknown):.3f} ms (medians)")
    _measuring.say(
        f"ratio {median(known) / median(unknown):.3f}; by chance in {larger / _SHUFFLES:.3f} of shuffles"
    )


def _asked(connection: HTTPConnection, address: str) -> float:
    """Ask for mail, and return how many milliseconds the answer took."""
    time.sleep(_REST_SECONDS)
    fields = {"Content-Type": "application/x-www-form-urlencoded"}
    body = urlencode({"address": address})
    began = time.perf_counter()
    connection.request("POST", "/subscribe", body, fields)
    answer = connection.getresponse()
    answer.read()
    took = 1000 * (time.perf_counter() - began)
    _measuring.check("an answer", answer.status, 200)
    return took


def _difference(times: list[float], first: int, dice: Random) -> float:
    """Shuffle times, and return by how much the medians of the first few and of the others differ."""
    dice.shuffle(times)
    return abs(median(times[:first]) - median(times[first:]))


def _arguments() -> argparse.Namespace:
    parser = _measuring.parser(__doc__)
    parser.add_argument("--asks", type=int, default=500, help="of each kind")
    return parser.parse_args()


if __name__ == "__main__":
    main()
