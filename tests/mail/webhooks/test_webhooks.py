"""What providers post: proved, understood, and nothing else believed."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeder import net
from feeder.errors import ConfigurationError
from feeder.mail.webhooks import open_hooks
from feeder.mail.webhooks.calls import Forged, Hook, Post, Unreadable
from tests.mail.webhooks import rig
from tests.mail.webhooks.rig import NOW, PROVIDERS, Poster
from tests.net.conftest import Site, reply

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

CASES = [
    pytest.param(provider, case, id=f"{provider}-{number}-{case['kind']}")
    for provider in PROVIDERS
    for number, case in enumerate(rig.cases(provider))
]


@pytest.fixture(scope="module")
def sns() -> Iterator[tuple[Site, Callable[[], net.Client]]]:
    with rig.amazon() as made:
        yield made


@pytest.fixture
def amazon(sns: tuple[Site, Callable[[], net.Client]]) -> Site:
    rig.opened(sns[0])
    return sns[0]


@pytest.fixture
def client(sns: tuple[Site, Callable[[], net.Client]]) -> Iterator[net.Client]:
    with sns[1]() as made:
        yield made


@pytest.fixture
def hooks(client: net.Client, amazon: Site) -> Mapping[str, Hook]:
    assert amazon.requests == []
    return open_hooks(rig.secrets(), lambda: client)


# ── What is told ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("provider", "case"), CASES)
def test_what_is_told(hooks: Mapping[str, Hook], provider: str, case: dict[str, Any]) -> None:
    told = hooks[provider].read(Poster(provider).post(case["body"]), NOW)

    assert [each.kind.value for each in told.returns] == ([case["kind"]] if case["kind"] else [])
    for each in told.returns:
        found = {
            "status": each.status,
            "reason": each.reason,
            "at": each.at.isoformat() if each.at else None,
            "token": each.trace.token,
            "address": each.trace.address,
            "queue_id": each.trace.queue_id,
        }
        expected = {name: value for name, value in case.items() if name in found}
        assert {name: found[name] for name in expected} == expected
        assert "@" not in each.reason


def test_a_batch_is_told_one_by_one(hooks: Mapping[str, Hook]) -> None:
    events = [event for case in rig.cases("sendgrid") for event in case["body"]]
    told = hooks["sendgrid"].read(Poster("sendgrid").post(events), NOW)
    assert len(told.returns) == len([case for case in rig.cases("sendgrid") if case["kind"]])


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_same_post_has_the_same_mark_and_another_another(
    hooks: Mapping[str, Hook], provider: str
) -> None:
    def mark(poster: Poster, case: int) -> str:
        return hooks[provider].read(poster.post(rig.cases(provider)[case]["body"]), NOW).mark

    assert mark(Poster(provider), 0) == mark(Poster(provider), 0)
    assert mark(Poster(provider), 0) != mark(Poster(provider, name="2"), 1)


# ── What is not believed ─────────────────────────────────────────────────────────────────────────


SIGNED = {"timestamp", "token", "signature"} | {
    *(
        "Message",
        "MessageId",
        "Timestamp",
        "TopicArn",
        "Type",
        "Signature",
        "SignatureVersion",
        "SigningCertURL",
    )
}


def wrong(provider: str) -> Iterator[Post]:
    """Tell posts whose proof is wrong in one way each."""
    body = rig.cases(provider)[0]["body"]
    right = Poster(provider).post(body)
    yield Post({}, json.dumps(body).encode())
    for name, value in right.headers.items():
        yield replace(right, headers={**right.headers, name: ""})
        yield replace(right, headers={**right.headers, name: value[:-4]})
        yield replace(right, headers={**right.headers, name: value + "AAAA"})
        yield replace(right, headers={**right.headers, name: "Basic ÄÖ"})
    if provider in {"sendgrid", "resend"}:
        yield replace(right, body=right.body + b" ")
    if provider in {"mailgun", "ses"}:
        told = json.loads(right.body)
        about = told["signature"] if provider == "mailgun" else told
        for name in SIGNED & set(about):
            values: list[object] = ["", "x", "7", about[name][:-1], about[name] + "7", None, 7, ["x"]]
            for each in values:
                other = {**about, name: each}
                whole = {**told, "signature": other} if provider == "mailgun" else other
                yield replace(right, body=json.dumps(whole).encode())


@pytest.mark.parametrize("provider", PROVIDERS)
def test_nothing_is_taken_without_its_proof(hooks: Mapping[str, Hook], provider: str) -> None:
    posts = list(wrong(provider))
    assert len(posts) >= 5
    for post in posts:
        with pytest.raises((Forged, Unreadable)):
            hooks[provider].read(post, NOW)


@pytest.mark.parametrize(
    ("provider", "window"),
    [("mailgun", DAY), ("sendgrid", DAY), ("ses", DAY), ("resend", 5 * MINUTE)],
)
def test_an_old_post_is_not_taken_and_none_of_tomorrow(
    hooks: Mapping[str, Hook], provider: str, window: timedelta
) -> None:
    body = rig.cases(provider)[0]["body"]
    for by in (-window, timedelta(), 5 * MINUTE):
        assert hooks[provider].read(Poster(provider).later(by).post(body), NOW).returns
    for by in (-window - MINUTE, 6 * MINUTE):
        with pytest.raises(Forged, match="another time"):
            hooks[provider].read(Poster(provider).later(by).post(body), NOW)


@pytest.mark.parametrize("scheme", ["Basic ", "Bearer ", "Digest ", "basic "])
@pytest.mark.parametrize("provider", ["postmark", "brevo"])
def test_passwords(hooks: Mapping[str, Hook], provider: str, scheme: str) -> None:
    post = Post({"authorization": f"{scheme}{rig.WORD[:-1]}"}, b"{}")
    with pytest.raises(Forged):
        hooks[provider].read(post, NOW)


@pytest.mark.parametrize("body", [b"", b"\xff", b"{", b"[" * 100_000, b'{"a": 1e999}' * 2, b"9" * 5000])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_is_no_json(hooks: Mapping[str, Hook], provider: str, body: bytes) -> None:
    poster = Poster(provider)
    post = poster.post(body) if provider in {"postmark", "brevo", "sendgrid", "resend"} else Post({}, body)
    with pytest.raises(Unreadable):
        hooks[provider].read(post, NOW)


def test_keys_that_are_none() -> None:
    for name, secret in (("sendgrid", "MFkwEw=="), ("resend", "whsec_!"), ("ses", "arn:aws:sqs:x")):
        with pytest.raises(ConfigurationError, match=f"mail.webhooks.{name}"):
            open_hooks({name: secret}, net.Client)
    assert open_hooks({"ses": "", "brevo": ""}, net.Client) == {}


# ── SNS ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("version", ["1", "2"])
def test_both_versions_of_signatures_and_a_certificate_is_fetched_once(
    hooks: Mapping[str, Hook], amazon: Site, version: str
) -> None:
    told = {
        "Type": "Notification",
        "Message": json.dumps(rig.cases("ses")[0]["body"]),
        "Subject": "Amazon SES",
    }
    for name in ("1", "2"):
        assert hooks["ses"].read(Poster("ses", name=name).sns(told, version), NOW).returns
    assert len(amazon.requests) == 1


def test_a_subscription_is_confirmed_for_our_topic(hooks: Mapping[str, Hook], amazon: Site) -> None:
    assert hooks["ses"].read(Poster("ses").subscription(), NOW).returns == ()
    assert [request.path for request in amazon.requests] == [
        rig.path_of(rig.CERTIFICATE),
        rig.path_of(rig.SUBSCRIBE),
    ]


@pytest.mark.parametrize(
    "changed",
    [
        {"TopicArn": "arn:aws:sns:eu-west-1:999999999999:evil"},
        {"SubscribeURL": "https://evil.example/?Action=ConfirmSubscription&x"},
        {"SubscribeURL": "https://sns.eu-west-1.amazonaws.com.evil.example/?Action=ConfirmSubscription&x"},
        {"SubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&x"},
        {"SubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe&x"},
        {"SubscribeURL": "http://169.254.169.254/"},
    ],
)
def test_nobody_else_has_us_confirm(hooks: Mapping[str, Hook], amazon: Site, changed: dict[str, str]) -> None:
    with pytest.raises(Forged):
        hooks["ses"].read(Poster("ses").subscription(**changed), NOW)
    assert not any("ConfirmSubscription" in request.path for request in amazon.requests)


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://evil.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com/evil/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem?evil",
        "https://127.0.0.1/SimpleNotificationService-0a.pem",
    ],
)
def test_certificates_come_from_sns_alone(hooks: Mapping[str, Hook], amazon: Site, url: str) -> None:
    told = json.loads(Poster("ses").post(rig.cases("ses")[0]["body"]).body)
    with pytest.raises(Forged, match="not of SNS"):
        hooks["ses"].read(Post({}, json.dumps({**told, "SigningCertURL": url}).encode()), NOW)
    assert amazon.requests == []


def test_a_certificate_that_has_ended_or_is_none(client: net.Client, amazon: Site) -> None:
    post = Poster("ses").post(rig.cases("ses")[0]["body"])
    for content in (rig.certificate(days=-1), b"-----BEGIN", b""):
        amazon.plays(rig.path_of(rig.CERTIFICATE), reply(200, content))
        with pytest.raises(Forged, match="certificate"):
            open_hooks(rig.secrets(), lambda: client)["ses"].read(post, NOW)


def test_a_certificate_that_cannot_be_fetched_is_asked_for_again(client: net.Client, amazon: Site) -> None:
    hook = open_hooks(rig.secrets(), lambda: client)["ses"]
    post = Poster("ses").post(rig.cases("ses")[0]["body"])
    amazon.plays(rig.path_of(rig.CERTIFICATE), reply(500), reply(200, rig.certificate()))
    with pytest.raises(net.RequestFailed):
        hook.read(post, NOW)
    assert hook.read(post, NOW).returns


# ── Laws ─────────────────────────────────────────────────────────────────────────────────────────

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict):
        for name, each in value.items():
            yield from places(each, (*path, name))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from places(each, (*path, number))


def changed(value: Any, path: tuple[Any, ...], to: object) -> Any:
    """Return a value in which something else stands at a place."""
    if not path:
        return to
    copied = dict(value) if isinstance(value, dict) else list(value)
    copied[path[0]] = changed(value[path[0]], path[1:], to)
    return copied


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(picked=st.sampled_from([case.values for case in CASES]), data=st.data())
def test_whatever_stands_in_a_proved_body_is_read_or_refused(
    hooks: Mapping[str, Hook], picked: tuple[str, dict[str, Any]], data: st.DataObject
) -> None:
    provider, case = picked
    path = data.draw(st.sampled_from(list(places(case["body"]))))
    body = changed(case["body"], path, data.draw(ANYTHING))
    if provider == "mailgun" and not isinstance(body, dict):
        return  # there is no room for its proof
    try:
        told = hooks[provider].read(Poster(provider).post(body), NOW)
    except Unreadable:
        return
    for each in told.returns:
        assert all(isinstance(part, str) for part in (each.reason, each.status, each.trace.token))
        assert each.trace.address == "" or "@" in each.trace.address
        for part in (each.reason, each.trace.address, each.trace.queue_id, each.trace.token):
            part.encode()
        assert each.at is None or each.at.tzinfo is not None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(provider=st.sampled_from(PROVIDERS), place=st.integers(0, 400), mark=st.integers(0, 255))
def test_a_body_in_which_one_byte_differs_proves_nothing(
    hooks: Mapping[str, Hook], provider: str, place: int, mark: int
) -> None:
    right = Poster(provider).post(rig.cases(provider)[0]["body"])
    spot = place % len(right.body)
    if right.body[spot] == mark or provider in {"postmark", "brevo", "mailgun"}:
        return  # their proofs are not about the body
    body = right.body[:spot] + bytes([mark]) + right.body[spot + 1 :]
    try:
        told = hooks[provider].read(replace(right, body=body), NOW)
    except (Forged, Unreadable):
        return
    assert told == hooks[provider].read(right, NOW)  # of SNS, what says the same in JSON
