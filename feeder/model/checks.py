"""What is found when a site is looked over."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How something is: as it should be, worth a look, so that work or mail fails, or of no concern here."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"
    SKIPPED = "not applicable"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, and the rule for it.

    `about` is what was looked at: a domain, a server, a folder. `found` says why where it is not applicable.
    `mend` is empty where nothing has to be mended.
    """

    name: str
    about: str
    rule: str
    state: State
    found: str
    mend: str = ""

    @property
    def is_wrong(self) -> bool:
        """Whether something fails until a person mends it."""
        return self.state is State.WRONG


def ok(name: str, about: str, rule: str, found: str) -> Check:
    """Return that something is as it should be."""
    return Check(name, about, rule, State.OK, found)


def warning(name: str, about: str, rule: str, found: str, mend: str) -> Check:
    """Return that something is worth a look."""
    return Check(name, about, rule, State.WARNING, found, mend)


def wrong(name: str, about: str, rule: str, found: str, mend: str) -> Check:
    """Return that something fails until a person mends it."""
    return Check(name, about, rule, State.WRONG, found, mend)


def skipped(name: str, about: str, rule: str, why: str) -> Check:
    """Return that something does not concern this site, or cannot be known, and why."""
    return Check(name, about, rule, State.SKIPPED, why)
