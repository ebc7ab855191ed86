"""What all documents of a site have in common: who publishes it, where, and what stands there."""

from dataclasses import dataclass

from feeder.markup import urls
from feeder.model.items import Item, Picture, Related
from feeder.model.settings import Site
from feeder.templating.speech import Speech


@dataclass(frozen=True, slots=True)
class Imprint:
    """Who publishes and in what language, whether items have pages of their own, and the WebSub hubs."""

    site: Site
    speech: Speech
    pages: bool = True
    hubs: tuple[str, ...] = ()

    def address(self, path: str) -> str:
        """Return the public address of a path in the published tree."""
        return urls.absolute(self.site.public_url, path)

    def page_of(self, item: Item | Related) -> str | None:
        """Return the address of an item's own page, if there is one."""
        return self.address(item.path) if self.pages else None

    def address_of(self, item: Item | Related) -> str | None:
        """Return the address at which people read an item: where it appeared, else its own page."""
        return item.url or self.page_of(item)

    def source_of(self, picture: Picture) -> str:
        """Return the absolute address of a picture."""
        return self.address(picture.src) if picture.file else picture.src
