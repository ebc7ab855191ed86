"""Each third-party package has one home, so that it can be exchanged there and understood there."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import feeder

PACKAGE = Path(feeder.__file__).parent
PYPROJECT = PACKAGE.parent / "pyproject.toml"

# Import name -> where below feeder/ it may be imported, whether at the top of a file or within a function.
HOMES = {
    "alembic": ["store"],
    "altcha": ["web"],
    "apscheduler": ["schedule"],
    "babel": ["templating"],
    "brotli": ["feeds"],
    "cronsim": ["config", "digests"],
    "cryptography": ["mail"],
    "css_inline": ["markup"],
    "dns": ["net"],
    "email_validator": ["config", "subscribers"],
    "feedgen": ["feeds"],
    "feedparser": ["sources"],
    "httpcore": ["net"],
    "httptools": [],  # uvicorn reads requests with it
    "httpx": ["net"],
    "imagesize": ["digests"],
    "isal": ["feeds"],
    "jinja2": ["templating"],
    "lxml": ["feeds", "markup", "sources"],
    "markupsafe": ["templating"],
    "nh3": ["markup"],
    "obstore": ["feeds"],
    "procrastinate": ["engine"],
    "prometheus_client": ["web"],
    "psycopg": ["engine"],  # SQLAlchemy speaks to PostgreSQL by it
    "pyromark": ["markup"],
    "sqlalchemy": ["sources", "store"],
    "starlette": ["web"],
    "tqdm": ["cli"],
    "tzdata": [],  # time zones for machines that have none; zoneinfo reads them
    "uvicorn": ["web"],
    "uvloop": [],  # uvicorn runs on it
    "watchfiles": ["sources"],
    "yaml": ["sources"],
}

# Distributions whose import name is not their own, in small letters and with underscores.
IMPORT_NAMES = {"dnspython": "dns", "pyyaml": "yaml"}


def imported(tree: ast.AST) -> Iterator[str]:
    """Tell the top-level names of all that is imported, wherever it stands in a file."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names):
                yield from (alias.name.partition(".")[0] for alias in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module.partition(".")[0]
            case ast.Call(
                func=ast.Name("import_module" | "__import__") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(str(module)), *_],
            ):
                yield module.partition(".")[0]


def foreign_imports() -> Iterator[tuple[str, str]]:
    """Tell (file below feeder/, import name) for all that is neither Python's nor feeder's own."""
    for file in sorted(PACKAGE.rglob("*.py")):
        names = {*imported(ast.parse(file.read_bytes()))}
        for name in sorted(names - sys.stdlib_module_names - {"feeder"}):
            yield file.relative_to(PACKAGE).as_posix(), name


def at_home(file: str, name: str) -> bool:
    room = file.partition("/")[0].removesuffix(".py")
    return room in HOMES.get(name, [])


def test_third_parties_are_imported_at_home_only() -> None:
    astray = [f"feeder/{file} imports {name}" for file, name in foreign_imports() if not at_home(file, name)]

    assert not astray


def dependencies() -> set[str]:
    """Tell the import names of all that pyproject.toml declares for running feeder."""
    project = tomllib.loads(PYPROJECT.read_text("utf-8"))["project"]
    declared = [project["dependencies"]]
    declared += [needed for extra, needed in project["optional-dependencies"].items() if extra != "test"]
    distributions = {
        re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower() for some in declared for requirement in some
    }
    return {IMPORT_NAMES.get(name, name.replace("-", "_")) for name in distributions}


def test_every_dependency_has_a_home() -> None:
    assert not dependencies() - HOMES.keys(), "a new dependency needs a home in the table above"


def test_everything_at_home_is_a_dependency() -> None:
    assert not HOMES.keys() - dependencies(), "pyproject.toml declares what feeder imports itself"


@pytest.mark.parametrize(
    "code",
    [
        "import sqlalchemy",
        "import sqlalchemy.orm as orm",
        "from sqlalchemy.orm import Session",
        "def late():\n    import sqlalchemy",
        "def late():\n    if True:\n        from sqlalchemy import text",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import sqlalchemy",
        "import importlib\nimportlib.import_module('sqlalchemy.orm')",
        "from importlib import import_module\nimport_module('sqlalchemy')",
        "__import__('sqlalchemy')",
    ],
)
def test_imports_are_seen_wherever_they_stand(code: str) -> None:
    assert "sqlalchemy" in set(imported(ast.parse(code)))


def test_neighbours_are_no_third_parties() -> None:
    assert not set(imported(ast.parse("from . import sqlalchemy\nfrom .sqlalchemy import text")))


@pytest.mark.parametrize(
    ("file", "name", "expected"),
    [
        ("store/tables.py", "sqlalchemy", True),
        ("store/migrations/versions/0001.py", "sqlalchemy", True),
        ("config.py", "cronsim", True),
        ("config/rules.py", "cronsim", True),
        ("web/public.py", "sqlalchemy", False),
        ("app.py", "unheard_of", False),
    ],
)
def test_rooms(file: str, name: str, expected: bool) -> None:
    assert at_home(file, name) is expected
