"""What a draft means, held against what the store has of the item. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from datetime import UTC, date, datetime, time
from hashlib import blake2b
from operator import attrgetter
from pathlib import Path
from typing import Any

from feeder.model.batches import unique
from feeder.model.changes import Change, Changed, Known, New, Same, Visit
from feeder.model.items import Draft, Kind, Picture


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
        return Same(known, draft)
    draft = overlaid(draft, known.edited)
    posted = _posted(draft, known, visit)
    return Changed(
        known,
        draft,
        mark,
        posted=posted,
        revised=_revised(draft, known, posted, visit),
        announced=known.announced or (not _was_shown(known, visit) and _is_news(draft, visit)),
        public=posted <= visit.now and not draft.withheld and not known.hidden,
    )


def overlaid(draft: Draft, edited: Mapping[str, Any]) -> Draft:
    """Return a draft with the fields that were set by hand, in the shapes that JSON has for them.

    Pictures are those of both: what the source's own texts show stays there.
    """
    fields_by_hand = {name: _field(name, value) for name, value in edited.items()}
    if "pictures" in fields_by_hand:
        fields_by_hand["pictures"] = tuple(unique([*draft.pictures, *fields_by_hand["pictures"]]))
    return replace(draft, **fields_by_hand)


def _field(name: str, value: Any) -> Any:
    match name, value:
        case (("tags" | "authors" | "pictures"), list()):
            return tuple(_field("picture", each) if name == "pictures" else each for each in value)
        case "picture", dict():
            return Picture(**{**value, "file": Path(value["file"]) if value.get("file") else None})
        case "published", str():
            return datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
        case (("posted" | "embargo"), str()):
            return datetime.fromisoformat(value)
        case "kind", str():
            return Kind(value)
        case _:
            return value


def gone(listed: Mapping[str, int], present: Iterable[str]) -> list[int]:
    """Return the ids of items that a complete reading no longer lists, by their keys."""
    there = set(present)
    return [item for key, item in listed.items() if key not in there]


def is_older(draft: Draft, moment: datetime | None) -> bool:
    """Tell whether a draft was announced before some moment, if there is one."""
    dated = _dated(draft)
    return moment is not None and dated is not None and dated < moment


def by_substance(missing: Mapping[str, Known]) -> dict[str, str]:
    """Return the keys of those of the missing items that could have been moved, by their substance.

    Where several say the same, nobody can tell which is which, and none was moved.
    """
    often = Counter(known.substance for known in missing.values())
    return {known.substance: key for key, known in missing.items() if often[known.substance] == 1}


def must_be_confirmed(removed: int, listed: int) -> bool:
    """Tell whether so large a removal waits for a person: an unmounted folder looks just like it."""
    return removed > 5 and removed * 3 > listed  # noqa: PLR2004 - the numbers of the delivery contract


def fingerprint(draft: Draft) -> str:
    """Return a digest of everything that a draft says."""
    digest = blake2b(repr(_all_but_the_texts(draft)).encode(), digest_size=16)
    for written in (draft.body, draft.note):  # whose representations would take long
        digest.update(b"\0" + written.encode())
    return digest.hexdigest()


_all_but_the_texts = attrgetter(
    *(each.name for each in fields(Draft) if each.repr and each.name not in {"body", "note"})
)


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
