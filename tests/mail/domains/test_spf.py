"""SPF as receivers read it, against a DNS server of our own. The cases are after RFC 7208, and its tests."""

from ipaddress import ip_address

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeder.mail.domains import spf
from feeder.mail.domains.spf import Result
from feeder.net.dns import Dns
from tests.dns_rig import NameServer

HERE, SIX, ELSEWHERE = "192.0.2.7", "2001:db8::7", "198.51.100.1"


def evaluate(server: NameServer, address: str = HERE, domain: str = "a.example") -> spf.Verdict:
    return spf.evaluate(
        Dns(server.address), ip_address(address), domain, "strong-bad+returns@email.example.com"
    )


@pytest.mark.parametrize(
    ("record", "address", "expected"),
    [
        ("v=spf1", HERE, Result.NEUTRAL),
        ("v=spf1 -all", HERE, Result.FAIL),
        ("V=SPF1 +all", HERE, Result.PASS),
        ("v=spf1 ~all", HERE, Result.SOFTFAIL),
        ("v=spf1 ?all", HERE, Result.NEUTRAL),
        ("v=spf1 ip4:192.0.2.0/24 -all", HERE, Result.PASS),
        ("v=spf1 ip4:192.0.2.0/29  -all", ELSEWHERE, Result.FAIL),
        ("v=spf1 ip4:192.0.2.7 -all", SIX, Result.FAIL),
        ("v=spf1 -ip4:192.0.2.7 +all", HERE, Result.FAIL),
        ("v=spf1 ip6:2001:db8::/32 -all", SIX, Result.PASS),
        ("v=spf1 ip6:2001:db8::/127 -all", SIX, Result.FAIL),
        ("v=spf1 IP6:2001:db8::7 -all", SIX, Result.PASS),
        ("v=spf1 a -all", HERE, Result.PASS),
        ("v=spf1 a -all", SIX, Result.PASS),
        ("v=spf1 a -all", ELSEWHERE, Result.FAIL),
        ("v=spf1 a:host.example/24 -all", HERE, Result.PASS),
        ("v=spf1 a:host.example//64 -all", SIX, Result.PASS),
        ("v=spf1 a/24//64 -all", ELSEWHERE, Result.FAIL),
        ("v=spf1 mx -all", HERE, Result.PASS),
        ("v=spf1 mx:host.example -all", HERE, Result.FAIL),
        ("v=spf1 ptr -all", HERE, Result.PASS),
        ("v=spf1 ptr:b.example -all", HERE, Result.FAIL),
        ("v=spf1 exists:%{i}.list.example -all", HERE, Result.PASS),
        ("v=spf1 exists:%{ir}.list.example -all", HERE, Result.FAIL),
        ("v=spf1 include:good.example -all", HERE, Result.PASS),
        ("v=spf1 include:bad.example ?all", HERE, Result.NEUTRAL),
        ("v=spf1 redirect=good.example", HERE, Result.PASS),
        ("v=spf1 redirect=bad.example", HERE, Result.FAIL),
        ("v=spf1 redirect=bad.example +all", HERE, Result.PASS),
        ("v=spf1 moo=x exp=why.example -all", HERE, Result.FAIL),
    ],
)
def test_what_records_say(server: NameServer, record: str, address: str, expected: Result) -> None:
    server.text("a.example", record, "another text")
    server.text("good.example", "v=spf1 ip4:192.0.2.7 -all")
    server.text("bad.example", "v=spf1 -all")
    server.records |= {
        ("a.example", "A"): [HERE],
        ("a.example", "AAAA"): [SIX],
        ("a.example", "MX"): ["10 mail.a.example."],
        ("mail.a.example", "A"): [HERE],
        ("host.example", "A"): ["192.0.2.200"],
        ("host.example", "AAAA"): ["2001:db8::1"],
        ("7.2.0.192.in-addr.arpa", "PTR"): ["fake.b.example.", "mail.a.example."],
        (f"{HERE}.list.example", "A"): ["127.0.0.2"],
    }

    assert evaluate(server, address).result is expected


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ("v=spf1 ip4:192.0.2.0/33 -all", "nobody understands"),
        ("v=spf1 ip4:192.0.2 -all", "nobody understands"),
        ("v=spf1 ip4 -all", "nobody understands"),
        ("v=spf1 ip6:2001:db8::/129 -all", "nobody understands"),
        ("v=spf1 ip4:2001:db8:: -all", "nobody understands"),
        ("v=spf1 a: -all", "nobody understands"),
        ("v=spf1 include -all", "nobody understands"),
        ("v=spf1 include:x.example/24 -all", "nobody understands"),
        ("v=spf1 all:x", "nobody understands"),
        ("v=spf1 moo -all", "nobody understands"),
        ("v=spf1 +all moo", "nobody understands"),
        ("v=spf1 redirect=a.example redirect=b.example", "twice"),
        ("v=spf1 redirect=", "sends on to nobody"),
        ("v=spf1 exists:%{c}.example -all", "is no name"),
        ("v=spf1 exists:100%.example -all", "is no name"),
        ("v=spf1 include:nowhere.example -all", "nowhere.example, which it includes, has no record"),
        ("v=spf1 redirect=nowhere.example", "nowhere.example, which it includes, has no record"),
        ("v=spf1 include:a.example -all", "more than 10 lookups"),
        ("v=spf1 redirect=a.example", "more than 10 lookups"),
        ("v=spf1 a:0.example a:1.example a:2.example -all", "more than 2 of its lookups find nothing"),
        ("v=spf1 mx:many.example -all", "more than 10 mail servers"),
    ],
)
def test_records_that_no_receiver_can_use(server: NameServer, record: str, why: str) -> None:
    server.text("a.example", record)
    server.records["many.example", "MX"] = [f"10 {number}.many.example." for number in range(11)]

    verdict = evaluate(server)

    assert (verdict.result, why in verdict.why) == (Result.PERMERROR, True), verdict


def test_ten_lookups_are_not_too_many(server: NameServer) -> None:
    server.text("a.example", f"v=spf1 {' '.join(f'a:{number}.example' for number in range(10))} -all")
    server.records |= {(f"{number}.example", "A"): [ELSEWHERE] for number in range(10)}

    verdict = evaluate(server)

    assert (verdict.result, verdict.lookups) == (Result.FAIL, 10)


def test_it_says_whose_records_it_read(server: NameServer) -> None:
    server.text("a.example", "v=spf1 include:b.example include:c.example -all")
    server.text("b.example", "v=spf1 include:d.example")
    server.text("c.example", "v=spf1 -all")
    server.text("d.example", "v=spf1 -all")

    assert evaluate(server).visited == ("a.example", "b.example", "d.example", "c.example")


def test_two_records_are_none(server: NameServer) -> None:
    server.text("a.example", "v=spf1 -all", "v=spf1 +all")

    assert evaluate(server).result is Result.PERMERROR


def test_without_a_record_nothing_is_said(server: NameServer) -> None:
    server.text("a.example", "v=spf10 -all", "spf2.0/pra +all")

    assert evaluate(server).result is Result.NONE


def test_a_dns_that_fails_may_do_better_soon(server: NameServer) -> None:
    server.text("a.example", "v=spf1 include:b.example -all")
    server.failing.add("b.example")

    verdict = evaluate(server)

    assert verdict.result is Result.TEMPERROR
    assert "b.example" in verdict.why


@pytest.mark.parametrize(
    ("macro", "expected"),
    [  # of RFC 7208, 7.4
        ("%{s}", "strong-bad+returns@email.example.com"),
        ("%{o}", "email.example.com"),
        ("%{d}", "email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{d1}", "com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l}", "strong-bad+returns"),
        ("%{l-}", "strong.bad+returns"),
        ("%{lr}", "strong-bad+returns"),
        ("%{lr-}", "bad+returns.strong"),
        ("%{l1r-}", "strong"),
        ("%{ir}.%{v}._spf.%{d2}", "7.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad+returns.strong.lp.7.2.0.192.in-addr._spf.example.com"),
        ("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"),
        ("%%%_%-", "% %20"),
        ("%{S}", "strong-bad%2Breturns%40email.example.com"),
    ],
)
def test_macros(server: NameServer, macro: str, expected: str) -> None:
    evaluation = spf._Evaluation(
        Dns(server.address), ip_address(HERE), "strong-bad+returns@email.example.com"
    )

    assert evaluation._expanded(macro, "email.example.com") == expected


def test_an_address_of_version_6_is_written_half_byte_by_half_byte(server: NameServer) -> None:
    evaluation = spf._Evaluation(Dns(server.address), ip_address("2001:db8::cb01"), "a@b.example")

    assert evaluation._expanded("%{ir}.%{v}", "b.example") == (
        "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6"
    )


_WORDS = st.lists(
    st.sampled_from(["a", "mx", "ptr", "include:a.example", "exists:%{i}.x", "ip4:192.0.2.7", "-all", "moo"])
    | st.from_regex(r"[-+?~]?[a-z0-9]{1,6}[:=][%{}a-z0-9./:]{0,12}(/[0-9]{1,4})?", fullmatch=True)
    | st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=12),
    max_size=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=_WORDS)
def test_whatever_a_record_says_there_is_a_verdict_within_the_limits(
    server: NameServer, words: list[str]
) -> None:
    text = " ".join(["v=spf1", *words]).replace('"', "").replace("\\", "")
    server.text("a.example", text)
    server.asked.clear()

    verdict = evaluate(server)

    assert verdict.lookups <= 11
    assert len(server.asked) <= 1 + 11 * 21
    assert (verdict.result is Result.PERMERROR) == bool(verdict.why)
