"""People who ask for mail, read their letters, and press what stands in them: what the tests of consent share."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from sqlalchemy import select

from feeder.app import App
from feeder.errors import FeederError
from feeder.mail.transports import OneByOne
from feeder.model.deliveries import Envelope, Message, Outcome
from feeder.model.subscribers import Preferences, Subscriber
from feeder.store import tables
from feeder.tokens import Purpose
from feeder.workflows import letters, send, subscribe
from feeder.workflows.post import Post
from feeder.workflows.release import release
from feeder.workflows.send import Sent
from feeder.workflows.subscribe import Wanted

ADA, BO, CY = "ada@example.org", "bo@example.org", "cy@example.org"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NETWORK = b"\xc0\0\2\1"

PURPOSES = {
    "confirm": Purpose.CONFIRM,
    "preferences": Purpose.PREFERENCES,
    "undo": Purpose.UNDO,
    "account": Purpose.ACCOUNT,
    "unsubscribe": Purpose.UNSUBSCRIBE,
}
"""What the links are for, by the page to which they lead."""

_LINK = re.compile(r"https://spans\.example/(\w+)/([\w-]+)")


def ask(app: App, address: str, at: datetime, **wish: Any) -> None:
    """Fill in the form."""
    wanted = Preferences(**{"digest": "weekly", "zone": "UTC", **wish})
    subscribe.ask(app.store, Wanted(address, wanted, "subscribe", "Yes, send it.", "", NETWORK), at)


def post(app: App, at: datetime, way: Post | None = None) -> list[FeederError]:
    """Answer what was asked, and send the letters that wait; return what went wrong."""
    subscribe.answer(app.store, app.settings.signup, at)
    return letters.send(app.store, way or app.post, lambda: at, stopped=lambda: False)


def a_round(app: App, at: datetime, way: Post | None = None) -> Sent:
    """Do what one `feeder once` does about mail."""
    send.recover(app.store, at)
    letters.recover(app.store, at)
    release(app.store, at)
    post(app, at, way)
    return send.send_due(app.store, way or app.post, lambda: at, stopped=lambda: False)


def confirm(app: App, token: str, at: datetime) -> subscribe.Outcome:
    """Press the button behind a link."""
    return subscribe.confirm(app.store, app.signer, app.settings.digests, app.settings.signup, token, at)


def leave(app: App, reader: Subscriber, at: datetime) -> None:
    """Leave by the link of a mail."""
    subscribe.leave(app.store, app.signer, app.signer.sign(Purpose.UNSUBSCRIBE, reader.id), at)


def sign_up(app: App, address: str, at: datetime, **wish: Any) -> Subscriber:
    """Ask, read the letter, and confirm, all at once."""
    ask(app, address, at, **wish)
    post(app, at)
    confirm(app, link(mails_to(app, address)[-1], "confirm"), at)
    return there(app, address)


def find(app: App, address: str) -> Subscriber | None:
    with app.store.reading() as tx:
        return tx.subscribers.find(address)


def there(app: App, address: str) -> Subscriber:
    with app.store.reading() as tx:
        return tx.subscribers.get(address)


def causes(app: App, address: str) -> list[str]:
    """Return why an address must not be mailed."""
    with app.store.reading() as tx:
        return [found.cause.value for found in tx.suppressions.of(address)]


# ── Mail ─────────────────────────────────────────────────────────────────────────────────────────


def mails_to(app: App, address: str) -> list[EmailMessage]:
    """Return the mails in the mailbox that are for one address, the newest last."""
    folder = app.settings.mail.folder
    files = sorted(folder.glob("new/*"), key=lambda file: file.stat().st_mtime_ns)
    found = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
    theirs = [mail for mail in found if mail["Delivered-To"].lower() == address.lower()]
    return sorted(theirs, key=lambda mail: mail["Date"].datetime)


def subjects(app: App, address: str) -> list[str]:
    """Return what kinds of mail came to an address, by the first words of their subjects."""
    return [_SUBJECTS.get(" ".join(mail["Subject"].split()[:2]), "issue") for mail in mails_to(app, address)]


_SUBJECTS = {
    "Please confirm:": "confirm",
    "Please confirm": "move",
    "You get": "known",
    "Your choices": "changed",
    "Your mail": "moved",
    "Your account": "account",
}


def words(mail: EmailMessage) -> str:
    """Return the plain text of a mail."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def markup(mail: EmailMessage) -> str:
    """Return the HTML of a mail."""
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def links(mail: EmailMessage) -> list[tuple[str, str]]:
    """Return the links of a mail that do something: page and token."""
    return [(page, token) for page, token in _LINK.findall(words(mail)) if page in PURPOSES]


def link(mail: EmailMessage, page: str) -> str:
    """Return the token of the one link of a mail that leads to a page."""
    (token,) = {token for led, token in links(mail) if led == page}
    return token


class Once(OneByOne):
    """A way out that takes a few messages and then ends as if the process were killed."""

    def __init__(self, way: Any, taken: int) -> None:
        self._way, self._left = way, taken

    def send(self, envelope: Envelope, message: Message) -> Outcome:
        if not self._left:
            raise Killed
        self._left -= 1
        outcome: Outcome = self._way.send(envelope, message)
        return outcome


class Killed(BaseException):
    """A process that ends here."""


# ── The database ─────────────────────────────────────────────────────────────────────────────────


def everything(app: App) -> dict[str, Sequence[Any]]:
    """Return all rows of all tables."""
    with app.store._engine.connect() as connection:
        return {
            table.name: connection.execute(select(table).order_by(*table.primary_key)).all()
            for table in tables.metadata.sorted_tables
        }


def rows(app: App, table: str) -> Sequence[Any]:
    """Return all rows of one table."""
    with app.store._engine.connect() as connection:
        return connection.execute(select(tables.metadata.tables[table])).all()
