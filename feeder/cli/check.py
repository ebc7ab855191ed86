"""`check`: whether the site is in order, and its mail would be taken."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from feeder.cli.context import Context, command, with_json
from feeder.errors import ConfigurationError

if TYPE_CHECKING:
    from feeder.app import App
    from feeder.model.checks import Check
    from feeder.workflows.gate import Passage


def add_to(commands: Any) -> None:
    """Add the command."""
    check = command(
        commands,
        "check",
        _check,
        "find what is wrong with the site and its mail, and how to mend it",
        more="The database, its migrations, the disk, the feeds, the public address and the clock; and, where mail\n"
        "leaves by servers, SPF, DKIM, DMARC, the names of addresses, who takes what comes back, the servers\n"
        "themselves, and whether one click is enough to leave. Nothing is mailed.\n\n"
        "No first mail leaves while something about mail is wrong, unless you say why it shall. Exit code 1\n"
        "when anything is wrong; warnings do not count.",
    )
    check.add_argument(
        "--accept", metavar="REASON", help="let mail leave whatever is found from now on; the reason is kept"
    )
    with_json(check)


def _check(context: Context) -> int:
    if context.arguments.accept is not None:
        return _accept(context)
    from feeder.markup.plain import plain  # noqa: PLC0415
    from feeder.workflows import upkeep  # noqa: PLC0415

    found = upkeep.worst_last(_found(context))
    context.print(lambda: _told(found), plain(found))
    return 1 if any(check.is_wrong for check in found) else 0


def _found(context: Context) -> "list[Check]":
    from feeder.app import App  # noqa: PLC0415
    from feeder.workflows import gate, upkeep  # noqa: PLC0415

    settings, now = context.settings(), context.now()
    found = [*upkeep.of_disks(settings), *upkeep.of_database(settings.store.url)]
    if any(check.is_wrong for check in found):  # nothing else can be known, or is to be changed
        return found
    with App(settings) as app:
        with app.store.reading() as tx:
            uid = tx.feeds.everything().uid
            found += upkeep.judge_machines(tx.members.all(), app.setup)
        found += [upkeep.of_writing(app.store, now), upkeep.of_feeds(settings, now)]
        found += upkeep.of_address(settings.site.public_url, uid, app.client, now)
        of_mail = app.deliverability(now)
        if app.gate:
            gate.note(app.store, of_mail, now)
    return [*found, *of_mail]


def _accept(context: Context) -> int:
    from feeder.markup.plain import plain  # noqa: PLC0415

    with context.app() as app:
        passage = force(context, app)
    since = f"mail leaves since {passage.opened}"
    context.print(lambda: [f"{since} ({passage.reason})" if passage.reason else since], plain(passage))
    return 0


def force(context: Context, app: "App") -> "Passage":
    """Let mail leave whatever is wrong, for the reason in `--accept` or `--force`."""
    from feeder.workflows import gate  # noqa: PLC0415

    option = "accept" if "accept" in context.arguments else "force"
    reason = getattr(context.arguments, option).strip()
    if not reason:
        raise ConfigurationError(f"--{option}", "says nothing", "say why, for whoever asks later")
    return gate.force(app.store, reason, context.now())


def _told(found: "Sequence[Check]") -> Iterator[str]:
    state = max(len(check.state) for check in found)
    name = max(len(check.name) for check in found)
    for check in found:
        yield f"{check.state:{state}}  {check.name:{name}}  {check.about}: {check.found}"
        if check.mend:
            indent = " " * (state + name + 4)
            yield f"{indent}rule: {check.rule}"
            yield f"{indent}mend: {check.mend}"
    wrong = sum(check.is_wrong for check in found)
    warnings = sum(check.state == "warning" for check in found)
    yield f"{wrong} wrong, {warnings} to look at, of {len(found)}"
