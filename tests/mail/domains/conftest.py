"""A DNS server of our own, empty for each test."""

from collections.abc import Iterator

import pytest

from tests.dns_rig import NameServer, a_name_server


@pytest.fixture(scope="module")
def running() -> Iterator[NameServer]:
    with a_name_server() as made:
        yield made


@pytest.fixture
def server(running: NameServer) -> NameServer:
    running.records.clear()
    running.failing.clear()
    running.asked.clear()
    return running
