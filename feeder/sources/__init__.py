"""Where items come from: folders of Markdown, WordPress, feeds, databases, and files taken in once."""

import json
from hashlib import blake2b
from typing import Protocol

from feeder.model.items import NotModified, Past, Reading


class Source(Protocol):
    """A place that is visited again and again for its items."""

    @property
    def name(self) -> str:
        """The name by which the site's configuration and the store know it."""

    def read(self, past: Past) -> Reading | NotModified:
        """Visit the source once.

        Raises: SourceError, when nothing could be learnt, and nothing may be concluded.
        """


def substance(title: str, body: str, url: str | None) -> str:
    """Return a short digest of what counts as a significant change, as the source wrote it."""
    written = json.dumps([title, body, url]).encode()
    return blake2b(written, digest_size=8).hexdigest()
