"""Preferences and consent, as columns and as JSON."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from feeder.model.items import Kind
from feeder.model.subscribers import Consent, Form, Origin, Preferences

COLUMNS = (
    "digest",
    "zone",
    "hour",
    "day",
    "any_tags",
    "no_tags",
    "kinds",
    "form",
    "language",
    "paused_until",
)


def columns(preferences: Preferences) -> dict[str, object]:
    """Return preferences by column."""
    return {
        "digest": preferences.digest,
        "zone": preferences.zone,
        "hour": preferences.hour,
        "day": preferences.day,
        "any_tags": list(preferences.any_tags),
        "no_tags": list(preferences.no_tags),
        "kinds": [kind.value for kind in preferences.kinds],
        "form": preferences.form.value,
        "language": preferences.language,
        "paused_until": preferences.paused_until,
    }


def read(row: Mapping[str, Any]) -> Preferences:
    """Read preferences from their columns."""
    return Preferences(
        digest=row["digest"],
        zone=row["zone"],
        any_tags=tuple(row["any_tags"]),
        no_tags=tuple(row["no_tags"]),
        kinds=tuple(Kind(kind) for kind in row["kinds"]),
        hour=row["hour"],
        day=row["day"],
        form=Form(row["form"]),
        language=row["language"],
        paused_until=row["paused_until"],
    )


def written(preferences: Preferences) -> dict[str, object]:
    """Write preferences as JSON."""
    return columns(preferences) | {"paused_until": _seconds(preferences.paused_until)}


def from_written(values: Mapping[str, Any]) -> Preferences:
    """Read preferences that were written as JSON."""
    return read({**values, "paused_until": _moment(values["paused_until"])})


def written_consent(consent: Consent | None) -> dict[str, object] | None:
    """Write a consent as JSON."""
    if consent is None:
        return None
    return {
        "origin": consent.origin.value,
        "asked": _seconds(consent.asked),
        "confirmed": _seconds(consent.confirmed),
        "form": consent.form,
        "wording": consent.wording,
        "language": consent.language,
    }


def consent_from(values: Mapping[str, Any] | None) -> Consent | None:
    """Read a consent that was written as JSON."""
    if values is None:
        return None
    return Consent(
        origin=Origin(values["origin"]),
        asked=datetime.fromtimestamp(values["asked"], UTC),
        confirmed=_moment(values["confirmed"]),
        form=values["form"],
        wording=values["wording"],
        language=values["language"],
    )


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
