"""What a reader filled into the form of their preferences. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from feeder.model.digests import Recipe, Unit
from feeder.model.items import Kind
from feeder.model.subscribers import Form, Preferences
from feeder.subscribers import preferences
from feeder.web.fields import Fields

_MOST_TAGS = 500
_LONGEST_PAUSE = timedelta(days=731)


@dataclass(frozen=True, slots=True)
class Offer:
    """What there is to choose. `tags` are slugs, `languages` tags; `own` is the site's language."""

    recipes: Mapping[str, Recipe]
    tags: Collection[str]
    languages: Collection[str]
    own: str


def chosen(fields: Fields, before: Preferences, offer: Offer, now: datetime) -> Preferences:
    """Return what was filled in; what is no choice of ours leaves things as they were."""
    digest = fields.one("digest") if fields.one("digest") in offer.recipes else before.digest
    zone = preferences.zone_or(fields.one("zone"), before.zone)
    known = {*offer.tags, *before.any_tags, *before.no_tags}
    everything = fields.one("scope") != "some"
    kinds = tuple(kind for kind in Kind if kind.value in fields.all("kind"))
    wanted = replace(
        before,
        digest=digest,
        zone=zone,
        any_tags=() if everything else _tags(fields, "tag", known),
        no_tags=_tags(fields, "never", known),
        kinds=kinds or before.kinds,
        hour=_number(fields.one("hour"), range(24)),
        day=None,
        form=Form.FULL if fields.one("form") == Form.FULL else Form.SHORT,
        language=_language(fields.one("language"), before, offer),
        paused_until=_pause(fields.one("pause"), zone, now),
    )
    unit = offer.recipes[digest].unit if digest in offer.recipes else Unit.SLOT
    days = preferences.DAYS.get(unit)
    return replace(wanted, day=_number(fields.one(unit.value), days)) if days else wanted


def searches(fields: Fields) -> bool:
    """Tell whether subjects are to be found; by the Enter key, when other words than before stand in the search."""
    by_enter = fields.one("do") == "enter" and fields.one("search") != fields.one("searched")
    return by_enter or fields.one("do") == "find"


def trouble(fields: Fields, wanted: Preferences) -> str:
    """Tell what is missing in a form, or wrong; empty for nothing."""
    if fields.one("scope") == "some" and not wanted.any_tags:  # which would mean all of them
        return "tags"
    if not fields.all("kind"):
        return "kinds"
    return ""


def _tags(fields: Fields, name: str, known: set[str]) -> tuple[str, ...]:
    return tuple(slug for slug in dict.fromkeys(fields.all(name)) if slug in known)[:_MOST_TAGS]


def _number(written: str, allowed: range) -> int | None:
    return next((number for number in allowed if str(number) == written), None)


def _pause(written: str, zone: str, now: datetime) -> datetime | None:
    """Return the beginning of a day where the reader is; None for none, or for one that is past."""
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return None
    if not now.date() <= day <= (now + _LONGEST_PAUSE).date():
        return None
    until = datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
    return until if until > now else None


def _language(said: str, before: Preferences, offer: Offer) -> str:
    if said == offer.own:
        return ""
    return said if said in offer.languages else before.language
