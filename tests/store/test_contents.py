from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from feeder.model.digests import Due, Rendered
from feeder.model.items import Draft, Item
from feeder.model.subscribers import Subscriber
from feeder.store import Store, tables

WORDS = Rendered("Subject ü", "text", "<p>html</p>")


def test_a_content_is_kept_once_by_its_key(
    store: Store, draft: Callable[..., Draft], keep: Callable[..., Item], sql: Callable[..., Sequence[Any]]
) -> None:
    last = keep(draft("a"), draft("b"))
    with store.transaction() as tx:
        assert tx.contents.find(["k"]) == {}
        content = tx.contents.add("k", WORDS, [1, last.id])
        assert tx.contents.find(["k", "k2"]) == {"k": content}
        assert tx.contents.add("k", Rendered("other", "", ""), [1]) == content
        assert tx.contents.add("k2", WORDS, [1]) != content
    rows = sql(select(tables.content_items).where(tables.content_items.c.content_id == content))
    assert [tuple(row) for row in rows] == [(content, 1), (content, last.id)]


def test_a_delivery_brings_the_content_that_was_chosen_for_it(
    store: Store,
    draft: Callable[..., Draft],
    keep: Callable[..., Item],
    reader: Callable[..., Subscriber],
    due: Callable[..., Due],
    now: datetime,
) -> None:
    keep(draft("a"))
    reader()
    with store.transaction() as tx:
        tx.issues.plan([due()], 1, now, timedelta(hours=6))
        (delivery,) = tx.deliveries.claim("me", 10, now, now + timedelta(minutes=2))
        tx.contents.add("other", Rendered("", "", ""), [1])
        content = tx.contents.add("k", WORDS, [1])
        tx.deliveries.attempt({delivery: content}, "me", now, now + timedelta(minutes=2))
        (again,) = tx.deliveries.claim("me", 10, now + timedelta(minutes=2), now + timedelta(minutes=4))
        assert again.content == content
        assert tx.contents.all_of([content, 99]) == {content: WORDS}
