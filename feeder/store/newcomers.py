"""Newcomers as rows of readers, with values that drivers take as they are: there may be a million of them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache

from feeder.model.newcomers import Newcomer
from feeder.model.subscribers import Consent, Origin, Preferences, Status
from feeder.store import preferences
from feeder.store.dialects import Value
from feeder.store.rhythms import Place

COLUMNS = (
    "address", "created", "reason", "consent", "next_issue_at", "status", "links", "postponed",
    *preferences.COLUMNS,
    "address_key", "cursor", "rhythm_id", "joined",
)  # fmt: skip

Wish = tuple[Value, ...]
"""Preferences by columns: the digest, zone, hour and day first, until when somebody has paused last."""

Row = tuple[str, int, str, str, int | None, Wish]
"""A newcomer: address, created, reason, consent, when the first issue is due, and a wish that is one for all who share it."""

FindPlace = Callable[..., Place]
"""Finds the rhythm of a digest, a zone, an hour and a day that comes round at a moment, in seconds."""

_SAME = (Status.ACTIVE.value, 0, False)
_MOMENTS = ("asked", "confirmed")

_KEPT = 4_096
"""So many different wishes and words are remembered: lists repeat them."""


def row(new: Newcomer) -> Row:
    """Return a confirmed reader as a row, which is small when it is pickled among others: what they share is once there."""
    due = None if new.next_issue_at is None else int(new.next_issue_at.timestamp())
    created = int(new.created.timestamp())
    return new.address, created, new.reason, _proof(new.consent), due, _wish(new.preferences)


def added(new: Row, key: str, cursor: int, place: FindPlace) -> tuple[Value, ...]:
    """Return a row by columns: with the keyed hash of its address, its cursor, and a rhythm to go with."""
    address, created, reason, consent, due, wish = new
    rhythm, joined = (None, None) if due is None or wish[-1] else place(*wish[:4], due)
    alone = due if rhythm is None else None
    return (address, created, reason, consent, alone, *_SAME, *wish, key, cursor, rhythm, joined)


@lru_cache(_KEPT)
def _wish(wanted: Preferences) -> Wish:
    columns = preferences.columns(wanted)
    return tuple([_driven(columns[name]) for name in preferences.COLUMNS])


def _driven(value: object) -> Value:
    """Return a value as drivers take it: moments as seconds, lists as JSON."""
    if value is None or isinstance(value, str | int):
        return value
    return int(value.timestamp()) if isinstance(value, datetime) else json.dumps(value)


def _proof(consent: Consent) -> str:
    """Return a consent as JSON. In a list its moments change from row to row, its words hardly ever."""
    confirmed = "null" if consent.confirmed is None else int(consent.confirmed.timestamp())
    words = _words(consent.origin, consent.form, consent.wording, consent.language)
    return f'{{"asked": {int(consent.asked.timestamp())}, "confirmed": {confirmed}, {words}'


@lru_cache(_KEPT)
def _words(origin: Origin, form: str, wording: str, language: str) -> str:
    told = (
        preferences.written_consent(
            Consent(origin, datetime.min.replace(tzinfo=UTC), None, form, wording, language)
        )
        or {}
    )
    return json.dumps({name: told[name] for name in told if name not in _MOMENTS})[1:]
