import subprocess
import sys
from pathlib import Path

import pytest

from feeder.errors import SiteLocked, StoreError
from feeder.store import Store, lock
from tests.disk_rig import a_disk

_HOLD = """
import sys
from pathlib import Path
from feeder.store import lock
with lock.hold(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_site_that_another_process_holds_is_locked_and_free_as_soon_as_it_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "feeder.db.lock"
    command = [sys.executable, "-c", _HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(SiteLocked, match=rf"process {other.pid} on \S+, since 20\d\d-"), lock.hold(path):
            pytest.fail("two hold it")
        other.kill()
        other.wait()
        with lock.hold(path):
            pass


def test_the_lock_is_let_go_after_the_block_and_after_an_error(store: Store) -> None:
    with pytest.raises(KeyboardInterrupt), store.lock():
        raise KeyboardInterrupt
    with store.lock(), pytest.raises(SiteLocked), store.lock():
        pytest.fail("two hold it")
    with store.lock():
        pass


def test_a_lock_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "feeder.db.lock").mkdir()
    with pytest.raises(StoreError, match="cannot be taken"), lock.hold(tmp_path / "feeder.db.lock"):
        pytest.fail("held a folder")


def test_a_lock_on_a_full_disk_says_so(tmp_path: Path) -> None:
    with a_disk(tmp_path / "disk", "1m") as disk:
        path = disk.folder / "feeder.db.lock"
        path.touch()
        disk.fill()
        with (
            pytest.raises(StoreError, match=r"feeder\.db\.lock: .+ \(No space left on device\)"),
            lock.hold(path),
        ):
            pytest.fail("nobody knows who holds it")
        disk.empty()
        with lock.hold(path):
            pass
