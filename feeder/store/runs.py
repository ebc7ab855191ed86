"""What keeps the site in step: slots that were run, turns, keys that sign, facts to remember."""

from datetime import datetime

from sqlalchemy import BigInteger, Connection, bindparam, case, delete, insert, select, update

from feeder.errors import Superseded
from feeder.store import dialects, tables

_LATEST = tables.numbers.c.value
_THIS_TURN = tables.numbers.c.name == bindparam("turn")
_ABOVE = bindparam("above", type_=BigInteger)
# Every transaction that writes a document makes sure of its turn.
_KEEP = select(_LATEST).where(_THIS_TURN).with_for_update(read=True)
_TAKE = (
    update(tables.numbers)
    .where(_THIS_TURN)
    .values(value=case((_LATEST < _ABOVE, _ABOVE), else_=_LATEST) + 1)
    .returning(_LATEST)
)


class Runs:
    """The slots of jobs."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def claim(self, job: str, slot: str, now: datetime) -> bool:
        """Take a slot for this transaction; False when another one has it."""
        row = dialects.insert_new(self._connection, tables.runs).values(job=job, slot=slot, claimed=now)
        return self._connection.execute(row).rowcount == 1

    def is_claimed(self, job: str, slot: str) -> bool:
        """Tell whether a slot was taken."""
        columns = tables.runs.c
        query = select(columns.slot).where(columns.job == job, columns.slot == slot)
        return self._connection.execute(query).first() is not None

    def last(self, job: str) -> datetime | None:
        """Return when the newest slot of a job was taken; slots that are moments are in their order."""
        columns = tables.runs.c
        query = select(columns.claimed).where(columns.job == job).order_by(columns.slot.desc()).limit(1)
        found: datetime | None = self._connection.execute(query).scalar()
        return found

    def forget(self, job: str, before: datetime) -> None:
        """Forget the slots of a job that were taken before a moment."""
        columns = tables.runs.c
        self._connection.execute(delete(tables.runs).where(columns.job == job, columns.claimed < before))

    def forget_all(self, start: str, before: datetime) -> None:
        """Forget the slots, taken before a moment, of all jobs whose names begin so."""
        columns = tables.runs.c
        theirs = dialects.begins_with(self._connection, columns.job, start)
        self._connection.execute(delete(tables.runs).where(theirs, columns.claimed < before))


class Turns:
    """Who may write for a job: whoever took the latest turn at it, on whatever machine.

    Turns are counters that nothing puts back, not even an old backup.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def take(self, job: str, above: int = 0) -> int:
        """Take the next turn at a job, higher than all before and than `above`; those are over from now on."""
        asked = {"turn": _turn(job), "above": above}
        taken = self._connection.execute(_TAKE, asked).scalar()
        if taken is None:  # nobody has had one
            first = dialects.insert_new(self._connection, tables.numbers)
            self._connection.execute(first.values(name=_turn(job), value=0))
            taken = self._connection.execute(_TAKE, asked).scalar_one()
        return int(taken)

    def keep(self, job: str, turn: int) -> None:
        """Make sure that a turn is the latest at its job, and stays so until this transaction ends.

        Transactions call this before anything else: one order of locks for all. Raises: Superseded.
        """
        latest = self._connection.execute(_KEEP, {"turn": _turn(job)}).scalar()
        if latest != turn:
            raise Superseded(
                f"turn {turn} at {job}",
                f"is over, since turn {latest} has begun, here or on another machine",
                "nothing is to be mended: what was left is done by that one",
            )


def _turn(job: str) -> str:
    return f"turn {job}"


class Keys:
    """The secrets that sign links."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> dict[int, bytes]:
        """Return all keys by their id; the highest id is the newest, and signs."""
        rows = self._connection.execute(select(tables.keys.c.id, tables.keys.c.secret))
        return {row.id: row.secret for row in rows}

    def add(self, secret: bytes, now: datetime) -> int:
        """Make `secret` the newest key, and return its id."""
        return dialects.inserted(self._connection, tables.keys, {"secret": secret, "created": now})

    def ensure(self, secret: bytes, now: datetime) -> None:
        """Make `secret` the first key, unless there is one."""
        if not self.all():
            self._connection.execute(insert(tables.keys).values(secret=secret, created=now))


class Facts:
    """What the site remembers of itself."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> str | None:
        """Return what is remembered under `name`."""
        found: str | None = self._connection.execute(
            select(tables.facts.c.value).where(tables.facts.c.name == name)
        ).scalar()
        return found

    def locked(self, name: str) -> str:
        """Return what is remembered under `name`, empty for nothing; nobody else changes it in this transaction."""
        blank = dialects.insert_new(self._connection, tables.facts).values(name=name, value="")
        self._connection.execute(blank)
        query = select(tables.facts.c.value).where(tables.facts.c.name == name).with_for_update()
        return str(self._connection.execute(query).scalar_one())

    def remember(self, name: str, value: str) -> None:
        """Remember `value` under `name`."""
        self._connection.execute(
            dialects.upsert(self._connection, tables.facts, "name").values(name=name, value=value)
        )
