"""Other hubs: of which documents they have yet to hear that they changed, and which do not answer."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, exists, insert, or_, select

from feeder.model.batches import batches
from feeder.model.hub import News, Trouble
from feeder.model.objects import Stage
from feeder.store import dialects, tables

_COLUMNS = tables.pings.c
_troubles = tables.troubles.c
_outgoing = tables.outgoing.c


class Pings:
    """What other hubs are told by one site."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, hubs: Sequence[str], topics: Sequence[str], now: datetime) -> None:
        """Write down that hubs have to hear of changes."""
        rows = [{"hub": hub, "topic": topic, "since": now} for hub in hubs for topic in topics]
        if rows:
            self._connection.execute(insert(tables.pings), rows)

    def news(self, hub: str, limit: int) -> list[News]:
        """Return what a hub has yet to hear, oldest first, by at most `limit` reasons: each topic once.

        Hubs fetch what they hear of, so that what is on its way to a bucket has to be there first.
        """
        is_on_its_way = exists().where(_outgoing.path == _COLUMNS.topic, _outgoing.stage < Stage.PURGE)
        query = select(_COLUMNS.topic, _COLUMNS.id).where(_COLUMNS.hub == hub, ~is_on_its_way)
        reasons: dict[str, list[int]] = {}
        for topic, reason in self._connection.execute(query.order_by(_COLUMNS.id).limit(limit)):
            reasons.setdefault(topic, []).append(reason)
        return [News(topic, tuple(found)) for topic, found in reasons.items()]

    def heard(self, news: Sequence[News]) -> None:
        """Take off the reasons in `news`; those that came since stay."""
        for some in batches([reason for each in news for reason in each.reasons]):
            self._connection.execute(delete(tables.pings).where(_COLUMNS.id.in_(some)))

    def forget(self, hubs: Collection[str], before: datetime) -> None:
        """Forget what is for others than these hubs, or older than a moment; and what is known of others."""
        outdated = or_(_COLUMNS.hub.not_in(hubs), _COLUMNS.since < before)
        self._connection.execute(delete(tables.pings).where(outdated))
        self._connection.execute(delete(tables.troubles).where(_troubles.hub.not_in(hubs)))

    def failed(self, trouble: Trouble) -> None:
        """Write down that a hub does not answer."""
        row = {
            "hub": trouble.hub,
            "problem": trouble.problem,
            "tries": trouble.tries,
            "since": trouble.since,
            "next_try": trouble.next_try,
        }
        self._connection.execute(dialects.upsert(self._connection, tables.troubles, "hub").values(row))

    def answered(self, hub: str) -> None:
        """Write down that a hub answers."""
        self._connection.execute(delete(tables.troubles).where(_troubles.hub == hub))

    def troubles(self) -> list[Trouble]:
        """Return the hubs that do not answer, by their address."""
        rows = self._connection.execute(select(tables.troubles).order_by(_troubles.hub))
        return [Trouble(row.hub, row.problem, row.tries, row.since, row.next_try) for row in rows]
