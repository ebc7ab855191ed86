"""What keeps those out of a folder who come late: a small file there, and a lock on it.

The file says whose tree the folder holds, and the highest turn that has written there. Whoever writes
holds the file's lock meanwhile, having looked at that: a lower turn never touches anything. So a
machine that stalls, and wakes when another has published what is newer, finds itself fenced out.

The lock is the operating system's (`flock`), and a network file system's as well where that has any:
NFS, whose clients also see what others wrote once they have it. It ends with the process.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from feeder.errors import PublishError, Superseded
from feeder.model.trees import Sign

NAME = ".feeder-tree"
"""Hidden, so that it is no document: it is not served, nor mirrored."""

_LONGEST_BYTES = 1000
_LOOKS_EVERY_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Claim:
    """What a run writes by: the sign that it leaves, the one that it saw before, and who had published last."""

    sign: Sign
    seen: Sign | None
    before: str = ""


class Fence:
    """The fence of the folder `root`. Others who write are waited for as long as `patience`."""

    def __init__(self, root: Path, patience: timedelta = timedelta(seconds=30)) -> None:
        self._root = root
        self._place = root / NAME
        self._patience = patience

    def sign(self) -> Sign | None:
        """Return what the folder says; None where it says nothing that can be understood. Raises: PublishError."""
        try:
            with self._trying(), self._place.open("rb") as file:
                return _understood(file.read(_LONGEST_BYTES))
        except FileNotFoundError:
            return None

    def begin(self, claim: Claim) -> None:
        """Leave a run's sign in the folder, which is made where it is missing.

        Raises: Superseded, when somebody has left another one since, but an earlier turn; PublishError.
        """
        with self._trying():
            self._root.mkdir(parents=True, exist_ok=True)
        with self._locked(claim, os.O_RDWR | os.O_CREAT) as file:
            there = _read(file)
            is_earlier = there and there.site == claim.sign.site and there.turn < claim.sign.turn
            if there and there != claim.seen and not is_earlier:
                raise _superseded(claim, there)
            # A power cut ends all who write on this machine, and a server of files has it when it is closed.
            with self._trying():
                os.ftruncate(file, os.pwrite(file, f"{claim.sign.site} {claim.sign.turn}\n".encode(), 0))

    @contextmanager
    def held(self, claim: Claim) -> Iterator[None]:
        """Keep everybody else out while the block writes.

        Raises: Superseded, when a later turn has begun to write there; PublishError, also when the folder
        was taken away meanwhile, or by another site: then nothing must be put there as though all else was.
        """
        with self._locked(claim, os.O_RDWR) as file:
            there = _read(file)
            if there and there.site == claim.sign.site and there.turn > claim.sign.turn:
                raise _superseded(claim, there)
            if there != claim.sign:
                raise self._lost()
            yield

    @contextmanager
    def _locked(self, claim: Claim, how: int) -> Iterator[int]:
        """Open the file, and hold its lock."""
        end = time.monotonic() + self._patience.total_seconds()
        while True:
            with self._opened(how) as file:
                while not self._is_taken(file):
                    if time.monotonic() > end:
                        raise self._held_up(claim, _read(file))
                    time.sleep(_LOOKS_EVERY_SECONDS)
                if self._is_there(file):
                    yield file
                    return

    @contextmanager
    def _opened(self, how: int) -> Iterator[int]:
        try:
            with self._trying():
                file = os.open(self._place, how, 0o644)
        except FileNotFoundError as error:
            raise self._lost() from error
        try:
            yield file
        finally:
            os.close(file)

    def _is_taken(self, file: int) -> bool:
        try:
            with self._trying():
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _is_there(self, file: int) -> bool:
        """Tell whether an open file is still the one: somebody may have emptied the folder meanwhile."""
        try:
            with self._trying():
                return os.path.samestat(os.fstat(file), self._place.stat())
        except FileNotFoundError:
            return False

    @contextmanager
    def _trying(self) -> Iterator[None]:
        try:
            yield
        except (FileNotFoundError, BlockingIOError):
            raise
        except OSError as error:
            raise PublishError(
                str(self._place),
                f"cannot be written and locked ({error.strerror})",
                "check the folder's rights and the disk's room, and that its file system has locks",
            ) from error

    def _held_up(self, claim: Claim, there: Sign | None) -> PublishError:
        turn = f"turn {there.turn} of publishing" if there else "another run"
        who = f"; {claim.before} published last" if claim.before else ""
        return PublishError(
            str(self._root),
            f"is held by {turn}, which does not go on{who}",
            "end that process, or let it go on; the next publish does what is left",
        )

    def _lost(self) -> PublishError:
        return PublishError(
            str(self._root),
            "was taken away, or by another site, while it was published to",
            "let nothing else write there; the next publish makes up for it",
        )


def _superseded(claim: Claim, there: Sign) -> Superseded:
    return Superseded(
        f"turn {claim.sign.turn} at publish",
        f"is over, since turn {there.turn} has begun to write, here or on another machine",
        "nothing is to be mended: what was left is done by that one",
    )


def _read(file: int) -> Sign | None:
    return _understood(os.pread(file, _LONGEST_BYTES, 0))


def _understood(content: bytes) -> Sign | None:
    """Return what a file says: two words in a line; a power cut may have left less, or nothing."""
    words = content.decode("ascii", "replace").split()
    is_whole = content.endswith(b"\n") and len(words) == 2 and words[1].isdecimal()  # noqa: PLR2004
    return Sign(words[0], int(words[1])) if is_whole else None
