"""The service while its database is stopped, or its disk is full: it says so, and goes on by itself."""

import signal
from pathlib import Path
from urllib.error import HTTPError

import pytest

from tests.conftest import Service, Site, at_free_port, new_site, piece, running, until
from tests.disk_rig import a_disk
from tests.mailing_rig import CONNECTIONS, GROUP, a_mailing
from tests.postgresql_rig import Server

STOPPED = "the store: cannot be used (connection failed"


def looked_at_each_second(site: Site) -> Site:
    """Let the texts of a site be looked at so often that nobody waits for it."""
    site.configure('path = "content"\nevery = "1s"', instead_of='path = "content"')
    return at_free_port(site)


def says(service: Service, what: str, within_seconds: float = 30) -> bool:
    """Wait until the log of the service says something, and tell whether it did."""
    return until(lambda: what in service.log.read_text(), within_seconds)


def is_ready(service: Service) -> bool:
    try:
        return service.get("readyz") == '{"ready":true}'
    except HTTPError as error:
        with error:
            return error.code != 503  # which alone says that it is not


def has_no_traceback(service: Service) -> bool:
    return "Traceback" not in service.log.read_text()


def test_it_goes_on_when_its_database_is_back(postgresql_server: Server, tmp_path: Path) -> None:
    site = looked_at_each_second(new_site(tmp_path / "site"))
    site.settings["FEEDER_STORE__URL"] = f"{postgresql_server.address}/postgres"
    with running(site) as service:
        site.write("before.md", piece("Before"))
        assert service.shows("Before")

        postgresql_server.stop("immediate")
        site.write("meanwhile.md", piece("Meanwhile"))
        assert says(service, STOPPED)
        assert "Before" in service.get(), "what is published is served all the same"
        assert service.get("healthz") == '{"alive":true}', "it need not be started anew"
        assert until(lambda: not is_ready(service), 30)
        assert "feeder_store_up 0.0" in service.get("metrics")
        postgresql_server.start()

        assert until(lambda: is_ready(service), 30)

        assert service.shows("Meanwhile", within_seconds=40)
        assert service.end(signal.SIGTERM) == 0
        assert has_no_traceback(service)


def test_it_still_holds_the_site_when_its_database_is_back(postgresql_server: Server, tmp_path: Path) -> None:
    site = looked_at_each_second(new_site(tmp_path / "site"))
    site.settings["FEEDER_STORE__URL"] = f"{postgresql_server.address}/postgres"
    with running(site) as service:
        postgresql_server.stop("fast")
        assert says(service, STOPPED)
        postgresql_server.start()
        site.write("after.md", piece("After"))
        assert service.shows("After", within_seconds=40)

        told = site.feeder("once")

        assert told.code == 1
        assert "is being worked on by another feeder" in told.err


def test_it_goes_on_when_its_disk_has_room_again(tmp_path: Path) -> None:
    with a_disk(tmp_path / "site", "16m") as disk:
        site = looked_at_each_second(new_site(disk.folder))
        site.write("one.md", piece("The first title"))
        with running(site) as service:
            assert service.shows("The first title")

            disk.fill()
            site.write("one.md", piece("The other title"))  # which takes no more room
            assert says(service, "full") or says(service, "No space left on device")
            disk.empty()

            assert service.shows("The other title", within_seconds=40)
            assert service.end(signal.SIGTERM) == 0
            assert has_no_traceback(service)


@pytest.mark.soak
@pytest.mark.parametrize("how", ["fast", "immediate", "killed"])
def test_an_issue_under_way_is_sent_to_its_end_when_the_database_is_back(
    postgresql_server: Server, tmp_path: Path, how: str
) -> None:
    url, addresses = f"{postgresql_server.address}/postgres", [f"now-{n}@example.org" for n in range(1000)]
    with a_mailing(tmp_path / "site", url, 1, how, readers=1) as mailing:
        site, host = at_free_port(mailing.site), mailing.host
        site.settings["FEEDER_SITE__PUBLIC_URL"] = "https://spans.example/"
        host.is_well = True  # what it puts off would come after minutes only
        site.configure('[digests.weekly]\ncron = "* * * * *"\nunit = "slot"', instead_of="[digests.weekly]")
        (site.folder / "now.csv").write_text("\n".join(["email", *addresses]))
        site.done("subscriber", "import", "now.csv", "--consent-waived", "a test")
        site.write("now.md", piece("News"))
        with running(site) as service:
            assert until(lambda: len(host.delivered) > len(addresses) // 5, 180)
            postgresql_server.stop(how)
            assert says(service, STOPPED, 60)
            postgresql_server.start()

            assert until(lambda: set(host.recipients()) >= set(addresses), 180), service.log.read_text()
            assert service.end(signal.SIGTERM) == 0
            assert has_no_traceback(service)
        doubled = sum(host.recipients().count(address) - 1 for address in addresses)
        assert doubled <= CONNECTIONS * GROUP
