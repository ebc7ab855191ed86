"""The wheel as people install it: all inside, and the demo runs where no clone is near."""

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from feeder import shipped

CLONE = Path(__file__).parent.parent
PYTHON = Path("Scripts/python.exe" if os.name == "nt" else "bin/python")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, CLONE, cwd=folder)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the commands of an environment that has the wheel and what it depends on, nothing else."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder.parent)
    python = folder / PYTHON
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-compile")
    run(*pip, "-c", CLONE / "constraints.txt", wheel, cwd=folder.parent)
    return python.parent


def run(*command: str | Path, cwd: Path, environment: dict[str, str] | None = None) -> str:
    """Run a command and return what it prints; what it says of an error stands in the failure."""
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def files(folder: Path) -> Iterator[str]:
    for file in folder.rglob("*"):
        if file.is_file() and "__pycache__" not in file.parts:
            yield file.relative_to(folder).as_posix()


@pytest.fixture(scope="module")
def inside(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as opened:
        return set(opened.namelist())


def test_everything_that_travels_is_inside(inside: set[str]) -> None:
    templates = {f"feeder/templates/{file}" for file in files(shipped.templates())}
    sample = {f"feeder/demo/{file}" for file in files(shipped.sample_site())}
    migrations = {f"feeder/store/migrations/{file}" for file in files(CLONE / "feeder/store/migrations")}
    assert templates
    assert sample
    assert migrations
    assert templates | sample | migrations | {"feeder/feeder.example.toml"} <= inside


def test_nothing_that_stays_is_inside(inside: set[str]) -> None:
    tops = {name.partition("/")[0] for name in inside}

    assert {re.sub(r"-.*\.dist-info$", ".dist-info", top) for top in tops} == {"feeder", "feeder.dist-info"}


def test_the_demo_runs_where_it_is_installed(installed: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    scrubbed = {"PATH": os.defpath, "HOME": str(elsewhere), "LANG": "C.UTF-8"}

    said = run(installed / "feeder", "demo", "--into", site, cwd=elsewhere, environment=scrubbed)

    assert str(site) in said
    assert (site / "public" / "atom.xml").is_file()
    assert list(site.glob("public/tag/*/atom.xml"))
    assert not list(elsewhere.iterdir())
