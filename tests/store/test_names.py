from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeder.model.feeds import Selection, Subject
from feeder.model.items import Draft, Item
from feeder.store import Store
from feeder.store.names import Names, key
from feeder.store.tables import authors, outlets, tags

Make = Callable[..., Draft]
Keep = Callable[..., Item]

AWKWARD = [
    "C++",
    "C#",
    "C",
    "c-2",
    "???",
    "!!!",
    "…",
    "中文",
    "Zürich",
    "Zurich",
    "Zurich!",
    "Straße",
    "Strasse",
]


def test_tags_that_are_different_have_different_slugs(draft: Make, keep: Keep) -> None:
    kept = keep(draft("a", tags=tuple(AWKWARD)))
    slugs = {tag.name: tag.slug for tag in kept.tags}
    assert [name for name in AWKWARD if name not in slugs] == ["Strasse"]  # compared as people compare
    assert len(set(slugs.values())) == len(slugs)
    assert {name: slugs[name] for name in ("C++", "C#", "C", "c-2", "中文", "Zürich", "Zurich")} == {
        "C++": "c",
        "C#": "c-2",
        "C": "c-3",
        "c-2": "c-2-2",
        "中文": "中文",
        "Zürich": "zurich",
        "Zurich": "zurich-2",
    }
    assert all(slug and "/" not in slug for slug in slugs.values())


def test_a_name_keeps_its_first_spelling_and_slug(draft: Make, keep: Keep) -> None:
    first = keep(draft("a", tags=("Foreign Office",)))
    second = keep(draft("b", tags=("FOREIGN   office",)))
    assert second.tags == first.tags


def test_an_outlet_keeps_its_first_home(draft: Make, keep: Keep) -> None:
    first = keep(draft("a", outlet="The Paper", url="https://one.example/a/b?c"))
    second = keep(draft("b", outlet="the paper", url="https://two.example/"))
    assert first.outlet == second.outlet
    assert first.outlet is not None
    assert first.outlet.home == "https://one.example/"


def test_an_outlet_without_an_address_has_no_home(draft: Make, keep: Keep) -> None:
    outlet = keep(draft("a", outlet="Radio")).outlet
    assert outlet is not None
    assert outlet.home is None


def test_every_tag_has_a_feed_of_its_own(store: Store, draft: Make, keep: Keep, now: datetime) -> None:
    kept = keep(draft("a", tags=tuple(AWKWARD)), posted=now)
    tags = [Subject(Selection.TAG, tag.slug, tag.name) for tag in kept.tags]
    with store.transaction() as tx:
        feeds = list(tx.feeds.about(tags).values())
    assert len({feed.uid for feed in feeds}) == len({feed.path for feed in feeds}) == len(kept.tags)


@pytest.mark.parametrize("table", [tags, authors, outlets], ids=lambda table: str(table.name))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(
        st.text(st.sampled_from("aAzZüß-+#?中 İıſ2é\u0301%_"), min_size=1, max_size=6).filter(
            lambda name: bool(key(name))
        ),
        max_size=12,
    )
)
def test_slugs_and_keys_are_never_shared(store: Store, table: object, names: list[str]) -> None:
    assert table in (tags, authors, outlets)
    chosen = tags if table is tags else authors if table is authors else outlets
    with store.transaction() as tx:
        connection = tx.contents._connection
        known = Names(connection, chosen)
        more = {"uid": "urn:x"} if chosen is outlets else {}
        found = {}
        for name in names:
            found[key(name)] = known.get(name, **more)
        assert len(set(found.values())) == len(found)
        again = Names(connection, chosen)
        assert {key(name): again.find(name) for name in names} == found
        connection.rollback()
