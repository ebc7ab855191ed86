"""Preferences and consent, as columns and as JSON."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Text, cast
from sqlalchemy.sql.elements import ColumnElement

from feeder.model.items import Kind
from feeder.model.subscribers import Consent, Form, Origin, Preferences
from feeder.store import tables
from feeder.store.dialects import AnyRow

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


_LISTS = {"any_tags", "no_tags", "kinds"}

IN_SHORT: Sequence[ColumnElement[Any]] = [
    cast(column, Text).label(f"wants_{name}") if name in _LISTS else column.label(f"wants_{name}")
    for name, column in ((name, tables.subscribers.c[name]) for name in COLUMNS)
]
"""The columns of preferences as `in_short` reads them; a digest that is wanted is no digest that is sent."""


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


def in_short(row: AnyRow) -> Preferences:
    """Read preferences from the columns `IN_SHORT`. Many readers want the same, and are given the same."""
    return _shared(*row[-len(COLUMNS) :])


@lru_cache(maxsize=10_000)
def _shared(*values: Any) -> Preferences:
    row = dict(zip(COLUMNS, values, strict=True))
    return read(row | {name: json.loads(row[name]) for name in _LISTS})


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
