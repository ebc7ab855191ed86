"""Alarms: what a person has to mend before mail goes on. Each is told once, and stands until it is over."""

import html
import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

from feeder.mail import composing
from feeder.mail.composing import Frame, Own
from feeder.model import ids
from feeder.model.deliveries import Accepted, Envelope
from feeder.model.digests import Rendered
from feeder.store import Store, Transaction
from feeder.workflows.post import Post

_FACT = "alarms"
_QUIET = timedelta(days=1)
"""What comes back within this time is not mailed again."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """What is wrong, since when, and when a person was last told by mail (seconds since 1970; 0 for never)."""

    key: str
    words: str
    since: float
    told: float = 0
    is_over: bool = False


def sound(tx: Transaction, key: str, words: str, now: datetime) -> None:
    """Say that something is wrong. What is known to be wrong already is not said again."""
    known = _known(tx)
    before = known.get(key)
    if before is None or before.is_over or before.words != words:
        told = before.told if before else 0
        _keep(tx, Alarm(key, words, now.timestamp(), told))


def over(tx: Transaction, key: str) -> None:
    """Say that something is in order again."""
    known = _known(tx)
    if key in known and not known[key].is_over:
        _keep(tx, replace(known[key], is_over=True))


def standing(tx: Transaction) -> list[Alarm]:
    """Return what is wrong, the oldest first."""
    return sorted(
        (alarm for alarm in _known(tx).values() if not alarm.is_over), key=lambda alarm: alarm.since
    )


def tell(store: Store, post: Post, now: datetime) -> None:
    """Mail what is wrong to the operator, once a day at most for each thing; what cannot be sent is tried again."""
    if not post.mail.operator:
        return
    with store.reading() as tx:
        if tx.holds.stops_all_mail():
            return
        untold = [
            alarm  # also one that is over: it could not be mailed while it stood
            for alarm in _known(tx).values()
            if alarm.told < alarm.since and now - datetime.fromtimestamp(alarm.told, UTC) > _QUIET
        ]
    for alarm in untold:
        message = composing.cut(_rendered(post, alarm), _frame(post)).fill(
            Own(post.mail.operator, _id(post, alarm), now)
        )
        (outcome,) = post.transport.send_group([(Envelope(post.mail.sender, post.mail.operator), message)])
        if isinstance(outcome, Accepted):
            with store.transaction() as tx:
                _keep(tx, replace(_known(tx)[alarm.key], told=now.timestamp()))


def _rendered(post: Post, alarm: Alarm) -> Rendered:
    since = datetime.fromtimestamp(alarm.since, UTC)
    end = "It is over by now." if alarm.is_over else "`feeder status` tells when it is over."
    text = f"{alarm.words}\n\nThat was at {since:%Y-%m-%d %H:%M} UTC. {end}\n"
    return Rendered(f"{post.site.title}: mail needs you", text, f"<pre>{html.escape(text)}</pre>\n")


def _frame(post: Post) -> Frame:
    return Frame(post.mail.sender, post.mail.sender_name, "", "", "en")


def _id(post: Post, alarm: Alarm) -> str:
    uid = ids.mint(post.space, "alarm", alarm.key, str(alarm.since))
    return f"<{uid.removeprefix('urn:uuid:')}@{post.domain}>"


def _known(tx: Transaction) -> dict[str, Alarm]:
    return _alarms(tx.facts.get(_FACT) or "")


def _alarms(fact: str) -> dict[str, Alarm]:
    return {row["key"]: Alarm(**row) for row in json.loads(fact or "[]")}


def _keep(tx: Transaction, alarm: Alarm) -> None:
    """Keep an alarm beside the others, some of which another machine may just have sounded."""
    known = _alarms(tx.facts.locked(_FACT)) | {alarm.key: alarm}
    tx.facts.remember(_FACT, json.dumps([asdict(alarm) for alarm in known.values()]))
