"""Processes and what they cost, taken in turns, and tables of it.

Turns (A B A B) in one sitting keep a machine that is now quicker and now slower from favouring
one of them. Look at the ratios first.
"""

import argparse
import multiprocessing
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

_SAMPLE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Run:
    """What one process and its children cost: seconds of the clock and of the processors, and memory.

    `peak_mb` is that of the largest process, by the kernel's account, or of all together, by samples.
    """

    wall: float
    cpu: float
    peak_mb: float
    output: str


Measured = Callable[[], Run]
"""Does something once, and says what that cost."""


class DidNotWork(SystemExit):
    """What was to be measured did not do its work, so its cost says nothing."""


def run(command: Sequence[str | Path], folder: Path, environment: Mapping[str, str] | None = None) -> Run:
    """Run a command in a folder.

    Raises: DidNotWork, with the end of what it printed, unless its exit code is 0.
    """
    os.sync()  # so that it does not pay for what was written before
    with tempfile.TemporaryFile() as output:
        began = time.monotonic()
        process = subprocess.Popen(  # noqa: S603 - our own commands
            command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        with _samples(process.pid) as samples:
            _, status, used = os.wait4(process.pid, 0)
            wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        printed = output.read().decode("utf-8", "replace")
    if process.returncode:
        raise DidNotWork(f"{command} ended with {process.returncode}:\n{printed[-3000:]}")
    # The kernel counts a process from the fork on, so no peak is below that of this script.
    peak_kb = max(used.ru_maxrss, *samples)
    return Run(wall, used.ru_utime + used.ru_stime, peak_kb / 1024, printed)


def apart(act: Callable[..., None], *arguments: object) -> None:
    """Do something in a process of its own: whoever is measured counts from the fork on, with all that a script holds.

    Raises: DidNotWork.
    """
    process = multiprocessing.get_context("spawn").Process(target=act, args=arguments)
    process.start()
    process.join()
    check(f"exit code of {act.__name__}", process.exitcode, 0)


def in_turns(runs: int, measured: Mapping[str, Measured]) -> dict[str, list[Run]]:
    """Run each of several things once, then each once more, and so on."""
    costs: dict[str, list[Run]] = {name: [] for name in measured}
    for turn in range(runs):
        for name, once in measured.items():
            costs[name].append(once())
            say(f"  {turn + 1}/{runs} {name}: {costs[name][-1].wall:.2f} s")
    return costs


def table(costs: Mapping[str, Sequence[Run]], peer: str = "") -> str:
    """Return a table of medians, with each one's ratio to those of `peer`."""
    head = ["", "wall s", "min–max", "CPU s", "peak MB"]
    if peer:
        head += [f"wall/{peer}", "CPU", "peak"]
    rows = [head]
    for name, runs in costs.items():
        walls = [run.wall for run in runs]
        row = [name, f"{median(walls):.2f}", f"{min(walls):.2f}–{max(walls):.2f}"]
        row += [f"{_cpu(runs):.2f}", f"{_peak(runs):.0f}"]
        if peer:
            row += [f"{of(runs) / of(costs[peer]):.2f}" for of in (wall, _cpu, _peak)]
        rows.append(row)
    return aligned(rows)


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return rows with their cells below each other, the first to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *others in rows:
        cells = (f"{cell:>{width}}" for cell, width in zip(others, widths[1:], strict=True))
        lines.append("  ".join([f"{first:<{widths[0]}}", *cells]).rstrip())
    return "\n".join(lines)


def wall(runs: Sequence[Run]) -> float:
    """Return the median of the seconds by the clock."""
    return median(run.wall for run in runs)


def check(what: str, found: object, expected: object) -> None:
    """Make sure that the work was done.

    Raises: DidNotWork.
    """
    if found != expected:
        raise DidNotWork(f"{what}: {found!r}, and should be {expected!r}")


def parser(words: str | None) -> argparse.ArgumentParser:
    """Make a parser of arguments whose help is a script's docstring."""
    return argparse.ArgumentParser(description=words, formatter_class=argparse.RawDescriptionHelpFormatter)


@contextmanager
def scratch() -> Iterator[Path]:
    """Make a folder for everything, which goes at the end; TMPDIR says on which disk."""
    with tempfile.TemporaryDirectory(prefix="feeder-benchmark-") as folder:
        yield Path(folder)


def say(text: str) -> None:
    """Print."""
    print(text, flush=True)  # noqa: T201 - what a script is for


def _cpu(runs: Sequence[Run]) -> float:
    return median(run.cpu for run in runs)


def _peak(runs: Sequence[Run]) -> float:
    return median(run.peak_mb for run in runs)


@contextmanager
def _samples(root: int) -> Iterator[list[int]]:
    """Sample how many KB a process and all its children hold together, what they share counted once."""
    samples, ended = [0], threading.Event()

    def sample() -> None:
        while not ended.wait(_SAMPLE_SECONDS):
            samples.append(sum(map(_proportional_kb, _family(root))))

    sampler = threading.Thread(target=sample, daemon=True)
    sampler.start()
    try:
        yield samples
    finally:
        ended.set()
        sampler.join()


def _family(process: int) -> Iterator[int]:
    yield process
    try:
        tasks = list(Path(f"/proc/{process}/task").iterdir())
        children = [child for task in tasks for child in (task / "children").read_text().split()]
    except OSError:  # it has ended
        return
    for child in children:
        yield from _family(int(child))


def _proportional_kb(process: int) -> int:
    """Return what a process holds (proc(5), Pss): of a page that n processes share, one nth."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
