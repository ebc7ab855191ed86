"""What servers answer, and what that means for the reader and for us: answers that real servers gave."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.mail import answers
from feeder.model.deliveries import Accepted, Deferred, Lost, Refused, Verdict

DEFERRED = [
    # Postfix
    (
        450,
        "4.2.0 <ada@example.net>: Recipient address rejected: Greylisted, see http://postgrey.example/",
        "later",
    ),
    (
        450,
        "4.1.1 <ada@example.net>: Recipient address rejected: User unknown in local recipient table",
        "later",
    ),
    (452, "4.3.1 Insufficient system storage", "later"),
    (452, "4.5.3 Error: too many recipients", "later"),
    (451, "4.3.0 <ada@example.net>: Temporary lookup failure", "later"),
    (450, "4.4.2 mail.example.net Error: timeout exceeded", "connection"),
    (421, "4.4.2 mail.example.net Error: timeout exceeded", "connection"),
    (421, "4.3.2 Service shutting down", "connection"),
    (421, "4.7.0 mail.example.net Error: too many connections from 192.0.2.1", "throttled"),
    (452, "4.2.2 <ada@example.net>: Mailbox full", "full"),
    (552, "5.2.2 <ada@example.net>: Mailbox full", "full"),
    # Dovecot, behind Postfix
    (452, "4.2.2 <ada@example.net> Quota exceeded (mailbox for user is full)", "full"),
    (552, "5.2.2 <ada@example.net> Quota exceeded (mailbox for user is full)", "full"),
    # Exim
    (451, "Temporary local problem - please try later", "later"),
    (451, "Greylisted, please try again in 300 seconds", "later"),
    (421, "mx.example.net: SMTP command timeout - closing connection", "connection"),
    (421, "mx.example.net: Too many concurrent SMTP connections; please try again later.", "throttled"),
    (550, "Mailbox quota exceeded / mailbox is full", "full"),
    (552, "Requested mail action aborted: exceeded storage allocation", "full"),
    (550, "relay not permitted", "ours"),
    (550, "Sender verify failed", "ours"),
    (
        550,
        "Verification failed for <digest@ada.example>\nNo Such User Here\nSender verify failed",
        "ours",
    ),
    # Gmail
    (
        450,
        "4.2.1 The user you are trying to contact is receiving mail too quickly.\n4.2.1 Please resend your message later. - gsmtp",
        "later",
    ),
    (
        550,
        "5.2.1 The user you are trying to contact is receiving mail at a rate that\n5.2.1 prevents additional messages from being delivered. - gsmtp",
        "later",
    ),
    (421, "4.7.0 Try again later, closing connection. (EHLO) a1si100 - gsmtp", "throttled"),
    (
        421,
        "4.7.28 Gmail has detected an unusual rate of unsolicited mail originating\n4.7.28 from your IP address. - gsmtp",
        "throttled",
    ),
    (
        421,
        "4.7.32 Your email has been rate limited because the From: header (RFC5322) in\n4.7.32 this message isn't aligned with either the authenticated SPF or DKIM\n4.7.32 organizational domain. - gsmtp",
        "ours",
    ),
    (
        452,
        "4.2.2 The recipient's inbox is out of storage space. Please direct the\n4.2.2 recipient to https://support.google.com/mail/?p=OverQuotaTemp - gsmtp",
        "full",
    ),
    (
        552,
        "5.2.2 The recipient's inbox is out of storage space and inactive. - gsmtp",
        "full",
    ),
    (
        550,
        "5.7.26 This mail has been blocked because the sender is unauthenticated.\n5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM. - gsmtp",
        "ours",
    ),
    (550, "5.7.25 [192.0.2.1] The IP address sending this message does not have a PTR record", "ours"),
    (550, "5.7.1 Our system has detected that this message is likely unsolicited mail. - gsmtp", "ours"),
    (535, "5.7.8 Username and Password not accepted. - gsmtp", "ours"),
    (530, "5.7.0 Must issue a STARTTLS command first. - gsmtp", "ours"),
    # Microsoft
    (451, "4.7.500 Server busy. Please try again later from [192.0.2.1]. (S77719)", "throttled"),
    (
        451,
        "4.7.650 The mail server [192.0.2.1] has been temporarily rate limited due to IP reputation. (S775)",
        "throttled",
    ),
    (451, "4.7.0 Temporary server error. Please try again later. PRX2", "later"),
    (
        432,
        "4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending",
        "connection",
    ),
    (
        550,
        "5.7.515 Access denied, sending domain ada.example doesn't meet the required authentication level.",
        "ours",
    ),
    (550, "5.7.1 Service unavailable, Client host [192.0.2.1] blocked using Spamhaus.", "ours"),
    (
        550,
        "5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. part of their network is on our block list (S3150).",
        "ours",
    ),
    # Yahoo
    (
        421,
        "4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints",
        "throttled",
    ),
    (451, "Resources temporarily not available - Please try again later [#4.16.5].", "later"),
    (553, "5.7.2 [TSS09] All messages from 192.0.2.1 will be permanently deferred", "ours"),
    (554, "5.7.9 Message not accepted for policy reasons. See https://senders.yahooinc.com/", "ours"),
    # SES
    (454, "Throttling failure: Maximum sending rate exceeded.", "throttled"),
    (454, "Throttling failure: Daily message quota exceeded.", "throttled"),
    (
        554,
        "Message rejected: Email address is not verified. The following identities failed the check: digest@ada.example",
        "ours",
    ),
    (554, "Message rejected: Sending suspended for this account.", "ours"),
    (501, "Invalid MAIL FROM address provided", "ours"),
    (530, "Authentication required", "ours"),
    (535, "Authentication Credentials Invalid", "ours"),
    # GMX, qmail, and senders that are none
    (
        550,
        "Requested action not taken: mailbox unavailable\nReject due to policy restrictions.",
        "ours",
    ),
    (553, "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", "ours"),
    (450, "4.1.8 <digest@ada.example>: Sender address rejected: Domain not found", "later"),
    (550, "5.1.8 <digest@ada.example>: Sender address rejected: Domain not found", "ours"),
    (501, "5.1.7 Bad sender address syntax", "ours"),
    (554, "The message was rejected because it looks like spam", "ours"),
]

REFUSED = [
    # Postfix
    (
        550,
        "5.1.1 <ada@example.net>: Recipient address rejected: User unknown in virtual mailbox table",
        "dead",
    ),
    (550, "5.1.2 <ada@example.net>: Recipient address rejected: Domain not found", "dead"),
    (501, "5.1.3 Bad recipient address syntax", "dead"),
    (
        556,
        "5.1.10 <ada@example.net>: Recipient address rejected: Domain example.net does not accept mail",
        "dead",
    ),
    (550, "5.1.6 <ada@example.net>: Recipient address rejected: User has moved to ada@example.org", "dead"),
    (552, "5.3.4 Message size exceeds fixed limit", "unfit"),
    (501, "5.5.4 Syntax: MAIL FROM:<address>", "unfit"),
    (502, "5.5.2 Error: command not recognized", "unfit"),
    (550, "5.6.0 improper use of 8-bit data in message header", "unfit"),
    # Exim
    (550, "Unrouteable address", "dead"),
    (550, "unknown user", "dead"),
    (550, "No Such User Here", "dead"),
    (552, "Message size exceeds maximum permitted", "unfit"),
    # Gmail
    (
        550,
        "5.1.1 The email account that you tried to reach does not exist. Please try\n5.1.1 double-checking the recipient's email address for typos. - gsmtp",
        "dead",
    ),
    (550, "5.2.1 The email account that you tried to reach is inactive. - gsmtp", "dead"),
    (552, "5.3.4 Your message exceeded Google's message size limits. - gsmtp", "unfit"),
    # Microsoft
    (550, "5.5.0 Requested action not taken: mailbox unavailable (S2017062302).", "dead"),
    (550, "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", "dead"),
    (550, "5.4.1 Recipient address rejected: Access denied. AS(201806281)", "unknown"),
    (554, "5.2.0 STOREDRV.Deliver.Exception:StoragePermanentException", "unknown"),
    # Yahoo
    (554, "delivery error: dd This user doesn't have a yahoo.com account (ada@yahoo.com) [0]", "dead"),
    (554, "delivery error: dd This account has been disabled or discontinued [#102].", "dead"),
    # Others
    (551, "User not local; please try <forward-path>", "dead"),
    (550, "5.7.17 Mailbox owner has changed", "dead"),
    (550, "5.7.18 Domain owner has changed", "dead"),
    (550, "#5.1.0 Address rejected.", "unknown"),
    (553, "5.6.7 SMTPUTF8 not supported", "unknown"),
    (550, "5.1.1 sorry", "dead"),
    (550, "no thanks", "unknown"),
    (554, "Transaction failed", "unknown"),
    (500, "Line too long", "unfit"),
    (555, "MAIL FROM/RCPT TO parameters not recognized", "unfit"),
    (571, "", "unknown"),
]


@pytest.mark.parametrize(("code", "text", "verdict"), DEFERRED)
def test_what_goes_again(code: int, text: str, verdict: str) -> None:
    outcome = answers.outcome(code, text)

    assert isinstance(outcome, Deferred)
    assert outcome.verdict == verdict


@pytest.mark.parametrize(("code", "text", "verdict"), REFUSED)
def test_what_goes_no_more(code: int, text: str, verdict: str) -> None:
    outcome = answers.outcome(code, text)

    assert isinstance(outcome, Refused)
    assert outcome.verdict == verdict


@pytest.mark.parametrize(
    ("text", "queue_id"),
    [
        ("2.0.0 Ok: queued as 4bKx2W0Y1Zz9v", "4bKx2W0Y1Zz9v"),
        ("2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 8F2A1", "8F2A1"),
        ("OK id=1tXy2Z-000000001Ab-2cDe", "1tXy2Z-000000001Ab-2cDe"),
        (
            "2.0.0 OK  1763281200 a92af1059eb24-11df4cabc - gsmtp",
            "2.0.0 OK 1763281200 a92af1059eb24-11df4cabc - gsmtp",
        ),
        ("Ok 0102018f3c1a2b3c-9f2f0000-000000", "Ok 0102018f3c1a2b3c-9f2f0000-000000"),
        ("", ""),
    ],
)
def test_the_servers_name_for_a_message_is_kept(text: str, queue_id: str) -> None:
    assert answers.outcome(250, text) == Accepted(queue_id)


@pytest.mark.parametrize(
    ("code", "text", "verdict"),
    [
        (550, "no thanks", Verdict.OURS),
        (550, "5.1.1 User unknown", Verdict.OURS),
        (553, "5.1.8 Sender address rejected", Verdict.OURS),
        (552, "5.3.4 Message too big", Verdict.UNFIT),
        (452, "4.2.2 Quota exceeded", Verdict.LATER),
        (452, "4.3.1 Insufficient system storage", Verdict.LATER),
        (421, "4.3.2 Closing", Verdict.CONNECTION),
    ],
)
def test_a_refused_sender_is_never_the_readers_fault(code: int, text: str, verdict: Verdict) -> None:
    outcome = answers.to_the_sender(code, text)

    assert isinstance(outcome, Deferred | Refused)
    assert outcome.verdict is verdict


@pytest.mark.parametrize("verdict", list(Verdict))
def test_whatever_happens_something_can_be_done(verdict: Verdict) -> None:
    assert answers.mend(Refused("no", verdict)) == answers.mend(Deferred("no", verdict)) != ""
    assert answers.mend(Lost("gone")) != answers.mend(Refused("no", verdict))


def test_a_reason_is_short_and_hides_addresses() -> None:
    said = "5.1.1 <ada@example.net>:\nno such\x00 user\u202e mailto:'ädä+x@example.net'; " + "why " * 1000

    outcome = answers.outcome(550, said)

    assert isinstance(outcome, Refused)
    assert outcome.reason.startswith("550 5.1.1 <(address)>: no such? user? mailto:'(address)'; why why")
    assert len(outcome.reason) < 320


@given(st.integers(100, 699), st.text(max_size=2000))
def test_any_answer_means_something(code: int, text: str) -> None:
    outcome = answers.outcome(code, text)

    if isinstance(outcome, Accepted):
        assert code // 100 == 2
        assert outcome.queue_id.isprintable()
    else:
        assert outcome.reason.isprintable()


LOCAL = st.text(st.characters(categories=["L", "N"], include_characters="+.-_="), min_size=1)


@given(st.text(max_size=50), LOCAL, st.sampled_from(["<", " ", "'", "(", ":", '"']), st.integers(400, 599))
def test_no_reason_holds_an_address(text: str, local: str, before: str, code: int) -> None:
    outcome = answers.outcome(code, f"{text}{before}{local}@example.net> {text}")

    assert not isinstance(outcome, Accepted)
    assert "@example.net" not in outcome.reason


@given(st.integers(400, 599), st.text(max_size=200))
def test_what_is_our_fault_or_passes_is_never_final(code: int, text: str) -> None:
    outcome = answers.outcome(code, text)

    assert code >= 500 or isinstance(outcome, Deferred)
    if isinstance(outcome, Refused):
        assert outcome.verdict in {Verdict.DEAD, Verdict.UNFIT, Verdict.UNKNOWN}


def test_one_long_word_costs_no_more_than_its_length() -> None:
    answers.outcome(550, "a" * 1_000_000)
