"""The units, the compose file and the page that lead to a cluster say what feeder understands."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from feeder import cli, config
from tests.conftest import Site, need

DOCS = Path(__file__).parents[1] / "docs"
FILES = DOCS / "cluster"
UNITS = sorted(FILES.glob("*.service"))
SERVICE_KEYS = {
    "image", "build", "command", "environment", "volumes", "depends_on", "healthcheck", "ports", "restart",
    "stop_grace_period", "working_dir",
}  # fmt: skip
"""What we use of the Compose Specification."""


def understood(words: list[str]) -> str:
    """Return the name of the function that runs a command. Fails where there is no such command."""
    return str(cli._parser().parse_args(words).run.__name__)


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((FILES / "compose.yml").read_text(encoding="utf-8")))


def test_compose_has_three_processes_that_feeder_understands(compose: dict[str, Any]) -> None:
    services = compose["services"]
    ours = {name: service for name, service in services.items() if name != "db"}
    assert {name: understood(service["command"]) for name, service in ours.items()} == {
        "web": "_run", "jobs": "_run", "worker": "_work",
    }  # fmt: skip
    for name, service in services.items():
        assert set(service) <= SERVICE_KEYS, name
        assert set(service.get("depends_on", {})) <= set(services)
        assert service["healthcheck"]["test"][0] == "CMD"
    volumes = {mount.split(":")[0] for service in services.values() for mount in service["volumes"]}
    assert {volume for volume in volumes if not volume.startswith(".")} == set(compose["volumes"])


def test_docker_compose_takes_it(tmp_path: Path) -> None:
    program = shutil.which("docker-compose")
    need(program, "docker-compose (Debian's package)")
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "POSTGRES_PASSWORD": "secret"}
    told = subprocess.run(
        [str(program), "-f", FILES / "compose.yml", "config", "--services"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (told.returncode, set(told.stdout.split())) == (0, {"db", "web", "jobs", "worker"}), told.stderr


def test_what_compose_puts_into_the_environment_is_configuration(compose: dict[str, Any], site: Site) -> None:
    told = {name: str(value) for name, value in compose["services"]["web"]["environment"].items()}
    password = re.compile(r"\$\{POSTGRES_PASSWORD:\?[^}]+\}")
    settings = config.load(
        site.folder / "config" / "feeder.toml",
        {name: password.sub("secret", value) for name, value in told.items()},
    )
    assert settings.store.url == "postgresql://feeder:secret@db/feeder"
    assert (settings.web.host, settings.web.port) == ("0.0.0.0", 8000)


def test_the_image_is_built_from_the_clone(compose: dict[str, Any]) -> None:
    build = compose["services"]["web"]["build"]
    clone = (FILES / build["context"]).resolve()
    image = (clone / build["dockerfile"]).read_text(encoding="utf-8")
    assert "'.[cluster]'" in image
    assert (clone / "constraints.txt").is_file()
    assert (clone / "pyproject.toml").is_file()


def run_by(unit: Path) -> list[str]:
    (line,) = re.findall(r"^ExecStart=(.+)$", unit.read_text(encoding="utf-8"), re.MULTILINE)
    program, *words = shlex.split(line.replace("%i", "1"))
    assert program.endswith("/feeder")
    return words


def test_units_start_what_feeder_understands() -> None:
    assert {unit.name: understood(run_by(unit)) for unit in UNITS} == {
        "feeder.service": "_run",
        "feeder-worker@.service": "_work",
    }


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_understands_units(unit: Path, tmp_path: Path) -> None:
    need(shutil.which("systemd-analyze"), "systemd-analyze (Debian's package systemd)")
    copy = tmp_path / unit.name.replace("@", "@1")
    # It looks for the program, which is nowhere here.
    copy.write_text(
        unit.read_text(encoding="utf-8").replace("/opt/feeder/bin/feeder", "/bin/true"), encoding="utf-8"
    )
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(copy)]
    told = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=60, env=os.environ | {"LANG": "C"}
    )
    assert (told.returncode, told.stdout + told.stderr) == (0, "")


def test_commands_of_the_page_are_commands() -> None:
    page = (DOCS / "cluster.md").read_text(encoding="utf-8")
    lines = [
        line
        for block in re.findall(r"^```\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
        for line in block.splitlines()
    ]
    commands = [line.partition("#")[0].split() for line in lines if line.startswith("feeder ")]
    assert len(commands) > 5
    for _, *words in commands:
        understood(words)
    for name in re.findall(r"\]\((cluster/[^)]+)\)", page):
        assert (DOCS / name).is_file(), name
