"""Jobs are put: by the clock, once in each slot of time, and by whoever has work for one."""

from datetime import datetime, timedelta

from feeder.engine import Engine
from feeder.model.jobs import Job
from feeder.store import Store

TICK = "tick:"
"""Begins the name under which the slots of a job are claimed."""

_KEPT = timedelta(days=1)
"""How long slots are remembered: what claims them late is late by seconds."""


def put(store: Store, engine: Engine, job: Job) -> None:
    """Let a job run soon. Raises: StoreError."""
    with store.transaction() as tx:
        engine.put(tx, job)


def tick(store: Store, engine: Engine, job: Job, slot: datetime, now: datetime) -> None:
    """Let a job run for a slot of time, unless another process has seen to that. Raises: StoreError."""
    with store.transaction() as tx:
        if tx.runs.claim(f"{TICK}{job.name}", slot.isoformat(), now):
            engine.put(tx, job)


def forget(store: Store, now: datetime) -> None:
    """Forget the slots of days that are over. Raises: StoreError."""
    with store.transaction() as tx:
        tx.runs.forget_all(TICK, now - _KEPT)
