"""What a bucket holds of the tree, and which changes of the tree are on their way there."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, delete, exists, func, insert, select, update

from feeder.model.batches import batched, batches
from feeder.model.objects import Stage, Stored, is_shown, stage_of
from feeder.store import dialects, tables

_objects = tables.objects.c
_outgoing = tables.outgoing.c


class Objects:
    """Objects, and the queue of changes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # ── The queue ────────────────────────────────────────────────────────────────────────────────

    def queue(self, paths: Iterable[str], stage: Stage | None = None) -> None:
        """Put paths that changed, of what is for readers, into the queue: at `stage`, or at that of their documents."""
        for some in batched(filter(is_shown, paths)):
            rows = [{"path": path, "stage": stage or stage_of(path)} for path in some]
            self._connection.execute(insert(tables.outgoing), rows)

    def queue_all(self) -> None:
        """Put the whole tree into the queue, and whatever the bucket still has of one before."""
        every = select(tables.documents.c.path)
        self.queue(list(self._connection.execute(every.order_by(tables.documents.c.path)).scalars()))
        there = exists().where(tables.documents.c.path == _objects.path)
        left = select(_objects.path).where(~there).order_by(_objects.path)
        self.queue(list(self._connection.execute(left).scalars()), Stage.GONE)

    def waiting(self, stage: Stage, limit: int) -> dict[str, list[int]]:
        """Return some paths that wait at a stage, the first of at most `limit` places, with their places (ids)."""
        query = select(_outgoing.path, _outgoing.id).where(_outgoing.stage == stage)
        found: dict[str, list[int]] = {}
        for path, place in self._connection.execute(query.order_by(_outgoing.id).limit(limit)):
            found.setdefault(path, []).append(place)
        return found

    def any_waiting(self) -> bool:
        """Tell whether anything is in the queue."""
        return bool(self._connection.execute(select(exists(select(_outgoing.id)))).scalar())

    def unput(self) -> list[str]:
        """Return all paths at which the bucket is not as the tree is, in order."""
        query = select(_outgoing.path).where(_outgoing.stage < Stage.PURGE).distinct()
        return list(self._connection.execute(query.order_by(_outgoing.path)).scalars())

    def count_unput(self) -> int:
        """Return at how many paths that is so."""
        query = select(func.count(_outgoing.path.distinct())).where(_outgoing.stage < Stage.PURGE)
        return int(self._connection.execute(query).scalar_one())

    def purge(self, places: Sequence[int]) -> None:
        """Let places (ids) wait for whoever keeps copies to be told."""
        for some in batches(places):
            moved = update(tables.outgoing).where(_outgoing.id.in_(some))
            self._connection.execute(moved.values(stage=Stage.PURGE))

    def done(self, places: Sequence[int]) -> None:
        """Take places (ids) out of the queue; what came since has others."""
        for some in batches(places):
            self._connection.execute(delete(tables.outgoing).where(_outgoing.id.in_(some)))

    def clear(self) -> None:
        """Take all out of the queue that has yet to be put."""
        self._connection.execute(delete(tables.outgoing).where(_outgoing.stage < Stage.PURGE))

    # ── What is there ────────────────────────────────────────────────────────────────────────────

    def known(self, paths: Iterable[str]) -> dict[str, Stored]:
        """Return the objects that are known at those of `paths` where any is."""
        found: dict[str, Stored] = {}
        for some in batched(paths):
            for row in self._connection.execute(select(tables.objects).where(_objects.path.in_(some))):
                found[row.path] = Stored(row.path, row.digest, row.etag, row.version)
        return found

    def remember(self, objects: Sequence[Stored]) -> None:
        """Remember what the bucket holds."""
        rows = [
            {"path": new.path, "digest": new.digest, "etag": new.etag, "version": new.version, "stale": False}
            for new in objects
        ]
        if rows:
            self._connection.execute(dialects.upsert(self._connection, tables.objects, "path"), rows)

    def forget(self, paths: Sequence[str]) -> None:
        """Remember that the bucket holds nothing at these paths."""
        for some in batches(paths):
            self._connection.execute(delete(tables.objects).where(_objects.path.in_(some)))

    def suspect(self) -> None:
        """Take all that is known for stale, until it is seen."""
        self._connection.execute(update(tables.objects).values(stale=True))

    def seen(self, etags: Mapping[str, str]) -> None:
        """Take what the bucket shows under a tag that is known for what it is; `etags` are by path."""
        known = self.known(etags).values()
        # Azure lists them without the quotation marks that it tells them with.
        self.remember([each for each in known if each.etag.strip('"') == etags[each.path].strip('"')])

    def forget_unseen(self) -> None:
        """Forget what was not seen since it was taken for stale."""
        self._connection.execute(delete(tables.objects).where(_objects.stale.is_(True)))
