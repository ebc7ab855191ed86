"""What an operator does about issues, with the real command."""

import email
import email.policy
import os
import pty
import subprocess
from contextlib import suppress
from email.message import EmailMessage

import pytest

from tests.conftest import FEEDER, MONDAY, Site, piece, plain_environment

LATER = "2026-11-23T09:00:00Z"


@pytest.fixture
def news(blog: Site) -> Site:
    """A blog with a reader, and something new for Monday's issue."""
    blog.done("sync")
    blog.write("quay.md", piece("A new quay", "tags: [bridges]"))
    blog.now = "2026-11-22T12:00:00Z"
    blog.done("once")
    blog.now = MONDAY
    return blog


def new_mail(site: Site, before: dict[str, bytes]) -> EmailMessage:
    """Return the one mail that has come since."""
    (name,) = site.mails().keys() - before.keys()
    message = email.message_from_bytes(site.mails()[name], policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def html_of(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def test_what_is_stopped_stays_until_it_is_let_go_on(news: Site) -> None:
    before = news.mails()
    stopped = news.done("digest", "pause", "weekly", "--reason", "a wrong title")
    assert "until `feeder digest resume weekly`" in stopped.out
    assert "stopped: weekly, since 2026-11-23 08:00 UTC (a wrong title)" in news.done("digest", "send").out
    assert news.mails() == before
    status = news.done("digest", "status").out
    assert "weekly/2026-W48: 1 planned: 1 waiting; stopped" in status
    assert "stopped: weekly, since 2026-11-23 08:00 UTC (a wrong title)" in status
    shown = news.done("subscriber", "show", "reader@example.org").out
    assert "weekly/2026-W48 waits to be sent; but weekly has been stopped since 2026-11-23 08:00 UTC" in shown
    assert news.done("digest", "resume").out.splitlines() == [
        "everything was not stopped",
        "still stopped: weekly",
    ]
    assert news.done("digest", "resume", "weekly").out == "weekly goes on\n"
    news.done("digest", "send")
    assert len(news.mails()) == len(before) + 1


def test_everything_is_stopped_by_one_word(news: Site) -> None:
    before = news.mails()
    news.done("digest", "pause")
    assert news.done("digest", "pause", "--reason", "x", "--json").json == {
        "digest": "",
        "since": MONDAY,
        "reason": "",
    }, "the first word stands"
    news.done("once")
    assert news.mails() == before
    assert news.done("digest", "resume", "--json").json == {"digest": "", "lifted": True, "still_stopped": []}


def test_the_authors_words_wait_for_the_next_issue(news: Site) -> None:
    (news.folder / "words.md").write_text("Dear *readers*.<script>alert(1)</script>", "utf-8")
    assert news.done("digest", "note", "weekly").out == "no words wait\n"
    news.done("digest", "note", "weekly", "words.md")
    assert news.done("digest", "note", "weekly", "--show").out == "Dear *readers*.<script>alert(1)</script>\n"
    note = news.done("digest", "note", "weekly", "--json").json
    assert (note["html"], note["period"]) == ("<p>Dear <em>readers</em>.</p>", None)
    assert news.done("digest", "note", "weekly", "--clear").out == "taken away\n"
    assert news.done("digest", "note", "weekly", "--json").json is None


def test_a_test_goes_to_a_reader_as_their_issue_would_and_changes_nothing_else(news: Site) -> None:
    before, reader = news.mails(), news.done("subscriber", "show", "reader@example.org", "--json").json
    news.done("digest", "test", "weekly", "--to", "reader@example.org")
    message = new_mail(news, before)
    assert message["Subject"].startswith("[Test] ")
    assert "A new quay" in message.as_string()
    assert news.done("subscriber", "show", "reader@example.org", "--json").json == reader
    with_test = news.mails()
    news.done("digest", "send")
    issue = new_mail(news, with_test)
    assert issue["Message-ID"] != message["Message-ID"]
    assert not issue["Subject"].startswith("[Test]")


def test_a_test_for_a_stranger_has_the_newest_items_and_nobodys_links(news: Site) -> None:
    before = news.mails()
    news.done("digest", "test", "daily", "--to", "boss@example.org")
    message = new_mail(news, before)
    assert "A new quay" in message.as_string()
    assert "/unsubscribe/test>" in message["List-Unsubscribe"]
    assert news.feeder("subscriber", "show", "boss@example.org").code == 1


def test_who_left_gets_no_test(news: Site) -> None:
    news.done("subscriber", "suppress", "reader@example.org")
    told = news.feeder("digest", "test", "weekly", "--to", "reader@example.org")
    assert told.code == 2
    assert "must not be mailed (by-hand)" in told.err


def test_status_tells_of_issues_as_json_and_of_one(news: Site) -> None:
    news.done("digest", "send")
    told = news.done("digest", "status", "weekly", "--json").json
    assert [issue["period"] for issue in told["issues"]] == ["2026-W48", "welcome"]
    assert told["issues"][0]["states"] == {"accepted": 1}
    assert (told["issues"][0]["left"], told["senders"], told["holds"]) == (0, [], [])
    one = news.done("digest", "status", "weekly", "--period", "2026-W48").out
    assert one.startswith("weekly/2026-W48: 1 planned: 1 accepted")
    missing = news.feeder("digest", "status", "weekly", "--period", "2026-W01")
    assert (missing.code, missing.err) == (
        1,
        "feeder: issue weekly/2026-W01: was never planned; `feeder digest status weekly` shows those that were\n",
    )
    assert news.done("digest", "status", "monthly").out == "no issue yet\n"


def test_a_readers_record_says_what_was_sent_and_what_comes_next(news: Site) -> None:
    shown = news.done("subscriber", "show", "reader@example.org").out
    assert "next: 2026-11-23T08:00:00Z the weekly digest, if something new fits by then" in shown
    assert (
        "preferences.kinds: piece, appearance\npreferences.form: short\npreferences.tags.any: bridges\n"
        in shown
    )
    news.done("digest", "send")
    news.now = LATER
    shown = news.done("subscriber", "show", "reader@example.org").out
    assert "next: 2026-11-30T08:00:00Z the weekly digest, if something new fits by then" in shown
    assert "  weekly/2026-W48: accepted 2026-11-23T08:00:00Z, 1 item (" in shown
    news.now = "2026-11-30T08:00:00Z"
    news.done("digest", "send")
    shown = news.done("subscriber", "show", "reader@example.org").out
    assert "weekly/2026-W49: empty 2026-11-30T08:00:00Z (nothing new that fits the preferences)" in shown
    news.done("subscriber", "suppress", "reader@example.org")
    shown = news.done("subscriber", "show", "reader@example.org").out
    assert "next: nothing: the address must not be mailed (by-hand)" in shown


def test_an_issue_that_waits_goes_out_when_somebody_says_yes(news: Site) -> None:
    news.settings = {"FEEDER_DIGESTS__WEEKLY__APPROVAL": "true"}
    before = news.mails()
    news.done("digest", "send")
    assert news.mails() == before
    assert "waits for `feeder digest approve weekly 2026-W48`" in news.done("digest", "status").out
    asked = news.feeder("digest", "approve", "weekly")
    assert (asked.code, asked.err) == (2, "feeder: issue weekly/2026-W48: wants a yes; say --yes\n")
    assert asked.out.splitlines() == [
        "weekly/2026-W48 waits since 2026-11-23 08:00 UTC for 1 reader.",
        "Of 1 item most of them get what fits their choices:",
        "  A new quay",
    ]
    approved = news.done("digest", "approve", "weekly", "--yes", "--json").json
    assert approved == {"digest": "weekly", "period": "2026-W48", "readers": 1, "items": 1}
    news.done("digest", "send")
    assert "A new quay" in new_mail(news, before).as_string()


def test_the_authors_words_stand_in_a_test_and_in_the_next_issue_alone(news: Site) -> None:
    (news.folder / "words.md").write_text("Dear *readers*.", "utf-8")
    news.done("digest", "note", "weekly", "words.md")
    for command in (["test", "weekly", "--to", "boss@example.org"], ["send"]):
        before = news.mails()
        news.done("digest", *command)
        assert "Dear <em>readers</em>." in html_of(new_mail(news, before))
    assert news.done("digest", "note", "weekly").out == "no words wait\n"


def test_nothing_waits_for_a_yes_where_no_digest_asks_for_it(news: Site) -> None:
    told = news.feeder("digest", "approve", "weekly")
    assert told.code == 1
    assert "an issue of weekly that waits for approval: is not there" in told.err


@pytest.mark.parametrize(
    "command", ["pause hourly", "resume hourly", "note hourly", "approve hourly", "status hourly"]
)
def test_a_digest_that_nobody_knows_is_named(news: Site, command: str) -> None:
    told = news.feeder("digest", *command.split())
    assert told.code == 2
    assert "digest 'hourly': is not configured" in told.err


def test_on_a_terminal_status_goes_on_until_all_is_done(news: Site) -> None:
    news.done("digest", "pause", "weekly")
    news.done("digest", "send")
    ours, theirs = pty.openpty()
    watch = subprocess.Popen(
        [*FEEDER, "digest", "status"],
        cwd=news.folder,
        env=plain_environment() | news.environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    seen = b""
    while b"1 waiting; stopped" not in seen:
        seen += os.read(ours, 4096)
    news.done("digest", "resume", "weekly")
    news.done("digest", "send")
    with suppress(OSError):  # the terminal goes with whoever had it
        while some := os.read(ours, 4096):
            seen += some
    assert watch.wait(20) == 0
    assert b"1 planned: 1 accepted" in seen
    os.close(ours)
