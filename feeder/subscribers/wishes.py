"""What people on a list want: their preferences, as far as the list tells them. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from feeder.errors import ConfigurationError
from feeder.markup import languages
from feeder.model.batches import unique
from feeder.model.digests import Recipe
from feeder.model.items import Kind
from feeder.model.subscribers import Form, Preferences
from feeder.subscribers import columns, moments, preferences
from feeder.subscribers.columns import Layout

_KEPT = 4_096
"""So many different wishes are remembered: lists repeat them."""

_FIELDS = (
    "tags", "no_tags", "kinds", "zone", "language", "digest", "hour", "day", "form", "paused_until",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for all rows of a list.

    `digest` and `zone` are those of people of whom the list tells none; `must_have` is the digest of all,
    if there is one. `tags` (slugs) are wanted by all. `waived` is why nobody's consent has to be
    proved; empty, it has to. `find_tag` tells the slug of the tag that has a name, if there is one, and
    `first_issue` when the first issue is due.
    """

    file: str
    now: datetime
    recipes: Mapping[str, Recipe]
    digest: str
    zone: str
    find_tag: Callable[[str], str | None]
    first_issue: Callable[[Preferences], datetime | None]
    must_have: str = ""
    tags: tuple[str, ...] = ()
    waived: str = ""


class Wish(NamedTuple):
    """What somebody wants, when their first issue is due if that is known, and what was passed over."""

    preferences: Preferences
    first_issue: datetime | None
    remarks: tuple[str, ...]


class Wishes:
    """Reads the wishes of the people on one list."""

    def __init__(self, layout: Layout, terms: Terms) -> None:
        self._terms = terms
        self._is_own = layout.is_own
        self._fields = [field for field in _FIELDS if field in layout.places]
        self._places = [layout.places[field] for field in self._fields]
        self._kept = lru_cache(_KEPT)(self._of)

    def of(self, cells: Sequence[str]) -> Wish | str:
        """Return what somebody wants, by their row, or why that cannot be."""
        return self._kept(tuple([cells[place] for place in self._places]))

    def _of(self, told: tuple[str, ...]) -> Wish | str:
        said = dict(zip(self._fields, map(str.strip, told), strict=True))
        try:
            wanted, remarks = self._own(said) if self._is_own else self._others(said)
            recipe = self._terms.recipes.get(wanted.digest)
            if recipe is None:
                return f"the digest {wanted.digest!r} is not configured"
            wanted = preferences.checked(wanted, recipe)
        except (ValueError, ConfigurationError) as error:
            return str(error)
        return Wish(wanted, self._terms.first_issue(wanted), tuple(remarks))

    def _others(self, said: Mapping[str, str]) -> tuple[Preferences, list[str]]:
        """Read what another service knows of a wish: what feeder does not know is passed over."""
        terms, remarks, slugs = self._terms, [], []
        for name in columns.parts(said.get("tags", "")):
            slug = terms.find_tag(name)
            if slug is None:
                remarks.append(f"tag {name!r} is none of this site")
            else:
                slugs.append(slug)
        zone = said.get("zone", "")
        if zone and not _is_zone(zone):
            remarks.append(f"zone {zone!r} is no time zone")
            zone = ""
        digest = terms.must_have or terms.digest
        tags = tuple(unique([*slugs, *terms.tags]))
        language = languages.tag(said.get("language", ""))
        return Preferences(digest, zone or terms.zone, tags, language=language), remarks

    def _own(self, said: Mapping[str, str]) -> tuple[Preferences, list[str]]:
        """Read what feeder wrote down itself, all of it; a tag that is not here yet may come. Raises: ValueError."""
        terms, tags = self._terms, columns.parts(said["tags"])
        keeps_pace = terms.must_have in ("", said["digest"])
        wanted = Preferences(
            digest=terms.must_have or said["digest"],
            zone=said["zone"],
            any_tags=tuple(unique([*tags, *terms.tags])),
            no_tags=tuple(columns.parts(said["no_tags"])),
            kinds=tuple(Kind(kind) for kind in columns.parts(said["kinds"])),
            hour=int(said["hour"]) if said["hour"] and keeps_pace else None,
            day=int(said["day"]) if said["day"] and keeps_pace else None,
            form=Form(said["form"]),
            language=said["language"],
            paused_until=moments.read(said["paused_until"]) if said["paused_until"] else None,
        )
        unknown = [slug for slug in (*tags, *wanted.no_tags) if terms.find_tag(slug) is None]
        return wanted, [f"tag {slug!r} is none of this site" for slug in unknown]


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
