"""Two runs of one job at the same time, going on in whatever order: nothing older ever comes over what is newer."""

import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeder.app import App
from feeder.model.changes import Visit
from feeder.model.feeds import Format
from feeder.model.items import Draft, Kind, Past, Reading
from feeder.model.settings import StoreSettings
from feeder.store import Store
from feeder.workflows import publish
from feeder.workflows.collect import apply, collect
from feeder.workflows.press import Press
from feeder.workflows.release import release
from tests.postgresql_rig import a_database
from tests.stepping_rig import Run
from tests.workflows.conftest import NOON

MINUTE = timedelta(minutes=1)
KEYS = ("a", "b")
VERSION = re.compile(r"Version (\d+) of (\w)\.<")

ORDERS = st.lists(st.sampled_from(["first", "second", "change"]), max_size=30)
"""What happens one after the other: a step of a run, or a change of an item; then the rest, the second run first or last."""

FEW = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(FEW, max_examples=150)


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, app: App, changed: Callable[..., App]) -> Iterator[App]:
    """A site on each database."""
    if request.param == "sqlite":
        yield app
        return
    with a_database(request.getfixturevalue("postgresql")) as address:
        made = changed(store=StoreSettings(address))
        yield made
        made.store.close()


def draft(key: str, version: int) -> Draft:
    title = f"Version {version} of {key}."
    return Draft(key, Kind.PIECE, title, substance=title, tags=("x",))


def is_back(before: dict[str, int], after: dict[str, int]) -> bool:
    """Tell whether anything is older than it was, or gone."""
    return any(after.get(key, 0) < version for key, version in before.items())


# ── Publishing ───────────────────────────────────────────────────────────────────────────────────


class Published:
    """A site whose two items change, and two machines that publish it to one folder."""

    def __init__(self, site: App, folder: Path) -> None:
        few = replace(site.settings.publish, folder=folder, pages=False, formats=(Format.ATOM,))
        self.store = site.store
        self.folder = folder
        self.source = uuid4().hex
        self.versions = dict.fromkeys(KEYS, 0)
        with self.store.transaction() as tx:
            publish.doubt(tx)  # it has published other folders before
        self.machines = [replace(site.press, publish=few, machine=name) for name in ("one", "another")]

    def change(self, key: str) -> None:
        self.versions[key] += 1
        visit = Visit(NOON, NOON - MINUTE, announce=False)
        apply(self.store, self.source, [draft(key, self.versions[key])], visit)
        release(self.store, NOON)

    def run(self, press: Press) -> Run:
        def work(store: Store) -> object:
            return publish.publish(store, press, NOON, progress=lambda sheets, _: sheets)

        return Run(self.store, work)

    def shown(self) -> dict[str, int]:
        feed = self.folder / "atom.xml"
        text = feed.read_text() if feed.exists() else ""
        return {key: int(version) for version, key in VERSION.findall(text)}

    def close(self) -> None:
        for press in self.machines:
            press.close()
        with self.store.transaction() as tx:
            tx.items.lock()
            tx.items.remove([item.id for item in tx.items.newest(100) if item.gone is None], NOON)


def never_goes_back(site: App, order: Sequence[str], *, second_ends_last: bool) -> None:
    with tempfile.TemporaryDirectory() as folder, closing(Published(site, Path(folder) / "public")) as there:
        for key in KEYS:
            there.change(key)
        first, second = map(there.run, there.machines)
        runs, shown = {"first": first, "second": second}, there.shown()
        rest = [first, second] if second_ends_last else [second, first]
        try:
            for place, what in enumerate(order):
                if what in runs:
                    runs[what].step()
                else:
                    there.change(KEYS[place % 2])
                now = there.shown()
                assert not is_back(shown, now)
                shown = now
        finally:
            for run in rest:
                run.finish()
        assert not is_back(shown, there.shown())
        assert not (first.is_superseded and second.is_superseded)
        there.run(there.machines[0]).finish()
        assert there.shown() == there.versions, "nothing was taken for done that was not"
        assert publish.check(there.store, there.machines[1], NOON) == []


@FEW
@given(order=ORDERS, second_ends_last=st.booleans())
def test_what_two_machines_publish_never_goes_back(
    site: App, order: Sequence[str], second_ends_last: bool
) -> None:
    never_goes_back(site, order, second_ends_last=second_ends_last)


@pytest.mark.soak
@MANY
@given(order=ORDERS, second_ends_last=st.booleans())
def test_what_two_machines_publish_never_goes_back_at_length(
    site: App, order: Sequence[str], second_ends_last: bool
) -> None:
    never_goes_back(site, order, second_ends_last=second_ends_last)


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Changing:
    """A source whose items change, and of which there are ever more; a reading tells what is there when it begins."""

    name: str
    versions: dict[str, int]

    def read(self, past: Past) -> Reading:
        return Reading([draft(*each) for each in self.versions.items()], complete=True)

    def change(self, key: str) -> None:
        self.versions = {**self.versions, key: self.versions.get(key, 0) + 1}


def in_store(store: Store, source: Changing) -> dict[str, int]:
    with store.reading() as tx:
        items = [tx.items.get(key) for key in source.versions if tx.items.has(source.name, key, "")]
    return {item.key: int(item.title.split()[1]) for item in items if item.gone is None}


def reads_never_go_back(site: App, order: Sequence[str], *, second_ends_last: bool) -> None:
    name = uuid4().hex
    source = Changing(name, {f"a{name}": 1})

    def work(store: Store) -> object:
        return collect(store, source, NOON, announce=False, confirmed=False)

    Run(site.store, work).finish()
    first, second = Run(site.store, work), Run(site.store, work)
    runs, known = {"first": first, "second": second}, in_store(site.store, source)
    try:
        for place, what in enumerate(order):
            if what in runs:
                runs[what].step()
            else:
                source.change(f"{KEYS[place % 2]}{name}")
            now = in_store(site.store, source)
            assert not is_back(known, now)
            known = now
    finally:
        for run in [first, second] if second_ends_last else [second, first]:
            run.finish()
    assert not is_back(known, in_store(site.store, source))
    assert not (first.is_superseded and second.is_superseded)
    Run(site.store, work).finish()
    assert in_store(site.store, source) == source.versions


@FEW
@given(order=ORDERS, second_ends_last=st.booleans())
def test_what_two_readings_tell_never_goes_back(
    site: App, order: Sequence[str], second_ends_last: bool
) -> None:
    reads_never_go_back(site, order, second_ends_last=second_ends_last)


@pytest.mark.soak
@MANY
@given(order=ORDERS, second_ends_last=st.booleans())
def test_what_two_readings_tell_never_goes_back_at_length(
    site: App, order: Sequence[str], second_ends_last: bool
) -> None:
    reads_never_go_back(site, order, second_ends_last=second_ends_last)
