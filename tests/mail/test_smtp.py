"""A mail server by SMTP: what is said to it, and what comes of what it answers."""

import ssl
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeder.mail.transports.smtp import Pool
from feeder.model.deliveries import Accepted, Deferred, Envelope, Lost, Message, Outcome, Refused, Verdict
from feeder.model.settings import Login, MailServer, Security
from tests.conftest import until
from tests.mail import smtp_rig
from tests.mail.smtp_rig import MailHost

SENDER = "bounce+1@ada.example"
CONTENT = b"Subject: One\r\n\r\nText\r\n"
ENVELOPE = Envelope(SENDER, "reader@example.net")
MESSAGE = Message("<one@ada.example>", CONTENT)

Group = list[tuple[Envelope, Message]]
MakePool = Callable[..., Pool]


def group(*names: str, content: bytes = CONTENT) -> Group:
    return [
        (Envelope(SENDER, f"{name}@example.net"), Message(f"<{name}@ada.example>", content)) for name in names
    ]


def names(host: MailHost) -> list[str]:
    return [recipient.partition("@")[0] for recipient in host.recipients()]


def kinds(outcomes: list[Outcome]) -> list[str]:
    """Tell outcomes in words that are quickly compared: `accepted`, `lost`, `deferred full` …"""
    return [
        f"{type(outcome).__name__.lower()} {outcome.verdict}"
        if isinstance(outcome, Deferred | Refused)
        else type(outcome).__name__.lower()
        for outcome in outcomes
    ]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def certified(authority: trustme.CA) -> ssl.SSLContext:
    """The server's side, with a certificate for localhost."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


@pytest.fixture(scope="module")
def trust(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture
def new_pool(trust: ssl.SSLContext) -> Iterator[MakePool]:
    with ExitStack() as opened:

        def make(listening: MailHost, /, *, idle_seconds: float = 60.0, **settings: Any) -> Pool:
            usual = {"host": "127.0.0.1", "security": Security.NONE, "timeout": timedelta(seconds=5)}
            server = MailServer("relay", port=listening.port, **{**usual, **settings})
            pool = Pool(server, trust, idle_seconds=idle_seconds)
            opened.callback(pool.close)
            return pool

        yield make


@pytest.fixture
def host() -> Iterator[MailHost]:
    with MailHost() as host:
        yield host


@pytest.fixture
def pool(host: MailHost, new_pool: MakePool) -> Pool:
    return new_pool(host)


# ── Messages ─────────────────────────────────────────────────────────────────────────────────────


def test_a_message_arrives_as_it_was_sent(host: MailHost, pool: Pool) -> None:
    outcomes = pool.send_group([(ENVELOPE, MESSAGE)])

    assert outcomes == [Accepted("Q1")]
    (taken,) = host.delivered
    assert (taken.sender, taken.recipient, taken.content) == (SENDER, "reader@example.net", CONTENT)


def test_a_group_goes_in_its_order_over_one_connection_that_is_kept(host: MailHost, pool: Pool) -> None:
    assert kinds(pool.send_group(group("ada", "bob", "cem"))) == ["accepted"] * 3
    assert kinds(pool.send_group(group("dan", "eve"))) == ["accepted"] * 2

    assert names(host) == ["ada", "bob", "cem", "dan", "eve"]
    assert host.connections == 1
    assert not host.said("RSET")


def test_a_message_costs_one_round_trip(host: MailHost, pool: Pool) -> None:
    pool.send_group(group("ada", "bob"))

    _, opened, first, last = host.writes  # the first is EHLO
    assert opened.split(b"\r\n") == [
        b"MAIL FROM:<bounce+1@ada.example> SIZE=22",
        b"RCPT TO:<ada@example.net>",
        b"DATA",
        b"",
    ]
    assert first.startswith(CONTENT + b".\r\nMAIL FROM:")
    assert first.endswith(b"DATA\r\n")
    assert last == CONTENT + b".\r\n"


@pytest.mark.parametrize("offers", [(), ("SIZE", "8BITMIME")])
def test_a_server_without_pipelining_is_asked_one_thing_at_a_time(
    offers: tuple[str, ...], new_pool: MakePool
) -> None:
    with MailHost(offers) as host:
        assert kinds(new_pool(host).send_group(group("ada", "bob"))) == ["accepted"] * 2

        assert names(host) == ["ada", "bob"]
        assert all(write.count(b"\r\n") == 1 for write in host.writes if b"Subject" not in write)


def test_a_server_that_knows_no_ehlo_is_greeted_as_in_its_days(host: MailHost, pool: Pool) -> None:
    host.on("EHLO", "502 what?")

    assert kinds(pool.send_group(group("ada", "bob"))) == ["accepted"] * 2
    assert host.said("MAIL") == [f"MAIL FROM:<{SENDER}>"] * 2


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.sampled_from([b".", b"..", b"a", b"", b".b"])).map(b"".join), max_size=5))
def test_no_line_ends_a_message_but_its_last(host: MailHost, pool: Pool, lines: list[bytes]) -> None:
    content = b"".join(line + b"\r\n" for line in lines)
    host.delivered.clear()

    assert kinds(pool.send_group(group("ada", "bob", content=content))) == ["accepted"] * 2

    assert [taken.content for taken in host.delivered] == [content or b"\r\n"] * 2


def test_a_message_without_a_last_line_end_gets_one(host: MailHost, pool: Pool) -> None:
    pool.send_group(group("ada", content=b"Subject: x\r\n\r\nText"))

    assert host.delivered[0].content == b"Subject: x\r\n\r\nText\r\n"


def test_the_return_path_is_the_messages_own(host: MailHost, pool: Pool) -> None:
    pool.send_group([(replace(ENVELOPE, sender=f"bounce+{n}@ada.example"), MESSAGE) for n in range(3)])

    assert [taken.sender for taken in host.delivered] == [f"bounce+{n}@ada.example" for n in range(3)]


# ── What a server cannot take ────────────────────────────────────────────────────────────────────


def test_a_message_that_is_too_large_is_not_even_offered(new_pool: MakePool) -> None:
    with MailHost(("PIPELINING", "SIZE 100")) as host:
        large = (ENVELOPE, replace(MESSAGE, content=CONTENT + b"x" * 100))
        outcomes = new_pool(host).send_group([*group("ada"), large, *group("bob")])

        assert kinds(outcomes) == ["accepted", "refused unfit", "accepted"]
        assert names(host) == ["ada", "bob"]
        assert outcomes[1] == Refused(
            "the message has 122 bytes, and the mail server relay takes 100", Verdict.UNFIT
        )


def test_a_mailbox_of_any_script_is_written_in_that_script(host: MailHost, pool: Pool) -> None:
    wide = (
        Envelope(SENDER, "用户@xn--fsqu00a.example"),
        Message("<w@a.example>", "To: 用户\r\n\r\nx\r\n".encode()),
    )

    assert kinds(pool.send_group([wide, *group("ada")])) == ["accepted"] * 2

    assert host.recipients() == ["用户@xn--fsqu00a.example", "ada@example.net"]
    first, second = host.said("MAIL")
    assert first.endswith(" BODY=8BITMIME SMTPUTF8")
    assert second.endswith(" SIZE=22")


def test_a_server_that_takes_no_such_mailbox_takes_the_others(new_pool: MakePool) -> None:
    wide = (Envelope(SENDER, "用户@xn--fsqu00a.example"), MESSAGE)
    with MailHost(("PIPELINING", "8BITMIME")) as host:
        outcomes = new_pool(host).send_group([*group("ada"), wide, *group("bob")])

        assert kinds(outcomes) == ["accepted", "refused unknown", "accepted"]
        assert isinstance(outcomes[1], Refused)
        assert "SMTPUTF8" in outcomes[1].reason


def test_a_server_of_seven_bits_gets_no_eight(new_pool: MakePool) -> None:
    with MailHost(("PIPELINING",)) as host:
        outcomes = new_pool(host).send_group(group("ada", content="Text: ä\r\n".encode()))

        assert kinds(outcomes) == ["refused unfit"]
        assert not host.delivered


# ── What a server refuses ────────────────────────────────────────────────────────────────────────

ANSWERS = [
    ("421 4.3.2 closing", "deferred connection"),
    ("450 4.2.1 later", "deferred later"),
    ("451 4.7.1 greylisted", "deferred later"),
    ("451 4.7.500 server busy", "deferred throttled"),
    ("452 4.2.2 mailbox full", "deferred full"),
    ("552 5.2.2 mailbox full", "deferred full"),
    ("550 5.1.1 no such user", "refused dead"),
    ("550 5.7.1 we do not like you", "deferred ours"),
    ("552 5.3.4 too big", "refused unfit"),
    ("554 no", "refused unknown"),
    ("550-5.1.1 no\r\n550-5.1.1 such\r\n550 5.1.1 user", "refused dead"),
]


@pytest.mark.parametrize("offers", [smtp_rig.OFFERS, ()], ids=["pipelined", "one by one"])
@pytest.mark.parametrize(("answer", "kind"), ANSWERS)
@pytest.mark.parametrize("stage", ["RCPT", "DATA", "DOT"])
@pytest.mark.parametrize("asks_anyway", [False, True], ids=["", "asks for data anyway"])
def test_one_refused_reader_keeps_no_other_back(
    stage: str, answer: str, kind: str, offers: tuple[str, ...], asks_anyway: bool, new_pool: MakePool
) -> None:
    with MailHost(offers) as host:
        host.asks_for_data_anyway = asks_anyway
        play = smtp_rig.after(answer, smtp_rig.drop) if answer.startswith("421") else answer
        host.always(stage, play, about="bob@example.net")
        pool = new_pool(host)
        outcomes = pool.send_group(group("ada", "bob", "cem"))

        if answer.startswith(
            "421"
        ):  # what comes after it is tried once more, unless bob comes first there, too
            after = "accepted" if stage == "DOT" else "deferred connection"
            assert kinds(outcomes) == ["accepted", kind, after]
        else:
            assert kinds(outcomes) == ["accepted", kind, "accepted"]
            assert names(host) == ["ada", "cem"]
            assert host.connections == 1
        assert kinds(pool.send_group(group("dan"))) == ["accepted"]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("550 5.1.1 no", "deferred ours"),
        ("550 5.1.8 no such domain", "deferred ours"),
        ("452 4.3.1 no room", "deferred later"),
        ("552 5.3.4 too big", "refused unfit"),
        ("501 syntax", "refused unfit"),
    ],
)
def test_a_refused_sender_is_not_the_readers_fault(
    host: MailHost, pool: Pool, answer: str, kind: str
) -> None:
    host.on("MAIL", answer)

    assert kinds(pool.send_group(group("ada", "bob"))) == [kind, "accepted"]
    assert not host.said("RSET")


def test_reset_is_said_only_where_something_is_open(host: MailHost, pool: Pool) -> None:
    host.on("RCPT", "550 5.1.1 no", about="ada@example.net")
    pool.send_group(group("ada", "bob"))
    assert len(host.said("RSET")) == 1

    host.asks_for_data_anyway = True
    host.on("RCPT", "550 5.1.1 no", about="cem@example.net")
    assert kinds(pool.send_group(group("cem", "dan"))) == ["refused dead", "accepted"]
    assert len(host.said("RSET")) == 1
    assert names(host) == ["bob", "dan"]


def test_a_server_that_wants_a_message_from_nobody_gets_none(host: MailHost, pool: Pool) -> None:
    def refuse_and_take(talk: smtp_rig.Talk) -> None:
        talk.sender = "somebody@example.net"
        talk.play("550 5.1.8 no")

    host.on("MAIL", refuse_and_take)

    assert kinds(pool.send_group(group("ada", "bob"))) == ["deferred ours", "deferred connection"]
    assert not host.delivered


# ── Connections that end ─────────────────────────────────────────────────────────────────────────


def test_what_was_sent_and_not_answered_is_lost_and_the_rest_waits(host: MailHost, pool: Pool) -> None:
    host.on("DOT", smtp_rig.drop, about="bob@example.net")

    outcomes = pool.send_group(group("ada", "bob", "cem", "dan"))

    assert kinds(outcomes) == ["accepted", "lost", "deferred connection", "deferred connection"]
    assert names(host) == ["ada", "bob"]


@pytest.mark.parametrize(
    "play", [smtp_rig.drop, b"\x00\xff\r\n", b"354 more?\r\n", b"999 what\r\n", b"25\r\n"]
)
def test_after_the_dot_whatever_is_no_answer_leaves_all_open(
    host: MailHost, pool: Pool, play: smtp_rig.Play
) -> None:
    host.on("DOT", play)

    assert kinds(pool.send_group(group("ada", "bob"))) == ["lost", "deferred connection"]


def test_a_connection_that_ends_before_the_dot_has_sent_nothing(host: MailHost, pool: Pool) -> None:
    # More than any buffer on the way takes, so that the end stays here.
    host.offers = ["PIPELINING"]
    host.on("BODY", smtp_rig.drop)

    outcomes = pool.send_group(group("ada", "bob", content=b"x" * 70 * 1024 * 1024))

    assert kinds(outcomes) == ["deferred connection"] * 2
    assert not host.delivered


def test_what_a_server_says_before_it_closes_is_heard(host: MailHost, pool: Pool) -> None:
    host.offers = ["PIPELINING"]
    host.on("BODY", smtp_rig.after("552 5.3.4 too big", smtp_rig.drop))

    outcomes = pool.send_group(group("ada", "bob", content=b"x" * 70 * 1024 * 1024))

    assert kinds(outcomes) == ["refused unfit", "deferred connection"]


@pytest.mark.parametrize("stage", ["GREETING", "EHLO", "MAIL", "RCPT", "DATA", "BODY", "DOT"])
@pytest.mark.parametrize("play", [smtp_rig.hang, smtp_rig.dripping])
def test_no_step_takes_longer_than_its_time(
    host: MailHost, new_pool: MakePool, stage: str, play: smtp_rig.Play
) -> None:
    host.on(stage, play)
    pool = new_pool(host, timeout=timedelta(seconds=0.3))
    begun = time.monotonic()

    (outcome,) = pool.send_group(group("ada"))

    assert time.monotonic() - begun < 2
    assert kinds([outcome]) == ["lost" if stage in {"BODY", "DOT"} else "deferred connection"]
    assert not isinstance(outcome, Accepted)
    assert "time" in outcome.reason or "long" in outcome.reason


@pytest.mark.parametrize("stage", ["GREETING", "EHLO", "MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(
    "play",
    [
        smtp_rig.endless,
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\r\n",
        b"250" + b"x" * 100_000 + b"\r\n",
        b"250-x\r\n" * 20_000,
        b"150 what\r\n",
        b"25\xb2 x\r\n",
        b"250_x\r\n",
        smtp_rig.drop,
    ],
    ids=range(9),
)
def test_nonsense_ends_a_connection_and_nothing_else(
    host: MailHost, pool: Pool, stage: str, play: smtp_rig.Play
) -> None:
    host.on(stage, play)

    assert kinds(pool.send_group(group("ada"))) == ["deferred connection"]
    assert kinds(pool.send_group(group("ada"))) == ["accepted"]
    assert names(host) == ["ada"]


@pytest.mark.parametrize("answer", ["250 ok", "221 bye"])
def test_data_that_is_not_asked_for_is_not_sent(host: MailHost, pool: Pool, answer: str) -> None:
    host.on("DATA", answer)

    assert kinds(pool.send_group(group("ada"))) == ["deferred connection"]
    assert not host.delivered


# ── Connections that are kept ────────────────────────────────────────────────────────────────────


def test_a_kept_connection_that_was_closed_over_there_is_opened_anew(host: MailHost, pool: Pool) -> None:
    pool.send_group(group("ada"))
    host.hang_up()

    assert kinds(pool.send_group(group("bob", "cem"))) == ["accepted"] * 2
    assert names(host) == ["ada", "bob", "cem"]
    assert host.connections == 2


def test_a_server_that_counts_messages_gets_the_others_over_a_new_connection(
    host: MailHost, pool: Pool
) -> None:
    closing = smtp_rig.after("421 4.4.5 too much for one connection", smtp_rig.drop)
    host.on("MAIL", "250 ok", "250 ok", closing, "250 ok", "250 ok", closing)

    assert kinds(pool.send_group(group("ada", "bob", "cem", "dan", "eve"))) == ["accepted"] * 5
    assert names(host) == ["ada", "bob", "cem", "dan", "eve"]
    assert host.connections == 3


def test_a_server_that_is_overrun_is_left_alone(host: MailHost, pool: Pool) -> None:
    host.on("MAIL", "250 ok", smtp_rig.after("421 4.7.28 unusual rate", smtp_rig.drop))

    outcomes = pool.send_group(group("ada", "bob", "cem"))

    assert kinds(outcomes) == ["accepted", "deferred throttled", "deferred connection"]
    assert host.connections == 1


@pytest.mark.parametrize("offers", [smtp_rig.OFFERS, ()], ids=["pipelined", "one by one"])
@pytest.mark.parametrize(
    ("stage", "server"), [("MAIL", "relay"), ("RCPT", ""), ("DATA", "relay"), ("DOT", "relay")], ids=str
)
def test_too_fast_is_said_of_the_reader_s_domain_only_where_the_reader_is_named(
    stage: str, server: str, offers: tuple[str, ...], new_pool: MakePool
) -> None:
    with MailHost(offers) as host:
        host.always(stage, "454 4.7.0 Throttling failure: maximum sending rate exceeded")
        (outcome,) = new_pool(host).send_group(group("ada"))

    assert isinstance(outcome, Deferred)
    assert (outcome.verdict, outcome.server) == (Verdict.THROTTLED, server)


def test_a_kept_connection_is_closed_after_a_while(host: MailHost, new_pool: MakePool) -> None:
    pool = new_pool(host, idle_seconds=0.1)
    pool.send_group(group("ada"))

    assert until(lambda: "QUIT" in host.commands, 5)
    assert kinds(pool.send_group(group("bob"))) == ["accepted"]
    assert host.connections == 2


def test_closing_takes_leave_of_the_server(host: MailHost, pool: Pool) -> None:
    pool.send_group(group("ada"))
    pool.close()

    assert until(lambda: "QUIT" in host.commands, 5)


def test_threads_share_no_more_connections_than_there_may_be(host: MailHost, new_pool: MakePool) -> None:
    pool = new_pool(host, connections=3)
    assert pool.connections == 3
    groups = [group(*(f"{letter}{n}" for letter in "abcde")) for n in range(40)]

    with ThreadPoolExecutor(8) as threads:
        outcomes = [outcome for told in threads.map(pool.send_group, groups) for outcome in told]

    assert kinds(outcomes) == ["accepted"] * 200
    assert sorted(names(host)) == sorted(f"{letter}{n}" for letter in "abcde" for n in range(40))
    assert host.connections <= 3


def test_a_server_that_takes_fewer_connections_gets_all_over_these(
    host: MailHost, new_pool: MakePool
) -> None:
    def only_two(talk: smtp_rig.Talk) -> None:
        talk.play("220 welcome" if talk.number <= 2 else "421 4.7.0 too many connections")
        if talk.number > 2:
            smtp_rig.drop(talk)

    def slow(talk: smtp_rig.Talk) -> None:
        time.sleep(0.005)
        talk.play("250 ok")

    host.always("GREETING", only_two)
    host.always("DOT", slow)
    pool = new_pool(host, connections=5)

    with ThreadPoolExecutor(5) as threads:
        told = list(threads.map(lambda n: pool.send_group(group(f"r{n}", f"s{n}")), range(30)))

    assert [kinds(each) for each in told] == [["accepted"] * 2] * 30
    assert host.connections <= 2 + 3  # each thread finds out once at most


# ── The first words ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("stage", "answer", "kind"),
    [
        ("GREETING", "421 4.3.2 too busy", "deferred connection"),
        ("GREETING", "554 5.7.1 your address is on a list", "deferred ours"),
        ("GREETING", "554 no service here", "deferred connection"),
        ("EHLO", "421 4.3.2 too busy", "deferred connection"),
        ("EHLO", "451 later", "deferred connection"),
    ],
)
def test_a_server_that_takes_no_mail_is_tried_later(
    host: MailHost, pool: Pool, stage: str, answer: str, kind: str
) -> None:
    host.on(stage, answer)

    outcomes = pool.send_group(group("ada", "bob"))

    assert kinds(outcomes) == [kind] * 2
    assert isinstance(outcomes[0], Deferred)
    assert f"relay (127.0.0.1:{host.port})" in outcomes[0].reason
    assert answer in outcomes[0].reason


def test_a_server_that_is_not_there_is_tried_later(new_pool: MakePool) -> None:
    with MailHost() as host:
        pass

    (outcome,) = new_pool(host).send_group(group("ada"))

    assert outcome == Deferred(
        f"the mail server relay (127.0.0.1:{host.port}) cannot be reached (Connection refused)",
        Verdict.CONNECTION,
    )


@pytest.mark.parametrize("name", ["no-such-host.invalid", "a" * 70 + ".example", "ä" * 80])
def test_a_name_that_leads_nowhere_is_tried_later(host: MailHost, new_pool: MakePool, name: str) -> None:
    assert kinds(new_pool(host, host=name).send_group(group("ada"))) == ["deferred connection"]


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_mail_goes_by_tls(certified: ssl.SSLContext, new_pool: MakePool, security: Security) -> None:
    with MailHost(tls=certified, implicit=security is Security.TLS) as host:
        pool = new_pool(host, host="localhost", security=security)

        assert kinds(pool.send_group(group("ada", "bob"))) == ["accepted"] * 2
        assert kinds(pool.send_group(group("cem", content=b"x" * 900_000))) == ["accepted"]
        assert host.connections == 1
        assert bool(host.said("STARTTLS")) is (security is Security.STARTTLS)


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_a_server_that_is_somebody_else_gets_nothing(
    certified: ssl.SSLContext, new_pool: MakePool, security: Security
) -> None:
    with MailHost(tls=certified, implicit=security is Security.TLS) as host:
        outcomes = new_pool(host, host="127.0.0.1", security=security).send_group(group("ada"))

        assert kinds(outcomes) == ["deferred connection"]
        assert isinstance(outcomes[0], Deferred)
        assert "its certificate is not good (IP address mismatch" in outcomes[0].reason
        assert not host.said("MAIL")


def test_a_certificate_that_nobody_vouches_for_is_not_taken(new_pool: MakePool) -> None:
    stranger = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(stranger)
    with MailHost(tls=stranger) as host:
        outcomes = new_pool(host, host="localhost", security=Security.STARTTLS).send_group(group("ada"))

        assert kinds(outcomes) == ["deferred connection"]
        assert not host.said("MAIL")


def test_without_starttls_nothing_is_said_in_the_open(host: MailHost, new_pool: MakePool) -> None:
    pool = new_pool(host, security=Security.STARTTLS, user="ada", password="secret")

    outcomes = pool.send_group(group("ada"))

    assert kinds(outcomes) == ["deferred ours"]
    assert host.commands == host.said("EHLO")


def test_what_was_said_before_tls_is_forgotten(certified: ssl.SSLContext, new_pool: MakePool) -> None:
    with MailHost(tls=certified) as host:
        # Somebody between adds an answer of their own to the one that begins TLS.
        host.on("STARTTLS", b"220 go ahead\r\n250 injected\r\n")
        pool = new_pool(host, host="localhost", security=Security.STARTTLS)

        assert kinds(pool.send_group(group("ada", "bob"))) == ["accepted"] * 2


@pytest.mark.parametrize("stage", ["DOT", "MAIL"])
def test_a_connection_by_tls_ends_like_any_other(
    certified: ssl.SSLContext, new_pool: MakePool, stage: str
) -> None:
    with MailHost(tls=certified) as host:
        host.on(stage, smtp_rig.drop)
        pool = new_pool(host, host="localhost", security=Security.STARTTLS)

        assert kinds(pool.send_group(group("ada"))) == ["lost" if stage == "DOT" else "deferred connection"]


# ── Log-in ───────────────────────────────────────────────────────────────────────────────────────


def logging_in(host: MailHost, *ways: str) -> MailHost:
    host.offers = [*host.offers, f"AUTH {' '.join(ways)}"]
    return host


def test_plain_is_said_in_one_line(host: MailHost, new_pool: MakePool) -> None:
    logging_in(host, "LOGIN", "PLAIN")

    assert kinds(new_pool(host, user="ada", password="sésame").send_group(group("a"))) == ["accepted"]
    assert host.said("AUTH") == ["AUTH PLAIN AGFkYQBzw6lzYW1l"]


def test_login_is_said_in_three(host: MailHost, new_pool: MakePool) -> None:
    told: list[str] = []

    def ask(talk: smtp_rig.Talk) -> None:
        for question in ("334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6"):
            talk.play(question)
            told.append(talk.line())
        talk.play("235 welcome")

    logging_in(host, "LOGIN").on("AUTH", ask)

    assert kinds(new_pool(host, user="ada", password="secret").send_group(group("a"))) == ["accepted"]
    assert told == ["YWRh", "c2VjcmV0"]


TELL = [sys.executable, "-c", "print('ya29.token')"]


def test_a_token_comes_from_a_command(host: MailHost, new_pool: MakePool) -> None:
    logging_in(host, "PLAIN", "XOAUTH2")
    pool = new_pool(host, user="ada@example.org", auth=Login.XOAUTH2, token_command=tuple(TELL))

    assert kinds(pool.send_group(group("a"))) == ["accepted"]
    assert host.said("AUTH") == ["AUTH XOAUTH2 dXNlcj1hZGFAZXhhbXBsZS5vcmcBYXV0aD1CZWFyZXIgeWEyOS50b2tlbgEB"]


def test_a_token_comes_from_a_file_and_is_read_at_each_log_in(
    host: MailHost, new_pool: MakePool, tmp_path: Path
) -> None:
    logging_in(host, "XOAUTH2")
    file = tmp_path / "token"
    pool = new_pool(host, user="a", auth=Login.XOAUTH2, token_file=file)
    for token in ("one", "two"):
        file.write_text(f"{token}\n")
        assert kinds(pool.send_group(group("a"))) == ["accepted"]
        pool.close()

    assert len(set(host.said("AUTH"))) == 2


def test_a_refused_token_is_asked_why(host: MailHost, new_pool: MakePool) -> None:
    def challenge(talk: smtp_rig.Talk) -> None:
        talk.play("334 eyJzdGF0dXMiOiI0MDAifQ==")
        assert talk.line() == ""
        talk.play("535 5.7.8 token expired")

    logging_in(host, "XOAUTH2").on("AUTH", challenge)
    pool = new_pool(host, user="a", auth=Login.XOAUTH2, token_command=tuple(TELL))

    (outcome,) = pool.send_group(group("a"))

    assert kinds([outcome]) == ["deferred ours"]
    assert isinstance(outcome, Deferred)
    assert "535 5.7.8 token expired" in outcome.reason


@pytest.mark.parametrize(
    "command",
    [
        ("/no/such/command",),
        (sys.executable, "-c", "print()"),
        (sys.executable, "-c", "print('two words')"),
        (sys.executable, "-c", "print('secret'); exit(3)"),
        (sys.executable, "-c", r"print('a\x01b')"),
    ],
)
def test_a_command_without_a_token_stops_the_server_and_tells_no_secret(
    host: MailHost, new_pool: MakePool, command: tuple[str, ...]
) -> None:
    logging_in(host, "XOAUTH2")

    (outcome,) = new_pool(host, user="a", auth=Login.XOAUTH2, token_command=command).send_group(group("a"))

    assert kinds([outcome]) == ["deferred ours"]
    assert isinstance(outcome, Deferred)
    assert "secret" not in outcome.reason
    assert not host.said("AUTH")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("535 5.7.8 wrong", "deferred ours"),
        ("530 no", "deferred ours"),
        ("454 4.7.0 later", "deferred connection"),
        ("421 4.3.2 closing", "deferred connection"),
        ("334 more", "deferred connection"),
    ],
)
def test_a_refused_log_in_is_ours_to_mend(host: MailHost, new_pool: MakePool, answer: str, kind: str) -> None:
    logging_in(host, "PLAIN").on("AUTH", answer)

    (outcome,) = new_pool(host, user="ada", password="open-sesame").send_group(group("a"))

    assert kinds([outcome]) == [kind]
    assert "sesame" not in str(outcome)
    assert not host.said("MAIL")


def test_a_server_that_offers_no_way_that_we_know_gets_no_password(
    host: MailHost, new_pool: MakePool
) -> None:
    logging_in(host, "CRAM-MD5")

    assert kinds(new_pool(host, user="a", password="b").send_group(group("a"))) == ["deferred ours"]
    assert not host.said("AUTH")


def test_what_a_server_says_of_a_reader_stays_out_of_reasons(host: MailHost, pool: Pool) -> None:
    host.on("RCPT", "550 5.1.1 <ada@example.net>: no such user\x07")

    (outcome,) = pool.send_group(group("ada"))

    assert outcome == Refused("550 5.1.1 <(address)>: no such user?", Verdict.DEAD)


def test_a_lost_message_says_by_whom(host: MailHost, pool: Pool) -> None:
    host.on("DOT", smtp_rig.drop)

    assert pool.send_group(group("ada")) == [
        Lost(f"the mail server relay (127.0.0.1:{host.port}) is gone: it closed the connection")
    ]
