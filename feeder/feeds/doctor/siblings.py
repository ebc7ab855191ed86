"""Documents of one feed in several formats, which have to say the same."""

from collections.abc import Iterator, Mapping

from feeder.feeds.doctor.findings import WHOLE, Finding, Report, error, quoted

SAME = error(
    "formats-differ", "the formats of one feed list the same ids in the same order", "feeder's own rule"
)


def check(first: str, reports: Mapping[str, Report]) -> Iterator[tuple[str, Finding]]:
    """Compare the reports of one feed's documents, by name, with the one called `first`."""
    wanted = reports[first].ids
    for name, report in reports.items():
        if report.ids == wanted:
            continue
        yield name, Finding(SAME, WHOLE, _difference(report.ids, wanted, first), "publish anew")


def _difference(ids: tuple[str, ...], wanted: tuple[str, ...], first: str) -> str:
    here, there = set(ids), set(wanted)
    if missing := next((one for one in wanted if one not in here), None):
        return f"{quoted(missing)} is in {first} only"
    if more := next((one for one in ids if one not in there), None):
        return f"{quoted(more)} is not in {first}"
    if len(ids) != len(wanted):
        return f"it has {len(ids)} entries, and {first} has {len(wanted)}"
    return f"its order is not that of {first}"
