"""A site mails by a provider's interface: too fast, with an answer that is lost, and with a key that is wrong."""

import pytest

from feeder.model.settings import Provider
from tests.conftest import Site, piece
from tests.mail.provider_rig import CUT, KEY, LOST, ProviderHost, Reply

READERS = [f"reader{n}@example.net" for n in range(3)]


@pytest.fixture
def abroad(site: Site) -> Site:
    """A site with readers, and something to read."""
    site.settings |= {
        "FEEDER_SITE__PUBLIC_URL": "https://spans.example/",
        "FEEDER_SITE__POSTAL_ADDRESS": "1 Bridge Street, Spanham",
        "FEEDER_MAIL__SENDER": "digest@spans.example",
    }
    site.done("check", "--accept", "a double of the tests has no DNS")
    site.write("one.md", piece("Why old bridges hum", "tags: [bridges]"))
    site.done("sync")
    for reader in READERS:
        site.done("subscriber", "add", reader, "--welcome", "1")
    return site


def by(host: ProviderHost, site: Site, key: str = KEY) -> Site:
    site.settings |= {
        "FEEDER_MAIL__PROVIDER__NAME": host.simulated.name,
        "FEEDER_MAIL__PROVIDER__KEY": key,
        "FEEDER_MAIL__PROVIDER__API": host.url,
    }
    return site


def states(site: Site) -> list[str]:
    told = [site.done("subscriber", "show", reader, "--json").json for reader in READERS]
    return [each["deliveries"][0]["state"] for each in told]


def test_nobody_gets_it_twice_where_calls_have_keys(abroad: Site) -> None:
    with ProviderHost(Provider.RESEND) as host:
        host.plays(Reply(429, headers={"Retry-After": "0"}), LOST)
        by(host, abroad).done("digest", "send")
        abroad.done("digest", "send")

        assert sorted(host.recipients()) == READERS
        assert len(host.requests) == 3
        assert all(each.token for each in host.taken)
        assert KEY not in abroad.done("config", "show").out
    assert states(abroad) == ["accepted"] * 3
    assert not abroad.mails()


def test_nor_where_a_run_hears_nothing_at_all_and_the_next_sends_again(abroad: Site) -> None:
    abroad.settings |= {"FEEDER_DELIVERY__GROUP": "1", "FEEDER_MAIL__PROVIDER__CONNECTIONS": "1"}
    with ProviderHost(Provider.BREVO) as host:
        by(host.plays(LOST, CUT, CUT), abroad).feeder("digest", "send")
        assert states(abroad) == ["attempted", "accepted", "accepted"]

        abroad.done("digest", "send")
        assert sorted(host.recipients()) == READERS
    assert states(abroad) == ["accepted"] * 3


def test_without_keys_a_lost_answer_is_uncertain_and_the_message_goes_again_as_it_was(abroad: Site) -> None:
    with ProviderHost(Provider.POSTMARK) as host:
        told = by(host.plays(LOST), abroad).feeder("digest", "send")

        assert told.code == 1
        assert "look whether it came: nobody knows" in told.err
        assert states(abroad) == ["attempted"] * 3

        abroad.done("digest", "send")
        assert sorted(host.recipients()) == sorted(READERS * 2)
        assert len({str(each.said) for each in host.taken}) == 3
    assert states(abroad) == ["accepted"] * 3


def test_whoever_wants_nothing_twice_decides_about_it(abroad: Site) -> None:
    abroad.settings["FEEDER_DELIVERY__UNCERTAIN"] = "at-most-once"
    with ProviderHost(Provider.POSTMARK) as host:
        by(host.plays(LOST), abroad).feeder("digest", "send")
        abroad.feeder("digest", "send")

        assert sorted(host.recipients()) == READERS
    assert states(abroad) == ["uncertain"] * 3


def test_a_wrong_key_is_told_and_costs_nobody_an_issue(abroad: Site) -> None:
    with ProviderHost(Provider.MAILGUN) as host:
        abroad.settings["FEEDER_MAIL__PROVIDER__DOMAIN"] = "ada.example"
        told = by(host, abroad, key="key-of-another").feeder("digest", "send")

        assert told.code == 1
        assert "mailgun 401 Forbidden" in told.err
        assert "[mail.provider]" in told.err
        assert "key-of-another" not in told.err
        assert not any(reader in told.err for reader in READERS)
        assert states(abroad) == ["waiting"] * 3

        abroad.now = "2026-11-22T10:00:00Z"
        by(host, abroad).done("digest", "send")
        assert sorted(host.recipients()) == READERS
