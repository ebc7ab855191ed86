"""The documents of one feed in several formats."""

import pytest

from feeder.feeds.doctor import Report, siblings


def report(*ids: str) -> Report:
    return Report("Atom 1.0", ids, 1, ())


@pytest.mark.parametrize(
    ("ids", "found"),
    [
        (("a", "b"), "“c” is in atom.xml only"),
        (("a", "b", "c", "d"), "“d” is not in atom.xml"),
        (("b", "a", "c"), "its order is not that of atom.xml"),
        (("a", "b", "c", "c"), "it has 4 entries, and atom.xml has 3"),
    ],
)
def test_formats_that_differ(ids: tuple[str, ...], found: str) -> None:
    ((name, finding),) = siblings.check(
        "atom.xml",
        {"atom.xml": report("a", "b", "c"), "rss.xml": report(*ids), "feed.json": report("a", "b", "c")},
    )

    assert (name, finding.found, finding.rule.name) == ("rss.xml", found, "formats-differ")


def test_formats_that_say_the_same() -> None:
    reports = {"atom.xml": report("a", "b"), "rss.xml": report("a", "b")}

    assert not list(siblings.check("atom.xml", reports))
