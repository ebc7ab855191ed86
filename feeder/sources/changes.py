"""What a draft means, held against what the store has of the item. Pure."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from hashlib import blake2b

from feeder.model.changes import Change, Changed, Known, New, Same, Visit
from feeder.model.items import Draft


def compare(known: Known | None, draft: Draft, visit: Visit) -> Change:
    """Decide whether a draft is new, changed or the same, and which dates it has now.

    `posted` is the later of the source's date and the embargo's end. Where that lies before the
    last complete reading, which should have shown it, the item was backdated or released late,
    and is posted now; the back catalogue keeps its own dates. What is public stays posted when
    it was. `revised` moves only when title, body or link changed at the source.
    """
    mark = fingerprint(draft)
    if known is None:
        posted = _posted(draft, None, visit)
        return New(draft, mark, posted, announced=_is_news(draft, visit))
    if known.fingerprint == mark and not known.gone:
        return Same(known)
    posted = _posted(draft, known, visit)
    return Changed(
        known,
        draft,
        mark,
        posted=posted,
        revised=_revised(draft, known, posted, visit),
        announced=known.announced or (not _was_shown(known, visit) and _is_news(draft, visit)),
        public=posted <= visit.now and not draft.withheld,
    )


def gone(listed: Mapping[str, int], present: Iterable[str]) -> list[int]:
    """Return the ids of items that a complete reading no longer lists, by their keys."""
    there = set(present)
    return [item for key, item in listed.items() if key not in there]


def moved(missing: Mapping[int, str], strangers: Iterable[Draft]) -> dict[int, str]:
    """Return the new keys of items whose draft came back under another one, by id.

    `missing` has the substance of each item that is gone; `strangers` are drafts with unknown keys.
    Where several say the same, nobody can tell which is which, and none was moved.
    """
    items: dict[str, list[int]] = {}
    for item, substance in missing.items():
        items.setdefault(substance, []).append(item)
    keys: dict[str, list[str]] = {}
    for draft in strangers:
        keys.setdefault(draft.substance, []).append(draft.key)
    return {
        items[substance][0]: found[0]
        for substance, found in keys.items()
        if len(found) == 1 and len(items.get(substance, ())) == 1
    }


def must_be_confirmed(removed: int, listed: int) -> bool:
    """Tell whether so large a removal waits for a person: an unmounted folder looks just like it."""
    return removed > 5 and removed * 3 > listed  # noqa: PLR2004 - the numbers of the delivery contract


def fingerprint(draft: Draft) -> str:
    """Return a digest of everything that a draft says."""
    return blake2b(repr(draft).encode(), digest_size=16).hexdigest()


def _was_shown(known: Known, visit: Visit) -> bool:
    """Tell whether an item was to be seen, or only waits for its number."""
    due = visit.last_complete is not None and known.posted <= visit.last_complete
    return known.shown or (not known.withheld and due)


def _is_news(draft: Draft, visit: Visit) -> bool:
    """Tell whether readers of digests are told: not of what the first complete reading found."""
    dated = _dated(draft)
    scheduled = dated is not None and dated > visit.now
    return visit.announce or visit.last_complete is not None or scheduled


def _posted(draft: Draft, known: Known | None, visit: Visit) -> datetime:
    dated = _dated(draft) or (known.posted if known else visit.now)
    if dated > visit.now:
        return dated
    if known is not None and _was_shown(known, visit):
        return known.posted if known.announced else dated
    if visit.last_complete is None or dated >= visit.last_complete:
        return dated
    return visit.now


def _revised(draft: Draft, known: Known, posted: datetime, visit: Visit) -> datetime:
    if _was_shown(known, visit) and draft.substance != known.substance:
        return visit.now
    return posted if known.revised == known.posted else known.revised


def _dated(draft: Draft) -> datetime | None:
    """Return the later of the source's date and the embargo's end; the outlet's date stands in."""
    dates = [_moment(found) for found in (draft.posted or draft.published, draft.embargo) if found]
    return max(dates, default=None)


def _moment(found: datetime | date) -> datetime:
    if isinstance(found, datetime):
        return found
    return datetime.combine(found, time(), UTC)
