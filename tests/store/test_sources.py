from dataclasses import replace
from datetime import datetime, timedelta

from feeder.store import Store
from feeder.store.sources import SourceState


def test_a_source_that_was_never_read_stands_at_the_beginning(store: Store) -> None:
    with store.reading() as tx:
        assert tx.sources.state("blog") == SourceState("blog", {}, None, None, None, None, None)


def test_what_is_remembered_comes_back_and_is_replaced_as_a_whole(store: Store, now: datetime) -> None:
    full = SourceState("blog", {"etag": 'W/"ü"', "seen": [1, None, {"a": True}]}, now, now, now, "broken", 12)
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


def test_a_failure_touches_only_the_problem_and_the_time(store: Store, now: datetime) -> None:
    full = SourceState("blog", {"etag": "x"}, now, now, now, None, 12)
    later = now + timedelta(hours=1)
    with store.transaction() as tx:
        tx.sources.remember(full)
        tx.sources.failed("blog", "unplugged", later)
        tx.sources.failed("never read", "unplugged", later)
        assert tx.sources.state("blog") == replace(full, last_read=later, problem="unplugged")
        assert tx.sources.state("never read") == SourceState(
            "never read", last_read=later, problem="unplugged"
        )
