"""Providers: what they are told of a message, what their answers mean, and what is asked of them again."""

import json
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeder import net
from feeder.mail import composing
from feeder.mail.composing import Frame, Own
from feeder.mail.transports import Unavailable
from feeder.mail.transports.providers import APIS, parts
from feeder.mail.transports.providers.caller import Caller
from feeder.mail.transports.several import Several
from feeder.mail.transports.smtp import Pool
from feeder.model.deliveries import Accepted, Deferred, Envelope, Message, Outcome, Refused, Verdict
from feeder.model.digests import Mark, Rendered
from feeder.model.settings import MailProvider, MailServer, Provider, Security
from tests.mail.provider_rig import CUT, DOMAIN, LOST, SIMULATED, Parted, ProviderHost, Reply, Request
from tests.mail.smtp_rig import MailHost

ANSWERS = Path(__file__).parent.parent / "data" / "providers"
PARTED = [name for name, each in SIMULATED.items() if issubclass(each, Parted)]
WITH_KEYS = [Provider.BREVO, Provider.RESEND]
ISSUE = Rendered(
    "Häfen & Brücken",
    f"Hello,\n\nwhy bridges hum.\n.\n{Mark.WHY}\n{Mark.UNSUBSCRIBE}\n",
    f'<p>Grüße: why bridges hum</p>\n<p>{Mark.WHY}</p>\n<a href="{Mark.UNSUBSCRIBE}">leave</a>\n',
)
FRAME = Frame(
    sender=f"digest@{DOMAIN}",
    sender_name="Adas Brücken",
    list_name="Brücken: weekly",
    list_id=f"weekly.{DOMAIN}",
    language="de",
    leave=f"leave@{DOMAIN}",
    feedback="2026-W47:weekly:week:0123456789abcd",
)


def message(name: str = "ada", frame: Frame = FRAME) -> Message:
    """Make one reader's issue, as it is made for any way out."""
    own = Own(
        reader=f"{name}@example.net",
        message_id=f"<{name}@{DOMAIN}>",
        date=datetime(2026, 11, 23, 8, tzinfo=UTC),
        why="you signed up for it",
        unsubscribe=f"https://{DOMAIN}/unsubscribe/TOKEN-OF-{name}",
        preferences=f"https://{DOMAIN}/preferences/TOKEN",
        copy=f"https://{DOMAIN}/copy/TOKEN",
    )
    return composing.cut(ISSUE, frame).fill(own)


def group(*names: str) -> list[tuple[Envelope, Message]]:
    return [
        (Envelope(FRAME.sender, f"{name}@example.net", token=f"token_{name}"), message(name))
        for name in names
    ]


def kinds(outcomes: Sequence[Outcome]) -> list[str]:
    return [
        str(each.verdict) if isinstance(each, Deferred | Refused) else type(each).__name__.lower()
        for each in outcomes
    ]


@pytest.fixture(params=list(Provider))
def host(request: pytest.FixtureRequest) -> Iterator[ProviderHost]:
    with ProviderHost(request.param) as host:
        yield host


@pytest.fixture(params=PARTED)
def parted(request: pytest.FixtureRequest) -> Iterator[ProviderHost]:
    with ProviderHost(request.param) as host:
        yield host


@pytest.fixture(params=WITH_KEYS)
def keyed(request: pytest.FixtureRequest) -> Iterator[ProviderHost]:
    with ProviderHost(request.param) as host:
        yield host


def hosts_of(*names: Provider) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("host", names, indirect=True)


# ── What they are told ───────────────────────────────────────────────────────────────────────────


def test_an_issue_says_the_same_by_whichever_provider(parted: ProviderHost) -> None:
    parted.caller().send_group(group("ada"))

    (taken,) = parted.taken
    sent = message_from_bytes(message().content, policy=default)
    said: Any = taken.said
    leave = f"https://{DOMAIN}/unsubscribe/TOKEN-OF-ada"
    assert said.subject == "Häfen & Brücken"
    assert said.text == f"Hello,\n\nwhy bridges hum.\n.\nyou signed up for it\n{leave}\n"
    assert said.html.startswith("<p>Grüße: why bridges hum</p>\n<p>you signed up for it</p>\n<a href=")
    assert f'<a href="{leave}">' in said.html
    fields = dict(said.fields)
    assert fields["list-unsubscribe"] == " ".join(str(sent["List-Unsubscribe"]).split())
    assert fields["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert fields["feedback-id"] == FRAME.feedback
    assert fields["message-id"] == f"<ada@{DOMAIN}>"
    assert fields["archived-at"] == f"<https://{DOMAIN}/copy/TOKEN>"
    assert fields["auto-submitted"] == "auto-generated"
    assert fields["content-language"] == "de"
    assert fields["list-id"].endswith(f"<weekly.{DOMAIN}>")
    assert len(fields) == 8
    assert (taken.sender, taken.recipient, taken.token) == (FRAME.sender, "ada@example.net", "token_ada")


def told(name: Provider) -> tuple[Request, Any]:
    """Return the call that one issue is, and what is in it."""
    with ProviderHost(name) as host:
        assert kinds(host.caller().send_group(group("ada"))) == ["accepted"]
        (request,) = host.requests
    return request, request.json if request.headers["content-type"] == "application/json" else None


def test_postmark_is_told() -> None:
    _, (entry,) = told(Provider.POSTMARK)

    assert entry.keys() == {
        *("From", "To", "Subject", "TextBody", "HtmlBody", "Headers"),
        *("MessageStream", "TrackOpens", "TrackLinks", "Metadata"),
    }
    assert entry["From"] == f'"Adas Brücken" <digest@{DOMAIN}>'
    assert entry["MessageStream"] == "outbound"
    assert entry["Metadata"] == {"feeder-return": "token_ada"}
    assert {"Name": "X-PM-KeepID", "Value": "true"} in entry["Headers"]
    assert {"Name": "Message-ID", "Value": f"<ada@{DOMAIN}>"} in entry["Headers"]


def test_sendgrid_is_told() -> None:
    _, entry = told(Provider.SENDGRID)

    assert entry["from"] == {"email": f"digest@{DOMAIN}", "name": "Adas Brücken"}
    assert entry["personalizations"] == [
        {"to": [{"email": "ada@example.net"}], "custom_args": {"feeder-return": "token_ada"}}
    ]
    assert entry["headers"]["Message-ID"] == f"<ada@{DOMAIN}>"
    assert [part["type"] for part in entry["content"]] == ["text/plain", "text/html"]


def test_brevo_is_told() -> None:
    _, entry = told(Provider.BREVO)

    (version,) = entry["messageVersions"]
    assert entry["sender"] == {"email": f"digest@{DOMAIN}", "name": "Adas Brücken"}
    assert version["headers"]["X-Mailin-custom"] == '{"feeder-return":"token_ada"}'
    # It would decode the name, and send letters beyond ASCII in a head.
    assert version["headers"]["List-Id"] == f"<weekly.{DOMAIN}>"
    # It gives messages ids of its own.
    assert version["headers"]["X-Message-ID"] == f"<ada@{DOMAIN}>"
    assert "Message-ID" not in version["headers"]


def test_resend_is_told() -> None:
    request, (entry,) = told(Provider.RESEND)

    assert entry["from"] == f"Adas Brücken <digest@{DOMAIN}>"
    assert entry["tags"] == [{"name": "feeder-return", "value": "token_ada"}]
    assert entry["headers"]["X-Message-ID"] == f"<ada@{DOMAIN}>"
    assert len(request.headers["idempotency-key"]) == 64


def test_ses_gets_the_message_and_writes_its_own_feedback_id() -> None:
    _, entry = told(Provider.SES)
    with ProviderHost(Provider.SES) as host:
        host.caller(stream="digests").send_group(group("ada"))
        (taken,) = host.taken
        (request,) = host.requests

    line = b"Feedback-ID: 2026-W47:weekly:week:0123456789abcd\r\n"
    assert taken.said == message().content.replace(line, b"")
    assert entry["EmailTags"] == [
        {"Name": "ses:feedback-id-a", "Value": "2026-W47"},
        {"Name": "ses:feedback-id-b", "Value": "weekly"},
        {"Name": "feeder-return", "Value": "token_ada"},
    ]
    assert "ConfigurationSetName" not in entry
    assert request.json["ConfigurationSetName"] == "digests"


def test_mailgun_gets_the_message_as_it_is() -> None:
    with ProviderHost(Provider.MAILGUN) as host:
        host.caller().send_group(group("ada"))
        (taken,) = host.taken

    assert taken.said == message().content
    assert taken.token == "token_ada"


def test_a_letter_has_no_token_and_is_from_no_list(host: ProviderHost) -> None:
    letter = message(frame=replace(FRAME, list_name="", list_id="", feedback="", sender_name=""))

    outcomes = host.caller().send_group([(Envelope(FRAME.sender, "ada@example.net"), letter)])

    assert kinds(outcomes) == ["accepted"]
    assert not host.taken[0].token


@pytest.mark.parametrize("name", ['Ada "the Bridge" Byron', "Byron, Ada", "Ада", "=?utf-8?q?x?=", "\\"])
@hosts_of(Provider.POSTMARK, Provider.SENDGRID, Provider.BREVO)
def test_any_name_of_a_sender(host: ProviderHost, name: str) -> None:
    sent = [(Envelope(FRAME.sender, "ada@example.net"), message(frame=replace(FRAME, sender_name=name)))]

    assert kinds(host.caller().send_group(sent)) == ["accepted"]
    assert host.taken[0].sender == FRAME.sender


# ── What they cannot be told ─────────────────────────────────────────────────────────────────────


@hosts_of(*(name for name in Provider if name is not Provider.SES))
def test_a_return_path_is_our_own_fault_where_it_has_its_own(host: ProviderHost) -> None:
    sent = [(Envelope(f"returns+token@{DOMAIN}", "ada@example.net"), message())]

    (outcome,) = host.caller().send_group(sent)

    assert outcome == Deferred(
        f"{host.simulated.name} takes no return path, as mail.returns asks for", Verdict.OURS
    )
    assert not host.requests


@hosts_of(Provider.SES)
def test_ses_sends_what_comes_back_there(host: ProviderHost) -> None:
    host.caller().send_group([(Envelope(f"returns+token@{DOMAIN}", "ada@example.net"), message())])

    assert host.taken[0].sender == f"returns+token@{DOMAIN}"


def test_an_address_beyond_ascii_keeps_no_other_back(host: ProviderHost) -> None:
    sent = group("ada", "bob")
    sent.insert(1, (Envelope(FRAME.sender, "bücher@example.net"), message()))

    assert kinds(host.caller().send_group(sent)) == ["accepted", "unknown", "accepted"]


@hosts_of(Provider.RESEND)
def test_resend_takes_not_every_name(host: ProviderHost) -> None:
    sent = [(Envelope(FRAME.sender, "a@b.example"), message(frame=replace(FRAME, sender_name="Byron, Ada")))]

    assert kinds(host.caller().send_group(sent)) == ["ours"]


@hosts_of(Provider.BREVO)
def test_brevo_takes_no_plain_text_alone(host: ProviderHost) -> None:
    content = b"From: digest@ada.example\r\nSubject: x\r\n\r\nText\r\n"

    sent = [(Envelope(FRAME.sender, "a@b.example"), Message("<x@ada.example>", content))]

    assert host.caller().send_group(sent) == [Refused("brevo takes no message without HTML", Verdict.UNFIT)]


@pytest.mark.parametrize(
    ("head", "why"),
    [
        (b"Subject: x", "names no sender"),
        (b"From: digest@ada.example\r\nBcc: eve@example.net", "has the field bcc, which"),
        (b"From: digest@ada.example\r\nDKIM-Signature: v=1", "has the field dkim-signature, which"),
        (b"From: digest@ada.example\r\nX-A: 1\r\nx-a: 2", "has the field x-a twice"),
        (b"From: digest@ada.example\r\nContent-Type: image/png", "is neither plain text"),
        (b"From: digest@ada.example\r\nContent-Type: multipart/mixed; boundary=x", "is neither plain text"),
        (b"From: digest@ada.example\r\nContent-Type: text/plain; charset=klingon", "is written in klingon"),
    ],
)
def test_what_is_no_message_of_ours_is_refused_and_never_cut(
    parted: ProviderHost, head: bytes, why: str
) -> None:
    sent = [(Envelope(FRAME.sender, "a@b.example"), Message("<x@y>", head + b"\r\n\r\nText\r\n"))]

    (outcome,) = parted.caller().send_group(sent)

    assert isinstance(outcome, Refused)
    assert outcome.verdict is Verdict.UNFIT
    assert why in outcome.reason
    assert not parted.requests


# ── What they answer ─────────────────────────────────────────────────────────────────────────────


def cases() -> Iterator[Any]:
    for name in Provider:
        for case in json.loads((ANSWERS / f"{name}.json").read_text("utf-8")):
            yield pytest.param(name, case, id=f"{name}: {case['what']}")


@pytest.mark.parametrize(("name", "case"), [*cases()])
def test_what_an_answer_means(name: Provider, case: dict[str, Any]) -> None:
    reply = Reply(case["status"], case["body"], case.get("headers", {}))
    expected = case["outcomes"]
    with ProviderHost(name) as host:
        outcomes = host.always(reply).caller().send_group(group(*(f"r{n}" for n in range(len(expected)))))

    assert kinds(outcomes) == expected
    for outcome in outcomes:
        if not isinstance(outcome, Accepted):
            assert outcome.reason.isprintable()
            assert not re.search(r"\w@\w", outcome.reason)
            assert str(name) in outcome.reason
        if isinstance(outcome, Deferred) and outcome.verdict is Verdict.THROTTLED:
            assert outcome.server in ("", name)


def test_a_key_that_is_wrong_is_never_the_readers_fault_and_nobody_hears_it(host: ProviderHost) -> None:
    outcomes = host.caller(key="another").send_group(group("ada", "bob"))

    assert kinds(outcomes) == ["ours", "ours"]
    assert len(host.requests) == 1
    assert not any("another" in str(outcome) for outcome in outcomes)
    assert "another" not in repr(host.settings(key="another"))


def test_nobody_listens(host: ProviderHost) -> None:
    caller = host.caller()
    host.close()

    with pytest.raises(Unavailable) as raised:
        caller.attempt(group("ada", "bob"))

    assert raised.value.outcome.verdict is Verdict.CONNECTION


ODD = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
KEYS_OF_ANSWERS = (
    *("MessageId", "message", "ErrorCode", "Message", "MessageID", "id", "errors", "field", "messageIds"),
    *("messageId", "code", "data", "name", "index"),
)
BODIES = st.recursive(
    ODD,
    lambda some: (
        st.lists(some, max_size=3) | st.dictionaries(st.sampled_from(KEYS_OF_ANSWERS), some, max_size=5)
    ),
    max_leaves=10,
).map(json.dumps) | st.text(max_size=50)


@pytest.mark.parametrize("name", Provider)
@settings(max_examples=20)
@given(
    st.integers(200, 599),
    BODIES,
    st.dictionaries(st.sampled_from(["x-message-id", "x-amzn-errortype"]), st.text(max_size=9)),
)
def test_whatever_they_answer_something_comes_of_each_message(
    name: Provider, status: int, body: str, headers: dict[str, str]
) -> None:
    provider = MailProvider(name, "key")
    caller = Caller(APIS[name](provider), provider, net.Client)
    answer = net.Answer(status, headers, body.encode("utf-8", "surrogatepass"), "https://provider.example/")

    said = caller._understood(answer, 2)

    assert len(said) == 2 if isinstance(said, list) else said.reason.isprintable()
    assert (
        status < 300 or not isinstance(said, list) or name is Provider.BREVO
    )  # which says no of what it knows


# ── What they are asked before ───────────────────────────────────────────────────────────────────


def test_a_provider_that_knows_us_is_content_and_nobody_gets_anything(host: ProviderHost) -> None:
    host.caller().try_out()

    assert len(host.requests) == 1
    assert not host.taken


def refusal(caller: Caller) -> Deferred:
    with pytest.raises(Unavailable) as raised:
        caller.try_out()
    return raised.value.outcome


def test_one_that_does_not_says_so(host: ProviderHost) -> None:
    assert refusal(host.caller(key="another")).verdict is Verdict.OURS


@pytest.mark.parametrize("status", [302, 404, 500, 502, 503])
def test_so_does_one_that_is_not_there(host: ProviderHost, status: int) -> None:
    assert str(status) in refusal(host.always(Reply(status)).caller()).reason


def test_and_one_that_hangs_up(host: ProviderHost) -> None:
    assert refusal(host.always(CUT).caller()).verdict is Verdict.CONNECTION


def test_one_that_is_busy_knows_us(host: ProviderHost) -> None:
    host.always(Reply(429)).caller().try_out()


# ── Too fast ─────────────────────────────────────────────────────────────────────────────────────


def test_who_asks_us_to_wait_is_asked_again_then(host: ProviderHost) -> None:
    slept: list[float] = []
    host.plays(Reply(429, headers={"Retry-After": "7"}), Reply(429))

    assert kinds(host.caller(slept).send_group(group("ada"))) == ["accepted"]

    assert slept == [7.0, 2.0]
    assert host.recipients() == ["ada@example.net"]


def test_who_asks_for_long_is_left_alone(host: ProviderHost) -> None:
    slept: list[float] = []
    host.always(Reply(429, headers={"Retry-After": "3600"}))

    outcomes = host.caller(slept).send_group(group("ada", "bob"))

    assert [(each.verdict, each.server) for each in outcomes if isinstance(each, Deferred)] == [
        (Verdict.THROTTLED, host.simulated.name)
    ] * 2
    assert len(host.requests) == 1
    assert not slept


def test_patience_ends(host: ProviderHost) -> None:
    host.always(Reply(429))

    assert kinds(host.caller().send_group(group("ada"))) == ["throttled"]
    assert len(host.requests) == 5


def test_all_threads_wait_together(host: ProviderHost) -> None:
    slept: list[float] = []
    host.plays(Reply(429, headers={"Retry-After": "9"}))
    caller = host.caller(slept, monotonic=lambda: 0.0)
    caller.send_group(group("ada"))
    caller.send_group(group("bob"))

    assert slept == [9.0, 9.0]


# ── What nobody knows ────────────────────────────────────────────────────────────────────────────


@hosts_of(*(name for name in Provider if name not in WITH_KEYS))
def test_a_lost_answer_is_uncertain_and_nothing_more_of_the_group_leaves(host: ProviderHost) -> None:
    host.plays(LOST)

    outcomes = host.caller().send_group(group("ada", "bob", "cem"))

    is_batch = APIS[host.simulated.name].most > 1
    rest = "lost" if is_batch else "connection"
    assert kinds(outcomes) == ["lost", rest, rest]
    assert len(host.requests) == 1


def test_a_lost_answer_is_asked_for_again_where_the_call_has_a_key(keyed: ProviderHost) -> None:
    slept: list[float] = []
    keyed.plays(LOST)

    outcomes = keyed.caller(slept).send_group(group("ada", "bob"))

    assert kinds(outcomes) == ["accepted", "accepted"]
    assert keyed.recipients() == ["ada@example.net", "bob@example.net"]
    assert len({keyed.simulated.key(request) for request in keyed.requests}) == 1
    assert len(slept) == 1


def test_so_it_is_where_the_call_was_not_taken(keyed: ProviderHost) -> None:
    keyed.plays(CUT, CUT)

    assert kinds(keyed.caller().send_group(group("ada", "bob"))) == ["accepted", "accepted"]
    assert keyed.recipients() == ["ada@example.net", "bob@example.net"]


def test_the_same_messages_have_the_same_key_after_a_restart(keyed: ProviderHost) -> None:
    keyed.caller().send_group(group("ada"))
    again = keyed.caller().send_group(group("ada"))

    assert kinds(again) == ["accepted"]
    assert keyed.recipients() == ["ada@example.net"]


def test_other_messages_have_another(keyed: ProviderHost) -> None:
    keyed.caller().send_group(group("ada"))
    keyed.caller().send_group(group("bob"))

    assert len(keyed.taken) == 2


@pytest.mark.parametrize(
    "after", [Reply(503), Reply(401), Reply(429), LOST], ids=["503", "401", "429", "lost"]
)
def test_what_may_have_been_taken_is_not_made_up_for_by_a_later_refusal(
    keyed: ProviderHost, after: Reply
) -> None:
    keyed.plays(LOST).always(after)

    assert kinds(keyed.caller().send_group(group("ada"))) == ["lost"]
    assert len(keyed.requests) == 3


# ── Batches ──────────────────────────────────────────────────────────────────────────────────────


def test_a_group_is_as_few_calls_as_can_be(host: ProviderHost) -> None:
    names = [f"r{n}" for n in range(10)]

    host.caller().send_group(group(*names))

    most = APIS[host.simulated.name].most
    assert len(host.requests) == -(-10 // most)
    assert host.connections == 1
    assert host.recipients() == [f"{name}@example.net" for name in names]


def test_one_that_is_refused_keeps_no_other_back(host: ProviderHost) -> None:
    """Where a provider refuses all for one, each goes alone."""
    bad = Reply(422, {"message": "Invalid `to` field", "name": "validation_error"})
    most = APIS[host.simulated.name].most
    host.plays(*([bad] if most > 1 else []), bad)

    outcomes = host.caller().send_group(group("ada", "bob", "cem"))

    assert kinds(outcomes)[1:] == ["accepted", "accepted"]
    assert isinstance(outcomes[0], Refused)
    assert host.recipients() == ["bob@example.net", "cem@example.net"]


@hosts_of(*(name for name in Provider if APIS[name].most == 1))
def test_trouble_in_the_middle_leaves_the_rest_for_later(host: ProviderHost) -> None:
    caller = host.caller()
    host.plays(Reply(*_taken(host)), Reply(503))

    assert kinds(caller.send_group(group("ada", "bob", "cem"))) == ["accepted", "connection", "connection"]
    assert len(host.requests) == 2


def _taken(host: ProviderHost) -> tuple[int, object, dict[str, str]]:
    (case,) = [
        case
        for case in json.loads((ANSWERS / f"{host.simulated.name}.json").read_text())
        if case["what"] == "taken"
    ]
    return case["status"], case["body"], case.get("headers", {})


# ── Beside a server ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def server() -> Iterator[MailHost]:
    with MailHost() as host:
        yield host


def beside(host: ProviderHost, server: MailHost) -> Several:
    """Return both as one way out, the provider first."""
    settings = MailServer("relay", "127.0.0.1", server.port, Security.NONE)
    return Several([host.caller(weight=9), Pool(settings, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))])


@hosts_of(Provider.POSTMARK, Provider.MAILGUN)
def test_what_a_provider_cannot_take_goes_by_a_server(host: ProviderHost, server: MailHost) -> None:
    both = beside(host.always(Reply(503)), server)

    assert kinds(both.send_group(group("ada", "bob"))) == ["accepted", "accepted"]
    assert server.recipients() == ["ada@example.net", "bob@example.net"]
    both.close()


@hosts_of(Provider.POSTMARK, Provider.MAILGUN)
def test_what_it_may_have_taken_does_not(host: ProviderHost, server: MailHost) -> None:
    both = beside(host.plays(LOST), server)

    assert kinds(both.send_group(group("ada"))) == ["lost"]
    assert not server.delivered
    both.close()


# ── Messages taken apart ─────────────────────────────────────────────────────────────────────────

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]))


@settings(max_examples=20)
@given(st.builds(Rendered, WORDS, WORDS, WORDS), WORDS)
def test_what_was_composed_is_what_is_told(rendered: Rendered, name: str) -> None:
    own = Own("ada@example.net", f"<ada@{DOMAIN}>", datetime(2026, 11, 23, tzinfo=UTC))
    sent = composing.cut(rendered, replace(FRAME, sender_name=name, list_id="")).fill(own)

    found = parts.taken_apart(sent.content)

    assert (found.text, found.html) == (f"{rendered.text}\n", f"{rendered.html}\n")
    assert found.subject == " ".join(rendered.subject.split())
    assert found.sender_name == " ".join(name.split())


@settings(max_examples=100)
@given(
    st.binary() | st.binary().map(lambda rest: message().content[:-40] + rest),
    st.integers(0, 2000),
    st.binary(max_size=3),
)
def test_any_bytes_are_taken_apart_or_refused(content: bytes, place: int, other: bytes) -> None:
    mutated = content[:place] + other + content[place + len(other) :]
    with suppress(ValueError):
        parts.taken_apart(mutated)
    parts.sender_of(mutated)
    rest, body = parts.without(mutated, "Feedback-ID")
    assert len(rest) <= len(mutated)
    assert "\n" not in body


@pytest.mark.parametrize(
    ("head", "rest", "body"),
    [
        (b"A: 1\r\nFeedback-ID: a:b\r\nB: 2", b"A: 1\r\nB: 2", "a:b"),
        (b"feedback-id: a:\r\n b\r\nB: 2", b"B: 2", "a: b"),
        (b"A: 1\r\nFeedback-ID: a:b", b"A: 1", "a:b"),
        (b"A: 1\r\nX-Feedback-ID: a:b", b"A: 1\r\nX-Feedback-ID: a:b", ""),
    ],
)
def test_one_field_is_taken_out(head: bytes, rest: bytes, body: str) -> None:
    text = b"\r\n\r\nFeedback-ID: c\r\n"

    assert parts.without(head + text, "Feedback-ID") == (rest + text, body)
