"""Issues as people have to do with them: stop, these words above it, yes; and on the web."""

from dataclasses import dataclass
from datetime import datetime

EVERY_DIGEST = ""
"""Stands for all digests where one of them could be named."""

ALL_MAIL = "*"
"""Stands for all mail, letters too."""

ISSUES = "issue/"
"""The folder of all editions below the public address."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A digest that a person has stopped, or `EVERY_DIGEST`, or `ALL_MAIL`: nothing of it is attempted until it is lifted."""

    digest: str
    since: datetime
    reason: str

    @property
    def what(self) -> str:
        """What is stopped, as people call it."""
        return {EVERY_DIGEST: "everything", ALL_MAIL: "all mail"}.get(self.digest, self.digest)


@dataclass(frozen=True, slots=True)
class Note:
    """The author's own words above one issue, as they were written and as they are mailed.

    `period` is the first that was planned since they were set; None while they wait for one.
    """

    digest: str
    markdown: str
    html: str
    created: datetime
    period: str | None


@dataclass(frozen=True, slots=True)
class Approval:
    """An issue that goes out only when a person has said yes: up to which arrival, and since when it waits."""

    digest: str
    period: str
    up_to: int
    asked: datetime


@dataclass(frozen=True, slots=True)
class Edition:
    """What a digest selects between two cutoffs, for the public; `up_to` is the newest arrival at the second."""

    id: int
    digest: str
    period: str
    up_to: int
    closed: datetime

    @property
    def path(self) -> str:
        """The folder of its page below the public address; no colon stands in it, as files must not have one."""
        return f"{ISSUES}{self.digest}/{self.period.replace(':', '')}/"
