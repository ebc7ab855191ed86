"""`subscriber add|list|show|erase|suppress|revoke`: readers by hand."""

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from feeder.cli import audience, tags
from feeder.cli.context import Context, command, with_json
from feeder.errors import ConfigurationError

if TYPE_CHECKING:
    from feeder.app import App
    from feeder.model.subscribers import Preferences, Subscriber

_SHOWN_DELIVERIES = 20
_MOST_WELCOMED = 500
_TOLD_APART = ("next", "deliveries", "returned", "bounce_score")
_WHEN_NEW = "as soon as something is new"


def add_to(commands: Any) -> None:
    """Add the commands of this group."""
    subscriber = commands.add_parser(
        "subscriber", help="the readers of digests", description="Readers of digests."
    )
    group = subscriber.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add = command(
        group,
        "add",
        _add,
        "add a reader who asked you to",
        more="Only add people who want it: the reason is kept as the proof of their consent.",
    )
    add.add_argument("address", metavar="ADDRESS")
    add.add_argument(
        "--tag", metavar="T", action="append", default=[], help="a subject they want; may be repeated"
    )
    add.add_argument("--without", metavar="T", action="append", default=[], help="a subject they do not want")
    add.add_argument("--only", choices=["pieces", "appearances"], help="only these (default: both)")
    add.add_argument("--digest", metavar="NAME", default="weekly", help="their pace (default: weekly)")
    add.add_argument("--hour", metavar="H", type=int, help="their hour, 0 to 23 (default: the digest's)")
    add.add_argument(
        "--day", metavar="D", type=int, help="their day: 0 (Monday) to 6, or 1 to 28 of the month"
    )
    add.add_argument(
        "--zone", metavar="Z", help="their time zone, such as Europe/Berlin (default: the site's)"
    )
    add.add_argument("--full", action="store_true", help="whole texts instead of short ones")
    add.add_argument(
        "--welcome", metavar="N", type=int, default=0, help="send the newest N items at once, old ones too"
    )
    add.add_argument(
        "--reason", default="you asked us to add you", help="why they get mail, as the mail says it"
    )
    with_json(add)
    with_json(command(group, "list", _list, "list all readers"))
    show = command(group, "show", _show, "show one reader: what was sent, and what comes next")
    show.add_argument("address", metavar="ADDRESS")
    with_json(show)
    audience.add_to(group)
    _add_ends(group)


def _add_ends(group: Any) -> None:
    erase = command(
        group,
        "erase",
        _erase,
        "forget all that is known of a reader",
        more="Only a keyed hash of the address is kept, so that no list brings it back; its owner can sign up anew.",
    )
    erase.add_argument("address", metavar="ADDRESS")
    suppress = command(
        group,
        "suppress",
        _suppress,
        "see to it that an address gets no mail",
        more="Whether it is a reader's or not. --lift takes it off that list again, unless its owner put it there:\n"
        "who has left comes back by their own word only.",
    )
    suppress.add_argument("address", metavar="ADDRESS")
    suppress.add_argument("--reason", metavar="R", default="", help="why, for whoever asks later")
    suppress.add_argument("--lift", action="store_true", help="let it get mail again")
    revoke = command(
        group,
        "revoke",
        _revoke,
        "make the links in all earlier mails to a reader useless",
        more="For a mail that fell into wrong hands. Unsubscribing works on: nobody is kept against their will.",
    )
    revoke.add_argument("address", metavar="ADDRESS")


def _add(context: Context) -> int:
    from feeder.workflows import subscribe  # noqa: PLC0415

    arguments = context.arguments
    if not 0 <= arguments.welcome <= _MOST_WELCOMED:
        raise ConfigurationError(
            f"--welcome {arguments.welcome}", "is too few or too many", f"write 0 to {_MOST_WELCOMED}"
        )
    with context.app() as app:
        added = subscribe.add(
            app.store,
            arguments.address,
            _preferences(context, app),
            app.recipe(arguments.digest),
            context.now(),
            reason=arguments.reason,
            welcome=arguments.welcome,
        )
        if isinstance(added, subscribe.Asked):
            subscribe.answer(app.store, app.settings.signup, context.now())
    if isinstance(added, subscribe.Asked):
        told = f"{added.address} has left before; a letter asks whether they want to come back"
        context.print(lambda: [told], {"address": added.address, "asked": True})
        return 0
    shape = _shape(added)
    context.print(
        lambda: [
            f"{added.address} gets the {arguments.digest} digest, next {shape['next_issue_at'] or _WHEN_NEW}"
        ],
        shape,
    )
    return 0


def _list(context: Context) -> int:
    with context.app() as app, app.store.reading() as tx:
        shapes = map(_shape, tx.subscribers.all())
        if context.arguments.json:
            _print_json(shapes)
            return 0
        for one in shapes:
            due = one["next_issue_at"] or "–"
            print(f"{one['address']}  {one['status']}  {one['preferences']['digest']}  next {due}")
    return 0


def _print_json(shapes: Iterable[dict[str, Any]]) -> None:
    """Print a list one part at a time, since there may be a million."""
    before = "["
    for one in shapes:
        text = json.dumps([one], ensure_ascii=False, indent=2)
        print(before, text.removeprefix("[").removesuffix("\n]"), sep="", end="")
        before = ","
    print("[]" if before == "[" else "\n]")


def _show(context: Context) -> int:
    from feeder.markup.plain import plain  # noqa: PLC0415
    from feeder.subscribers import bouncing  # noqa: PLC0415
    from feeder.workflows import outlook  # noqa: PLC0415

    with context.app() as app:
        with app.store.reading() as tx:
            reader = tx.subscribers.get(context.arguments.address)
            deliveries = plain(tx.ledger.of(reader.id, _SHOWN_DELIVERIES))
            returned = tx.returns.of(reader.id, _SHOWN_DELIVERIES)
        comes = plain(outlook.of(app.store, app.settings.digests, reader, context.now()))
        score = round(bouncing.score(returned, context.now()), 2)
    shape = _shape(reader) | {"next": comes, "deliveries": deliveries}
    shape |= {"returned": plain(returned), "bounce_score": score}

    def lines() -> list[str]:
        told = list(_lines({name: shape[name] for name in shape if name not in _TOLD_APART}))
        told.append(f"next: {' '.join(filter(None, (comes['at'], comes['why'])))}")
        told += [_told(one) for one in deliveries]
        told += [_told_returned(one) for one in shape["returned"]]
        return told + ([f"bounce score: {score} of {bouncing.LIMIT:g}"] if score else [])

    context.print(lines, shape)
    return 0


def _lines(values: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """Say what is known, one thing a line, and nothing of what is not."""
    for name, value in values.items():
        match value:
            case dict():
                yield from _lines(value, f"{prefix}{name}.")
            case list():
                yield from [f"{prefix}{name}: {', '.join(value)}"] if value else []
            case None | "":
                pass
            case _:
                yield f"{prefix}{name}: {value}"


def _told(delivery: dict[str, Any]) -> str:
    """Say in one line what became of a delivery, with what the server said, or why nothing was sent."""
    words = [f"  {delivery['digest']}/{delivery['period']}: {delivery['state']} {delivery['changed']}"]
    words.append(f"{delivery['items']} item{'s' * (delivery['items'] > 1)}" if delivery["items"] else "")
    words.append(f"{delivery['attempts']} attempts" if delivery["attempts"] > 1 else "")
    words.append(f"again at {delivery['due']}" if delivery["due"] and delivery["attempts"] else "")
    told = delivery["queue_id"] or delivery["reason"]
    return ", ".join(filter(None, words)) + (f" ({told})" if told else "")


def _told_returned(one: dict[str, Any]) -> str:
    """Say in one line what came back, and why."""
    issue = f"{one['digest']}/{one['period']}" if one["digest"] else "mail"
    end = ", upon which the address was suppressed" if one["suppressed"] else ""
    why = one["reason"] or one["status"]
    return f"  {issue} came back: {one['kind']} {one['at']}{end}" + (f" ({why})" if why else "")


def _erase(context: Context) -> int:
    from feeder.workflows import suppress  # noqa: PLC0415

    with context.app() as app:
        suppress.erase(app.store, context.arguments.address, app.settings.signup.erased, context.now())
    print("erased: only a keyed hash of the address is kept")
    return 0


def _suppress(context: Context) -> int:
    from feeder.model.subscribers import Cause  # noqa: PLC0415
    from feeder.workflows import suppress  # noqa: PLC0415

    address = context.arguments.address
    with context.app() as app:
        if context.arguments.lift:
            reader = suppress.lift(app.store, address)
            print(f"{address} may get mail again" + (f", and is {reader.status}" if reader else ""))
            return 0
        suppress.suppress(app.store, address, Cause.BY_HAND, context.arguments.reason, context.now())
    print(f"{address} gets no mail")
    return 0


def _revoke(context: Context) -> int:
    from feeder.workflows import prefer  # noqa: PLC0415

    with context.app() as app:
        with app.store.reading() as tx:
            reader = tx.subscribers.get(context.arguments.address)
        prefer.revoke_links(app.store, reader, context.now())
    print(f"links in earlier mails to {reader.address} lead nowhere now, but for unsubscribing")
    return 0


def _shape(reader: "Subscriber") -> dict[str, Any]:
    from feeder.markup.plain import plain  # noqa: PLC0415

    shape: dict[str, Any] = plain(reader)
    chosen = shape["preferences"]
    chosen["tags"] = {"any": chosen.pop("any_tags"), "none": chosen.pop("no_tags")}
    if reader.status != "active":
        shape["next_issue_at"] = None  # what is kept for their return is nothing that comes
    return shape


def _preferences(context: Context, app: "App") -> "Preferences":
    from feeder.model.items import Kind  # noqa: PLC0415
    from feeder.model.subscribers import Form, Preferences  # noqa: PLC0415
    from feeder.subscribers import preferences  # noqa: PLC0415

    arguments = context.arguments
    only = {"pieces": (Kind.PIECE,), "appearances": (Kind.APPEARANCE,), None: tuple(Kind)}
    return preferences.checked(
        Preferences(
            digest=arguments.digest,
            zone=arguments.zone or app.settings.site.zone,
            any_tags=tags.slugs(app, arguments.tag),
            no_tags=tags.slugs(app, arguments.without),
            kinds=only[arguments.only],
            hour=arguments.hour,
            day=arguments.day,
            form=Form.FULL if arguments.full else Form.SHORT,
        ),
        app.recipe(arguments.digest),
    )
