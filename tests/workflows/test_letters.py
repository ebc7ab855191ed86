"""Letters go out: each arrives once whatever happens, is told in the reader's language, and holds up no other."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from feeder.app import App
from feeder.mail.transports.folder import Maildir
from feeder.model.deliveries import Deferred, Envelope, Message, Outcome, Refused, State
from feeder.model.subscribers import Cause, Matter, Preferences, Subscriber
from feeder.workflows import letters, prefer, subscribe, suppress
from feeder.workflows.post import Post
from tests.workflows.consent_rig import (
    ADA,
    BO,
    DAY,
    HOUR,
    MINUTE,
    NETWORK,
    Killed,
    ask,
    confirm,
    everything,
    link,
    links,
    mails_to,
    markup,
    post,
    sign_up,
    subjects,
    there,
    words,
)

Changed = Callable[..., App]

SECOND = timedelta(seconds=1)
LANGUAGES = ["en", "de", "es", "fr", "it", "zh-Hans"]


@dataclass
class Fates(Maildir):
    """A mailbox that does with each message what it was told to do, and takes it when nothing was said."""

    app: App
    fates: list[str] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(self.app.settings.mail.folder)

    def send(self, envelope: Envelope, message: Message) -> Outcome:
        fate = self.fates.pop(0) if self.fates else ""
        if fate == "killed before":
            raise Killed
        self.sent.append(message.content)
        if fate == "deferred":
            return Deferred("the mailbox is full")
        if fate == "refused":
            return Refused("no such mailbox")
        outcome = super().send(envelope, message)
        if fate == "killed after":
            raise Killed
        return outcome


def by(app: App, *fates: str) -> tuple[Post, Fates]:
    way = Fates(app, list(fates))
    return replace(app.post, transport=way), way


def letter_states(app: App) -> list[State]:
    return [State(row.state) for row in everything(app)["letters"]]


def files(app: App) -> Mapping[str, bytes]:
    """Return all that lies in the mailbox, by name."""
    return {file.name: file.read_bytes() for file in app.settings.mail.folder.glob("*/*")}


# ── Again, and never twice ───────────────────────────────────────────────────────────────────────


def test_a_letter_that_was_deferred_goes_again_as_the_same_message(app: App, now: datetime) -> None:
    ask(app, ADA, now)
    way, mailbox = by(app, "deferred", "deferred")
    for minutes in range(10):
        post(app, now + minutes * MINUTE, way)
    assert len(mailbox.sent) == 3
    assert len(set(mailbox.sent)) == 1
    assert subjects(app, ADA) == ["confirm"]
    assert letter_states(app) == [State.ACCEPTED]


def test_what_is_deferred_again_and_again_waits_longer_each_time(app: App, now: datetime) -> None:
    ask(app, ADA, now)
    way, mailbox = by(app, *["deferred"] * 6)
    tried = []
    for minutes in (*range(60), *range(60, 15 * 60, 6)):
        before = len(mailbox.sent)
        post(app, now + minutes * MINUTE, way)
        if len(mailbox.sent) > before:
            tried.append(minutes)
    assert tried == [0, 1, 6, 36, 36 + 240, 36 + 480, 36 + 720]


def test_what_went_wrong_is_told_without_the_address(app: App, now: datetime) -> None:
    ask(app, ADA, now)
    ask(app, BO, now)
    way, _ = by(app, "deferred", "refused")
    problems = [str(problem) for problem in post(app, now, way)]
    assert problems == [
        "letter 1: not delivered (the mailbox is full); mend that; it goes again",
        "letter 2: not delivered (no such mailbox); mend that; it goes again",
    ]


def test_a_letter_that_was_refused_never_goes_again_and_keeps_no_other_back(app: App, now: datetime) -> None:
    ask(app, ADA, now)
    ask(app, BO, now)
    way, mailbox = by(app, "refused")
    post(app, now, way)
    post(app, now + HOUR, way)
    assert len(mailbox.sent) == 2
    assert (subjects(app, ADA), subjects(app, BO)) == ([], ["confirm"])
    assert letter_states(app) == [State.REFUSED, State.ACCEPTED]


@pytest.mark.parametrize("late", ["deferred", "refused"])
def test_who_stalls_after_an_attempt_says_nothing_over_who_has_sent_the_letter_since(
    app: App, now: datetime, late: str
) -> None:
    ask(app, ADA, now)
    later = now + app.post.delivery.lease + MINUTE

    class Stalls(Fates):
        def send(self, envelope: Envelope, message: Message) -> Outcome:
            post(app, later)  # by another machine, when the lease has ended
            return super().send(envelope, message)

    post(app, now, replace(app.post, transport=Stalls(app, [late])))
    assert letter_states(app) == [State.ACCEPTED]
    assert subjects(app, ADA) == ["confirm"]
    assert not post(app, later + DAY)
    assert subjects(app, ADA) == ["confirm"], "and it does not go again"


@pytest.mark.parametrize("fate", ["killed before", "killed after"])
@pytest.mark.parametrize("nth", [0, 1, 2])
def test_letters_whose_worker_was_killed_go_again_when_the_lease_has_ended_and_lie_in_the_mailbox_once(
    app: App, now: datetime, fate: str, nth: int
) -> None:
    for number in range(3):
        ask(app, f"{number}@example.org", now)
    way, mailbox = by(app, *[""] * nth, fate)
    with pytest.raises(Killed):
        post(app, now, way)
    there_already = files(app)
    assert len(there_already) == nth + (fate == "killed after")
    assert post(app, now + way.delivery.lease - SECOND, way) == []
    assert files(app) == there_already
    post(app, now + way.delivery.lease, way)
    assert [subjects(app, f"{n}@example.org") for n in range(3)] == [["confirm"]] * 3
    assert len(files(app)) == 3
    assert {name: files(app)[name] for name in there_already} == there_already
    assert len(set(mailbox.sent)) == 3
    assert letter_states(app) == [State.ACCEPTED] * 3


def test_who_holds_the_sites_lock_sends_at_once_what_the_dead_had_attempted(app: App, now: datetime) -> None:
    ask(app, ADA, now)
    way, _ = by(app, "killed before")
    with pytest.raises(Killed):
        post(app, now, way)
    letters.recover(app.store, now)
    post(app, now, way)
    assert subjects(app, ADA) == ["confirm"]


def test_what_somebody_chose_meanwhile_does_not_alter_a_message_that_was_attempted(
    app: App, now: datetime
) -> None:
    ada = sign_up(app, ADA, now)
    prefer.choose(app.store, app.settings.digests, ada, replace(ada.preferences, hour=3), now)
    way, mailbox = by(app, "killed after")
    with pytest.raises(Killed):
        post(app, now, way)
    later = there(app, ADA)
    prefer.choose(app.store, app.settings.digests, later, replace(later.preferences, hour=9), now + HOUR)
    post(app, now + HOUR, way)
    assert subjects(app, ADA) == ["confirm", "changed", "changed"]
    assert mailbox.sent[0] == mailbox.sent[1]
    assert mailbox.sent[1] != mailbox.sent[2]


def test_two_letters_of_one_kind_to_one_person_are_two_messages(app: App, now: datetime) -> None:
    for days in (0, 1):
        ask(app, ADA, now + days * DAY)
        post(app, now + days * DAY)
    assert len({mail["Message-ID"] for mail in mails_to(app, ADA)}) == 2


def test_a_letter_is_pointless_after_seven_days(app: App, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    bo = sign_up(app, BO, now)
    for who in (ada, bo):
        prefer.choose(app.store, app.settings.digests, who, replace(who.preferences, hour=3), now)
    blocked, _ = by(app, "deferred", "deferred")
    post(app, now, blocked)
    way, mailbox = by(app, "", "deferred")
    post(app, now + 7 * DAY, way)
    post(app, now + 7 * DAY + SECOND, way)
    post(app, now + 8 * DAY, way)
    assert len(mailbox.sent) == 2
    assert letter_states(app)[2:] == [State.ACCEPTED, State.EXPIRED]


def test_a_letter_about_what_is_forgotten_is_pointless(app: App, now: datetime) -> None:
    ask(app, ADA, now)
    subscribe.answer(app.store, app.settings.signup, now)
    with app.store.transaction() as tx:
        tx.requests.forget(now + SECOND)
    assert post(app, now) == []
    assert letter_states(app) == [State.EXPIRED]
    assert files(app) == {}


def test_who_must_not_be_mailed_since_the_letter_was_written_gets_none(app: App, now: datetime) -> None:
    ada = sign_up(app, ADA, now)
    prefer.choose(app.store, app.settings.digests, ada, replace(ada.preferences, hour=3), now)
    suppress.suppress(app.store, ADA, Cause.COMPLAINT, "", now)
    post(app, now)
    assert subjects(app, ADA) == ["confirm"]
    assert letter_states(app) == [State.ACCEPTED, State.SUPPRESSED]


# ── Many ─────────────────────────────────────────────────────────────────────────────────────────


def test_all_that_wait_go_in_one_go(app: App, now: datetime) -> None:
    for number in range(45):
        ask(app, f"{number}@example.org", now)
    post(app, now)
    assert len(files(app)) == 45
    assert set(letter_states(app)) == {State.ACCEPTED}


def test_who_is_told_to_stop_begins_no_more_and_the_rest_goes_later(app: App, now: datetime) -> None:
    for number in range(45):
        ask(app, f"{number}@example.org", now)
    subscribe.answer(app.store, app.settings.signup, now)
    letters.send(app.store, app.post, lambda: now, stopped=lambda: bool(files(app)))
    first = len(files(app))
    assert 0 < first < 45
    assert letters.send(app.store, app.post, lambda: now, stopped=lambda: True) == []
    assert len(files(app)) == first
    post(app, now)
    assert len(files(app)) == 45


# An address that the rules allow, and that no field of a mail can hold as it is (RFC 2047).
ODD = "=?utf-8?q?x?=@example.org"


def test_a_letter_that_cannot_be_composed_is_told_and_keeps_no_other_back(app: App, now: datetime) -> None:
    ask(app, ODD, now)
    ask(app, ADA, now)
    (problem,) = post(app, now)
    assert str(problem).startswith("letter 1: ")
    assert ODD not in str(problem)
    assert subjects(app, ADA) == ["confirm"]
    post(app, now + 8 * DAY)
    assert State.EXPIRED in letter_states(app)


def test_a_letter_whose_template_is_broken_goes_when_that_is_mended_and_keeps_no_other_back(
    app: App, changed: Changed, now: datetime
) -> None:
    ada = sign_up(app, ADA, now)
    template = app.settings.templates / "mail/changed/subject.txt.jinja"
    template.parent.mkdir(parents=True)
    template.write_text("{{ no.such.thing }}", "utf-8")
    broken = changed()
    prefer.choose(app.store, app.settings.digests, ada, replace(ada.preferences, hour=3), now)
    ask(app, BO, now + SECOND)
    (problem,) = post(broken, now + SECOND)
    assert "mail/changed/subject.txt.jinja" in str(problem)
    assert subjects(app, BO) == ["confirm"]
    template.unlink()
    assert post(changed(), now + HOUR) == []
    assert subjects(app, ADA) == ["confirm", "changed"]


# ── What letters say ─────────────────────────────────────────────────────────────────────────────


def one_of_each(app: App, now: datetime, language: str) -> list[Subscriber]:
    """Let a letter of every kind be written in a language."""
    tongue = "" if language == "en" else language
    wish = Preferences("weekly", "UTC", any_tags=("x",), language=tongue)
    people = []
    for address in (ADA, BO, "cy@example.org", "di@example.org"):
        wanted = subscribe.Wanted(address, wish, "subscribe", "Yes.", tongue, NETWORK)
        subscribe.ask(app.store, wanted, now)
        post(app, now)
        if address != "di@example.org":
            confirm(app, link(mails_to(app, address)[-1], "confirm"), now)
            people.append(there(app, address))
    ada, bo, cy = people
    subscribe.ask(app.store, subscribe.Wanted(ADA, wish, "subscribe", "Yes.", tongue, NETWORK), now)
    prefer.ask_for_account(app.store, bo, now)
    prefer.choose(
        app.store,
        app.settings.digests,
        ada,
        replace(ada.preferences, hour=3, paused_until=now + DAY, any_tags=(), digest="monthly"),
        now,
    )
    prefer.ask_to_move(app.store, cy, "new@example.org", now, NETWORK)
    post(app, now)
    confirm(app, link(mails_to(app, "new@example.org")[-1], "confirm"), now)
    post(app, now)
    return people


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_letter_speaks_every_language_in_both_of_its_parts(
    app: App, now: datetime, language: str
) -> None:
    one_of_each(app, now, language)
    everyone = [ADA, BO, "cy@example.org", "di@example.org", "new@example.org"]
    mails = [mail for address in everyone for mail in mails_to(app, address)]
    assert {row.matter for row in everything(app)["letters"]} == set(Matter)
    assert len(mails) == len(everything(app)["letters"])
    for mail in mails:
        assert mail["Content-Language"] == language
        assert f'<html lang="{language}"' in markup(mail)
        assert mail["Subject"].strip()
        assert mail["List-Id"] is None
        for said in (words(mail), markup(mail)):
            assert "Spans" in said
            assert "Quay 1" in said
            assert not re.search(r"\{\{|\{%|%\(|None|Undefined", said)
        for _, token in links(mail):
            assert token in markup(mail)


def test_each_language_has_words_of_its_own(app: App, now: datetime) -> None:
    said = {}
    for number, language in enumerate(LANGUAGES):
        address = f"{number}@example.org"
        wish = Preferences("weekly", "UTC", language="" if language == "en" else language)
        subscribe.ask(app.store, subscribe.Wanted(address, wish, "", "", wish.language, NETWORK), now)
        post(app, now)
        (mail,) = mails_to(app, address)
        said[language] = mail["Subject"]
    assert len(set(said.values())) == len(LANGUAGES)


def test_a_letter_tells_whom_to_write_to_only_where_that_is_an_address(
    app: App, changed: Changed, now: datetime
) -> None:
    told = {}
    for number, contact in enumerate(["help@spans.example", "https://spans.example/help", ""]):
        site = changed(site=replace(app.settings.site, contact=contact))
        old, new = f"old{number}@example.org", f"new{number}@example.org"
        reader = sign_up(site, old, now)
        prefer.ask_to_move(site.store, reader, new, now, NETWORK)
        post(site, now)
        confirm(site, link(mails_to(site, new)[-1], "confirm"), now)
        post(site, now)
        told[contact] = words(mails_to(site, old)[-1])
    assert "write to help@spans.example" in told["help@spans.example"]
    assert "tell whoever runs the site" in told["https://spans.example/help"]
    assert "tell whoever runs the site" in told[""]


@pytest.mark.parametrize("address", ["jürgen@example.org", "用户@例子.公司", "o'hara+news@example.org"])
def test_addresses_of_every_script_get_their_letters(app: App, now: datetime, address: str) -> None:
    added = subscribe.add(
        app.store, address, Preferences("weekly", "UTC"), app.recipe("weekly"), now, reason="r", welcome=0
    )
    assert isinstance(added, Subscriber)
    prefer.ask_for_account(app.store, added, now)
    assert post(app, now) == []
    (content,) = files(app).values()
    assert f"Delivered-To: {added.address}\r\n".encode() in content
