"""How many read feeds: what aggregators said last, and how many others came each day."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from sqlalchemy import Connection, delete, select

from feeder.model.batches import batches
from feeder.model.readership import Heard, Said
from feeder.store import dialects, tables

_MOST_AGENTS = 50
"""How many aggregators one document can have: who asks may call itself anything."""

_aggregators = tables.aggregators.c
_visitors = tables.visitors.c


class Readership:
    """Numbers of readers."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def heard(self, day: date, said: Sequence[Said]) -> None:
        """Remember what aggregators said of documents on a day."""
        for some in batches(said):
            query = select(_aggregators.path, _aggregators.agent, _aggregators.feed_id)
            paths = {each.path for each in some}
            known: dict[str, set[tuple[str, str]]] = {path: set() for path in paths}
            for path, agent, feed_id in self._connection.execute(query.where(_aggregators.path.in_(paths))):
                known[path].add((agent, feed_id))
            rows = []
            for each in some:
                there, place = known[each.path], (each.agent, each.feed_id)
                if place in there or len(there) < _MOST_AGENTS:
                    there.add(place)
                    rows.append(_row(each, day))
            if rows:
                upsert = dialects.upsert(self._connection, tables.aggregators, "path", "agent", "feed_id")
                self._connection.execute(upsert, rows)

    def came(self, day: date, readers: Mapping[str, int]) -> None:
        """Remember how many came to feeds (paths) on a day: the most that was ever said of it."""
        at = _moment(day)
        for some in batches(list(readers)):
            query = select(_visitors.feed, _visitors.readers).where(
                _visitors.day == at, _visitors.feed.in_(some)
            )
            before = {row.feed: row.readers for row in self._connection.execute(query)}
            rows = [
                {"day": at, "feed": feed, "readers": readers[feed]}
                for feed in some
                if readers[feed] > before.get(feed, 0)
            ]
            if rows:
                self._connection.execute(
                    dialects.upsert(self._connection, tables.visitors, "day", "feed"), rows
                )

    def said(self, since: date) -> list[Heard]:
        """Return what aggregators said last, of those who said anything since a day; by path, then by name."""
        query = select(tables.aggregators).where(_aggregators.day >= _moment(since))
        order = (_aggregators.path, _aggregators.agent, _aggregators.feed_id)
        return [
            Heard(Said(row.path, row.agent, row.feed_id, row.subscribers), row.day.date())
            for row in self._connection.execute(query.order_by(*order))
        ]

    def visitors(self, since: date) -> dict[str, dict[date, int]]:
        """Return how many came each day since one, by the paths of feeds."""
        found: dict[str, dict[date, int]] = {}
        query = select(tables.visitors).where(_visitors.day >= _moment(since))
        for row in self._connection.execute(query.order_by(_visitors.feed, _visitors.day)):
            found.setdefault(row.feed, {})[row.day.date()] = row.readers
        return found

    def forget(self, before: date) -> None:
        """Forget what was said, and who came, before a day."""
        for table in (tables.aggregators, tables.visitors):
            self._connection.execute(delete(table).where(table.c.day < _moment(before)))


def _row(said: Said, day: date) -> dict[str, object]:
    return {
        "path": said.path,
        "agent": said.agent,
        "feed_id": said.feed_id,
        "subscribers": said.subscribers,
        "day": _moment(day),
    }


def _moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
