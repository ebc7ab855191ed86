"""Feeds: one for everything, each tag, outlet, author, kind, language, and each that the site declares."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Table, and_, bindparam, exists, or_, select, tuple_, update
from sqlalchemy.sql.elements import ColumnElement

from feeder.model import ids
from feeder.model.batches import batches
from feeder.model.feeds import EVERYTHING, Count, Feed, Selection, Subject
from feeder.store import dialects, tables
from feeder.store.names import key

_NAMED = {Selection.TAG, Selection.OUTLET, Selection.AUTHOR}
"""Selections by a name of people's choice."""

_ORDER = {selection: place for place, selection in enumerate(Selection)}

_columns = tables.feeds.c


class Feeds:
    """The feeds of one site."""

    def __init__(self, connection: Connection, space: UUID) -> None:
        self._connection = connection
        self._space = space

    def ensure_everything(self) -> None:
        """Make the feed of everything, unless it is there."""
        self.stand([EVERYTHING])

    def stand(self, subjects: Iterable[Subject]) -> None:
        """Let just the feeds of these subjects be published while they have no items, too."""
        wanted = list(self.about([EVERYTHING, *subjects]).values())
        standing = _columns.id.in_([feed.id for feed in wanted])
        self._connection.execute(update(tables.feeds).values(standing=standing))

    def about(self, subjects: Iterable[Subject]) -> dict[Subject, Feed]:
        """Return the feed of each subject, made where there is none."""
        wanted = list(dict.fromkeys(subjects))
        found = self.known(wanted)
        new = [subject for subject in wanted if subject not in found]
        if new:
            self._connection.execute(
                dialects.insert_new(self._connection, tables.feeds), list(map(self._row, new))
            )
            found |= self.known(new)
        return found

    def known(self, subjects: Iterable[Subject]) -> dict[Subject, Feed]:
        """Return the feeds that there are of some subjects."""
        found: dict[Subject, Feed] = {}
        for some in batches([(subject.selection, subject.slug) for subject in subjects]):
            query = _FEEDS.where(tuple_(_columns.selection, _columns.slug).in_(some))
            found |= {feed.subject: feed for feed in map(_feed, self._connection.execute(query))}
        return found

    def _row(self, subject: Subject) -> dict[str, object]:
        # Slugs of names depend on which came first.
        name = key(subject.name) if subject.selection in _NAMED else subject.slug
        uid = ids.mint(self._space, "feed", subject.selection, name)
        return {
            "uid": uid,
            "selection": subject.selection,
            "slug": subject.slug,
            "name": subject.name,
            "total": 0,
            "archives": 0,
            "standing": False,
        }

    # ── Questions ────────────────────────────────────────────────────────────────────────────────

    def with_ids(self, feeds: Sequence[int]) -> list[Feed]:
        """Return those of `feeds` (ids) that there are, in their order."""
        query = _FEEDS.where(_columns.id.in_(feeds)).order_by(_columns.id)
        return [_feed(row) for row in self._connection.execute(query)]

    def everything(self) -> Feed:
        """Return the feed of everything."""
        query = _FEEDS.where(_columns.selection == Selection.EVERYTHING)
        return _feed(self._connection.execute(query).one())

    def shown(self) -> list[Feed]:
        """Return all feeds that are to be published, in the order of selections, then by slug."""
        found = [_feed(row) for row in self._connection.execute(_FEEDS.where(SHOWN))]
        # Sorted here: databases have orders of their own, and documents must not differ by them.
        return sorted(found, key=lambda feed: (_ORDER[feed.subject.selection], feed.subject.slug))

    def counts(self) -> list[Count]:
        """Return all subjects of public items, in the order of selections, then by name."""
        counted = [
            Count(feed.subject, feed.total)
            for feed in self.shown()
            if feed.total and feed.subject != EVERYTHING
        ]
        return sorted(counted, key=lambda count: (_ORDER[count.subject.selection], key(count.name)))

    def emptied(self) -> list[Feed]:
        """Return all feeds that once had public items and have none now, in the order of their ids."""
        empty = and_(_columns.total == 0, _columns.updated.is_not(None), _columns.standing.is_(False))
        return [_feed(row) for row in self._connection.execute(_FEEDS.where(empty).order_by(_columns.id))]

    def left_to(self, heirs: Sequence[int]) -> list[Feed]:
        """Return the emptied feeds whose items went to some feeds (ids) when they were renamed."""
        query = _FEEDS.where(_columns.heir.in_(heirs), _columns.total == 0).order_by(_columns.id)
        return [_feed(row) for row in self._connection.execute(query)]

    def is_carried(self, subject: Subject) -> bool:
        """Tell whether any item has it still, or again, that is not gone: a draft, say, or one under embargo."""
        items = tables.items.c
        match subject.selection:
            case Selection.TAG:
                named = _linked(tables.item_tags, tables.tags, subject.slug)
            case Selection.AUTHOR:
                named = _linked(tables.item_authors, tables.authors, subject.slug)
            case Selection.OUTLET:
                outlet = select(tables.outlets.c.id).where(tables.outlets.c.slug == subject.slug)
                named = items.outlet_id.in_(outlet)
            case Selection.LANGUAGE:
                named = items.language.in_([subject.slug, subject.slug.lower()])
            case Selection.KIND | Selection.EVERYTHING:
                return True
            case Selection.DECLARED:
                return False
        carried = exists().where(items.gone.is_(None), items.merged_into.is_(None), named)
        return bool(self._connection.execute(select(carried)).scalar())

    # ── Changes ──────────────────────────────────────────────────────────────────────────────────

    def told(self, updates: Mapping[int, datetime]) -> None:
        """Remember the newest updates that feeds (ids) have told, so that none goes back."""
        rows = [{"feed": feed, "now": updated} for feed, updated in updates.items()]
        if rows:
            told = update(tables.feeds).where(_columns.id == bindparam("feed"))
            self._connection.execute(told.values(updated=bindparam("now")), rows)

    def count(self, more: Mapping[int, int]) -> None:
        """Add to how many items feeds (ids) have."""
        added = update(tables.feeds).where(_columns.id == bindparam("feed"))
        rows = [{"feed": feed, "more": count} for feed, count in more.items()]
        if rows:
            self._connection.execute(added.values(total=_columns.total + bindparam("more")), rows)

    def leave_to(self, heirs: Mapping[int, int | None]) -> None:
        """Say to which feed (id) the items of a feed (id) went, or None where they are back."""
        rows = [{"feed": feed, "to": heir} for feed, heir in heirs.items()]
        if rows:
            left = update(tables.feeds).where(_columns.id == bindparam("feed"))
            self._connection.execute(left.values(heir=bindparam("to")), rows)

    def archived(self, feed: int, archives: int) -> None:
        """Say how many archives a feed has."""
        self._connection.execute(update(tables.feeds).where(_columns.id == feed).values(archives=archives))


SHOWN = or_(_columns.standing.is_(True), _columns.updated.is_not(None), _columns.total > 0)
"""Feeds that have public items, or once had: the tags of drafts are nobody's business."""

_FEEDS = select(tables.feeds)


def _linked(links: Table, names: Table, slug: str) -> ColumnElement[bool]:
    column = links.c.tag_id if "tag_id" in links.c else links.c.author_id
    named = select(names.c.id).where(names.c.slug == slug)
    return tables.items.c.id.in_(select(links.c.item_id).where(column.in_(named)))


def _feed(row: dialects.AnyRow) -> Feed:
    return Feed(
        id=row.id,
        uid=row.uid,
        subject=Subject(Selection(row.selection), row.slug, row.name),
        updated=row.updated,
        total=row.total,
        archives=row.archives,
        standing=row.standing,
        heir=row.heir,
    )
