"""What the doctor finds: where, what, against which rule, and how to mend it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from feeder.markup import text

KEPT_OF_ONE = 100
"""How many findings by one rule a report keeps; the others are counted."""

_SHOWN_CHARACTERS = 80


class Severity(Enum):
    """How bad it is."""

    ERROR = "error"
    """It breaks what the format demands, or readers lose something."""
    WARNING = "warning"
    """It breaks what the format recommends, or some readers stumble."""
    ADVICE = "advice"
    """It could be better."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What feeds keep to. `name` is for scripts, `source` says where it stands."""

    name: str
    severity: Severity
    words: str
    source: str


def error(name: str, words: str, source: str) -> Rule:
    """Return a rule that a feed must keep."""
    return Rule(name, Severity.ERROR, words, source)


def warning(name: str, words: str, source: str) -> Rule:
    """Return a rule that a feed should keep."""
    return Rule(name, Severity.WARNING, words, source)


def advice(name: str, words: str, source: str) -> Rule:
    """Return a rule that makes a feed better."""
    return Rule(name, Severity.ADVICE, words, source)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: an element's path, or `header NAME`; line and column count from 1."""

    path: str = ""
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        line = None if self.line is None else f"line {self.line}"
        column = None if self.column is None else f"column {self.column}"
        return ", ".join(filter(None, [self.path, line, column])) or "the document"


WHOLE = Place()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that breaks a rule, and the mend."""

    rule: Rule
    place: Place
    found: str
    mend: str

    def __str__(self) -> str:
        return f"{self.place}: {self.found}; {self.rule.words} ({self.rule.source}); {self.mend}"


@dataclass(frozen=True, slots=True)
class Report:
    """What was examined, and all that was found, the worst first, else by lines.

    `format` is what the document is, such as `Atom 1.0`; empty where that cannot be told.
    `ids` are those of the entries, in their order. `more` counts, by rule, what is not in `findings`.
    """

    format: str
    ids: tuple[str, ...]
    size_bytes: int
    findings: tuple[Finding, ...]
    more: Mapping[Rule, int] = field(default_factory=dict)

    def count(self, severity: Severity) -> int:
        """Return how much of one severity was found, kept or not."""
        kept = sum(finding.rule.severity is severity for finding in self.findings)
        return kept + sum(number for rule, number in self.more.items() if rule.severity is severity)


def gather(findings: Iterable[Finding]) -> tuple[tuple[Finding, ...], dict[Rule, int]]:
    """Return the findings that a report keeps, in its order, and the number of others by rule."""
    kept: dict[Rule, list[Finding]] = {}
    more: dict[Rule, int] = {}
    for finding in findings:
        of_rule = kept.setdefault(finding.rule, [])
        if len(of_rule) < KEPT_OF_ONE:
            of_rule.append(_printable(finding))
        else:
            more[finding.rule] = more.get(finding.rule, 0) + 1
    together = [finding for of_rule in kept.values() for finding in of_rule]
    return tuple(sorted(together, key=_weight)), more


def with_more(report: Report, findings: Iterable[Finding]) -> Report:
    """Return a report with further findings, in its order."""
    return replace(report, findings=tuple(sorted((*report.findings, *findings), key=_weight)))


def quoted(words: str) -> str:
    """Return the beginning of foreign words on one line, safe to print, between quotation marks."""
    line = text.line(words[: 4 * _SHOWN_CHARACTERS])
    cut = f"{line[: _SHOWN_CHARACTERS - 1]}…" if len(line) > _SHOWN_CHARACTERS else line
    return f"“{cut}”"


def listed(words: Iterable[str]) -> str:
    """Return a few things as one phrase: `a`, `a and b`, `a, b and 3 more`."""
    shown = list(words)
    if len(shown) > 3:  # noqa: PLR2004 - enough to see what they have in common
        return f"{', '.join(shown[:2])} and {len(shown) - 2} more"
    return " and ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))


def _printable(finding: Finding) -> Finding:
    """Take out of a finding what no terminal should get: it may name anything that a stranger wrote."""
    place = replace(finding.place, path=text.line(finding.place.path))
    return replace(finding, place=place, found=text.line(finding.found), mend=text.line(finding.mend))


def _weight(finding: Finding) -> tuple[int, int]:
    return list(Severity).index(finding.rule.severity), finding.place.line or 0
