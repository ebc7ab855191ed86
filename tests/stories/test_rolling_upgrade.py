"""A cluster is upgraded while it works: old and new programs side by side, and what only the old used goes at last."""

import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

import feeder
from feeder.model import ids
from feeder.store import migrations, open_store
from tests.conftest import Site, new_site, start, until
from tests.postgresql_rig import a_database

CLONE = Path(feeder.__file__).parents[1]
PATIENCE_SECONDS = 60

BEFORE = f"{int(migrations.HEAD) + 1:04}"
AFTER = f"{int(migrations.HEAD) + 2:04}"
STEP = '''"""A step of a later version."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{follows}"
kind = "{kind}"


def upgrade() -> None:
    {act}
'''


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A later version of the program: it adds a column to items, and then takes an index away."""
    folder = tmp_path_factory.mktemp("later")
    shutil.copytree(CLONE / "feeder", folder / "feeder")  # with what Python has compiled: times come along
    for name in ("templates", "config"):
        (folder / name).symlink_to(CLONE / name)
    home = folder / "feeder" / "store" / "migrations"
    whole = home / "__init__.py"
    said = f'BEFORE, AFTER = "{migrations.BEFORE}", "{migrations.AFTER}"'
    text = whole.read_text(encoding="utf-8")
    assert said in text
    whole.write_text(text.replace(said, f'BEFORE, AFTER = "{BEFORE}", "{AFTER}"'), encoding="utf-8")
    for revision, follows, kind, act in (
        (BEFORE, migrations.HEAD, "before", 'op.add_column("items", sa.Column("strapline", sa.Text()))'),
        (AFTER, BEFORE, "after", 'op.drop_index("ix_items_language", "items")'),
    ):
        step = STEP.format(revision=revision, follows=follows, kind=kind, act=act)
        (home / "versions" / f"{revision}_{kind}.py").write_text(step, encoding="utf-8")
    return folder


@pytest.fixture
def site(postgresql: str, tmp_path: Path) -> Iterator[Site]:
    with a_database(postgresql) as address:
        made = new_site(tmp_path / "site")
        made.now = None
        made.settings |= {"FEEDER_STORE__URL": address}
        yield made


@contextmanager
def at_work(site: Site, *more: str) -> Iterator[Any]:
    """Let a process work for a site; at the end it is killed."""
    with (site.folder / "log").open("ab") as log:
        process = start("work", *more, folder=site.folder, environment=site.environment, out=log, err=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


@pytest.fixture
def living(site: Site) -> Iterator[Callable[[], int]]:
    """Counts the processes that live."""
    with closing(open_store(site.settings["FEEDER_STORE__URL"], ids.namespace("urn:x"))) as store:

        def count() -> int:
            with store.reading() as tx:
                return sum(member.is_alive for member in tx.members.all())

        yield count


def test_old_and_new_work_side_by_side_until_no_old_one_is_left(
    site: Site, later: Path, living: Callable[[], int]
) -> None:
    new = Site(site.folder, None, site.settings | {"PYTHONPATH": str(later)})
    with ExitStack() as processes:
        old = [processes.enter_context(at_work(site)) for _ in range(2)]
        assert until(lambda: living() == 2, PATIENCE_SECONDS), site_log(site)
        added = processes.enter_context(at_work(new))
        assert until(lambda: living() == 3, PATIENCE_SECONDS), site_log(site)

        site.done("subscriber", "add", "reader@example.org")
        assert "reader@example.org" in new.done("subscriber", "list").out
        refused = new.feeder("store", "upgrade")
        assert refused.code == 1
        assert "is used by an earlier version of feeder" in refused.err
        assert all(f":{process.pid} " in refused.err for process in old)
        leaving, stalling = old
        leaving.send_signal(signal.SIGTERM)
        assert leaving.wait(PATIENCE_SECONDS) == 0
        stalling.send_signal(signal.SIGSTOP)
        assert until(lambda: living() == 1, PATIENCE_SECONDS), site_log(site)
        assert AFTER in new.done("store", "upgrade").out

        stalling.send_signal(signal.SIGCONT)
        assert stalling.wait(PATIENCE_SECONDS) == 0
        assert "this program is too old for the store" in site_log(site)
        beyond = site.feeder("work")
        assert beyond.code == 1
        assert "by a later version of feeder" in beyond.err
        added.send_signal(signal.SIGTERM)
        assert added.wait(PATIENCE_SECONDS) == 0, site_log(site)


def site_log(site: Site) -> str:
    return (site.folder / "log").read_text(encoding="utf-8")
