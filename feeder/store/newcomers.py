"""Newcomers as rows of readers, with values that drivers take as they are: there may be a million of them."""

import json
from collections.abc import Mapping
from datetime import datetime

from feeder.model.newcomers import Newcomer
from feeder.model.subscribers import Consent, Preferences, Status
from feeder.store import preferences
from feeder.store.dialects import Value

COLUMNS = (
    "address", "address_key", "created", "reason", "consent", "next_issue_at", "status", "cursor", "links", "postponed",
    *preferences.COLUMNS,
)  # fmt: skip

_MOMENTS = ("asked", "confirmed")


def rows(people: Mapping[str, Newcomer], cursor: int) -> list[tuple[Value, ...]]:
    """Return the columns of confirmed readers, by the keyed hashes of their addresses."""
    same = (Status.ACTIVE.value, cursor, 0, False)
    wishes: dict[int, tuple[Value, ...]] = {}
    words: dict[tuple[str, ...], str] = {}
    made: list[tuple[Value, ...]] = []
    for key, new in people.items():
        # Lists repeat few preferences, and each is one and the same value then.
        wish = wishes.get(id(new.preferences))
        if wish is None:
            wish = wishes[id(new.preferences)] = _wish(new.preferences)
        due = None if new.next_issue_at is None else int(new.next_issue_at.timestamp())
        created, consent = int(new.created.timestamp()), _proof(new.consent, words)
        made.append((new.address, key, created, new.reason, consent, due, *same, *wish))
    return made


def _wish(wanted: Preferences) -> tuple[Value, ...]:
    columns = preferences.columns(wanted)
    return tuple([_driven(columns[name]) for name in preferences.COLUMNS])


def _driven(value: object) -> Value:
    """Return a value as drivers take it: moments as seconds, lists as JSON."""
    if value is None or isinstance(value, str | int):
        return value
    return int(value.timestamp()) if isinstance(value, datetime) else json.dumps(value)


def _proof(consent: Consent, words: dict[tuple[str, ...], str]) -> str:
    """Return a consent as JSON. In a list its moments change from row to row, its words hardly ever: they are kept."""
    key = (consent.origin, consent.form, consent.wording, consent.language)
    kept = words.get(key)
    if kept is None:
        told = preferences.written_consent(consent) or {}
        kept = words[key] = json.dumps({name: told[name] for name in told if name not in _MOMENTS})[1:]
    confirmed = "null" if consent.confirmed is None else int(consent.confirmed.timestamp())
    return f'{{"asked": {int(consent.asked.timestamp())}, "confirmed": {confirmed}, {kept}'
