"""Where items come from: a folder of Markdown, and an export of WordPress."""

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Protocol

from feeder.model.items import NotModified, Reading


class Source(Protocol):
    """A place that is visited again and again for its items."""

    @property
    def name(self) -> str:
        """The name by which the site's configuration and the store know it."""

    def read(self, state: Mapping[str, Any]) -> Reading | NotModified:
        """Visit the source once.

        `state` is what the last reading that was stored gave back, or empty; it holds what JSON
        can hold. Items that cannot be taken are named in `Reading.refused` and stop no others.
        A `complete` reading lists everything that the source has: the keys of its drafts and of
        `present`, so that what it does not list is gone.

        Raises: SourceError, when nothing could be learnt, and nothing may be concluded.
        """


def substance(title: str, body: str, url: str | None) -> str:
    """Return a short digest of what counts as a significant change, as the source wrote it."""
    written = json.dumps([title, body, url]).encode()
    return blake2b(written, digest_size=8).hexdigest()
