"""Letters go out: to one person each, about what they asked for or changed."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from feeder.errors import ConfigurationError, FeederError, MailError
from feeder.mail import composing
from feeder.mail.composing import Frame, Own
from feeder.model import ids
from feeder.model.deliveries import Accepted, Deferred, Message, Outcome
from feeder.model.digests import Rendered
from feeder.model.subscribers import Choice, Letter, Matter, Preferences, Request, Status, Subscriber
from feeder.store import Store, Transaction
from feeder.subscribers import optin
from feeder.tokens import Purpose
from feeder.workflows.post import Clock, Post

_AT_ONCE = 20

_BACK_OFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=4))
"""How long a deferred letter waits after its first, second … attempt; then as after the last."""

_SHOWN_OF_A_WISH = ("any_tags", "kinds", "digest")


@dataclass(frozen=True, slots=True)
class _Subject:
    """What a letter is about, as the store has it now."""

    reader: Subscriber | None
    request: Request | None
    choice: Choice | None
    names: dict[str, str]


def send(store: Store, post: Post, clock: Clock, *, stopped: Callable[[], bool]) -> list[FeederError]:
    """Send the letters that wait; return what went wrong. Each is tried again until it is pointless."""
    with store.reading() as tx:
        if tx.holds.stops_all_mail():
            return []
    refused = post.refusal(lambda tx: tx.letters.any_ready(clock()), clock())
    if refused:
        return [refused]
    problems: list[FeederError] = []
    while not stopped():
        now = clock()
        with store.transaction() as tx:
            letters = tx.letters.attempt(post.owner, _AT_ONCE, now, now + post.delivery.lease)
        for letter in letters:
            problems += _send(store, post, letter, clock())
        if len(letters) < _AT_ONCE:
            break
    return problems


def recover(store: Store, now: datetime) -> None:
    """Take back what a killed run had attempted; the caller holds the site's lock."""
    with store.transaction() as tx:
        tx.letters.recover(now)


def _send(store: Store, post: Post, letter: Letter, now: datetime) -> list[FeederError]:
    with store.reading() as tx:
        subject = _subject(tx, letter)
    words = None if now - letter.created > optin.CONFIRM_WITHIN else _words(post, letter, subject, now)
    if words is None:
        with store.transaction() as tx:
            tx.letters.expire(letter, "it has become pointless")
        return []
    outcome = _sent(post, letter, words)
    with store.transaction() as tx:
        tx.letters.record(letter, outcome, now + _back_off(letter))
    if isinstance(outcome, Accepted):
        return []
    return [MailError(f"letter {letter.id}", f"not delivered ({outcome.reason})", "mend that; it goes again")]


def _sent(post: Post, letter: Letter, words: dict[str, object]) -> Outcome:
    """Compose a letter and send it; one that cannot be composed waits until that is mended."""
    try:
        message = _compose(post, letter, words)
    except (ConfigurationError, ValueError) as error:  # of a template; of Python's library, about a header
        return Deferred(str(error))
    (outcome,) = post.transport.send_group([(post.envelope_of(letter), message)])
    return outcome


def _subject(tx: Transaction, letter: Letter) -> _Subject:
    about = letter.about or 0
    reader = tx.subscribers.with_id(letter.subscriber) if letter.subscriber else None
    choice = tx.choices.get(about) if letter.matter is Matter.CHANGED else None
    request = None if letter.matter is Matter.CHANGED else tx.requests.get(about)
    wishes = [choice.before, choice.after] if choice else [request.wish] if request and request.wish else []
    slugs = {slug for wish in wishes for slug in (*wish.any_tags, *wish.no_tags)}
    return _Subject(reader, request, choice, tx.items.tag_names(sorted(slugs)))


def _words(post: Post, letter: Letter, subject: _Subject, now: datetime) -> dict[str, object] | None:
    """Return what the templates of a letter are given; None where there is nothing to be said any more."""
    reader = subject.reader
    if reader is None:
        return None
    words: dict[str, object] = {"names": subject.names, "recipes": post.recipes, "link": ""}
    match letter.matter:
        case Matter.CONFIRM | Matter.MOVE:
            said = _of_request(post, reader, subject.request, now)
        case Matter.MOVED:
            contact = post.site.contact
            said = {"contact": contact if "@" in contact and ":" not in contact else ""}
        # The links of all others open what is the reader's, and must not go where the reader is no more.
        case _ if reader.address != letter.address:
            said = None
        case Matter.KNOWN:
            said = _of_known(post, reader)
        case Matter.CHANGED:
            said = _of_choice(post, reader, subject.choice)
        case Matter.ACCOUNT:
            said = _of_account(post, reader, letter.created + optin.ACCOUNT_WITHIN, now)
    return None if said is None else words | said


def _of_request(
    post: Post, reader: Subscriber, request: Request | None, now: datetime
) -> dict[str, object] | None:
    if request is None or request.closed is not None or request.expires <= now:
        return None
    return {
        "link": _link(post, "confirm", Purpose.CONFIRM, request.id, reader.links, request.expires),
        "wanted": request.wish,
        "shown": [name for name in _SHOWN_OF_A_WISH if _says_something(request.wish, name)],
        "expires": request.expires,
    }


def _of_known(post: Post, reader: Subscriber) -> dict[str, object] | None:
    if reader.status is not Status.ACTIVE:
        return None
    return {"link": _preferences(post, reader), "unsubscribe": _unsubscribe(post, reader)}


def _of_choice(post: Post, reader: Subscriber, choice: Choice | None) -> dict[str, object] | None:
    if choice is None:
        return None
    changed = [
        field.name
        for field in fields(Preferences)
        if getattr(choice.before, field.name) != getattr(choice.after, field.name)
    ]
    return {
        "link": _link(post, "undo", Purpose.UNDO, choice.id, reader.links, choice.at + optin.UNDO_WITHIN),
        "before": choice.before,
        "after": choice.after,
        "shown": changed,
        "preferences": _preferences(post, reader),
        "unsubscribe": _unsubscribe(post, reader),
    }


def _of_account(post: Post, reader: Subscriber, end: datetime, now: datetime) -> dict[str, object] | None:
    if end <= now:
        return None
    return {"link": _link(post, "account", Purpose.ACCOUNT, reader.id, reader.links, end)}


def _says_something(wish: Preferences | None, name: str) -> bool:
    return wish is not None and bool(getattr(wish, name))


def _compose(post: Post, letter: Letter, words: dict[str, object]) -> Message:
    templates = post.templates.into(letter.language or post.site.language)
    folder = f"mail/{letter.matter}"
    subject = " ".join(templates.render(f"{folder}/subject.txt.jinja", **words).split())
    words["subject"] = subject
    rendered = Rendered(
        subject,
        templates.render(f"{folder}/body.txt.jinja", **words),
        templates.render(f"{folder}/body.html.jinja", **words),
    )
    uid = ids.mint(post.space, "letter", str(letter.id), letter.created.isoformat())
    frame = Frame(
        sender=post.mail.sender,
        sender_name=post.mail.sender_name,
        list_name="",
        list_id="",
        language=templates.language,
    )
    message_id = f"<{uid.removeprefix('urn:uuid:')}@{post.domain}>"
    return composing.cut(rendered, frame).fill(Own(letter.address, message_id, letter.created), post.dkim)


def _link(
    post: Post,
    page: str,
    purpose: Purpose,
    subject: int,
    generation: int = 0,
    end: datetime | None = None,
) -> str:
    return post.templates.address(f"{page}/{post.signer.sign(purpose, subject, generation, end)}")


def _preferences(post: Post, reader: Subscriber) -> str:
    return _link(post, "preferences", Purpose.PREFERENCES, reader.id, reader.links)


def _unsubscribe(post: Post, reader: Subscriber) -> str:
    return _link(post, "unsubscribe", Purpose.UNSUBSCRIBE, reader.id)


def _back_off(letter: Letter) -> timedelta:
    return _BACK_OFF[min(letter.attempts, len(_BACK_OFF)) - 1]
