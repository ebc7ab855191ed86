from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder import net
from feeder.net.addresses import Standing, is_refused, judge

IPV4 = st.ip_addresses(v=4)
IPV6 = st.ip_addresses(v=6)


def within(network: str) -> st.SearchStrategy[IPv4Address | IPv6Address]:
    return st.ip_addresses(network=network)


PRIVATE_4 = st.one_of(
    within("10.0.0.0/8"),
    within("100.64.0.0/10"),
    within("127.0.0.0/8"),
    within("172.16.0.0/12"),
    within("192.168.0.0/16"),
)


@pytest.mark.parametrize(
    ("address", "standing"),
    [
        ("93.184.215.14", Standing.PUBLIC),
        ("172.15.255.255", Standing.PUBLIC),
        ("172.32.0.0", Standing.PUBLIC),
        ("100.63.255.255", Standing.PUBLIC),
        ("100.128.0.0", Standing.PUBLIC),
        ("2606:2800:220:1:248:1893:25c8:1946", Standing.PUBLIC),
        ("::ffff:93.184.215.14", Standing.PUBLIC),
        ("64:ff9b::5db8:d70e", Standing.PUBLIC),  # 93.184.215.14, from a network without IPv4
        ("127.0.0.1", Standing.PRIVATE),
        ("127.255.255.254", Standing.PRIVATE),
        ("10.0.0.1", Standing.PRIVATE),
        ("100.64.0.1", Standing.PRIVATE),
        ("172.16.0.1", Standing.PRIVATE),
        ("192.168.1.1", Standing.PRIVATE),
        ("::1", Standing.PRIVATE),
        ("fd12:3456::1", Standing.PRIVATE),
        ("::ffff:127.0.0.1", Standing.PRIVATE),
        ("64:ff9b::7f00:1", Standing.PRIVATE),
        ("0.0.0.0", Standing.NEVER),
        ("0.1.2.3", Standing.NEVER),
        ("169.254.169.254", Standing.NEVER),
        ("100.100.100.200", Standing.NEVER),
        ("168.63.129.16", Standing.NEVER),
        ("192.0.2.1", Standing.PRIVATE),
        ("224.0.0.1", Standing.NEVER),
        ("255.255.255.255", Standing.NEVER),
        ("::", Standing.NEVER),
        ("::127.0.0.1", Standing.NEVER),
        ("::ffff:0.0.0.0", Standing.NEVER),
        ("::ffff:169.254.169.254", Standing.NEVER),
        ("fe80::1", Standing.NEVER),
        ("fe80::1%eth0", Standing.NEVER),
        ("fec0::1", Standing.NEVER),
        ("ff02::1", Standing.NEVER),
        ("2001:db8::1", Standing.PRIVATE),
        ("2002:7f00:1::", Standing.NEVER),  # 6to4 of 127.0.0.1
        ("2001:0:7f00:1::", Standing.NEVER),  # Teredo
        ("64:ff9b:1::7f00:1", Standing.NEVER),  # NAT64 of a network's own
        ("fd00:ec2::254", Standing.NEVER),
        ("fd20:ce::254", Standing.NEVER),
    ],
)
def test_known_addresses(address: str, standing: Standing) -> None:
    assert judge(ip_address(address)) is standing


@given(st.one_of(IPV4, IPV6).filter(lambda address: judge(address) is Standing.PUBLIC))
def test_what_counts_as_public_is_so_for_python_too(address: IPv4Address | IPv6Address) -> None:
    seen = mirrored(address)

    assert seen.is_global
    assert not seen.is_multicast
    assert not seen.is_reserved


def mirrored(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    is_mirror = address.version == 6 and address.packed[0] == 0
    return IPv4Address(address.packed[-4:]) if is_mirror else address


@given(st.one_of(IPV4, PRIVATE_4), st.sampled_from(["::ffff:0:0", "64:ff9b::"]))
def test_a_mirror_has_the_standing_of_what_it_mirrors(inner: IPv4Address, mirror: str) -> None:
    assert judge(IPv6Address(int(IPv6Address(mirror)) | int(inner))) is judge(inner)


@given(IPV4, IPV4)
def test_tunnels_are_refused_whatever_they_carry(server: IPv4Address, inner: IPv4Address) -> None:
    six_to_four = IPv6Address((0x2002 << 112) | (int(inner) << 80))
    teredo = IPv6Address((0x2001_0000 << 96) | (int(server) << 64) | (int(inner) ^ 0xFFFF_FFFF))

    assert judge(six_to_four) is Standing.NEVER
    assert judge(teredo) is Standing.NEVER


@given(within("fe80::/10"))
def test_link_local_is_never_asked(address: IPv6Address) -> None:
    assert is_refused(judge(address), allow_private=True)


@given(PRIVATE_4)
def test_private_addresses_need_leave(address: IPv4Address) -> None:
    assert is_refused(judge(address), allow_private=False)
    assert address == IPv4Address("100.100.100.200") or not is_refused(judge(address), allow_private=True)


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("", "no web address"),
        ("example.org/feed", "no web address"),
        ("ftp://example.org/", "no web address"),
        ("file:///etc/passwd", "no web address"),
        ("javascript:alert(1)", "no web address"),
        ("http://", "no web address"),
        ("http:///path", "no web address"),
        ("http://example.org:0/", "no web address"),
        ("http://example.org:port/", "no web address"),
        ("http://example.org:99999/", "no web address"),
        ("http://[::1", "no web address"),
        ("https://example.org/a b", "no web address"),
        ("https://example.org/a\nb", "no web address"),
        ("https://example.org\\@other.example/", "no web address"),
        ("https://example.org/" + "a" * 8000, "no web address"),
        ("https://ada:secret@example.org/", "a name or a password"),
        ("https://token@example.org/", "a name or a password"),
        ("http://127.0.0.1/", "127.0.0.1, an address of this machine"),
        ("http://localhost:8000/", "localhost, an address of this machine"),
        ("http://site.LOCALHOST./", "an address of this machine"),
        ("http://[::1]/", "::1, an address of this machine"),
        ("http://[::ffff:10.0.0.1]/", "an address of this machine or a private network"),
        ("http://169.254.169.254/latest/meta-data/", "an address that no site has"),
    ],
)
def test_addresses_that_no_request_may_go_to(url: str, rule: str) -> None:
    with pytest.raises(net.RequestFailed) as raised:
        net.check(url)

    assert rule in raised.value.rule
    assert "secret" not in str(raised.value)
    assert "token" not in str(raised.value)


def test_private_addresses_name_their_mend() -> None:
    with pytest.raises(net.RequestFailed, match="allow_private = true"):
        net.check("http://10.1.2.3/")
    with pytest.raises(net.RequestFailed) as raised:
        net.check("http://169.254.169.254/", allow_private=True)

    assert "allow_private" not in str(raised.value)


@pytest.mark.parametrize(
    "url", ["https://example.org", "http://münchen.example:8080/ä?b=c#d", "https://[2606:2800:220:1::1]/"]
)
def test_good_addresses_pass(url: str) -> None:
    net.check(url)


def test_private_addresses_pass_with_leave() -> None:
    net.check("http://localhost/", allow_private=True)
    net.check("http://192.168.1.1:8080/", allow_private=True)


@given(st.text())
def test_any_text_is_good_or_refused(text: str) -> None:
    with suppress(net.RequestFailed):
        net.check(text)
        assert text.lower().startswith(("http://", "https://"))
