"""What has moved, and what is gone: the rules in the tree's file `_redirects`.

A line is `FROM TO STATUS`, with whole paths, percent-encoded, as Netlify and others read it:

    /tag/old/*  /tag/new/:splat  301!
    /tag/shut/*  /tag/shut/:splat  410!
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from feeder.web.looks import Looks, Version

log = logging.getLogger(__name__)

NAME = "_redirects"

_LARGEST_BYTES = 4 * 2**20
_SPLAT = ":splat"
_ENCODED = r"/[A-Za-z0-9._~!$&'()+,;=:@%/-]*"
_RULE = re.compile(rf"(?P<path>{_ENCODED})(?P<all>\*)?\s+(?P<to>{_ENCODED})\s+(?P<status>301|410)!")


@dataclass(frozen=True, slots=True)
class Moved:
    """It has another address now."""

    address: str


@dataclass(frozen=True, slots=True)
class Gone:
    """It is no more, and its address says so."""


@dataclass(frozen=True, slots=True)
class _Rule:
    line: int
    to: str  # empty: gone


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules by the path that they are about, decoded and below the public address; the first line that fits decides.

    `server` is the public address without its path.
    """

    server: str = ""
    exact: dict[str, _Rule] = field(default_factory=dict)
    folders: dict[str, _Rule] = field(default_factory=dict)
    unread: tuple[int, ...] = ()  # lines that are no rules

    def of(self, path: str) -> Moved | Gone | None:
        """Return what a rule says about a path, which begins with a slash."""
        fitting = list(self._fitting(path))
        if not fitting:
            return None
        rule, rest = min(fitting, key=lambda found: found[0].line)
        if not rule.to:
            return Gone()
        return Moved(self.server + rule.to.replace(_SPLAT, quote(rest, safe="/!$&'()*+,;=:@")))

    def _fitting(self, path: str) -> Iterator[tuple[_Rule, str]]:
        if rule := self.exact.get(path):
            yield rule, ""
        # A folder without its slash goes with it.
        whole = path if path.endswith("/") else f"{path}/"
        end = whole.find("/")
        while end >= 0:
            if rule := self.folders.get(whole[: end + 1]):
                yield rule, path[end + 1 :]
            end = whole.find("/", end + 1)


def parse(text: str, public_url: str) -> Rules:
    """Read rules for a site at a public address; comments and empty lines are none."""
    parts = urlsplit(public_url)
    prefix = unquote(parts.path).rstrip("/")
    rules, unread = Rules(f"{parts.scheme}://{parts.netloc}"), []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _RULE.fullmatch(line.strip())
        if not found or not all(unquote(found[path]).startswith(f"{prefix}/") for path in ("path", "to")):
            unread.append(number)
            continue
        by_path = rules.folders if found["all"] else rules.exact
        to = found["to"] if found["status"] == "301" else ""
        by_path.setdefault(unquote(found["path"]).removeprefix(prefix), _Rule(number, to))
    return Rules(rules.server, rules.exact, rules.folders, tuple(unread))


class Redirects:
    """The rules of a tree, as its file has them now."""

    def __init__(self, folder: Path, public_url: str, looks: Looks) -> None:
        self._file = str(folder / NAME)
        self._public_url = public_url
        self._looks = looks
        self._version: Version | None = None
        self._rules = Rules()

    def of(self, path: str) -> Moved | Gone | None:
        """Return what a rule says about a path, which begins with a slash."""
        version = self._looks.at(self._file)
        if version != self._version:
            self._rules, self._version = self._read() if version else Rules(), version
        return self._rules.of(path)

    def _read(self) -> Rules:
        try:
            with Path(self._file).open("rb") as file:
                content = file.read(_LARGEST_BYTES + 1)
        except OSError:
            log.exception("rules for what has moved cannot be read")
            return Rules()
        if len(content) > _LARGEST_BYTES:
            log.warning("there are too many rules for what has moved", extra={"bytes": _LARGEST_BYTES})
            content = content[: content.rfind(b"\n") + 1]
        rules = parse(content.decode("utf-8", "replace"), self._public_url)
        if rules.unread:
            count = {"line": rules.unread[0], "lines": len(rules.unread)}
            log.warning("not a rule for what has moved", extra=count)
        return rules
