"""Who comes late finds a folder fenced: a lower turn writes nothing, whatever happens to the file there."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.errors import PublishError, Superseded
from feeder.feeds.publishers import fence
from feeder.feeds.publishers.fence import Claim, Fence
from feeder.feeds.publishers.folder import Folder
from feeder.model.feeds import Document
from feeder.model.trees import Sign

CHANGED = datetime(2026, 11, 20, 12, tzinfo=UTC)
A_MOMENT = timedelta(milliseconds=20)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "srv" / "public"


@pytest.fixture
def there(root: Path) -> Fence:
    return Fence(root, A_MOMENT)


def claim(turn: int, seen: Sign | None = None, site: str = "ours") -> Claim:
    return Claim(Sign(site, turn), seen, "the other machine")


def is_let_in(there: Fence, by: Claim) -> bool:
    try:
        with there.held(by):
            return True
    except Superseded:
        return False


def test_a_folder_says_who_has_begun_to_write_there(there: Fence, root: Path) -> None:
    assert there.sign() is None
    there.begin(claim(7))
    assert there.sign() == Sign("ours", 7)
    there.begin(claim(12, Sign("ours", 7)))
    assert there.sign() == Sign("ours", 12)
    assert [file.name for file in root.iterdir()] == [fence.NAME]


@given(st.permutations(range(1, 6)))
def test_in_whatever_order_turns_come_a_later_one_keeps_out_all_before(
    tmp_path_factory: pytest.TempPathFactory, turns: list[int]
) -> None:
    there, highest = Fence(tmp_path_factory.mktemp("public"), A_MOMENT), 0
    for turn in turns:
        if turn > highest:
            there.begin(claim(turn))
            highest = turn
        else:
            with pytest.raises(Superseded, match=f"turn {highest} has begun"):
                there.begin(claim(turn))
        assert [each for each in turns if is_let_in_or_lost(there, claim(each))] == [highest]


def is_let_in_or_lost(there: Fence, by: Claim) -> bool:
    try:
        return is_let_in(there, by)
    except PublishError:
        return False


def test_who_has_begun_writes_until_another_begins(there: Fence) -> None:
    there.begin(claim(1))
    assert is_let_in(there, claim(1))
    assert is_let_in(there, claim(1))
    there.begin(claim(2, Sign("ours", 1)))
    assert not is_let_in(there, claim(1))
    assert is_let_in(there, claim(2))


@pytest.mark.parametrize(
    "content", [b"", b"ours", b"ours 1", b"ours one\n", b"\xff\n", b"a b 3\n", b"x" * 5000]
)
def test_a_file_that_cannot_be_understood_says_nothing_and_is_written_anew(
    there: Fence, root: Path, content: bytes
) -> None:
    there.begin(claim(1))
    (root / fence.NAME).write_bytes(content)
    assert there.sign() is None
    with pytest.raises(PublishError, match="was taken away"), there.held(claim(1)):
        pytest.fail("nothing must be put")
    there.begin(claim(2))
    assert (root / fence.NAME).read_text() == "ours 2\n"


def test_what_was_taken_away_meanwhile_is_not_gone_on_with(there: Fence, root: Path) -> None:
    there.begin(claim(1))
    (root / fence.NAME).unlink()
    with pytest.raises(PublishError, match="was taken away"), there.held(claim(1)):
        pytest.fail("nothing must be put")


def test_another_site_is_passed_over_only_by_who_has_seen_it(there: Fence) -> None:
    theirs = Sign("theirs", 40)
    there.begin(Claim(theirs, None))
    with pytest.raises(Superseded):
        there.begin(claim(1, seen=None))
    with pytest.raises(PublishError, match="or by another site"), there.held(claim(1)):
        pytest.fail("nothing must be put")
    there.begin(claim(1, seen=theirs))
    assert is_let_in(there, claim(1))


# ── One at a time ────────────────────────────────────────────────────────────────────────────────


@contextmanager
def stalled(there: Fence, by: Claim) -> Iterator[None]:
    """Let another run hold the folder."""
    holds, goes_on = threading.Event(), threading.Event()

    def hold() -> None:
        with there.held(by):
            holds.set()
            goes_on.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    assert holds.wait(30)
    try:
        yield
    finally:
        goes_on.set()
        thread.join()


def test_who_waits_too_long_says_for_whom_and_gets_in_when_it_goes_on(there: Fence) -> None:
    there.begin(claim(1))
    held = r"is held by turn 1 .* the other machine published last"
    with stalled(there, claim(1)), pytest.raises(PublishError, match=held):
        there.begin(claim(2, Sign("ours", 1)))
    there.begin(claim(2, Sign("ours", 1)))


def test_a_fence_that_is_made_anew_while_somebody_waits_is_the_one_that_counts(root: Path) -> None:
    patient = Fence(root, timedelta(seconds=30))
    patient.begin(claim(1))
    with ThreadPoolExecutor(1) as another:
        with stalled(patient, claim(1)):
            waiting = another.submit(patient.begin, claim(2, Sign("ours", 1)))
            (root / "anew").write_text("ours 3\n")
            (root / "anew").replace(root / fence.NAME)  # whole at once, wherever the other one is
        with pytest.raises(Superseded):
            waiting.result(timeout=30)
    assert patient.sign() == Sign("ours", 3)


def test_who_is_killed_lets_go(there: Fence, root: Path) -> None:
    there.begin(claim(1))
    code = f"import fcntl, os, signal; f = open({str(root / fence.NAME)!r}); fcntl.flock(f, fcntl.LOCK_EX)"
    killed = subprocess.run(
        [sys.executable, "-c", f"{code}; os.kill(os.getpid(), signal.SIGKILL)"], check=False
    )
    assert killed.returncode == -9
    assert is_let_in(there, claim(1))


def test_what_cannot_be_written_or_locked_is_told(tmp_path: Path) -> None:
    (tmp_path / "public").write_text("a file where a folder belongs")
    there = Fence(tmp_path / "public")
    with pytest.raises(PublishError, match="cannot be written and locked"):
        there.begin(claim(1))
    with pytest.raises(PublishError, match="cannot be written and locked"):
        there.sign()


def test_the_fence_is_no_document(root: Path) -> None:
    with closing(Folder(root)) as folder:
        folder.fence.begin(claim(1))
        with folder.fence.held(claim(1)):
            folder.put([Document("tag/x/atom.xml", b"<feed/>")], [CHANGED])
            folder.remove("tag/x/atom.xml")
    assert [file.name for file in root.iterdir()] == [fence.NAME]
