"""Between the rows of items and the values of `model`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, select

from feeder.markup import languages, text, urls
from feeder.model.items import Card, Draft, Item, Kind, Name, Outlet, Picture, Related
from feeder.store import tables
from feeder.store.dialects import AnyRow

COLUMNS = select(
    tables.items,
    tables.outlets.c.name.label("outlet_name"),
    tables.outlets.c.slug.label("outlet_slug"),
    tables.outlets.c.uid.label("outlet_uid"),
    tables.outlets.c.home.label("outlet_home"),
).outerjoin(tables.outlets, tables.items.c.outlet_id == tables.outlets.c.id)
"""Everything that an item's own row says, and its outlet's."""


CARDS = select(
    *(
        tables.items.c[name]
        for name in ("id", "uid", "kind", "language", "posted", "revised", "number", "gone")
    ),
    tables.outlets.c.id.label("outlet_id"),
    tables.outlets.c.name.label("outlet_name"),
    tables.outlets.c.slug.label("outlet_slug"),
).outerjoin(tables.outlets, tables.items.c.outlet_id == tables.outlets.c.id)
"""What decides which feeds list an item, without its texts."""


def card_of(row: Any, tags: Sequence[Name], authors: Sequence[Name]) -> Card:
    """Make a card of a row of `CARDS`."""
    outlet = Name(row.outlet_id, row.outlet_name, row.outlet_slug) if row.outlet_id is not None else None
    return Card(
        id=row.id,
        uid=row.uid,
        kind=Kind(row.kind),
        posted=row.posted,
        updated=max(row.posted, row.revised),
        is_public=row.number is not None,
        outlet=outlet,
        tags=tuple(tags),
        authors=tuple(authors),
        language=row.language,
        gone=row.gone,
    )


def related_of(row: Any) -> Related:
    """Make a related item of what a query tells of it."""
    return Related(Kind(row.kind), row.title, row.slug, row.url, row.language, row.role)


def draft_columns(draft: Draft) -> dict[str, object]:
    """Return the columns of an item that are just what its source tells."""
    return {
        "kind": draft.kind,
        "title": draft.title,
        "url": urls.legal(draft.url) if draft.url else None,
        "published": _published_text(draft.published),
        "embargo": draft.embargo,
        "withheld": draft.withheld,
        "language": languages.canonical(draft.language) if draft.language else None,
        "picture": _picture_columns(draft.picture) if draft.picture else None,
        "pictures": [_picture_columns(picture) for picture in draft.pictures],
        "note": draft.note,
        "standfirst": draft.standfirst,
        "summary": draft.summary,
        "body": draft.body,
        "medium": draft.medium,
        "role": draft.role,
        "topic": draft.topic,
        "substance": draft.substance,
        "place": draft.place,
        "version": draft.version,
        "address_key": urls.address_key(draft.url) if draft.url else None,
        "title_key": text.title_key(draft.title),
    }


def item_of(row: AnyRow, tags: Sequence[Name], authors: Sequence[Name]) -> Item:
    """Make an item of a row of `COLUMNS`."""
    outlet = None
    if row.outlet_id is not None:
        outlet = Outlet(row.outlet_id, row.outlet_name, row.outlet_slug, row.outlet_uid, row.outlet_home)
    return Item(
        id=row.id,
        uid=row.uid,
        source=row.source,
        key=row.key,
        slug=row.slug,
        kind=Kind(row.kind),
        title=row.title,
        posted=row.posted,
        revised=row.revised,
        number=row.number,
        announced=row.announced,
        url=row.url,
        outlet=outlet,
        published=published(row.published),
        embargo=row.embargo,
        tags=tuple(tags),
        authors=tuple(authors),
        language=row.language,
        picture=_picture(row.picture) if row.picture else None,
        pictures=tuple(_picture(picture) for picture in row.pictures),
        note=row.note,
        standfirst=row.standfirst,
        summary=row.summary,
        body=row.body,
        medium=row.medium,
        role=row.role,
        topic=row.topic,
        withheld=row.withheld,
        hidden=row.hidden,
        gone=row.gone,
        piece=row.piece_id,
        merged_into=row.merged_into,
        corrected=row.corrected,
        correction=row.correction,
        fingerprint=row.fingerprint,
    )


def named_of(
    connection: Connection, links: Table, column: str, names: Table, items: Sequence[int]
) -> dict[int, list[Name]]:
    """Return the names that `links` gives to each of `items`, in their order."""
    query = (
        select(links.c.item_id, names.c.id, names.c.name, names.c.slug)
        .join(names, links.c[column] == names.c.id)
        .where(links.c.item_id.in_(items))
        .order_by(links.c.item_id, links.c.position)
    )
    found: dict[int, list[Name]] = {}
    for row in connection.execute(query):
        found.setdefault(row.item_id, []).append(Name(row.id, row.name, row.slug))
    return found


def _published_text(published: datetime | date | None) -> str | None:
    if isinstance(published, datetime):
        return published.astimezone(UTC).isoformat(timespec="seconds")
    return published.isoformat() if published else None


def published(written: str | None) -> datetime | date | None:
    """Return an outlet's date as exactly as it is known."""
    if written is None:
        return None
    return datetime.fromisoformat(written) if "T" in written else date.fromisoformat(written)


def _picture_columns(picture: Picture) -> dict[str, Any]:
    return {**asdict(picture), "file": str(picture.file) if picture.file else None}


def _picture(columns: Mapping[str, Any]) -> Picture:
    file = columns["file"]
    return Picture(**{**columns, "file": Path(file) if file else None})
