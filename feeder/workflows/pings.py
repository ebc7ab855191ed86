"""Other hubs are told which feeds have changed."""

from collections.abc import Sequence

from feeder import websub
from feeder.model.hub import News, Trouble
from feeder.net import RequestFailed
from feeder.store import Store
from feeder.websub import telling, terms
from feeder.workflows.exchange import Exchange, Worked

_AT_ONCE = 50


def ping(store: Store, exchange: Exchange, done: Worked) -> None:
    """Tell other hubs what they have yet to hear; one that does not answer is left alone for longer and longer.

    Why it does not is a problem once, and stands in the store until it answers again.
    """
    with store.reading() as tx:
        troubles = {trouble.hub: trouble for trouble in tx.pings.troubles()}
    for hub in websub.others(exchange.site, exchange.publish):
        before = troubles.get(hub)
        while not exchange.stopped() and not (before and before.next_try > exchange.clock()):
            with store.reading() as tx:
                some = tx.pings.news(hub, _AT_ONCE)
            if not some:
                break
            before = _tell(store, exchange, hub, some, before, done)


def _tell(
    store: Store, exchange: Exchange, hub: str, some: Sequence[News], before: Trouble | None, done: Worked
) -> Trouble | None:
    """Tell a hub some news, as far as it answers; return what trouble there is with it now."""
    heard: list[News] = []
    trouble = None
    for news in some:
        failure = _posted(exchange, hub, news.topic)
        if failure and not terms.is_refused(failure.status):
            trouble = _trouble(exchange, hub, failure, before)
        if failure and not before and not any(failure.thing == other.thing for other in done.problems):
            done.problems.append(failure)
        if trouble:
            break
        heard.append(news)
    done.pinged += len(heard)
    with store.transaction() as tx:
        tx.pings.heard(heard)
        if trouble:
            tx.pings.failed(trouble)
        elif before:
            tx.pings.answered(hub)
    return trouble


def _posted(exchange: Exchange, hub: str, topic: str) -> RequestFailed | None:
    """Tell a hub of one topic; return why it has not heard."""
    form = telling.ping(exchange.address(topic))
    try:
        # The site has chosen its hubs, and may have one of its own beside it.
        exchange.client.post(hub, form, headers=telling.FORM, allow_private=True, max_bytes=0)
    except RequestFailed as failure:
        return failure
    return None


def _trouble(exchange: Exchange, hub: str, failure: RequestFailed, before: Trouble | None) -> Trouble:
    now = exchange.clock()
    tries = before.tries + 1 if before else 1
    next_try = terms.other_again(tries, failure.retry_after, now)
    return Trouble(hub, failure.rule, tries, before.since if before else now, next_try)
