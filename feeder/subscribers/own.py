"""feeder's own lists of readers: what is written down of each, so that all of it can be read again. Pure."""

from collections.abc import Collection, Sequence
from datetime import datetime

from feeder.markup import dates
from feeder.model.subscribers import Cause, Consent, Subscriber
from feeder.subscribers import formulas
from feeder.subscribers.maps import Map

Value = str | int | None | list[str]

MAP = Map(
    "feeder",
    {
        "address": ("address",),
        "status": ("status",),
        "causes": ("causes",),
        "digest": ("digest",),
        "hour": ("hour",),
        "day": ("day",),
        "zone": ("zone",),
        "tags": ("any_tags",),
        "no_tags": ("no_tags",),
        "kinds": ("kinds",),
        "form": ("form",),
        "language": ("language",),
        "paused_until": ("paused_until",),
        "created": ("created",),
        "reason": ("reason",),
        "origin": ("consent_origin",),
        "asked": ("consent_asked",),
        "confirmed": ("consent_confirmed",),
        "consent_form": ("consent_form",),
        "wording": ("consent_wording",),
        "consent_language": ("consent_language",),
    },
    "the consent that was written down, as it is",
)

COLUMNS = tuple(column for (column,) in MAP.columns.values())


def is_own(names: Sequence[str]) -> bool:
    """Tell whether a heading is that of a list that feeder wrote."""
    return set(names) >= set(COLUMNS)


def values(reader: Subscriber, causes: Collection[Cause]) -> dict[str, Value]:
    """Return all that is written down of a reader, by column; `causes` are those for which nobody may mail them."""
    wanted, consent = reader.preferences, reader.consent
    told: dict[str, Value] = {
        "address": reader.address,
        "status": reader.status.value,
        "causes": [cause.value for cause in causes],
        "digest": wanted.digest,
        "hour": wanted.hour,
        "day": wanted.day,
        "zone": wanted.zone,
        "any_tags": list(wanted.any_tags),
        "no_tags": list(wanted.no_tags),
        "kinds": [kind.value for kind in wanted.kinds],
        "form": wanted.form.value,
        "language": wanted.language,
        "paused_until": _iso(wanted.paused_until),
        "created": _iso(reader.created),
        "reason": reader.reason,
    }
    return told | _consent(consent)


def cells(told: dict[str, Value]) -> list[str]:
    """Return the same as cells of CSV, in the order of `COLUMNS`, harmless in a spreadsheet."""
    return [formulas.harmless(_cell(told[column])) for column in COLUMNS]


def _consent(consent: Consent | None) -> dict[str, Value]:
    return {
        "consent_origin": consent.origin.value if consent else "",
        "consent_asked": _iso(consent.asked) if consent else None,
        "consent_confirmed": _iso(consent.confirmed) if consent else None,
        "consent_form": consent.form if consent else "",
        "consent_wording": consent.wording if consent else "",
        "consent_language": consent.language if consent else "",
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else dates.iso(moment)


def _cell(value: Value) -> str:
    if isinstance(value, list):
        return ",".join(value)
    return "" if value is None else str(value)
