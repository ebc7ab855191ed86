"""Letters to one person about what they asked for: attempted, and what came of them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, delete, exists, func, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from feeder.model.deliveries import Accepted, Deferred, Lost, Outcome, Refused, State
from feeder.model.reports import Backlog
from feeder.model.subscribers import Cause, Letter, Matter
from feeder.store import dialects, tables
from feeder.store.dialects import AnyRow
from feeder.store.hashes import Hashes

_COLUMNS = tables.letters.c
_UNDER_WAY = tables.literally(_COLUMNS.state, State.WAITING, State.ATTEMPTED)
_SUPPRESSION = tables.suppressions.c

_NEVER = (Cause.COMPLAINT, Cause.BY_HAND)
"""Who is suppressed for these gets no letter at all."""

_ASKING = (Matter.CONFIRM, Matter.MOVE)
"""These ask whether mail is wanted, and go to an address that once bounced, too."""


class Letters:
    """The letters of one site."""

    def __init__(self, connection: Connection, hashes: Hashes) -> None:
        self._connection = connection
        self._hashes = hashes

    def add(
        self,
        matter: Matter,
        address: str,
        language: str,
        now: datetime,
        *,
        subscriber: int | None,
        about: int | None = None,
    ) -> int:
        """Write down a letter to be sent, and return its id."""
        row = {
            "matter": matter,
            "address": address,
            "address_key": self._hashes.address(address),
            "language": language,
            "subscriber_id": subscriber,
            "about": about,
            "created": now,
            "state": State.WAITING,
            "attempts": 0,
            "not_before": now,
            "reason": "",
        }
        return dialects.inserted(self._connection, tables.letters, row)

    def attempt(self, owner: str, limit: int, now: datetime, until: datetime) -> list[Letter]:
        """Commit an attempt for up to `limit` letters that are ready, leaving out whom nobody may mail.

        An attempt whose lease ended without an outcome goes again, as the same message.
        """
        ready = _ready(now)
        listed = _SUPPRESSION.address_key == _COLUMNS.address_key
        never = exists().where(listed, _SUPPRESSION.cause.in_(_NEVER))
        bounced = exists().where(listed, _SUPPRESSION.cause == Cause.BOUNCE)
        out = or_(never, and_(bounced, _COLUMNS.matter.not_in(_ASKING)))
        self._connection.execute(
            update(tables.letters)
            .where(ready, out)
            .values(state=State.SUPPRESSED, reason="the address must not be mailed")
        )
        some = (
            select(_COLUMNS.id)
            .where(ready, ~out)
            .order_by(_COLUMNS.not_before, _COLUMNS.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        attempted = self._connection.execute(
            update(tables.letters)
            .where(_COLUMNS.id.in_(some))
            .values(state=State.ATTEMPTED, attempts=_COLUMNS.attempts + 1, owner=owner, lease_until=until)
            .returning(tables.letters)
        )
        return sorted(map(_letter, attempted), key=lambda letter: letter.id)

    def any_ready(self, now: datetime) -> bool:
        """Tell whether a letter could be attempted, or settled."""
        return bool(self._connection.execute(select(exists().where(_ready(now)))).scalar())

    def backlog(self) -> Backlog:
        """Tell how many letters are still to be settled, by state, and when the oldest of them was written."""
        query = (
            select(_COLUMNS.state, func.count().label("total"), func.min(_COLUMNS.created).label("oldest"))
            .where(_UNDER_WAY)
            .group_by(_COLUMNS.state)
        )
        rows = self._connection.execute(query).all()
        return Backlog(
            {State(row.state): row.total for row in rows}, min((row.oldest for row in rows), default=None)
        )

    def record(self, letter: Letter, outcome: Outcome, retry: datetime) -> None:
        """Commit what came of an attempt; one that was deferred goes again at `retry`."""
        match outcome:
            case Accepted():
                changes: dict[str, object] = {"state": State.ACCEPTED, "reason": ""}
            case Deferred(reason) | Lost(reason):  # two letters are better than none
                changes = {"state": State.WAITING, "reason": reason, "not_before": retry}
            case Refused(reason):
                changes = {"state": State.REFUSED, "reason": reason}
        mine = (_COLUMNS.id == letter.id, _COLUMNS.attempts == letter.attempts)
        self._connection.execute(update(tables.letters).where(*mine).values(changes))

    def expire(self, letter: Letter, reason: str) -> None:
        """Close a letter that has become pointless."""
        self._connection.execute(
            update(tables.letters)
            .where(_COLUMNS.id == letter.id, _COLUMNS.attempts == letter.attempts)
            .values(state=State.EXPIRED, reason=reason)
        )

    def abandon(self, owner: str, now: datetime) -> int:
        """End the leases of all attempts of one who is dead; one who wakes is fenced out by the next attempt."""
        attempted = and_(_UNDER_WAY, _COLUMNS.state == State.ATTEMPTED)
        return self._connection.execute(
            update(tables.letters)
            .where(attempted, _COLUMNS.owner == owner, _COLUMNS.lease_until > now)
            .values(lease_until=now)
        ).rowcount

    def recover(self, now: datetime) -> None:
        """End the leases of all attempts: whoever holds the site's lock knows that their owners are dead."""
        self._connection.execute(
            update(tables.letters)
            .where(_UNDER_WAY, _COLUMNS.state == State.ATTEMPTED)
            .values(lease_until=now)
        )

    def get(self, letter: int) -> Letter | None:
        """Return a letter that is still kept."""
        row = self._connection.execute(select(tables.letters).where(_COLUMNS.id == letter)).first()
        return _letter(row) if row else None

    def last(self, matter: Matter, address: str) -> datetime | None:
        """Return when the last letter of a kind to an address was written."""
        query = (
            select(_COLUMNS.created)
            .where(_COLUMNS.address_key == self._hashes.address(address), _COLUMNS.matter == matter)
            .order_by(_COLUMNS.created.desc())
            .limit(1)
        )
        found: datetime | None = self._connection.execute(query).scalar()
        return found

    def of(self, subscriber: int) -> list[Letter]:
        """Return the letters to a reader that are still kept, oldest first."""
        query = select(tables.letters).where(_COLUMNS.subscriber_id == subscriber).order_by(_COLUMNS.id)
        return [_letter(row) for row in self._connection.execute(query)]

    def forget(self, before: datetime) -> None:
        """Forget letters that are older than a moment."""
        self._connection.execute(delete(tables.letters).where(_COLUMNS.created < before))

    def forget_all_of(self, addresses: Sequence[str], subscriber: int) -> None:
        """Forget all letters to these addresses, and to a reader."""
        keys = [self._hashes.address(address) for address in addresses]
        where = _COLUMNS.address_key.in_(keys) | (_COLUMNS.subscriber_id == subscriber)
        self._connection.execute(delete(tables.letters).where(where))


def _ready(now: datetime) -> ColumnElement[bool]:
    waits = and_(_COLUMNS.state == State.WAITING, _COLUMNS.not_before <= now)
    abandoned = and_(_COLUMNS.state == State.ATTEMPTED, _COLUMNS.lease_until <= now)
    return and_(_UNDER_WAY, or_(waits, abandoned))


def _letter(row: AnyRow) -> Letter:
    return Letter(
        id=row.id,
        matter=Matter(row.matter),
        address=row.address,
        language=row.language,
        created=row.created,
        subscriber=row.subscriber_id,
        about=row.about,
        attempts=row.attempts,
    )
