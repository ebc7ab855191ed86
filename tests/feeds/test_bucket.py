"""A bucket says what it wants, and never a secret."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from obstore.store import LocalStore, MemoryStore

from feeder.errors import ConfigurationError, PublishError
from feeder.feeds.publishers.bucket import Bucket, Overtaken, Sending, open_bucket
from feeder.model import objects
from feeder.model.objects import Stage, Stored
from tests.objects_rig import BUCKET, SECRET, an_object_store


@pytest.fixture
def memory() -> Iterator[Bucket]:
    bucket = Bucket("memory://", MemoryStore())
    yield bucket
    bucket.close()


def sending(content: bytes, before: Stored | None = None) -> Sending:
    return Sending(
        "atom.xml", lambda: content, content.decode(), {"Content-Type": "application/atom+xml"}, before
    )


def test_only_what_is_known_is_written_over(memory: Bucket) -> None:
    (first,) = memory.put([sending(b"one")])
    assert isinstance(first, Stored)
    (second,) = memory.put([sending(b"two", first)])
    assert isinstance(second, Stored)
    for known in (None, first):
        (late,) = memory.put([sending(b"old", known)])
        assert late == Overtaken("atom.xml", Stored("atom.xml", "", second.etag, second.version))
    memory.remove(["atom.xml"])
    assert memory.put([sending(b"old", second)]) == [Overtaken("atom.xml", None)]
    assert list(memory.listed()) == []


def test_what_is_not_there_counts_as_removed(memory: Bucket, tmp_path: Path) -> None:
    strict = Bucket("file://", LocalStore(tmp_path))  # which says so, as some stores do
    for bucket in (memory, strict):
        bucket.put([sending(b"one")])
        bucket.remove(["nowhere.xml", "atom.xml"])
        assert list(bucket.listed()) == []
    strict.close()


def test_credentials_that_are_wrong_are_told_without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    with an_object_store() as server:
        server.empty()
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        with server.asking_who_it_is():
            bucket = open_bucket(f"s3://{BUCKET}/works")
            (problem,) = bucket.put([sending(b"one")])
            with pytest.raises(PublishError) as listing:
                list(bucket.listed())
            with pytest.raises(PublishError) as removal:
                bucket.remove(["atom.xml"])
            bucket.close()
    for told in (problem, listing.value, removal.value):
        assert isinstance(told, PublishError)
        assert "does not let us (InvalidAccessKeyId)" in str(told)
        assert f"s3://{BUCKET}/works" in str(told)
        assert SECRET not in str(told)
        assert told.__cause__ is None


def test_what_the_environment_lacks_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME", raising=False)
    with pytest.raises(ConfigurationError, match=r"docs/objects\.md"):
        open_bucket("az://works")


@pytest.mark.parametrize(
    ("path", "stage"),
    [
        ("media/kran-5f1c.png", Stage.PARTS),
        ("assets/feeder.css", Stage.PARTS),
        ("item/the-harbour/index.html", Stage.PARTS),
        ("archive/1.xml", Stage.PARTS),
        ("tag/ports/archive/12.xml", Stage.PARTS),
        ("tag/ports/page/2/index.html", Stage.PARTS),
        ("issue/weekly/2026-W47/index.html", Stage.PARTS),
        ("issue/index.html", Stage.LISTS),
        ("tag/item/atom.xml", Stage.LISTS),
        ("tag/archive/atom.xml", Stage.LISTS),
        ("index.html", Stage.LISTS),
        ("feeds.opml", Stage.LISTS),
    ],
)
def test_what_others_name_comes_first(path: str, stage: Stage) -> None:
    assert objects.stage_of(path) is stage


FIELDS = st.dictionaries(st.text("abc", min_size=1), st.text("xyz"), max_size=3)


@given(FIELDS, FIELDS)
def test_objects_differ_by_their_content_and_by_what_is_told_of_it(
    one: dict[str, str], other: dict[str, str]
) -> None:
    assert (objects.digest("a", one) == objects.digest("a", other)) is (one == other)
    assert objects.digest("a", one) != objects.digest("b", one)
    assert objects.digest("a", one) == objects.digest("a", dict(reversed(one.items())))
