"""What is published goes to a bucket: just what changed, in an order that readers can trust, whatever breaks."""

import gzip
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feeder.app import App
from feeder.errors import Superseded
from feeder.feeds.publishers import fence
from feeder.model.feeds import Format
from feeder.model.objects import Stage
from feeder.model.settings import Signup
from feeder.workflows import publish as publishing
from feeder.workflows.collect import Collected
from feeder.workflows.publish import Published
from tests.objects_rig import BUCKET, SECRET, ObjectStore, Way, a_way_to, an_object_store

Write = Callable[..., Path]
Sync = Callable[..., Collected]
Press = Callable[..., Published]

HOUR = timedelta(hours=1)
RULES = {"_redirects", "_nginx.conf", fence.NAME}


@pytest.fixture(scope="module")
def server() -> Iterator[ObjectStore]:
    with an_object_store() as running:
        yield running


@pytest.fixture
def objects(server: ObjectStore) -> ObjectStore:
    server.empty()
    return server


@pytest.fixture
def way(objects: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[Way]:
    with a_way_to(objects) as (address, way):
        for name, value in objects.environment(address).items():
            monkeypatch.setenv(name, value)
        yield way


@pytest.fixture
def with_bucket(app: App, changed: Callable[..., App], way: Way) -> Callable[..., App]:
    """Start the site with a bucket, few documents, and perhaps other settings of publishing."""

    def start(**fields: Any) -> App:
        few = {"formats": (Format.ATOM,), "pages": False, "bucket": f"s3://{BUCKET}/works"}
        publish = replace(app.settings.publish, **{**few, **fields})
        return changed(publish=publish, signup=Signup(open=False))

    return start


@pytest.fixture
def site(with_bucket: Callable[..., App], write: Write, sync: Sync, now: datetime) -> App:
    """A site with two pieces, and nothing published."""
    write("a", "tags: x, both")
    write("b", "tags: y, both")
    sync(now)
    return with_bucket()


@pytest.fixture
def whole_site(site: App, with_bucket: Callable[..., App]) -> App:
    """The same with pages."""
    return with_bucket(pages=True)


def tree(app: App) -> dict[str, bytes]:
    """Return what stands in the folder for the public, by its path in the bucket."""
    root = app.settings.publish.folder
    files = {file.relative_to(root).as_posix(): file for file in root.rglob("*") if file.is_file()}
    return {
        f"works/{path}": file.read_bytes()
        for path, file in files.items()
        if path not in RULES and not path.endswith(".gz")
    }


def in_bucket(objects: ObjectStore) -> dict[str, bytes]:
    return {path: objects.get(path)[0] for path in objects.paths()}


def waiting(app: App) -> list[str]:
    with app.store.reading() as tx:
        return tx.objects.unput()


# ── What gets there ──────────────────────────────────────────────────────────────────────────────


def test_the_bucket_holds_what_the_folder_does(
    whole_site: App, objects: ObjectStore, press: Press, now: datetime
) -> None:
    done = press(now, of=whole_site)
    assert not done.refused
    assert in_bucket(objects) == tree(whole_site)
    assert done.put == len(tree(whole_site))
    assert waiting(whole_site) == []


def test_each_object_is_served_as_the_service_would(
    site: App, with_bucket: Callable[..., App], objects: ObjectStore, press: Press, now: datetime
) -> None:
    press(now, of=with_bucket(formats=tuple(Format), pages=True))
    told = {
        path: (fields["content-type"], fields["cache-control"], fields.get("content-encoding"))
        for path in ("atom.xml", "rss.xml", "feed.json", "index.html", "assets/feeder.css")
        for fields in [objects.get(f"works/{path}")[1]]
    }
    quarter = "public, max-age=900"
    assert told == {
        "atom.xml": ("application/atom+xml; charset=utf-8", quarter, None),
        "rss.xml": ("application/rss+xml; charset=utf-8", quarter, None),
        "feed.json": ("application/feed+json", quarter, None),
        "index.html": ("text/html; charset=utf-8", quarter, None),
        "assets/feeder.css": ("text/css; charset=utf-8", "public, max-age=3600", None),
    }


def test_texts_lie_there_compressed_if_the_site_wants_it(
    site: App, with_bucket: Callable[..., App], objects: ObjectStore, press: Press, now: datetime
) -> None:
    press(now, of=site)
    with_gzip = with_bucket(bucket_gzip=True)
    done = press(now + HOUR, of=with_gzip)
    content, fields = objects.get("works/atom.xml")
    assert done.put == len(tree(site))
    assert fields["content-encoding"] == "gzip"
    assert gzip.decompress(content) == tree(site)["works/atom.xml"]


def test_only_what_changed_is_put_and_what_is_gone_is_removed(
    whole_site: App, objects: ObjectStore, way: Way, press: Press, write: Write, sync: Sync, now: datetime
) -> None:
    press(now, of=whole_site)
    way.asked.clear()
    assert press(now + HOUR, of=whole_site) == Published()
    assert way.asked == []

    write("c", "tags: y")
    sync(now + HOUR)
    done = press(now + HOUR, of=whole_site)
    assert {path.removeprefix("works/") for path in way.written()} == {*done.written} - RULES
    (whole_site.settings.folder / "content" / "a.md").unlink()
    sync(now + 2 * HOUR)
    done = press(now + 2 * HOUR, of=whole_site)
    assert "works/item/title-of-a/index.html" not in objects.paths()
    assert done.taken_off == len(done.removed) > 0
    assert in_bucket(objects) == tree(whole_site)


def test_what_names_others_comes_after_them(
    whole_site: App, way: Way, press: Press, write: Write, sync: Sync, now: datetime
) -> None:
    press(now, of=whole_site)
    put = way.written()
    last_part = max(put.index(path) for path in put if path.startswith(("works/item/", "works/assets/")))
    first_list = min(put.index(path) for path in put if path.endswith(("atom.xml", "rss.xml", "feed.json")))
    assert last_part < first_list


# ── What breaks ──────────────────────────────────────────────────────────────────────────────────


def test_an_upload_that_broke_off_is_gone_on_with(
    whole_site: App, objects: ObjectStore, way: Way, press: Press, now: datetime
) -> None:
    way.dropped = {"works/item/title-of-b/index.html"}
    done = press(now, of=whole_site)
    (problem,) = done.refused
    assert "item/title-of-b" in str(problem)
    assert SECRET not in str(problem)
    assert not any(path.endswith("atom.xml") for path in objects.paths())  # it would name the page

    way.dropped = set()
    before, way.asked = set(way.written()), []
    done = press(now + HOUR, of=whole_site)
    assert not done.refused
    assert in_bucket(objects) == tree(whole_site)
    assert set(way.written()) & before == {"works/item/title-of-b/index.html"}


LATER = [pytest.param(number, marks=pytest.mark.soak) for number in range(9) if number not in (1, 6)]


@pytest.mark.parametrize("requests", [1, 6, *LATER])
def test_wherever_the_way_is_cut_the_next_publish_goes_on(
    site: App, objects: ObjectStore, way: Way, press: Press, now: datetime, requests: int
) -> None:
    way.cut_after = requests
    assert press(now, of=site).refused
    assert in_bucket(objects).items() <= tree(site).items()
    way.cut_after = None
    done = press(now + HOUR, of=site)
    assert not done.refused
    assert in_bucket(objects) == tree(site)
    assert waiting(site) == []


def test_what_cannot_be_reached_is_not_waited_for_again_and_again(
    whole_site: App, way: Way, press: Press, now: datetime
) -> None:
    press(now, of=whole_site)
    paths = [path.removeprefix("works/") for path in tree(whole_site)]
    with whole_site.store.transaction() as tx:
        tx.objects.forget(paths)
        tx.objects.queue(paths)
    way.dropped, way.asked = set(paths), []
    assert len(press(now + HOUR, of=whole_site).refused) == 1
    assert len({ask.path for ask in way.asked}) <= 16 < len(paths)


def test_an_object_whose_answer_was_lost_is_put_again(
    site: App, objects: ObjectStore, way: Way, press: Press, now: datetime
) -> None:
    press(now, of=site)
    way.answers_lost = {"works/tag/x/atom.xml"}
    with site.store.transaction() as tx:
        tx.objects.forget(["tag/x/atom.xml"])  # as if it had never been said to be there
        tx.objects.queue(["tag/x/atom.xml"])
    assert press(now + HOUR, of=site).refused
    way.answers_lost = set()
    assert not press(now + HOUR, of=site).refused
    assert in_bucket(objects) == tree(site)
    assert waiting(site) == []


def test_old_is_never_put_over_new(
    site: App, objects: ObjectStore, way: Way, press: Press, write: Write, sync: Sync, now: datetime
) -> None:
    """Somebody else writes an object: ours goes there only once we have seen theirs."""
    press(now, of=site)
    objects.put("works/tag/y/atom.xml", b"somebody else's")
    write("b", "tags: y, both", "Another body.")
    sync(now + HOUR)
    way.asked.clear()
    assert not press(now + HOUR, of=site).refused
    asked = [ask for ask in way.asked if ask.path == "works/tag/y/atom.xml"]
    assert [ask.method for ask in asked] == ["PUT", "HEAD", "PUT"]
    assert asked[0].condition != asked[2].condition
    assert all(ask.condition for ask in way.asked if ask.method == "PUT")
    assert in_bucket(objects) == tree(site)


class Meanwhile(list[Any]):
    """What was asked; before the first request of a kind goes on its way, something else happens once."""

    def __init__(self, method: str, happens: Callable[[], object]) -> None:
        super().__init__()
        self.method = method
        self.happens: Callable[[], object] | None = happens

    def append(self, ask: Any) -> None:
        super().append(ask)
        happens = self.happens
        if happens and ask.method == self.method:
            self.happens = None
            happens()


def test_a_machine_that_is_late_puts_nothing_over_what_is_newer(
    site: App,
    with_bucket: Callable[..., App],
    objects: ObjectStore,
    way: Way,
    press: Press,
    write: Write,
    sync: Sync,
    now: datetime,
) -> None:
    press(now, of=site)
    another = with_bucket()
    at_last = dict[str, bytes]()

    def another_publishes_what_is_newer() -> None:
        write("b", "tags: y, both", "The newest body.")
        sync(now + 2 * HOUR)
        press(now + 2 * HOUR, of=another)
        at_last.update(in_bucket(objects))

    write("b", "tags: y, both", "A newer body.")
    sync(now + HOUR)
    way.asked = Meanwhile("PUT", another_publishes_what_is_newer)
    with pytest.raises(Superseded):
        press(now + HOUR, of=site)
    assert b"The newest body." in at_last["works/atom.xml"]
    assert in_bucket(objects) == at_last == tree(site)
    assert waiting(site) == []
    write("b", "tags: y, both", "A newer body.")
    sync(now + 3 * HOUR)
    assert not press(now + 3 * HOUR, of=site).refused
    assert in_bucket(objects) == tree(site), "the late one is not taken for what is there"


def test_what_a_machine_that_is_late_took_away_is_put_again(
    whole_site: App,
    with_bucket: Callable[..., App],
    objects: ObjectStore,
    way: Way,
    press: Press,
    write: Write,
    sync: Sync,
    now: datetime,
) -> None:
    press(now, of=whole_site)
    another = with_bucket(pages=True)

    def it_comes_back() -> None:
        write("b", "tags: y, both")
        sync(now + 2 * HOUR)
        press(now + 2 * HOUR, of=another)

    write("b", "tags: y, both\ndraft: true")
    sync(now + HOUR)
    way.asked = Meanwhile("POST", it_comes_back)
    with pytest.raises(Superseded):
        press(now + HOUR, of=whole_site)
    assert "works/item/title-of-b/index.html" not in objects.paths()
    assert not press(now + 3 * HOUR, of=another).refused
    assert in_bucket(objects) == tree(whole_site)
    assert waiting(whole_site) == []


def test_a_bucket_that_is_written_by_another_all_the_time_is_told(
    site: App, objects: ObjectStore, way: Way, press: Press, now: datetime
) -> None:
    press(now, of=site)
    path = "tag/y/atom.xml"

    class Busy(list[Any]):
        def append(self, ask: Any) -> None:
            super().append(ask)
            if ask.method == "PUT":
                objects.put(f"works/{path}", f"version {len(self)}".encode())

    way.asked = Busy()
    with site.store.transaction() as tx:
        tx.objects.forget([path])
        tx.objects.queue([path])
    (problem,) = press(now + HOUR, of=site).refused
    assert "written by somebody else" in str(problem)
    assert waiting(site) == [path]


def test_a_store_that_knows_no_conditions_is_written_to_without(
    site: App, objects: ObjectStore, way: Way, press: Press, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CONDITIONAL_PUT", "disabled")
    assert not press(now, of=site).refused
    assert in_bucket(objects) == tree(site)
    assert not any(ask.condition for ask in way.asked)


def test_a_bucket_that_is_not_there_is_told_and_the_folder_is_published_all_the_same(
    with_bucket: Callable[..., App], write: Write, sync: Sync, press: Press, now: datetime
) -> None:
    write("a")
    sync(now)
    elsewhere = with_bucket(bucket="s3://no-such-bucket")
    done = press(now, of=elsewhere)
    (problem,) = done.refused
    assert "s3://no-such-bucket" in str(problem)
    assert "NoSuchBucket" in str(problem)
    assert (elsewhere.settings.publish.folder / "atom.xml").exists()


def test_an_environment_that_lacks_something_is_told(
    with_bucket: Callable[..., App],
    write: Write,
    sync: Sync,
    press: Press,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME", raising=False)
    write("a")
    sync(now)
    done = press(now, of=with_bucket(bucket="az://works"))
    (problem,) = done.refused
    assert "docs/objects.md" in str(problem)
    assert done.written


def test_a_damaged_folder_is_not_put(
    site: App, objects: ObjectStore, press: Press, write: Write, sync: Sync, now: datetime
) -> None:
    press(now, of=site)
    before = in_bucket(objects)
    (site.settings.publish.folder / "tag/x/atom.xml").write_bytes(b"damaged")
    with site.store.transaction() as tx:
        tx.objects.forget(["tag/x/atom.xml"])
        tx.objects.queue(["tag/x/atom.xml"])
    (problem,) = press(now + HOUR, of=site).refused
    assert "publish --all" in str(problem)
    assert not press(now + HOUR, anew=True, of=site).refused
    assert in_bucket(objects) == before == tree(site)


# ── Other buckets, and repairs ───────────────────────────────────────────────────────────────────


def test_publishing_anew_repairs_what_others_did_in_the_bucket_and_puts_nothing_else(
    site: App, objects: ObjectStore, way: Way, press: Press, now: datetime
) -> None:
    press(now, of=site)
    objects.put("works/tag/x/atom.xml", b"somebody else's")
    objects.put("works/own.txt", b"none of ours")
    objects.put("elsewhere.txt", b"none of ours")
    assert press(now + HOUR, of=site) == Published()
    way.asked.clear()
    press(now + HOUR, anew=True, of=site)
    assert {*way.written()} == {"works/tag/x/atom.xml"}
    assert {path: in_bucket(objects)[path] for path in tree(site)} == tree(site)
    assert {"works/own.txt", "elsewhere.txt"} < objects.paths()


def test_a_bucket_that_was_left_for_a_while_is_brought_up_to_date(
    site: App, app: App, objects: ObjectStore, press: Press, write: Write, sync: Sync, now: datetime
) -> None:
    press(now, of=site)
    (site.settings.folder / "content" / "a.md").unlink()
    write("c")
    sync(now + HOUR)
    assert press(now + HOUR).put == 0  # without a bucket
    assert waiting(app) == []
    press(now + 2 * HOUR, of=site)
    assert in_bucket(objects) == tree(site)


@pytest.mark.parametrize("pages", [3, pytest.param(11, marks=pytest.mark.soak)])
def test_many_objects_are_listed_page_by_page(
    site: App, objects: ObjectStore, way: Way, press: Press, now: datetime, pages: int
) -> None:
    press(now, of=site)
    for number in range(pages * 1000 - 900):
        objects.put(f"works/own/{number}.txt", b"none of ours")
    objects.put("works/tag/y/atom.xml", b"somebody else's")  # on the last page
    way.asked.clear()
    press(now + HOUR, anew=True, of=site)
    assert len([ask for ask in way.asked if ask.method == "GET"]) == pages
    assert {*way.written()} == {"works/tag/y/atom.xml"}


def test_what_the_bucket_lacks_is_what_differs(site: App, way: Way, press: Press, now: datetime) -> None:
    press(now)  # without the bucket
    lacking = publishing.check(site.store, site.press, now)
    assert {f"works/{path}" for path in lacking} == tree(site).keys()
    way.dropped = {"works/tag/x/atom.xml"}
    press(now, of=site)
    assert "tag/x/atom.xml" in publishing.check(site.store, site.press, now)
    way.dropped = set()
    press(now, of=site)
    assert publishing.check(site.store, site.press, now) == []


# ── Caches in front ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def purge(tmp_path: Path) -> tuple[str, ...]:
    """A command that notes which addresses it is told, and fails while there is a file called `broken`."""
    script = tmp_path / "purge.py"
    script.write_text(
        "import pathlib, sys\n"
        f"folder = pathlib.Path({str(tmp_path)!r})\n"
        "if (folder / 'broken').exists(): sys.exit(3)\n"
        "with (folder / 'purged').open('a') as file: file.write(sys.stdin.read())\n"
    )
    return (sys.executable, str(script))


def purged(folder: Path) -> list[str]:
    file = folder / "purged"
    return file.read_text().splitlines() if file.exists() else []


def test_caches_are_told_what_was_put(
    with_bucket: Callable[..., App],
    write: Write,
    sync: Sync,
    press: Press,
    purge: tuple[str, ...],
    tmp_path: Path,
    now: datetime,
) -> None:
    write("a", "tags: x")
    sync(now)
    site = with_bucket(purge=purge, pages=True)
    done = press(now, of=site)
    assert done.purged == len(purged(tmp_path)) == done.put
    assert {"https://spans.example/", "https://spans.example/tag/x/atom.xml"} < set(purged(tmp_path))
    assert "https://spans.example/tag/x/" in purged(tmp_path)
    assert press(now + HOUR, of=site).purged == 0


def test_a_purge_that_fails_is_told_and_made_up_for(
    with_bucket: Callable[..., App],
    objects: ObjectStore,
    write: Write,
    sync: Sync,
    press: Press,
    purge: tuple[str, ...],
    tmp_path: Path,
    now: datetime,
) -> None:
    (tmp_path / "broken").touch()
    write("a", "tags: x")
    sync(now)
    site = with_bucket(purge=purge)
    done = press(now, of=site)
    (problem,) = done.refused
    assert "ended with 3" in str(problem)
    assert in_bucket(objects) == tree(site)  # it blocks nothing
    (tmp_path / "broken").unlink()
    done = press(now + HOUR, of=site)
    assert not done.refused
    assert len(purged(tmp_path)) == len(tree(site))


def test_caches_before_the_folder_are_told_as_well(
    app: App,
    changed: Callable[..., App],
    write: Write,
    sync: Sync,
    press: Press,
    purge: tuple[str, ...],
    tmp_path: Path,
    now: datetime,
) -> None:
    write("a", "tags: x")
    sync(now)
    site = changed(publish=replace(app.settings.publish, purge=purge))
    assert press(now, of=site).purged == len(purged(tmp_path)) > 0
    (site.settings.folder / "content" / "a.md").unlink()
    sync(now + HOUR)
    press(now + HOUR, of=site)
    assert "https://spans.example/item/title-of-a/" in purged(tmp_path)[-20:]
    with site.store.reading() as tx:
        assert not any(tx.objects.waiting(stage, 10) for stage in Stage)


@pytest.mark.parametrize(
    ("command", "words"), [(("/no/such/program",), "cannot be run"), ((sys.executable, "-c", "1/0"), "ended")]
)
def test_a_command_that_cannot_be_run_is_told(
    app: App,
    changed: Callable[..., App],
    write: Write,
    sync: Sync,
    press: Press,
    now: datetime,
    command: tuple[str, ...],
    words: str,
) -> None:
    write("a")
    sync(now)
    site = changed(publish=replace(app.settings.publish, purge=command))
    (problem,) = press(now, of=site).refused
    assert words in str(problem)
