import os
from collections.abc import Callable
from pathlib import Path

import pytest

from feeder import shipped
from feeder.model.settings import Site
from feeder.templating import Templates
from tests.feeds.kits.samples import SITE

GOLDEN = Path(__file__).parent.parent / "golden"


@pytest.fixture(scope="session")
def site() -> Site:
    return SITE


@pytest.fixture(scope="session")
def templates(site: Site) -> Templates:
    return Templates([shipped.templates()], site)


@pytest.fixture
def golden() -> Callable[[str, bytes], None]:
    """Compare bytes with a golden file; tests/golden/README.md tells how to renew it."""

    def check(name: str, content: bytes) -> None:
        if os.environ.get("FEEDER_GOLDEN") == "write":
            assert "CI" not in os.environ, "golden files are renewed by people"
            (GOLDEN / name).write_bytes(content)
        assert content == (GOLDEN / name).read_bytes()

    return check
