"""The statements of sending, put together once: of all that is asked of a database, this is asked most.

Each is given its values by name: `now`, `until`, `worker`; `told` is a JSON object that names deliveries by their
ids, and may say of each a list of things.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Integer,
    Select,
    Text,
    Update,
    and_,
    bindparam,
    cast,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from feeder.model.deliveries import OPEN, Deferred, Outcome, Refused, State
from feeder.model.subscribers import Status
from feeder.store import preferences, tables
from feeder.store.approvals import unapproved
from feeder.store.holds import held
from feeder.store.subscribers import mailable, suppressed

_DELIVERY = tables.deliveries.c
_READER = tables.subscribers.c

_NOW = bindparam("now", type_=tables.Moment)
_UNTIL = bindparam("until", type_=tables.Moment)
_OWNER = bindparam("worker", type_=Text)
_REASON = bindparam("because", type_=Text)
_CHANGE = update(tables.deliveries)

UNDER_WAY = tables.literally(_DELIVERY.state, *OPEN)
"""Tells deliveries that are open, by the index that has no others."""


_THESE = tables.among(_DELIVERY.id, "told")
_EACH = tables.each("told")
_TOLD = _DELIVERY.id == cast(_EACH.c.key, Integer)
_THIS = _DELIVERY.id == bindparam("delivery", type_=Integer)


def _held_by_owner(which: ColumnElement[bool], state: State) -> ColumnElement[bool]:
    return and_(which, _DELIVERY.owner == _OWNER, _DELIVERY.state == state)


_CLAIMED = _held_by_owner(_THESE, State.CLAIMED)


# ── Claiming (10, 11) ────────────────────────────────────────────────────────────────────────────


def _all_ready() -> Select[tuple[int]]:
    waits = and_(_DELIVERY.state == State.WAITING, _DELIVERY.not_before <= _NOW)
    abandoned = and_(_DELIVERY.state.in_([State.CLAIMED, State.ATTEMPTED]), _DELIVERY.lease_until <= _NOW)
    return select(_DELIVERY.id).where(
        UNDER_WAY,
        or_(waits, abandoned),
        ~held(_DELIVERY.digest),
        ~unapproved(_DELIVERY.digest, _DELIVERY.period),
    )


_READY = _all_ready().order_by(_DELIVERY.not_before, _DELIVERY.id)
"""Names those that are ready, the longest waiting first: in the order of an index, that has no others."""

_TO_CLAIM = _READY.limit(bindparam("limit", type_=Integer)).with_for_update(skip_locked=True)

ANY_READY = _READY.limit(1)
"""Names one that is ready, if there is any."""

CLAIM = (
    _CHANGE.where(_DELIVERY.id.in_(_TO_CLAIM))
    .values(state=State.CLAIMED, owner=_OWNER, lease_until=_UNTIL, changed=_NOW)
    .returning(_DELIVERY.id)
)
"""Takes up to `limit` deliveries that are ready, the longest waiting first."""

CLAIMED: Select[Any] = (
    select(
        *(_DELIVERY.id, _DELIVERY.digest, _DELIVERY.period, _DELIVERY.up_to, _DELIVERY.planned),
        *(_DELIVERY.newest, _DELIVERY.attempts, _DELIVERY.content_id, _DELIVERY.subscriber_id),
        *(_READER.address, _READER.cursor, _READER.created, _READER.reason, _READER.links),
        *preferences.IN_SHORT,
    )
    .join(tables.subscribers, _READER.id == _DELIVERY.subscriber_id)
    .where(_THESE)
    .order_by(_DELIVERY.not_before, _DELIVERY.id)
)
"""Returns deliveries with their readers, the longest waiting first."""

EMPTY = (
    _CHANGE.where(_CLAIMED).values(state=State.EMPTY, reason=_REASON, changed=_NOW).returning(_DELIVERY.id)
)
"""Closes claimed deliveries that nothing fitted."""

EXPIRE = _CHANGE.where(_CLAIMED).values(state=State.EXPIRED, reason=_REASON, changed=_NOW)
"""Closes claimed deliveries that cannot be made."""

RELEASE = _CHANGE.where(_CLAIMED).values(state=State.WAITING, owner=None, lease_until=None, changed=_NOW)
"""Lets go of claims."""

POSTPONE = _CHANGE.where(_held_by_owner(_THIS, State.CLAIMED)).values(
    state=State.WAITING,
    owner=None,
    lease_until=None,
    not_before=bindparam("retry", type_=tables.Moment),
    changed=_NOW,
)
"""Lets go of a claimed `delivery` that may not leave yet."""

# ── Attempting (12) ──────────────────────────────────────────────────────────────────────────────

_MAY_BE_MAILED = and_(mailable(_NOW), ~suppressed())

# Locked, so that nobody leaves between being looked at and the commit. Looked at once for all: PostgreSQL, while
# it has not counted the readers yet, would do so for each delivery.
_AS_CLAIMED = tables.each("told")
_UNCHANGED = (
    select(_READER.id)
    .where(_MAY_BE_MAILED)
    .where(_READER.id == _AS_CLAIMED.c.value[0].as_integer())
    .where(_READER.links == _AS_CLAIMED.c.value[1].as_integer())
    .with_for_update(read=True, of=tables.subscribers)
    .cte("unchanged")
)

ATTEMPT = (
    _CHANGE.where(_held_by_owner(_TOLD, State.CLAIMED))
    .where(_DELIVERY.subscriber_id.in_(select(_UNCHANGED.c.id)), ~held(_DELIVERY.digest))
    .values(
        state=State.ATTEMPTED,
        attempts=_DELIVERY.attempts + 1,
        content_id=_EACH.c.value[2].as_integer(),
        lease_until=_UNTIL,
        changed=_NOW,
    )
    .returning(_DELIVERY.id)
)
"""Attempts claimed deliveries, of each of which is `told`: its reader, who may be mailed, the generation of their
links, which is still the same, and the content that it brings."""


def _theirs(holds: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(_READER.id == _DELIVERY.subscriber_id, holds)


def _left_out(holds: ColumnElement[bool], state: State, reason: str) -> Update:
    return _CHANGE.where(_CLAIMED, _theirs(holds)).values(state=state, reason=reason, changed=_NOW)


LEFT_OUT: Sequence[Update] = (
    RELEASE.where(_theirs(_MAY_BE_MAILED)),
    _left_out(_READER.status == Status.LEFT, State.LEFT, "the reader left"),
    _left_out(_READER.status == Status.ERASED, State.LEFT, "the reader left, and was erased"),
    _left_out(_READER.status == Status.PENDING, State.EXPIRED, "the reader has not confirmed"),
    _left_out(
        suppressed() | (_READER.status == Status.SUPPRESSED),
        State.SUPPRESSED,
        "the address must not be mailed",
    ),
    _left_out(_READER.status == Status.ACTIVE, State.EXPIRED, "the reader paused"),
)
"""What becomes of claimed deliveries that were not attempted, one after the other.

Where the reader has changed, or the digest was stopped, the delivery waits to be claimed anew.
"""

# ── Recording (13) ───────────────────────────────────────────────────────────────────────────────

ACCEPTED = _CHANGE.where(_held_by_owner(_TOLD, State.ATTEMPTED)).values(
    state=State.ACCEPTED, reason="", queue_id=_EACH.c.value[0].as_string(), changed=_NOW
)
"""Writes that attempts were accepted; of each is `told` the server's name for it."""

_ATTEMPTED = _CHANGE.where(_held_by_owner(_THIS, State.ATTEMPTED))

RECORD: Mapping[type[Outcome], Update] = {
    Deferred: _ATTEMPTED.values(
        state=State.WAITING,
        reason=_REASON,
        not_before=bindparam("retry", type_=tables.Moment),
        owner=None,
        content_id=bindparam("kept", type_=Integer),
        changed=_NOW,
    ),
    Refused: _ATTEMPTED.values(state=State.REFUSED, reason=_REASON, changed=_NOW),
}
"""What is written of any other attempted `delivery` by its outcome; of one that was lost nothing is (14)."""

RENEW = _CHANGE.where(_held_by_owner(_THESE, State.ATTEMPTED)).values(lease_until=_UNTIL)
"""Goes on holding attempts that are still under way."""

_reached = (
    select(_DELIVERY.subscriber_id, func.max(_DELIVERY.up_to).label("up_to"))
    .where(
        _THESE,
        _DELIVERY.newest.is_(None),  # a welcome moves no cursor (8)
        tables.literally(_DELIVERY.state, State.ACCEPTED, State.EMPTY, State.UNCERTAIN),
    )
    .group_by(_DELIVERY.subscriber_id)
    .cte("served")
)

SERVE = (
    update(tables.subscribers)
    .where(_READER.id == _reached.c.subscriber_id, _READER.cursor < _reached.c.up_to)
    .values(cursor=_reached.c.up_to)
)
"""Moves the cursors of the readers of those deliveries that count as served."""
