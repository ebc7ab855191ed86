"""Would mail be taken? A DNS, a mail server and the service itself, all real, say what is held against the rules."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
import trustme

from feeder import net, web
from feeder.app import App
from feeder.mail import keys
from feeder.mail.keys import Pair
from feeder.model.checks import Check, State
from feeder.model.settings import Dkim, Mail, MailServer, Provider, Security
from feeder.model.subscribers import Subscriber
from feeder.net.dns import Dns, Limits
from feeder.workflows import deliverability
from feeder.workflows.deliverability import Asks
from tests.conftest import until
from tests.dns_rig import NameServer, a_name_server
from tests.mail.provider_rig import ProviderHost
from tests.mail.smtp_rig import MailHost
from tests.workflows.conftest import NOON

Add = Callable[..., Subscriber]
Changed = Callable[..., App]

OURS = "203.0.113.25"
RELAY = "mail.spans.example"


@contextmanager
def serving(app: App) -> Iterator[str]:
    """Let the service of a site answer on the loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        server = web.server(app)
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            assert until(lambda: server.started, 20)
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.should_exit = True
            thread.join()


@dataclass(slots=True)
class World:
    """All that a site that mails depends on. What is changed in it counts at the next look."""

    app: App
    names: NameServer
    host: MailHost
    trust: ssl.SSLContext
    public_url: str
    mail: Mail
    client: net.Client = field(default_factory=net.Client)

    def look(self) -> dict[str, Check]:
        """Return what is found, by name; of several with one name, the worst."""
        dns = Dns(self.names.address, Limits(question=timedelta(milliseconds=300)))
        settings = replace(
            self.app.settings,
            mail=self.mail,
            site=replace(self.app.settings.site, public_url=self.public_url),
        )
        found = deliverability.look(settings, self.app.signer, Asks(dns, self.client, self.trust), NOON)
        order = [State.SKIPPED, State.OK, State.WARNING, State.WRONG]
        return {check.name: check for check in sorted(found, key=lambda check: order.index(check.state))}

    def faults(self) -> list[str]:
        """Return the names of what is wrong."""
        return [name for name, check in self.look().items() if check.is_wrong]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Pair]:
    """Keys, made once: that takes longer than most tests."""
    return list(keys.pairs(Dkim(), "spans.example", tmp_path_factory.mktemp("keys")))


@pytest.fixture
def world(app: App, authority: trustme.CA, made: Sequence[Pair]) -> Iterator[World]:
    """A world in which all is well."""
    certified = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(certified)
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    dkim = Dkim()
    with a_name_server() as names, MailHost(tls=certified) as host, serving(app) as url:
        for pair in made:
            names.text(pair.name, pair.value)
        names.text("spans.example", f"v=spf1 ip4:{OURS} -all")
        names.text("_dmarc.spans.example", "v=DMARC1; p=reject")
        names.records |= {
            ("spans.example", "MX"): [f"10 {RELAY}."],
            ("25.113.0.203.in-addr.arpa", "PTR"): [f"{RELAY}."],
            (RELAY, "A"): [OURS],
        }
        mail = replace(
            app.settings.mail,
            servers={"relay": MailServer("relay", "localhost", host.port, user="ada", password="x")},
            dkim=replace(dkim, key=made[0].file, ed25519_key=made[1].file),
            outbound=(OURS,),
        )
        host.offers.append("AUTH PLAIN")
        with net.Client() as client:
            yield World(app, names, host, trust, url, mail, client)


def test_where_all_is_well_nothing_is_said_against_it(world: World) -> None:
    found = world.look()

    assert {name: check.state for name, check in found.items()} == dict.fromkeys(
        ["spf", "dkim", "dmarc", "ptr", "mx", "server", "leaving"], State.OK
    )


def test_mail_that_stays_here_concerns_nobody(world: World) -> None:
    world.mail = replace(world.mail, servers={})

    assert [check.state for check in world.look().values()] == [State.SKIPPED]
    assert not world.names.asked


def test_trying_out_a_server_logs_in_and_mails_nothing(world: World) -> None:
    world.look()

    assert [command.split()[0] for command in world.host.commands] == [
        "EHLO",
        "STARTTLS",
        "EHLO",
        "AUTH",
        "QUIT",
    ]


def test_looking_takes_nobody_off_and_changes_nothing(world: World, add: Add) -> None:
    reader = add("ada@example.org")
    with world.app.store.reading() as tx:
        before = list(tx.subscribers.all())

    world.look()

    with world.app.store.reading() as tx:
        assert list(tx.subscribers.all()) == before
        assert not tx.suppressions.of(reader.address)


def without(world: World, name: str, kind: str) -> None:
    world.names.records = {key: value for key, value in world.names.records.items() if key != (name, kind)}


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("spans.example", "TXT", ["spf"]),
        ("feeder._domainkey.spans.example", "TXT", ["dkim"]),
        ("feeder-ed25519._domainkey.spans.example", "TXT", []),
        ("_dmarc.spans.example", "TXT", ["dmarc"]),
        ("25.113.0.203.in-addr.arpa", "PTR", ["ptr"]),
        (RELAY, "A", ["ptr"]),
        ("spans.example", "MX", ["mx"]),
    ],
)
def test_each_record_that_is_missing_is_told(world: World, name: str, kind: str, expected: list[str]) -> None:
    without(world, name, kind)

    assert world.faults() == expected


def test_a_key_that_is_not_the_dnss_is_told(world: World) -> None:
    other = next(keys.pairs(Dkim(selector="other"), "spans.example", world.app.settings.folder / "others"))
    world.mail = replace(world.mail, dkim=replace(world.mail.dkim, key=other.file))

    assert world.faults() == ["dkim"]
    assert "another key" in world.look()["dkim"].found


def test_a_key_that_cannot_be_read_is_told(world: World) -> None:
    world.mail = replace(world.mail, dkim=replace(world.mail.dkim, key=world.app.settings.folder / "no.pem"))

    assert "dkim" in world.faults()


def test_a_signature_of_another_domain_proves_nothing(world: World) -> None:
    world.mail = replace(
        world.mail,
        returns="returns@mailer.example",
        dkim=replace(world.mail.dkim, domain="mailer.example"),
    )

    assert "neither signatures nor the return path" in world.look()["dmarc"].found


def test_the_return_path_is_looked_at_where_it_is_another_domain(world: World) -> None:
    world.mail = replace(world.mail, returns="returns@back.example")
    world.names.text("back.example", f"v=spf1 ip4:{OURS} -all")

    assert world.faults() == ["mx"]
    assert world.look()["spf"].about == "back.example"


def test_a_provider_is_known_by_what_it_says_to_include(world: World) -> None:
    world.mail = replace(world.mail, outbound=("include:mailer.example",))
    assert world.faults() == ["spf"]

    world.names.text("spans.example", "v=spf1 include:mailer.example -all")
    world.names.text("mailer.example", "v=spf1 ip4:198.51.100.0/24 -all")
    found = world.look()

    assert (found["spf"].state, found["ptr"].state) == (State.OK, State.SKIPPED)


@pytest.mark.parametrize(
    ("host", "addresses", "expected"),
    [
        ("mail.spans.example", ["8.8.4.4"], State.OK),
        ("mail.spans.example", ["8.8.4.4", "8.8.8.8"], State.WARNING),
        ("mail.spans.example", ["127.0.0.1"], State.WARNING),
        ("8.8.4.4", [], State.OK),
        ("localhost", [], State.WARNING),
    ],
)
def test_who_mails_is_guessed_by_the_mail_server_where_nobody_says_it(
    world: World, host: str, addresses: list[str], expected: State
) -> None:
    dns = Dns(world.names.address)
    world.names.records["mail.spans.example", "A"] = addresses
    world.names.text("spans.example", "v=spf1 ip4:8.8.4.4 -all")
    server = replace(world.mail.servers["relay"], host=host)

    check = deliverability._spf(
        replace(world.mail, outbound=(), servers={"relay": server}), "spans.example", dns
    )

    assert check.state is expected


def test_a_dns_that_is_silent_is_told_soon(world: World) -> None:
    world.names.failing |= {"spans.example", "_dmarc.spans.example"}
    world.names.silent |= {"feeder._domainkey.spans.example"}

    assert sorted(world.faults()) == ["dkim", "dmarc", "mx", "spf"]
    assert "does not answer" in world.look()["spf"].found


def test_a_certificate_that_nobody_vouches_for_is_told(world: World) -> None:
    world.trust = ssl.create_default_context()

    assert world.faults() == ["server"]
    assert "certificate" in world.look()["server"].found


def test_a_server_that_does_not_know_us_is_told(world: World) -> None:
    world.host.always("AUTH", "535 5.7.8 who are you")

    assert "535" in world.look()["server"].found
    assert "x" not in world.look()["server"].found.split()


def test_a_server_that_all_can_listen_to_is_worth_a_look(world: World) -> None:
    plain = replace(world.mail.servers["relay"], security=Security.NONE, allow_plain=True)
    world.mail = replace(world.mail, servers={"relay": plain})

    assert world.look()["server"].state is State.WARNING


def test_a_public_address_where_nobody_listens_is_told(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    world.public_url = f"http://127.0.0.1:{port}/"

    assert world.faults() == ["leaving"]


def test_another_site_at_the_public_address_is_told(world: World, changed: Changed) -> None:
    other = changed(
        store=replace(world.app.settings.store, url=f"sqlite:///{world.app.settings.folder}/other.db")
    )
    with serving(other) as url:
        world.public_url = url

        assert world.look()["leaving"].found == "somebody answers, but not this site"


# ── A provider ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def double() -> Iterator[ProviderHost]:
    with ProviderHost(Provider.POSTMARK) as double:
        yield double


def by(double: ProviderHost, world: World, **changed: str) -> World:
    provider = double.settings(**changed)
    world.mail = replace(world.mail, servers={}, provider=provider, dkim=Dkim(), outbound=())
    return world


def test_a_provider_signs_and_has_a_return_path_of_its_own(world: World, double: ProviderHost) -> None:
    found = by(double, world).look()

    assert {name for name, check in found.items() if check.state is State.SKIPPED} == {"spf", "dkim", "ptr"}
    assert {name for name, check in found.items() if check.state is State.OK} == {
        *("dmarc", "mx", "provider", "leaving")
    }
    assert "postmark" in found["spf"].found
    assert not double.taken


def test_what_is_ours_to_mend_is_so_beside_a_provider(world: World, double: ProviderHost) -> None:
    del world.names.records["_dmarc.spans.example", "TXT"]

    assert by(double, world, key="another").faults() == ["dmarc", "provider"]
