"""While PostgreSQL is stopped, started anew or cut off, whoever asks is told so within seconds, and when it is over."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.error import HTTPError
from urllib.request import urlopen

import psycopg
import pytest

from feeder import web
from feeder.app import App
from feeder.model.settings import StoreSettings
from feeder.web.health import Health
from tests.conftest import until
from tests.postgresql_rig import Server

WITHIN_SECONDS = 30


@contextmanager
def cut_off(server: Server) -> Iterator[None]:
    """Let a server be there, and answer nobody."""
    with psycopg.connect(f"{server.address}/postgres", autocommit=True) as connection:
        backends = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"
        )
        postmaster = int((server.folder / "data" / "postmaster.pid").read_text().split()[0])
        processes = [postmaster, *(int(row[0]) for row in backends)]
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                os.kill(process, signal.SIGCONT)


class Asked:
    """A process that is asked how it is."""

    def __init__(self, address: str) -> None:
        self.address = address

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urlopen(f"{self.address}{path}", timeout=WITHIN_SECONDS) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def is_ready(self) -> bool:
        return self.get("/readyz")[0] == 200

    def says(self, reason: str) -> bool:
        status, body = self.get("/readyz")
        return status == 503 and json.loads(body)["reasons"] == [reason]

    def sees_store(self) -> bool:
        status, body = self.get("/metrics")
        assert status == 200
        assert "process_cpu_seconds_total" in body, "what is known in the process is told all the same"
        return "feeder_store_up 1.0" in body and "feeder_dirty" in body


@pytest.fixture
def asked(app: App, postgresql_server: Server) -> Iterator[Asked]:
    store = StoreSettings(f"{postgresql_server.address}/postgres")
    with App(replace(app.settings, store=store)) as site:
        assert site.store.condition().database.startswith("PostgreSQL")
        with web.health_server(site, "127.0.0.1", 0, Health(site)) as (host, port):
            yield Asked(f"http://{host}:{port}")


def test_an_outage_is_told_and_its_end(asked: Asked, postgresql_server: Server) -> None:
    assert asked.is_ready()
    assert asked.sees_store()

    postgresql_server.stop("immediate")
    assert until(lambda: asked.says("the store cannot be used"), WITHIN_SECONDS)
    assert not asked.sees_store()
    assert asked.get("/healthz") == (200, '{"alive":true}')

    postgresql_server.start()
    assert until(asked.is_ready, WITHIN_SECONDS)
    assert until(asked.sees_store, WITHIN_SECONDS)

    with cut_off(postgresql_server):
        assert until(lambda: asked.says("the store does not answer"), WITHIN_SECONDS)
        assert not asked.sees_store()
        assert asked.get("/healthz") == (200, '{"alive":true}')
    assert until(asked.is_ready, WITHIN_SECONDS)
    assert until(asked.sees_store, WITHIN_SECONDS)
