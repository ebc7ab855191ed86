"""What documents are made with, and where they go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from feeder import __version__, websub
from feeder.feeds import Renderer, selections
from feeder.feeds.imprint import Imprint
from feeder.feeds.publishers.bucket import Bucket, open_bucket
from feeder.feeds.publishers.changes import Changes
from feeder.feeds.publishers.folder import Folder
from feeder.feeds.selections import Chosen
from feeder.model.appearances import Policy
from feeder.model.digests import Recipe
from feeder.model.feeds import Feed
from feeder.model.issues import Edition
from feeder.model.settings import Declared, Publish, Site
from feeder.templating import Templates
from feeder.workflows.allowed import Policies


@dataclass(frozen=True)
class Press:
    """What a site's documents are made with, and where they go."""

    site: Site
    publish: Publish
    templates: Templates
    declared: Mapping[str, Declared] = field(default_factory=dict)
    policies: Policies = field(default_factory=dict)
    recipes: Mapping[str, Recipe] = field(default_factory=dict)
    machine: str = ""
    """The one that publishes: several may, if they share the folder."""

    @cached_property
    def hubs(self) -> tuple[str, ...]:
        """The hubs that readers of feeds are told of."""
        return websub.hubs(self.site, self.publish)

    @cached_property
    def imprint(self) -> Imprint:
        """What all documents have in common."""
        return Imprint(self.site, self.templates.speech, self.publish.pages, self.hubs)

    @cached_property
    def renderer(self) -> Renderer:
        """What renders."""
        return Renderer(self.imprint, self.publish, self.declared, self.templates)

    @cached_property
    def folder(self) -> Folder:
        """Where documents go."""
        return Folder(self.publish.folder, brotli=self.publish.brotli)

    @cached_property
    def bucket(self) -> Bucket | None:
        """Where documents go from there, for the public to fetch; None where they stay."""
        publish = self.publish
        return open_bucket(publish.bucket, gzip=publish.bucket_gzip) if publish.bucket else None

    @cached_property
    def changes(self) -> Changes:
        """Who is told which addresses changed."""
        return Changes(self.publish.changed, self.imprint)

    @cached_property
    def chosen(self) -> Sequence[Chosen]:
        """The feeds that the site declares."""
        return selections.chosen(self.declared.values())

    def most(self, feed: Feed) -> Policy:
        """Return how much of an item a feed shows at most."""
        declared = selections.declared_as(feed.subject, self.declared)
        return (declared.content if declared else None) or self.publish.content

    def title_of(self, edition: Edition) -> str:
        """Return what the digest of an edition is called, as far as there is still one."""
        recipe = self.recipes.get(edition.digest)
        return recipe.title if recipe else edition.digest

    def close(self) -> None:
        """Let go of the threads that write."""
        for name in ("folder", "bucket"):
            if self.__dict__.get(name):
                self.__dict__[name].close()

    def shape(self) -> str:
        """Return a digest of what, beside the item, shapes an entry."""
        told = (self.site, self.publish.formats, self.publish.pages, sorted(self.policies.items()))
        return f"{__version__}-{self.templates.fingerprint}-{told}"

    def look(self) -> str:
        """Return a digest of what, beside the items, shapes every document."""
        digests = sorted((recipe.name, recipe.title) for recipe in self.recipes.values())
        # Where documents go, and who is told of it, shapes none of them; machines may see one folder at two places.
        publish = replace(self.publish, folder=Path(), changed=None, bucket=None, bucket_gzip=False, purge=())
        return f"{self.shape()}-{sorted(self.declared.items())}-{publish}-{digests}"
