"""What can go wrong, as a tree.

FeederError                 names the thing, the rule that it broke, and the mend
├── ConfigurationError      a key, a value or a command that cannot be used     (exit code 2)
├── SourceError             a source cannot be read at all
├── DraftRefused            one item of a source cannot be taken; the others go on
├── DocumentRefused         one item cannot stand in a document; the others go on
├── StoreError              the store cannot do what was asked
│   ├── StoreBusy           another process holds the database for too long
│   ├── StoreNewer          the database was made by a later version of feeder
│   ├── StoreInUse          an earlier version still works with the database
│   ├── NotFound            no such item, subscriber or source
│   └── AlreadyThere        it is there already
├── PublishError            the published tree cannot be written
├── SiteLocked              another run works on this site
├── Superseded              a later run has taken this one's place
└── MailError               a message cannot be composed or handed over
"""

from datetime import timedelta


class FeederError(Exception):
    """Something that a person can mend: `thing` broke `rule`; `mend` says what to do."""

    def __init__(self, thing: str, rule: str, mend: str) -> None:
        super().__init__(thing, rule, mend)
        self.thing = thing
        self.rule = rule
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.thing}: {self.rule}; {self.mend}"


class ConfigurationError(FeederError):
    """A configuration or a command line that cannot be used."""


class SourceError(FeederError):
    """A source that cannot be read; nothing is known about its items.

    `retry_after` is how long it asks to be left alone, if it does.
    """

    def __init__(self, thing: str, rule: str, mend: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(thing, rule, mend)
        self.retry_after = retry_after


class DraftRefused(FeederError):
    """One item of a source that cannot be taken."""


class DocumentRefused(FeederError):
    """One item that cannot stand in a document."""


class StoreError(FeederError):
    """The store cannot do what was asked."""


class StoreBusy(StoreError):
    """Another process holds the database for longer than we wait."""


class StoreNewer(StoreError):
    """The database has migrations that this version does not know."""


class StoreInUse(StoreError):
    """Processes of an earlier version need what would be taken away."""


class NotFound(StoreError):
    """The store holds no such thing."""


class AlreadyThere(StoreError):
    """The store holds it already."""


class PublishError(FeederError):
    """The published tree cannot be written."""


class SiteLocked(FeederError):
    """Another run works on this site."""


class Superseded(FeederError):
    """A later run has taken the place of this one, which must not write any more."""


class MailError(FeederError):
    """A message that cannot be composed or handed over."""
