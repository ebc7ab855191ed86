"""Our hub: requests are verified, subscribers are told what changed, and other hubs hear of it as well.

Whoever holds the site's lock does so, one round after another. What came of it is committed after it
was said, so that a killed run says it again.
"""

from collections.abc import Collection
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import datetime
from enum import Enum

from feeder import feeds, net, websub
from feeder.model.feeds import Standing, subject_at
from feeder.model.hub import Mode, Subscription, Wanted
from feeder.model.settings import Site
from feeder.net import RequestFailed
from feeder.store import Store, Transaction
from feeder.websub import asking, telling, terms
from feeder.websub.asking import Refusal
from feeder.websub.terms import Consequence, Ended, Later, Missed, Told
from feeder.workflows import pings
from feeder.workflows.exchange import Exchange, Worked, by_host, is_near
from feeder.workflows.standings import standing

_AT_ONCE = 100
"""How many are asked, or told, before one transaction writes down what came of it."""
_HANDS = 8
"""How many hosts are spoken to at the same time."""

_NOT_THERE = 500
_REASON = "This feed is not published any more."


def ask(store: Store, site: Site, wanted: Wanted, now: datetime) -> Refusal | None:
    """Write down what was asked, to be verified soon; return why not, where that is known at once.

    Nobody is asked whether they want to leave what they do not have.
    """
    try:
        net.check(wanted.callback, allow_private=is_near(site))
    except RequestFailed as failure:
        return Refusal(400, f"hub.callback {failure.rule}.")
    with store.transaction() as tx:
        if wanted.mode is Mode.UNSUBSCRIBE and tx.hub.has(wanted):
            tx.hub.ask(wanted, now)
            return None
        if not _open(tx, [wanted.topic]):
            return Refusal(404, asking.UNKNOWN_TOPIC)
        if wanted.mode is Mode.UNSUBSCRIBE:
            return None
        crowded = terms.crowded(tx.hub.crowd(wanted))
        if crowded:
            return Refusal(503, crowded)
        tx.hub.ask(wanted, now)
    return None


def work(store: Store, exchange: Exchange) -> Worked:
    """Verify what was asked, tell subscribers and other hubs what changed, until nothing is due any more."""
    done = Worked()
    now = exchange.clock()
    with store.transaction() as tx:
        tx.items.lock()
        tx.hub.expire(now)
        tx.pings.forget(websub.others(exchange.site, exchange.publish), now - terms.STALE)
    pings.ping(store, exchange, done)
    with ThreadPoolExecutor(_HANDS, "hub") as hands:
        while not exchange.stopped():
            has_asked = _verify(store, exchange, hands, done)
            has_told = _tell(store, exchange, hands, done)
            if not (has_asked or has_told):
                break
    return done


# ── Verifying ────────────────────────────────────────────────────────────────────────────────────


class _Reply(Enum):
    """What a subscriber says when asked whether something was meant."""

    YES = "yes"
    NO = "no"
    NOTHING = "nothing"


def _verify(store: Store, exchange: Exchange, hands: Executor, done: Worked) -> bool:
    """Ask some subscribers whether they meant it; return whether there were any."""
    now = exchange.clock()
    with store.reading() as tx:
        some = tx.hub.unverified(_AT_ONCE, now)
        if not some:
            return False
        topics = _open(tx, {request.wanted.topic for request in some})
    replies = by_host(
        hands,
        some,
        lambda request: _reply(exchange, request.wanted, topics),
        lambda reply: reply is _Reply.NOTHING,
        exchange.stopped,
    )
    # What a host that says nothing was asked first holds for all that it was to be asked.
    silent = {request.host for request, reply in replies if reply is _Reply.NOTHING}
    asked = {request.id for request, _ in replies}
    replies += [(each, _Reply.NOTHING) for each in some if each.host in silent and each.id not in asked]
    with store.transaction() as tx:
        tx.items.lock()  # since publishing changes the same rows, in an order of its own
        for request, reply in replies:
            again = terms.verify_again(request.tries + 1, now) if reply is _Reply.NOTHING else None
            if reply is _Reply.YES:
                tx.hub.verified(request, now)
                done.verified += 1
            elif again:
                tx.hub.put_off(request, again)
            else:
                tx.hub.drop(request)
                done.dropped += 1
    return bool(replies)


def _reply(exchange: Exchange, wanted: Wanted, topics: Collection[str]) -> _Reply:
    if wanted.mode is Mode.SUBSCRIBE and wanted.topic not in topics:
        _deny(exchange, wanted.callback, wanted.topic)
        return _Reply.NO
    challenge = exchange.challenge()
    address = telling.verification(wanted, exchange.address(wanted.topic), challenge)
    try:
        answer = exchange.client.get(address, accepted=range(200, 300), allow_private=exchange.is_near)
    except RequestFailed as failure:
        return _Reply.NOTHING if failure.status is None else _Reply.NO
    return _Reply.YES if telling.is_confirmed(answer.content, challenge) else _Reply.NO


def _deny(exchange: Exchange, callback: str, topic: str) -> None:
    """Tell a subscriber, once, that there is no such feed; nothing follows from what they say to that."""
    address = telling.denial(callback, exchange.address(topic), _REASON)
    try:
        exchange.client.get(address, allow_private=exchange.is_near)
    except RequestFailed:
        return


# ── Telling ──────────────────────────────────────────────────────────────────────────────────────


def _tell(store: Store, exchange: Exchange, hands: Executor, done: Worked) -> bool:
    """Tell some subscribers of one topic what it is now; return whether there were any."""
    now = exchange.clock()
    with store.reading() as tx:
        some = tx.hub.due(_AT_ONCE, now)
    if not some:
        return False
    content = exchange.content(some[0].topic)  # one copy for all of them
    consequences = by_host(
        hands,
        some,
        lambda subscription: _sent(exchange, subscription, content, now),
        lambda consequence: isinstance(consequence, Later) and consequence.whole_host,
        exchange.stopped,
    )
    with store.transaction() as tx:
        tx.items.lock()
        for subscription, consequence in consequences:
            match consequence:
                case Told():
                    tx.hub.told(subscription, now)
                    done.told += 1
                case Later(at, whole_host):
                    tx.hub.postpone(subscription, at)
                    done.put_off += 1
                    if whole_host:
                        tx.hub.rest(subscription.host, now, at)
                case Missed():
                    tx.hub.missed(subscription)
                    done.missed += 1
                case Ended():
                    tx.hub.end(subscription)
                    done.ended += 1
    return bool(consequences)


def _sent(
    exchange: Exchange, subscription: Subscription, content: bytes | None, now: datetime
) -> Consequence:
    """Send a subscriber what a topic is now, or that it is no more."""
    if subscription.over:
        _deny(exchange, subscription.callback, subscription.topic)
        return Ended()
    media_type = feeds.media_type(subscription.topic)
    if content is None or media_type is None:  # somebody took it away, and publishing puts it again
        return terms.after(subscription, _NOT_THERE, None, now)
    topic = exchange.address(subscription.topic)
    hubs = websub.hubs(exchange.site, exchange.publish)
    headers = telling.notification(topic, hubs, media_type, subscription.secret, content)
    try:
        answer = exchange.client.post(
            subscription.callback, content, headers=headers, allow_private=exchange.is_near, max_bytes=0
        )
    except RequestFailed as failure:
        return terms.after(subscription, failure.status, failure.retry_after, now)
    return terms.after(subscription, answer.status, None, now)


def _open(tx: Transaction, topics: Collection[str]) -> set[str]:
    """Return those of some paths at which a feed stands that has neither moved nor been retired.

    Who had subscribed to such a one is told what became of it, and then nothing until the lease ends.
    """
    there = [path for path in tx.documents.written(topics) if feeds.media_type(path)]
    subjects = {path: subject for path in there if (subject := subject_at(path))}
    known = tx.feeds.known(subjects.values())
    return {
        path
        for path, subject in subjects.items()
        if subject in known and standing(tx, known[subject]) is Standing.LIVE
    }
