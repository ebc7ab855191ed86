"""Several servers: their shares, what one cannot take, and how they rest."""

import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeder.mail.transports.several import Several
from feeder.mail.transports.smtp import Pool
from feeder.model.deliveries import Accepted, Deferred, Envelope, Lost, Message, Outcome, Refused
from feeder.model.settings import MailServer, Security
from tests.mail import smtp_rig
from tests.mail.smtp_rig import MailHost

CLOSED = smtp_rig.after("421 4.3.2 closing", smtp_rig.drop)
NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Whom these servers, which do without TLS, are trusted by: it takes no time to make."""

MakeSeveral = Callable[..., Several]


class Clock:
    """Stands still until a test moves it."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def group(*names: str) -> list[tuple[Envelope, Message]]:
    return [
        (
            Envelope("bounce@ada.example", f"{name}@example.net"),
            Message(f"<{name}@ada.example>", b"A: b\r\n\r\nc\r\n"),
        )
        for name in names
    ]


def names(host: MailHost) -> list[str]:
    return [recipient.partition("@")[0] for recipient in host.recipients()]


def kinds(outcomes: list[Outcome]) -> list[str]:
    return [
        str(outcome.verdict) if isinstance(outcome, Deferred | Refused) else type(outcome).__name__.lower()
        for outcome in outcomes
    ]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def one() -> Iterator[MailHost]:
    with MailHost() as host:
        yield host


@pytest.fixture
def other() -> Iterator[MailHost]:
    with MailHost() as host:
        yield host


@pytest.fixture
def new_several(clock: Clock) -> Iterator[MakeSeveral]:
    with ExitStack() as opened:

        def make(*hosts: MailHost, weights: tuple[int, ...] = (1, 1, 1), **settings: object) -> Several:
            pools = [
                Pool(
                    MailServer(
                        f"s{number}",
                        "127.0.0.1",
                        host.port,
                        Security.NONE,
                        weight=weights[number],
                        timeout=timedelta(seconds=5),
                        **settings,  # type: ignore[arg-type]  # of a test's own choice
                    ),
                    NOBODY,
                )
                for number, host in enumerate(hosts)
            ]
            several = Several(pools, clock)
            opened.callback(several.close)
            return several

        yield make


def test_servers_share_by_their_weights(one: MailHost, other: MailHost, new_several: MakeSeveral) -> None:
    several = new_several(one, other, weights=(3, 1))

    for n in range(40):
        assert kinds(several.send_group(group(f"r{n}"))) == ["accepted"]

    assert (len(one.delivered), len(other.delivered)) == (30, 10)


def test_all_connections_are_used(one: MailHost, other: MailHost, new_several: MakeSeveral) -> None:
    several = new_several(one, other, connections=3)
    assert several.connections == 6

    with ThreadPoolExecutor(6) as threads:
        outcomes = list(threads.map(lambda n: several.send_group(group(f"r{n}")), range(60)))

    assert all(kinds(each) == ["accepted"] for each in outcomes)
    assert len(one.delivered) + len(other.delivered) == 60
    assert one.connections <= 3
    assert other.connections <= 3


def test_what_one_cannot_take_goes_to_the_other(
    one: MailHost, other: MailHost, new_several: MakeSeveral
) -> None:
    one.always("GREETING", "421 4.3.2 no")
    several = new_several(one, other)

    assert kinds(several.send_group(group("ada", "bob"))) == ["accepted"] * 2
    assert names(other) == ["ada", "bob"]


def test_of_a_group_only_what_was_not_begun_goes_to_the_other(
    one: MailHost, other: MailHost, new_several: MakeSeveral
) -> None:
    one.on("RCPT", "550 5.1.1 no such user", about="bob@example.net")
    one.on("DOT", "451 4.7.1 greylisted", about="cem@example.net")
    one.on("DOT", smtp_rig.drop, about="dan@example.net")
    several = new_several(one, other, weights=(9, 1))

    outcomes = several.send_group(group("ada", "bob", "cem", "dan", "eve", "fay"))

    assert kinds(outcomes) == ["accepted", "dead", "later", "lost", "accepted", "accepted"]
    assert names(one) == ["ada", "dan"]
    assert names(other) == ["eve", "fay"]


def test_nobody_gets_a_message_twice(one: MailHost, other: MailHost, new_several: MakeSeveral) -> None:
    one.on("DOT", smtp_rig.drop)
    several = new_several(one, other, weights=(9, 1))

    (outcome,) = several.send_group(group("ada"))

    assert isinstance(outcome, Lost)
    assert not other.delivered


def test_a_server_that_is_down_rests_longer_each_time(
    one: MailHost, other: MailHost, new_several: MakeSeveral, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    one.always("GREETING", "421 4.3.2 no")
    several = new_several(one, other, weights=(100, 1))
    tried = []
    for _ in range(30 * 60):
        clock.now += 1
        before = one.connections
        several.send_group(group("ada"))
        if one.connections > before:
            tried.append(clock.now - 1001)

    assert tried == [0, 30, 90, 210, 450, 930]
    assert len(other.delivered) == 1800
    assert [record.server for record in caplog.records] == ["s0"] * 6  # type: ignore[attr-defined]  # a field


def test_a_server_that_came_back_is_as_good_as_new(
    one: MailHost, other: MailHost, new_several: MakeSeveral, clock: Clock
) -> None:
    one.on("GREETING", "421 4.3.2 no")
    several = new_several(one, other, weights=(9, 1))
    several.send_group(group("ada"))
    clock.now += 30

    for n in range(10):
        several.send_group(group(f"r{n}"))

    # It gets its share from now on, and not what it had missed.
    assert (len(one.delivered), len(other.delivered)) == (9, 2)


def test_when_all_rest_nothing_is_tried(
    one: MailHost, other: MailHost, new_several: MakeSeveral, clock: Clock
) -> None:
    for host in (one, other):
        host.always("GREETING", "421 4.3.2 no")
    several = new_several(one, other)
    assert kinds(several.send_group(group("ada", "bob"))) == ["connection"] * 2

    (outcome,) = several.send_group(group("cem"))

    assert (one.connections, other.connections) == (1, 1)
    assert isinstance(outcome, Deferred)
    assert "421 4.3.2 no" in outcome.reason


def test_a_refused_log_in_is_kept_to_its_server(
    one: MailHost, other: MailHost, new_several: MakeSeveral
) -> None:
    for host in (one, other):
        host.offers = [*host.offers, "AUTH PLAIN"]
    one.always("AUTH", "535 5.7.8 wrong")
    several = new_several(one, other, weights=(9, 1), user="ada", password="secret")

    assert kinds(several.send_group(group("ada"))) == ["accepted"]
    other.hang_up()
    other.always("GREETING", "421 4.3.2 no")

    # The other one may come back by itself: nobody has to be called for that.
    assert kinds(several.send_group(group("bob"))) == ["connection"]


def test_log_ins_that_all_servers_refuse_are_ours_to_mend(
    one: MailHost, other: MailHost, new_several: MakeSeveral
) -> None:
    for host in (one, other):
        host.offers = [*host.offers, "AUTH PLAIN"]
        host.always("AUTH", "535 5.7.8 wrong")
    several = new_several(one, other, user="ada", password="secret")

    assert kinds(several.send_group(group("ada", "bob"))) == ["ours"] * 2
    assert kinds(several.send_group(group("cem"))) == ["ours"]
    assert (one.connections, other.connections) == (1, 1)


def test_what_is_for_one_server_goes_by_no_other(
    one: MailHost, other: MailHost, new_several: MakeSeveral, clock: Clock
) -> None:
    several = new_several(one, other, weights=(9, 1))
    ada, bob, cem = group("ada", "bob", "cem")
    bound = [(replace(envelope, server="s1"), message) for envelope, message in (ada, cem)]

    assert kinds(several.send_group([bound[0], bob, bound[1]])) == ["accepted"] * 3
    assert (names(one), names(other)) == (["bob"], ["ada", "cem"])
    assert several.servers == {"s0": 9, "s1": 1}

    other.hang_up()
    other.always("GREETING", "421 4.3.2 no")
    assert kinds(several.send_group([bound[0], bob])) == ["connection", "accepted"]
    assert several.servers == {"s0": 9}
    clock.now += 30
    assert several.servers == {"s0": 9, "s1": 1}


def test_what_a_server_says_of_our_mail_is_no_reason_to_ask_another(
    one: MailHost, other: MailHost, new_several: MakeSeveral
) -> None:
    one.on("RCPT", "550 5.7.1 we do not like you")
    several = new_several(one, other, weights=(9, 1))

    assert kinds(several.send_group(group("ada"))) == ["ours"]
    assert not other.connections


def test_one_server_alone_is_asked_again_after_its_rest(
    one: MailHost, new_several: MakeSeveral, clock: Clock
) -> None:
    one.on("MAIL", CLOSED)
    several = new_several(one)

    assert kinds(several.send_group(group("ada", "bob"))) == ["connection"] * 2
    assert kinds(several.send_group(group("ada", "bob"))) == ["accepted"] * 2
    one.hang_up()
    one.on("GREETING", "421 4.3.2 no")
    assert kinds(several.send_group(group("cem"))) == ["connection"]
    assert kinds(several.send_group(group("cem"))) == ["connection"]
    clock.now += 30
    assert kinds(several.send_group(group("cem"))) == ["accepted"]


# ── The promise, whatever servers do ─────────────────────────────────────────────────────────────

PLAYS = st.sampled_from(
    [
        None,
        None,
        None,
        "421 4.3.2 closing",
        "421 4.7.28 too much",
        "450 4.2.1 later",
        "452 4.2.2 full",
        "550 5.1.1 no such user",
        "550 5.7.1 we do not like you",
        "552 5.3.4 too big",
        "554 no",
        CLOSED,
        smtp_rig.after("250 ok", smtp_rig.drop),
        smtp_rig.drop,
        b"\x00\r\n",
        b"250 ok\r\n250 ok\r\n",
        "354 what",
    ]
)
STAGES = st.dictionaries(
    st.sampled_from(["MAIL", "RCPT", "DATA", "BODY", "DOT", "RSET", "NOBODY"]), PLAYS, max_size=3
)
PEOPLE = ("ada", "bob", "cem", "dan")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    plays=st.lists(st.lists(STAGES, min_size=4, max_size=4), min_size=2, max_size=2),
    anyway=st.booleans(),
    offers=st.sampled_from([("PIPELINING", "SIZE"), ()]),
)
def test_each_message_has_one_outcome_that_is_true(
    new_several: MakeSeveral,
    plays: list[list[dict[str, smtp_rig.Play | None]]],
    offers: tuple[str, ...],
    anyway: bool,
) -> None:
    with MailHost(offers) as one, MailHost(offers) as other:
        for host, played in zip((one, other), plays, strict=True):
            host.asks_for_data_anyway = anyway
            for name, stages in zip(PEOPLE, played, strict=True):
                for stage, play in stages.items():
                    if stage == "BODY":  # then it takes nothing more
                        words = [play] if isinstance(play, str) and play[0] in "45" else []
                        play = smtp_rig.after(*words, smtp_rig.drop)  # noqa: PLW2901
                    if play is not None:
                        host.on(stage, play, about="" if stage in {"MAIL", "RSET"} else f"{name}@example.net")
        several = new_several(one, other)

        outcomes = several.send_group(group(*PEOPLE)) + several.send_group(group("eve"))

        several.close()
    taken = names(one) + names(other)
    assert len(outcomes) == 5
    assert len(set(taken)) == len(taken), "nobody gets a message twice"
    for name, outcome in zip((*PEOPLE, "eve"), outcomes, strict=True):
        match outcome:
            case Accepted():
                assert name in taken
            case Deferred() | Refused():
                assert name not in taken
            case Lost():
                pass
