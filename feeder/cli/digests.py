"""`digest preview`, `digest test`, `digest send`; `issues` has what is done about them."""

from datetime import datetime
from pathlib import Path
from typing import Any

from feeder.cli import issues
from feeder.cli.check import force
from feeder.cli.context import Context, command, moment, with_json
from feeder.cli.rounds import Round, holds, never, shape, told
from feeder.errors import ConfigurationError, MailError


def add_to(commands: Any) -> None:
    """Add the commands of this group."""
    digest = commands.add_parser("digest", help="look at digests, and send them", description="Digests.")
    group = digest.add_subparsers(title="commands", metavar="COMMAND", required=True)

    preview = command(
        group, "preview", _preview, "show what a reader would get", more="Changes nothing and sends nothing."
    )
    preview.add_argument("name", metavar="NAME", help="the digest: weekly, daily, monthly, or one of yours")
    preview.add_argument("--for", dest="address", metavar="ADDRESS", required=True, help="the reader")
    preview.add_argument("--at", metavar="TIME", help="as of this moment (default: now)")
    preview.add_argument("--html", metavar="FILE", type=Path, help="write the HTML part here")
    with_json(preview)

    test = command(
        group,
        "test",
        _test,
        "send one issue to an address, to be looked at",
        more="It is marked as a test. A reader gets what would come now, or the newest items where nothing is\n"
        "new; for any other address its links lead to nobody's choices. Nothing else changes.",
    )
    test.add_argument("name", metavar="NAME", help="the digest")
    test.add_argument("--to", dest="address", metavar="ADDRESS", required=True, help="where it goes")
    with_json(test)

    send = command(group, "send", _send, "plan and send what is due", more="Nothing is sent twice.")
    send.add_argument("--at", metavar="TIME", help="as if it were this moment (default: now)")
    send.add_argument(
        "--force",
        metavar="REASON",
        help="also where others would refuse the first mail; the reason is kept (see `feeder check`)",
    )
    with_json(send)
    issues.add_to(group)


def _preview(context: Context) -> int:
    from feeder.workflows import choosing  # noqa: PLC0415

    arguments = context.arguments
    with context.app() as app:
        recipe = app.recipe(arguments.name)
        with app.store.reading() as tx:
            reader = tx.subscribers.get(arguments.address)
        rendered = choosing.preview(app.store, app.post, recipe, reader, _at(context))
    if rendered is None:
        context.print(lambda: ["Nothing new that fits: no mail would be sent."], None)
        return 0
    if arguments.html:
        try:
            arguments.html.write_text(rendered.html, encoding="utf-8")
        except OSError as error:
            raise ConfigurationError(
                f"--html {arguments.html}", f"cannot be written ({error.strerror})", "name another file"
            ) from error
    mail = {"subject": rendered.subject, "text": rendered.text, "html": rendered.html}
    context.print(lambda: [f"Subject: {rendered.subject}", "", rendered.text], mail)
    return 0


def _test(context: Context) -> int:
    from feeder.mail import answers  # noqa: PLC0415
    from feeder.model.deliveries import Accepted  # noqa: PLC0415
    from feeder.workflows import sample  # noqa: PLC0415

    arguments = context.arguments
    with context.app() as app:
        recipe = app.recipe(arguments.name)
        outcome = sample.send_sample(app.store, app.post, recipe, arguments.address, context.now())
    if not isinstance(outcome, Accepted):
        raise MailError(
            f"the test for {arguments.address}",
            f"was not taken ({outcome.reason})",
            answers.mend(outcome),
        )
    context.print(
        lambda: [f"sent a test of the {recipe.name} digest to {arguments.address} ({outcome.queue_id})"],
        {"address": arguments.address, "queue_id": outcome.queue_id},
    )
    return 0


def _send(context: Context) -> int:
    from feeder.workflows import send  # noqa: PLC0415
    from feeder.workflows.release import release  # noqa: PLC0415

    now = _at(context)
    with context.app() as app, app.store.lock() as keep:
        if context.arguments.force is not None:
            force(context, app)
        send.recover(app.store, now)
        release(app.store, context.now())
        sent = send.send_due(app.store, app.post, lambda: now, stopped=never(keep))
        done = Round(sent=sent, problems=sent.problems, holds=holds(app))
    context.print(lambda: told(done), shape(done)["sent"])
    return context.report(done.problems)


def _at(context: Context) -> datetime:
    said = context.arguments.at
    return moment("--at", said) if said else context.now()
