"""Rules for domains that mail: what is found, and what is said of it."""

import pytest

from feeder.mail.domains import judging, tags
from feeder.mail.domains.dmarc import Record, Walk
from feeder.mail.domains.judging import Proofs, PublicKey, Senders
from feeder.mail.domains.spf import Result, Verdict
from feeder.model.checks import Check, State

OK, WARNING, WRONG, SKIPPED = State.OK, State.WARNING, State.WRONG, State.SKIPPED
FAIL, PASS = Verdict(Result.FAIL, lookups=2, visited=("a.example", "mailer.example")), Verdict(Result.PASS)


def has_a_mend_if_any_is_needed(check: Check) -> None:
    assert bool(check.mend) == (check.state in {WARNING, WRONG}), check
    assert check.rule
    assert check.found


@pytest.mark.parametrize(
    ("senders", "state", "words"),
    [
        (Senders(Verdict(Result.NONE), {}, {}), WRONG, "no record"),
        (Senders(Verdict(Result.PERMERROR, "too many"), {}, {}), WRONG, "too many"),
        (Senders(Verdict(Result.TEMPERROR, "silent"), {}, {}), WRONG, "silent"),
        (Senders(PASS, {}, {}), WARNING, "every address"),
        (Senders(FAIL, {"192.0.2.1": PASS}, {}), OK, "2 lookups of 10, and lets 192.0.2.1"),
        (
            Senders(FAIL, {"192.0.2.1": PASS, "192.0.2.2": FAIL}, {}),
            WRONG,
            "does not let 192.0.2.2",
        ),
        (Senders(FAIL, {"192.0.2.1": Verdict(Result.SOFTFAIL)}, {}), WRONG, "does not let 192.0.2.1"),
        (Senders(FAIL, {}, {}, ["Mailer.example"]), OK, "lets Mailer.example"),
        (Senders(FAIL, {}, {}, ["other.example"]), WRONG, "does not let other.example"),
        (Senders(FAIL, {}, {"192.0.2.3": PASS}), OK, "the mail servers' own 192.0.2.3"),
        (Senders(FAIL, {}, {"192.0.2.3": PASS, "192.0.2.4": FAIL}), WARNING, "cannot be known"),
        (Senders(FAIL, {}, {}), WARNING, "cannot be known"),
    ],
)
def test_who_may_mail(senders: Senders, state: State, words: str) -> None:
    check = judging.spf("a.example", senders)

    assert (check.state, words in check.found) == (state, True), check
    has_a_mend_if_any_is_needed(check)


def test_the_mend_is_a_record_to_paste() -> None:
    told = judging.spf(
        "a.example", Senders(Verdict(Result.NONE), {"192.0.2.1": FAIL, "2001:db8::1": FAIL}, {})
    )
    includes = judging.spf("a.example", Senders(Verdict(Result.NONE), {}, {}, ["mailer.example"]))

    assert '"v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 ~all"' in told.mend
    assert '"v=spf1 include:mailer.example ~all"' in includes.mend


KEY = PublicKey("feeder._domainkey.a.example", "v=DKIM1; k=rsa; p=MIIB", 2048, is_needed=True)


@pytest.mark.parametrize(
    ("texts", "state", "words"),
    [
        (["v=DKIM1; k=rsa; p=MIIB"], OK, "the key that signs"),
        (["p=MI IB"], OK, "the key that signs"),
        (["v=DKIM1; h=sha1:sha256; s=email; p=MIIB;"], OK, "the key that signs"),
        ([], WRONG, "no record"),
        (["p=MIIB", "p=MIIB"], WRONG, "2 records"),
        (["MIIB"], WRONG, "nobody can read"),
        (["p=MIIB; p=MIIB"], WRONG, "nobody can read"),
        (["v=DKIM2; p=MIIB"], WRONG, "not for these signatures"),
        (["h=sha1; p=MIIB"], WRONG, "not for these signatures"),
        (["p="], WRONG, "revoked"),
        (["p=MIIC"], WRONG, "another key"),
        (["k=ed25519; p=MIIB"], WRONG, "another key"),
        (["t=s:y; p=MIIB"], WARNING, "only being tried"),
    ],
)
def test_keys_in_the_dns(texts: list[str], state: State, words: str) -> None:
    check = judging.dkim(KEY, texts)

    assert (check.state, words in check.found) == (state, True), check
    has_a_mend_if_any_is_needed(check)


def test_a_short_key_is_worth_a_look() -> None:
    short = PublicKey(KEY.name, KEY.value, 1024, is_needed=True)

    assert judging.dkim(short, [KEY.value]).state is WARNING
    assert judging.dkim(PublicKey(KEY.name, KEY.value, 256, is_needed=False), [KEY.value]).state is OK


def test_of_a_key_that_few_know_a_missing_record_loses_no_mail() -> None:
    second = PublicKey(KEY.name, "v=DKIM1; k=ed25519; p=MIIB", 256, is_needed=False)

    assert judging.dkim(second, []).state is WARNING


@pytest.mark.parametrize(
    ("said", "proofs", "state", "words"),
    [
        (None, Proofs(signature=True, return_path=True), WRONG, "no record"),
        (
            {"p": "none"},
            Proofs(signature=True, return_path=True),
            OK,
            "by the signature and by the return path",
        ),
        ({"p": "none"}, Proofs(signature=False, return_path=True), OK, "proven by the return path"),
        ({"p": "reject"}, Proofs(signature=True, return_path=False), OK, "proven by the signature"),
        ({"p": "reject"}, Proofs(signature=False, return_path=True), WARNING, "passed on"),
        ({"p": "none"}, Proofs(signature=False, return_path=False), WRONG, "neither"),
    ],
)
def test_what_the_author_says(said: dict[str, str] | None, proofs: Proofs, state: State, words: str) -> None:
    records = [] if said is None else [Record("a.example", said)]

    check = judging.dmarc(Walk("a.example", records, "a.example"), proofs)

    assert (check.state, words in check.found) == (state, True), check
    has_a_mend_if_any_is_needed(check)


@pytest.mark.parametrize(
    ("hosts", "has_address", "state"),
    [(["mx.example"], False, OK), ([], True, WARNING), ([], False, WRONG), ([""], False, WRONG)],
)
def test_who_takes_what_comes_back(hosts: list[str], has_address: bool, state: State) -> None:
    check = judging.exchangers("a.example", hosts, has_address=has_address)

    assert check.state is state
    has_a_mend_if_any_is_needed(check)


@pytest.mark.parametrize(
    ("names", "state"),
    [({}, WRONG), ({"a": False}, WRONG), ({"a": False, "b": True}, OK)],
)
def test_names_of_addresses(names: dict[str, bool], state: State) -> None:
    check = judging.pointer("192.0.2.1", names)

    assert check.state is state
    has_a_mend_if_any_is_needed(check)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v=DKIM1; p=a=b==", {"v": "DKIM1", "p": "a=b=="}),
        (" V = DKIM1 ;p=;", {"v": "DKIM1", "p": ""}),
    ],
)
def test_lists_of_tags(text: str, expected: dict[str, str]) -> None:
    assert tags.read(text) == expected


@pytest.mark.parametrize("text", ["", ";", "a", "a=1;;b=2", "a=1;a=2", "1=a"])
def test_what_is_no_list_of_tags(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        tags.read(text)
