from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from feeder.store import Store
from feeder.store.sources import SourceState


def test_a_source_that_was_never_read_stands_at_the_beginning(store: Store) -> None:
    with store.reading() as tx:
        assert tx.sources.state("blog") == SourceState("blog", {}, None, None, None, None)


def test_what_is_remembered_comes_back_and_is_replaced_as_a_whole(store: Store, now: datetime) -> None:
    full = SourceState(
        "blog", {"etag": 'W/"ü"', "seen": [1, None, {"a": True}]}, now, now, now, "broken", 2, now, 12
    )
    with store.transaction() as tx:
        tx.sources.remember(full)
        tx.sources.remember(replace(full, name="other", problem="another"))
    with store.reading() as tx:
        assert tx.sources.state("blog") == full
    bare = SourceState("blog", {}, None, None, now + timedelta(hours=1))
    with store.transaction() as tx:
        tx.sources.remember(bare)
        assert tx.sources.state("blog") == bare
        assert tx.sources.state("other").problem == "another"
        assert tx.sources.all() == [bare, replace(full, name="other", problem="another")]


def test_a_failure_touches_only_the_problem_and_the_time(store: Store, now: datetime) -> None:
    full = SourceState("blog", {"etag": "x"}, now, now, now, None, 0, None, 12)
    later, then = now + timedelta(hours=1), now + timedelta(hours=3)
    with store.transaction() as tx:
        tx.sources.remember(full)
        tx.sources.failed("blog", "unplugged", now, now)
        tx.sources.failed("blog", "unplugged", later, then)
        tx.sources.failed("never read", "unplugged", later, then)
        failed: Any = {"last_read": later, "problem": "unplugged", "next_try": then}
        assert tx.sources.state("blog") == replace(full, failures=2, **failed)
        assert tx.sources.state("never read") == replace(SourceState("never read"), failures=1, **failed)
