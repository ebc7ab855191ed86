"""A site speaks its own language to everybody, and its readers' to each of them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from feeder.app import App
from feeder.model.subscribers import Subscriber
from feeder.tokens import Purpose
from feeder.workflows import send
from feeder.workflows.collect import Collected
from feeder.workflows.release import release

Add = Callable[..., Subscriber]
Mails = Callable[[], list[EmailMessage]]
Write = Callable[..., Path]
Sync = Callable[..., Collected]

MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)


def parts(mail: EmailMessage) -> tuple[str, str]:
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    return str(plain.get_content()), str(html.get_content())


def arrive(app: App, sync: Sync, at: datetime) -> None:
    sync(at)
    release(app.store, at)


def send_due(app: App) -> None:
    send.send_due(app.store, app.post, lambda: MONDAY, stopped=lambda: False)


def test_each_reader_is_mailed_in_their_language(
    app: App, add: Add, write: Write, sync: Sync, mails: Mails, now: datetime
) -> None:
    languages = {"a@example.org": "", "b@example.org": "de", "c@example.org": "fr", "d@example.org": "pl"}
    for address, language in languages.items():
        add(address, language=language)
    sync(now)
    write("one")
    write("two")
    arrive(app, sync, now + timedelta(hours=1))

    send_due(app)

    found = {mail["Delivered-To"]: mail for mail in mails()}
    assert {address: mail["Content-Language"] for address, mail in found.items()} == {
        "a@example.org": "en", "b@example.org": "de", "c@example.org": "fr", "d@example.org": "pl",
    }  # fmt: skip
    for address, words, tail in (
        ("a@example.org", "You get the weekly digest with pieces and appearances, because they asked.", "and 1 more"),
        ("b@example.org", "Sie erhalten den Wochenüberblick mit Texten und Auftritten, denn they asked.", "und 1 weiterer"),
        ("c@example.org", "Vous recevez la lettre hebdomadaire avec des articles et des interventions, car they asked.", "et 1 autre"),
        ("d@example.org", "You get the weekly digest with pieces and appearances, because they asked.", "and 1 more"),
    ):  # fmt: skip
        assert found[address]["Subject"].endswith(tail)
        assert all(words in part for part in parts(found[address]))


def test_a_mail_leads_to_the_readers_choices(
    app: App, add: Add, write: Write, sync: Sync, mails: Mails, now: datetime
) -> None:
    reader = add("ada@example.org")
    sync(now)
    write("one")
    arrive(app, sync, now + timedelta(hours=1))

    send_due(app)

    (mail,) = mails()
    token = app.signer.sign(Purpose.PREFERENCES, reader.id, reader.links)
    assert all(f"https://spans.example/preferences/{token}" in part for part in parts(mail))


def test_a_site_publishes_in_its_own_language(
    app: App,
    changed: Callable[..., App],
    write: Write,
    sync: Sync,
    press: Callable[..., object],
    now: datetime,
) -> None:
    french = changed(site=replace(app.settings.site, language="fr"))
    write("one", "tags: [ports]\nlanguage: de")
    sync(now)
    release(app.store, now)

    press(now, of=french)

    public = app.settings.publish.folder
    home = (public / "index.html").read_text("utf-8")
    assert '<html lang="fr" dir="ltr">' in home
    assert "Ne suivre que ce qui vous intéresse" in home
    assert ">allemand</a>" in home
    assert "<title>Publications sur «\u00a0ports\u00a0»" in (public / "tag/ports/index.html").read_text(
        "utf-8"
    )
    assert "<title>Publications sur «\u00a0ports\u00a0» – Spans</title>" in (
        public / "tag/ports/atom.xml"
    ).read_text("utf-8")
    assert 'label="Article"' in (public / "atom.xml").read_text("utf-8")
