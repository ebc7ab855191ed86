"""A site whose feeds and pages are served from a bucket."""

from collections.abc import Iterator

import pytest

from tests.conftest import Site, killed, piece
from tests.objects_rig import BUCKET, SECRET, ObjectStore, an_object_store


@pytest.fixture
def objects() -> Iterator[ObjectStore]:
    with an_object_store() as running:
        running.empty()
        yield running


def in_bucket(objects: ObjectStore) -> dict[str, bytes]:
    return {path.removeprefix("works/"): objects.get(path)[0] for path in objects.paths()}


def tree(site: Site) -> dict[str, bytes]:
    """Return what is published for readers; a bucket has no use for the rest."""
    return {
        path: content
        for path, content in site.tree().items()
        if not path.endswith(".gz") and not path.startswith("_")
    }


def test_a_bucket_has_what_the_folder_has_whenever_a_run_was_killed(site: Site, objects: ObjectStore) -> None:
    site.settings |= objects.environment() | {"FEEDER_PUBLISH__BUCKET": f"s3://{BUCKET}/works"}
    for number in range(6):
        site.write(f"{number}.md", piece(f"Piece {number}", f"tags: [bridges, tag {number}]"))
    for after_seconds in (0.6, 1.0, 1.4):
        killed(site, "once", after_seconds=after_seconds)
    told = site.done("once", "--json").json
    assert told["problems"] == []
    assert in_bucket(objects) == tree(site)

    (site.folder / "content" / "0.md").unlink()
    told = site.done("once", "--json").json
    assert told["published"]["taken_off"] > 0
    assert in_bucket(objects) == tree(site)
    assert "put" not in "".join(site.done("publish").out)


def test_a_bucket_that_lets_nobody_in_is_told_without_the_secret(site: Site, objects: ObjectStore) -> None:
    site.settings |= objects.environment() | {"FEEDER_PUBLISH__BUCKET": f"s3://{BUCKET}"}
    site.write("a.md", piece("A", "tags: [bridges]"))
    with objects.asking_who_it_is():
        told = site.feeder("once")
    assert told.code == 1
    assert "does not let us (InvalidAccessKeyId); check the credentials" in told.err
    assert SECRET not in told.err + told.out
    assert "Traceback" not in told.err
    assert (site.public / "tag/bridges/atom.xml").exists()
    assert f"! {len(tree(site))} documents wait for the bucket" in site.done("status").out
    assert site.done("publish", "--json").json["put"] == len(tree(site))
