"""What readers and caches are told of a document beside its bytes: its kind, and its links."""

from dataclasses import dataclass

from feeder import feeds, websub
from feeder.feeds import kinds
from feeder.markup import urls


@dataclass(frozen=True, slots=True)
class Kind(kinds.Kind):
    """What is told of a document by whoever can tell links, too."""

    link: str | None

    def fields(self) -> dict[str, str]:
        """Return the header fields of every answer about it, whether or not its bytes are sent."""
        told = {"Cache-Control": self.cache_control}
        if self.is_text:
            told["Vary"] = "Accept-Encoding"
        if self.link:
            told["Link"] = self.link
        return told


class Kinds:
    """The kinds of a site's documents. All addresses in them are public ones, whatever was asked for."""

    def __init__(self, public_url: str, hubs: tuple[str, ...]) -> None:
        self._public_url = public_url
        self._hubs = hubs

    def of(self, path: str) -> Kind:
        """Return the kind of a document by its path from the root, which begins with a slash."""
        told = kinds.of(path)
        return Kind(told.media_type, told.is_text, told.cache_control, self._link(path))

    def _link(self, path: str) -> str | None:
        """Return where a feed is by its own account, and who tells of its changes; None for what is no feed.

        Nobody tells of changes of archives. Source: WebSub, section 4.
        """
        is_archive = kinds.is_archive(path)
        if not (is_archive or feeds.media_type(path)):
            return None
        return websub.link(urls.absolute(self._public_url, path), () if is_archive else self._hubs)
