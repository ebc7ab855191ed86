"""Three machines send an issue while one after another is killed, cut off or held up, and the database goes away.

Nothing is lost, little is doubled, what one leaves behind others take up, and who comes back works again by itself.
"""

import json
import random
import re
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from tests.cluster_rig import Cluster, Machine, a_cluster
from tests.conftest import until
from tests.mailing_rig import CONNECTIONS, GROUP, all_came

SEED = 20261128
PATIENCE_SECONDS = 60
A_TICK_SECONDS = 60
"""Within so long a scheduler looks for what may go again."""

STOPS_WITHIN_SECONDS = 10

WITHIN_SECONDS = {"killed": 5, "cut off": 10, "held up": 5}
"""How long it may take until others take up what a machine held. Only the soak has the machine to itself."""

Figures = Callable[[str, object], None]
"""Where figures of a test are told, for `--junitxml`."""


@dataclass(slots=True)
class Blows:
    """What befalls machines that send, one after the other, and for each the seconds until others took up what it held."""

    cluster: Cluster
    taken_up: dict[str, list[float]] = field(default_factory=lambda: {how: [] for how in WITHIN_SECONDS})
    outages: int = 0

    @property
    def doubles_allowed(self) -> int:
        """How many messages may come twice by now: a group for each connection that broke off."""
        machines = sum(map(len, self.taken_up.values())) + self.outages * len(self.cluster.machines)
        return machines * CONNECTIONS * GROUP

    def befall(self, machine: Machine, how: str) -> None:
        """Let something befall a machine that sends, see others take over, undo it, and see it send again by itself."""
        self._strike(machine, how)
        came = self.cluster.came()
        match how:
            case "killed":
                self.cluster.start(machine)
            case "cut off":
                machine.bring_back()
            case "held up":
                machine.send_signal(signal.SIGCONT)
        self._sends_again(machine, came)

    def _strike(self, machine: Machine, how: str) -> None:
        held_by = self.cluster.held_by
        assert until(lambda: len(held_by(machine)) >= GROUP, PATIENCE_SECONDS), self.cluster.logs()
        began = time.monotonic()
        match how:
            case "killed":
                machine.kill()
            case "cut off":
                machine.cut_off()
            case "held up":
                machine.send_signal(signal.SIGSTOP)
        held = held_by(machine)
        assert held
        assert until(lambda: not held <= held_by(machine), PATIENCE_SECONDS), self.cluster.logs()
        self.taken_up[how].append(time.monotonic() - began)

    def stop_database(self, how: str, seconds: float) -> None:
        """Stop the database for some seconds, see all say so, and see the issue go on."""
        server, machines = self.cluster.server, self.cluster.machines
        self.outages += 1
        server.stop(how)
        for machine in machines:
            assert until(partial(_misses_store, machine), PATIENCE_SECONDS)
            assert machine.get("/healthz")[0] == 200
            assert "feeder_store_up 0.0" in machine.get("/metrics")[1]
        time.sleep(seconds)
        server.start()
        came = self.cluster.came()
        for machine in machines:
            assert until(machine.is_ready, PATIENCE_SECONDS), self.cluster.logs()
            self._sends_again(machine, came)

    def _sends_again(self, machine: Machine, came: int) -> None:
        """Wait until a machine sends of itself; what it had in the air may still land, and is not new."""
        assert until(lambda: self.cluster.came_from(machine, came) > CONNECTIONS * GROUP, PATIENCE_SECONDS), (
            self.cluster.logs()
        )


def _misses_store(machine: Machine) -> bool:
    status, answer = machine.get("/readyz")
    return status == 503 and json.loads(answer)["reasons"] == ["the store cannot be used"]


def _sends(cluster: Cluster, machine: Machine) -> bool:
    return cluster.came_from(machine, 0) > 0


def all_work(cluster: Cluster) -> None:
    """Let all machines begin, and see all of them send."""
    for machine in cluster.machines:
        cluster.start(machine)
    for machine in cluster.machines:
        assert until(partial(_sends, cluster, machine), PATIENCE_SECONDS), cluster.logs()
    members = cluster.status()["members"]
    assert sorted(member["machine"] for member in members) == [machine.name for machine in cluster.machines]


def ends_well(cluster: Cluster, blows: Blows, figures: Figures, patience: float = PATIENCE_SECONDS) -> None:
    """See the issue sent to its end, and look at what came of it."""
    cluster.host.seconds_a_message = 0
    readers = cluster.mailing.readers + len(cluster.mailing.gone)

    def is_over() -> bool:
        cluster.try_again_now()
        return sum(cluster.settled().values()) == readers

    assert until(is_over, patience + A_TICK_SECONDS), cluster.logs()
    for how, seconds in blows.taken_up.items():
        figures(f"{how}: taken up after", " ".join(f"{each:.1f}" for each in seconds))
    figures("doubled", f"{cluster.mailing.doubled} of {blows.doubles_allowed}")
    all_came(cluster.mailing)
    assert cluster.mailing.doubled <= blows.doubles_allowed
    logs = cluster.logs()
    assert "Traceback" not in logs, logs
    assert re.findall(r" planned planned=(\d+)", logs) == [str(readers)], "planned once, by one of them"


def stop_soon(cluster: Cluster) -> None:
    """Tell all machines to stop, while one is cut off and the others miss their database: they do."""
    cluster.machines[0].cut_off()
    cluster.server.stop("immediate")
    for machine in cluster.machines:
        machine.send_signal(signal.SIGTERM)
    began = time.monotonic()
    codes = [machine.wait(PATIENCE_SECONDS) for machine in cluster.machines]
    assert codes == [0, 0, 0], cluster.logs()
    assert time.monotonic() - began < STOPS_WITHIN_SECONDS, cluster.logs()


def test_what_befalls_machines_and_their_database_loses_nothing(
    postgresql_programs: Path, tmp_path: Path, record_property: Figures
) -> None:
    with a_cluster(tmp_path, postgresql_programs, readers=2500, seconds_a_message=0.2) as cluster:
        blows = Blows(cluster)
        all_work(cluster)
        one, two, three = cluster.machines
        blows.befall(one, "killed")
        blows.befall(two, "cut off")
        blows.befall(three, "held up")
        blows.stop_database("immediate", 3)
        ends_well(cluster, blows, record_property)
        stop_soon(cluster)


@pytest.mark.soak
def test_thirty_blows_in_ten_minutes_lose_nothing_of_a_large_issue(
    postgresql_programs: Path, tmp_path: Path, record_property: Figures
) -> None:
    chance, hows = random.Random(SEED), list(WITHIN_SECONDS)
    with a_cluster(tmp_path, postgresql_programs, 100_000, 0.06) as cluster:
        blows = Blows(cluster)
        all_work(cluster)
        for number in range(30):
            turn = time.monotonic()
            if number % 10 == 9:
                blows.stop_database(chance.choice(["fast", "immediate", "killed"]), chance.uniform(1, 15))
            else:
                blows.befall(chance.choice(cluster.machines), hows[number % len(hows)])
            time.sleep(max(0, turn + 20 - time.monotonic()))
        ends_well(cluster, blows, record_property, patience=1200)
        for how, seconds in blows.taken_up.items():
            assert max(seconds) <= WITHIN_SECONDS[how], how
        slots = cluster.slots("publish")
        assert max(later - earlier for earlier, later in pairwise(slots)) <= 60, (
            "one of them always sees to it"
        )
        stop_soon(cluster)


# ── Limits ───────────────────────────────────────────────────────────────────────────────────────


def stays_within(
    folder: Path, programs: Path, limit: str, a_second: int, seconds: int, figures: Figures
) -> None:
    """Let three machines send far more than they may, of which the share of a minute may leave at once."""
    readers = 2 * a_second * (60 + seconds)
    with a_cluster(folder, programs, readers, 0, {limit: str(a_second * 3600)}) as cluster:
        all_work(cluster)
        begin = cluster.host.delivered[0].at
        time.sleep(max(0, begin + seconds - time.monotonic()))
        moments = sorted(each.at - begin for each in cluster.host.delivered)
        allowed = a_second * (60 + moments[-1])
        figures(f"{limit}: of {allowed:.0f} in {moments[-1]:.0f} s", len(moments))
        assert all(count <= 1.1 * a_second * (60 + at) for count, at in enumerate(moments, 1)), cluster.logs()
        assert len(moments) >= 0.9 * allowed, cluster.logs()


limits = pytest.mark.parametrize(
    "limit", ["FEEDER_DELIVERY__RATE", "FEEDER_DELIVERY__DOMAIN_RATE", "FEEDER_MAIL__SERVERS__RELAY__RATE"]
)


def test_limits_hold_for_all_machines_together(
    postgresql_programs: Path, tmp_path: Path, record_property: Figures
) -> None:
    stays_within(tmp_path, postgresql_programs, "FEEDER_DELIVERY__RATE", 3, 20, record_property)


@pytest.mark.soak
@limits
def test_limits_hold_for_minutes(
    postgresql_programs: Path, tmp_path: Path, limit: str, record_property: Figures
) -> None:
    stays_within(tmp_path, postgresql_programs, limit, 10, 300, record_property)
