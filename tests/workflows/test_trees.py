"""Several machines publish one site: to one folder, and whoever has another one says so."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from feeder.app import App
from feeder.errors import Superseded
from feeder.feeds.publishers import fence
from feeder.model.feeds import Format
from feeder.model.trees import ANSWERS_WITHIN, Sign
from feeder.workflows import publish, trees
from feeder.workflows.publish import Published
from feeder.workflows.sheets import Sheet
from feeder.workflows.trees import Begun, Found

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

Tell = Callable[..., None]


class Machine:
    """A machine that publishes the site of a test to a folder, shared or its own."""

    def __init__(self, app: App, name: str, folder: Path) -> None:
        few = replace(app.settings.publish, folder=folder, pages=False, formats=(Format.ATOM,))
        self.store = app.store
        self.folder = folder
        self.press = replace(app.press, machine=name, publish=few)

    def publish(self, now: datetime, *, anew: bool = False) -> Published:
        work = publish.publish_all if anew else publish.publish
        return work(self.store, self.press, now, progress=lambda work, _: work)

    def begin(self, now: datetime) -> Begun:
        return trees.begin(self.store, self.press, self.look(now), now)

    def look(self, now: datetime) -> Found:
        with self.store.reading() as tx:
            tree = trees.known(tx)
        return trees.look(self.press, tree, now)

    def shows(self, key: str) -> bool:
        return f"Title of {key}".encode() in (self.folder / "atom.xml").read_bytes()


Start = Callable[[str, str], Machine]


@pytest.fixture
def start(app: App, tmp_path: Path, tell: Tell) -> Iterator[Start]:
    """Start machines that publish the site: `start("one", "shared")`."""
    with ExitStack() as stack:

        def started(name: str, folder: str) -> Machine:
            machine = Machine(app, name, tmp_path / folder)
            stack.callback(machine.press.close)
            return machine

        yield started


@pytest.fixture
def tell(put: Callable[..., None]) -> Tell:
    """Let the site have an item: `tell("a", now)`."""
    return put


def why_not(done: Published) -> str:
    """Return why nothing was published."""
    assert not done.written
    (problem,) = done.refused
    return str(problem)


# ── One folder ───────────────────────────────────────────────────────────────────────────────────


def test_machines_that_share_a_folder_publish_in_turn_only_what_changed(
    start: Start, tell: Tell, now: datetime
) -> None:
    one, another = start("one", "shared"), start("another", "shared")
    tell("a", now, tags=("x",))
    one.publish(now)
    for place, machine in enumerate([another, one, another]):
        tell(f"new-{place}", now, tags=("y",))
        done = machine.publish(now + place * MINUTE)
        assert done.refused == []
        assert "tag/y/atom.xml" in done.written
        assert "tag/x/atom.xml" not in done.written
    assert publish.check(one.store, one.press, now + HOUR) == []


def test_a_folder_is_seen_at_two_places(start: Start, tell: Tell, now: datetime, tmp_path: Path) -> None:
    one, another = start("one", "shared"), start("another", "mounted")
    tell("a", now)
    one.publish(now)
    (tmp_path / "mounted").symlink_to(tmp_path / "shared")
    assert another.publish(now + MINUTE) == Published()


def test_who_wakes_late_neither_writes_nor_says_that_anything_is_done(
    start: Start, tell: Tell, now: datetime
) -> None:
    one, another = start("one", "shared"), start("another", "shared")
    tell("a", now)
    one.publish(now)
    tell("b", now)
    late = one.begin(now)
    another.publish(now + MINUTE)
    with pytest.raises(Superseded, match="turn 2 at publish: is over, since turn 3 has begun to write"):
        one.press.folder.fence.begin(late.claim)
    with pytest.raises(Superseded), one.press.folder.fence.held(late.claim):
        pytest.fail("nothing must be put")
    with pytest.raises(Superseded), late.turn.transaction():
        pytest.fail("nothing must be remembered")
    assert one.publish(now + HOUR) == Published()


def test_who_found_the_tree_before_another_took_it_elsewhere_does_not_begin(
    start: Start, tell: Tell, now: datetime
) -> None:
    one, another = start("one", "shared"), start("another", "own")
    tell("a", now)
    one.publish(now)
    found = one.look(now)
    another.publish(now, anew=True)
    with pytest.raises(Superseded, match="cannot begin, since another has published meanwhile"):
        trees.begin(one.store, one.press, found, now)
    assert another.publish(now) == Published(), "and the turn was not taken"


def test_a_store_that_was_put_back_by_hand_goes_on_beyond_what_the_folder_has_seen(
    app: App, start: Start, tell: Tell, now: datetime, tmp_path: Path
) -> None:
    one = start("one", "shared")
    tell("a", now)
    one.publish(now)
    with sqlite3.connect(tmp_path / "feeder.db") as there, sqlite3.connect(tmp_path / "copy.db") as copy:
        there.backup(copy)
    for key in "bcd":
        tell(key, now)
        one.publish(now + HOUR)
    with sqlite3.connect(tmp_path / "copy.db") as copy, sqlite3.connect(tmp_path / "feeder.db") as there:
        copy.backup(there)
    tell("e", now)
    assert "atom.xml" in one.publish(now + 2 * HOUR).written
    assert one.press.folder.fence.sign() == Sign(one.begin(now).claim.sign.site, 5)


# ── Folders of their own ─────────────────────────────────────────────────────────────────────────


def test_a_machine_with_a_folder_of_its_own_says_so_and_leaves_the_work_to_the_other(
    start: Start, tell: Tell, now: datetime
) -> None:
    one, another = start("one", "shared"), start("another", "own")
    tell("a", now)
    one.publish(now)
    for minute in range(1, 40):
        tell(f"new-{minute}", now)
        told = why_not(another.publish(now + minute * MINUTE))
        assert told.startswith(
            f"publish.folder = {another.folder}: is not the folder to which one has published"
        )
        assert "let publish.folder be one folder that all machines share" in told
        if minute % 9 == 0:
            assert one.publish(now + minute * MINUTE).written
    assert not another.folder.exists()


def test_a_machine_that_has_nothing_to_publish_answers_all_the_same(
    start: Start, tell: Tell, now: datetime
) -> None:
    one, another = start("one", "shared"), start("another", "own")
    tell("a", now)
    one.publish(now)
    for minute in range(1, 40):
        why_not(another.publish(now + minute * MINUTE))
        if minute % 9 == 0:
            assert one.publish(now + minute * MINUTE) == Published()


def test_a_machine_that_does_not_answer_is_taken_for_gone_and_finds_that_out(
    start: Start, tell: Tell, now: datetime
) -> None:
    one, another = start("one", "shared"), start("another", "own")
    tell("a", now)
    one.publish(now)
    why_not(another.publish(now + MINUTE))
    done = another.publish(now + MINUTE + ANSWERS_WITHIN)
    assert not done.refused
    assert another.shows("a")
    tell("b", now)
    late = now + MINUTE + ANSWERS_WITHIN
    assert "to which another has published" in why_not(one.publish(late))
    assert another.publish(late).written
    assert not one.shows("b")


def test_whoever_publishes_everything_has_the_tree_from_then_on(
    start: Start, tell: Tell, now: datetime
) -> None:
    one, another = start("one", "shared"), start("another", "own")
    tell("a", now)
    one.publish(now)
    assert another.publish(now, anew=True).written
    assert "to which another has published" in why_not(one.publish(now))


@pytest.mark.parametrize("accident", ["taken away", "emptied", "put back as it was before"])
def test_one_machine_alone_mends_its_folder_at_once(
    start: Start, tell: Tell, now: datetime, tmp_path: Path, accident: str
) -> None:
    one = start("one", "shared")
    tell("a", now)
    one.publish(now)
    shutil.copytree(one.folder, tmp_path / "before")
    tell("b", now)
    one.publish(now + MINUTE)
    shutil.rmtree(one.folder)
    if accident == "emptied":
        one.folder.mkdir()
    elif accident == "put back as it was before":
        (tmp_path / "before").rename(one.folder)
    assert "atom.xml" in one.publish(now + HOUR).written
    assert publish.check(one.store, one.press, now + HOUR) == []


def test_a_run_that_was_killed_before_all_stood_in_a_new_folder_is_made_up_for(
    start: Start, tell: Tell, now: datetime
) -> None:
    one = start("one", "shared")
    tell("a", now)
    one.publish(now)
    shutil.rmtree(one.folder)

    class Killed(BaseException):
        pass

    def killed(_work: object, _: int) -> list[Sheet]:
        raise Killed

    with pytest.raises(Killed):
        publish.publish(one.store, one.press, now, progress=killed)
    assert one.press.folder.fence.sign() is not None
    one.publish(now + HOUR)
    assert one.shows("a")
    assert publish.check(one.store, one.press, now + HOUR) == []


def test_two_sites_with_one_folder_do_not_write_over_each_other_for_ever(
    app: App, start: Start, tell: Tell, now: datetime
) -> None:
    one = start("one", "shared")
    tell("a", now)
    one.publish(now)
    (one.folder / fence.NAME).write_text("another-site 9\n")
    tell("b", now)
    assert "holds the tree of another site" in why_not(one.publish(now + HOUR))
    assert one.publish(now + HOUR, anew=True).written
    assert one.shows("b")
