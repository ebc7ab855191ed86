"""A fresh site of feeder, with its commands as whole processes."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import _corpus
import _measuring
from _corpus import ENTRIES, Feeds
from _measuring import Run

FEEDER = Path(sys.executable).with_name("feeder")

FEEDS_ONLY = {"PUBLISH__PAGES": "false", "PUBLISH__FORMATS": '["atom"]', "PUBLISH__ARCHIVES": "false"}
"""The settings with which feeder writes what its peers do: live feeds in Atom alone."""

_NOT_OURS = ("FEEDER_", "PYTHONDONTWRITEBYTECODE")
"""Variables that stay out: with the second, each process would compile feeder anew, which no user's does."""


@dataclass(frozen=True, slots=True)
class Site:
    """A site in a folder, with settings from the environment."""

    folder: Path
    environment: Mapping[str, str]

    @property
    def store(self) -> Path:
        """Its SQLite file."""
        return self.folder / "feeder.db"

    def feeder(self, *arguments: str | Path) -> Run:
        """Run a command of feeder."""
        return _measuring.run([FEEDER, *arguments], self.folder, self.environment)

    def feeds(self) -> Feeds:
        """Count the tags' feeds in the published tree, and their entries with a text."""
        return _corpus.counted(self.folder.glob("public/tag/*/atom.xml"))

    def feed(self, tag: str) -> Path:
        """Return where the Atom feed of a tag is."""
        return self.folder / "public/tag" / tag / "atom.xml"


def make(folder: Path, **settings: str | Path) -> Site:
    """Make a site; settings are named as in the environment, without FEEDER_."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_OURS)}
    site = Site(folder, own | {f"FEEDER_{name}": str(value) for name, value in settings.items()})
    _measuring.run([FEEDER, "init", folder], folder.parent, own)
    return site


def of(folder: Path, corpus: Path, **settings: str) -> Site:
    """Make a site that reads a corpus and lists as much in its feeds as its peers do."""
    return make(
        folder, SOURCES__CONTENT__PATH=corpus, PUBLISH__ENTRIES=str(ENTRIES), WEB__PORT="0", **settings
    )
