"""What has moved, and what is gone: the rules in the tree, as its file has them now."""

import logging
from pathlib import Path

from feeder.feeds.redirects import FILE, Gone, Moved, Rules, parse
from feeder.web.looks import Looks, Version

log = logging.getLogger(__name__)

_LARGEST_BYTES = 4 * 2**20


class Redirects:
    """The rules of a tree, as its file has them now."""

    def __init__(self, folder: Path, public_url: str, looks: Looks) -> None:
        self._file = str(folder / FILE)
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
