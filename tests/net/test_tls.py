"""Certificates, good and bad, on real connections."""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from feeder import net

from .conftest import MakeWorld, Names, Rerouted, Site, World, reply

HOST = "good.example"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trust(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@contextmanager
def secured(certificate: trustme.LeafCert) -> Iterator[Site]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    with serving(context) as site:
        yield site


@contextmanager
def serving(context: ssl.SSLContext) -> Iterator[Site]:
    site = Site(context)
    site.plays("/", reply(200, b"here"))
    try:
        yield site
    finally:
        site.close()


def test_a_good_certificate(authority: trustme.CA, trust: ssl.SSLContext, new_world: MakeWorld) -> None:
    with secured(authority.issue_cert(HOST)) as site:
        world = new_world(tls=trust, ports={443: site.port})

        assert world.get(f"https://{HOST}/").content == b"here"
        assert site.requests[0].headers["host"] == HOST
        world.client.close()


def test_a_certificate_for_another_name(
    authority: trustme.CA, trust: ssl.SSLContext, new_world: MakeWorld
) -> None:
    with secured(authority.issue_cert("other.example")) as site:
        world = new_world(tls=trust, ports={443: site.port})

        assert "its certificate is for another name" in world.fails(f"https://{HOST}/").rule
        assert not site.requests
        assert not world.slept


def test_a_certificate_that_has_expired(
    authority: trustme.CA, trust: ssl.SSLContext, new_world: MakeWorld
) -> None:
    old = authority.issue_cert(
        HOST, not_before=datetime(2020, 1, 1, tzinfo=UTC), not_after=datetime(2021, 1, 1, tzinfo=UTC)
    )
    with secured(old) as site:
        assert "has expired" in new_world(tls=trust, ports={443: site.port}).fails(f"https://{HOST}/").rule


def test_a_certificate_of_the_future(
    authority: trustme.CA, trust: ssl.SSLContext, new_world: MakeWorld
) -> None:
    soon = datetime.now(UTC) + timedelta(days=1)
    with secured(authority.issue_cert(HOST, not_before=soon, not_after=soon + timedelta(days=1))) as site:
        assert "not valid yet" in new_world(tls=trust, ports={443: site.port}).fails(f"https://{HOST}/").rule


def test_an_authority_that_nobody_knows(
    authority: trustme.CA, trust: ssl.SSLContext, new_world: MakeWorld
) -> None:
    with secured(trustme.CA().issue_cert(HOST)) as site:
        failure = new_world(tls=trust, ports={443: site.port}).fails(f"https://{HOST}/")

        assert "an authority that nobody knows" in failure.rule


def test_by_default_the_authorities_of_browsers_are_trusted(
    authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    with secured(authority.issue_cert(HOST)) as site, authority.cert_pem.tempfile() as file:
        monkeypatch.setenv("SSL_CERT_FILE", file)
        client = net.Client(resolve=Names(), network=Rerouted({443: site.port}))

        with client, pytest.raises(net.RequestFailed, match="an authority that nobody knows"):
            client.get(f"https://{HOST}/")


def test_a_self_signed_certificate(trust: ssl.SSLContext, new_world: MakeWorld) -> None:
    alone = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    with trustme.Blob(alone.private_key_pem.bytes() + alone.cert_pem.bytes()).tempfile() as file:
        context.load_cert_chain(file)
    with serving(context) as site:
        failure = new_world(tls=trust, ports={443: site.port}).fails(f"https://{HOST}/")

        assert "its certificate is self-signed" in failure.rule


def test_a_site_without_tls(trust: ssl.SSLContext, new_world: MakeWorld, site: Site) -> None:
    failure = new_world(tls=trust, ports={443: site.port}).fails(f"https://{HOST}/")

    assert "no TLS that we understand" in failure.rule
    assert "http or https" in failure.mend


def test_a_handshake_that_takes_for_ever(trust: ssl.SSLContext, new_world: MakeWorld) -> None:
    limits = net.Limits(whole=timedelta(seconds=0.1))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        world = new_world(limits, trust, {443: silent.getsockname()[1]})

        start = time.monotonic()
        assert "too long in all" in world.fails(f"https://{HOST}/").rule
        assert time.monotonic() - start < 5


def test_no_way_back_from_https(authority: trustme.CA, trust: ssl.SSLContext, new_world: MakeWorld) -> None:
    with secured(authority.issue_cert(HOST)) as site:
        world = new_world(tls=trust, ports={443: site.port})
        site.plays("/", reply(302, Location=f"http://{HOST}/plain?token=s3cret"))

        failure = world.fails(f"https://{HOST}/")

        assert f"from https to http (http://{HOST}/plain)" in failure.rule
        assert "s3cret" not in str(failure)
        world.client.close()


def both(plain: Site, secure: Site) -> dict[int, int]:
    return {80: plain.port, 443: secure.port}


def test_the_same_site_by_tls_is_told_the_same(
    authority: trustme.CA, trust: ssl.SSLContext, new_world: MakeWorld, site: Site
) -> None:
    with secured(authority.issue_cert(HOST)) as secure:
        world: World = new_world(tls=trust, ports=both(site, secure))
        site.plays("/", reply(301, Location=f"https://{HOST}/"))

        world.get(f"http://{HOST}/", headers={"If-None-Match": '"1"'}, auth=("ada", "s3cret"))

        assert secure.requests[0].headers["if-none-match"] == '"1"'
        assert "authorization" in secure.requests[0].headers
        world.client.close()
