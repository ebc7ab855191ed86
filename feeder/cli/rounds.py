"""`sync`, `publish`, `once`: one round of the main job, or a part of it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from feeder.cli.context import Context, command, with_json
from feeder.errors import (
    ConfigurationError,
    FeederError,
    MailError,
    PublishError,
    SourceError,
    StoreError,
    Superseded,
)

if TYPE_CHECKING:
    from feeder.app import App
    from feeder.model.issues import Hold
    from feeder.workflows.collect import Collected
    from feeder.workflows.exchange import Worked
    from feeder.workflows.links import Checked
    from feeder.workflows.publish import Published
    from feeder.workflows.returns import Gathered
    from feeder.workflows.send import Sent


def add_to(commands: Any) -> None:
    """Add the commands of this group."""
    sync = command(
        commands,
        "sync",
        _sync,
        "read the sources into the store",
        more="Items that a source no longer has are removed. When that would be more than a third of them,\n"
        "and more than five, they stay until you have looked and say --confirm: an unmounted disk\n"
        "looks just like that.",
    )
    sync.add_argument("source", nargs="?", help="only this one (default: all)")
    sync.add_argument("--status", action="store_true", help="read nothing; say how each source is")
    sync.add_argument("--confirm", action="store_true", help="let a held removal through")
    with_json(sync)

    publish = command(commands, "publish", _publish, "write the documents that changed")
    choice = publish.add_mutually_exclusive_group()
    choice.add_argument("--all", action="store_true", help="render everything, and repair what differs")
    choice.add_argument("--check", action="store_true", help="only say what differs; exit code 1 if anything")
    with_json(publish)

    once = command(
        commands,
        "once",
        _once,
        "do one round: sync, publish, send what is due, and look at links where the site says so",
        more="For cron, every ten minutes say. Says what it did, and nothing twice.",
    )
    with_json(once)


@dataclass(slots=True)
class Round:
    """What one round did."""

    collected: list["Collected"] = field(default_factory=list)
    published: "Published | None" = None
    hubs: "Worked | None" = None
    returned: "Gathered | None" = None
    sent: "Sent | None" = None
    holds: Sequence["Hold"] = ()
    links: "Checked | None" = None
    problems: list[FeederError] = field(default_factory=list)


def never(keep: Callable[[], None]) -> Callable[[], bool]:
    """Return what never tells those who send to stop, and raises SiteLocked once another run has the site."""

    def stopped() -> bool:
        keep()
        return False

    return stopped


def do_round(app: "App", now: datetime, progress: Callable[[str], Any], keep: Callable[[], None]) -> Round:
    """Read all sources, publish, and send what is due; the caller holds the site's lock, and `keep` keeps it.

    A source, a tree or a template that fails does not keep the rest of the round from going on.
    """
    from feeder.workflows import letters, send, subscribe, suppress  # noqa: PLC0415
    from feeder.workflows.collect import is_left_alone  # noqa: PLC0415
    from feeder.workflows.publish import publish  # noqa: PLC0415

    done = Round()
    send.recover(app.store, now)
    letters.recover(app.store, now)
    try:
        suppress.tidy(app.store, app.settings.signup, now)
    except StoreError as error:  # such as a file that cannot be read
        done.problems.append(error)
    names = [name for name in app.sources if not is_left_alone(app.store, name, now)]
    _collect_all(app, names, now, done, confirmed=False)
    try:
        done.published = publish(app.store, app.press, now, progress=progress("publishing"))
        done.problems += done.published.refused
    except (PublishError, Superseded, ConfigurationError) as error:  # such as a template that fails
        done.problems.append(error)
    _gather(app, now, done)
    try:
        subscribe.answer(app.store, app.settings.signup, now)
        done.problems += letters.send(app.store, app.post, lambda: now, stopped=never(keep))
        done.sent = send.send_due(app.store, app.post, lambda: now, stopped=never(keep))
        done.problems += done.sent.problems
        done.holds = holds(app)
    except ConfigurationError as error:
        done.problems.append(error)
    _tell_hubs(app, lambda: now, done)
    return done


def _tell_hubs(app: "App", clock: Callable[[], datetime], done: Round) -> None:
    """Tell hubs and their subscribers what changed, where the site has any."""
    from feeder.workflows import hub  # noqa: PLC0415

    publish = app.settings.publish
    if not (publish.hub or publish.hubs):
        return
    try:
        done.hubs = hub.work(app.store, app.exchange(clock))
        done.problems += done.hubs.problems
    except (PublishError, ConfigurationError) as error:  # of the tree, or of templates
        done.problems.append(error)


def _gather(app: "App", now: datetime, done: Round) -> None:
    """Look for what came back, so that nobody is mailed again who is gone."""
    from feeder.workflows import returns  # noqa: PLC0415

    if app.inbox is None:
        return
    try:
        done.returned = returns.gather(app.store, app.signer, app.inbox, lambda: now, stopped=lambda: False)
    except MailError as error:
        done.problems.append(error)


def told(done: Round) -> list[str]:
    """Say in plain words what a round did."""
    lines = [line for collected in done.collected for line in _told_collected(collected)]
    if done.published:
        lines += _told_published(done.published)
    if done.returned:
        lines += _told_returned(done.returned)
    if done.hubs:
        lines += _told_of_hubs(done.hubs)
    if done.sent:
        lines += _told_sent(done.sent)
    if done.links and done.links.changed:
        lines += [f"links: {len(done.links.changed)} stand otherwise than before (see `feeder links list`)"]
    return [*lines, *map(told_hold, done.holds)]


def holds(app: "App") -> Sequence["Hold"]:
    """Return what a person has stopped, so that nothing of it was sent."""
    with app.store.reading() as tx:
        return tx.holds.all()


def told_hold(hold: "Hold") -> str:
    """Say in one line what a person has stopped."""
    why = f" ({hold.reason})" if hold.reason else ""
    return f"stopped: {hold.what}, since {hold.since:%Y-%m-%d %H:%M} UTC{why}"


def shape(done: Round) -> dict[str, Any]:
    """Return what a round did as a JSON shape."""
    from feeder.markup.plain import plain  # noqa: PLC0415

    return {
        "sources": plain(done.collected),
        "published": None
        if done.published is None
        else plain(done.published) | {"unchanged": done.published.unchanged},
        "returned": None
        if done.returned is None
        else {
            **{effect.value: n for effect, n in done.returned.effects.items()},
            "others": done.returned.others,
        },
        "hubs": done.hubs.counts() if done.hubs else None,
        "sent": None
        if done.sent is None
        else {"planned": done.sent.planned, **{k.value: n for k, n in done.sent.outcomes.items() if n}},
        "links": None
        if done.links is None
        else {"looked": done.links.looked, "changed": len(done.links.changed)},
        "problems": plain(done.problems),
    }


def _once(context: Context) -> int:
    with context.app() as app:
        with app.store.lock() as keep:
            done = do_round(app, context.now(), context.progress, keep)
        # It may take minutes, and needs nothing that another run must not touch meanwhile.
        if app.settings.links.check:
            _check_links(context, app, done)
    context.print(lambda: told(done), shape(done))
    return context.report(done.problems)


def _sync(context: Context) -> int:
    with context.app() as app:
        names = _named(app, context.arguments.source)
        if context.arguments.status:
            return _status(context, app, names)
        done = Round()
        _collect_all(app, names, context.now(), done, confirmed=context.arguments.confirm)
    context.print(lambda: told(done), shape(done)["sources"])
    return context.report(done.problems)


def _publish(context: Context) -> int:
    from feeder.workflows import publish  # noqa: PLC0415

    with context.app() as app, app.store.lock():
        if context.arguments.check:
            differing = publish.check(app.store, app.press, context.now())
            context.print(lambda: [f"differs: {path}" for path in differing], differing)
            return 1 if differing else 0
        work = publish.publish_all if context.arguments.all else publish.publish
        done = work(app.store, app.press, context.now(), progress=context.progress("publishing"))
        whole = Round(published=done, problems=list(done.refused))
        _tell_hubs(app, context.now, whole)
    context.print(lambda: _told_published(done), shape(whole)["published"])
    return context.report(whole.problems)


def _check_links(context: Context, app: "App", done: Round) -> None:
    from feeder.workflows import links  # noqa: PLC0415

    care = app.settings.links
    try:
        done.links = links.check_hourly(app.store, app.client, care, context.now, lambda: False)
    except StoreError as error:  # what the round did before is told all the same
        done.problems.append(error)


def _collect_all(app: "App", names: Sequence[str], now: datetime, done: Round, *, confirmed: bool) -> None:
    from feeder.workflows.collect import collect  # noqa: PLC0415

    for name in names:
        announce = app.settings.sources[name].announce
        try:
            collected = collect(
                app.store,
                app.sources[name],
                now,
                announce=announce,
                confirmed=confirmed,
                manner=app.manner(name),
            )
        except (SourceError, Superseded) as error:
            done.problems.append(error)
            continue
        done.collected.append(collected)
        done.problems += collected.refused
        if collected.held:
            done.problems.append(_held(name, collected.held))


def _named(app: "App", name: str | None) -> list[str]:
    if name is None:
        return list(app.sources)
    if name not in app.sources:
        known = ", ".join(sorted(app.sources)) or "none"
        raise ConfigurationError(
            f"source {name!r}", f"is not configured (there is: {known})", f"add [sources.{name}]"
        )
    return [name]


def _status(context: Context, app: "App", names: Sequence[str]) -> int:
    from feeder.markup.plain import plain  # noqa: PLC0415

    with app.store.reading() as tx:
        states = [tx.sources.state(name) for name in names]
        # Sources that were read once and are configured no more, and so keep their items as they are.
        left = [state for state in tx.sources.all() if not context.arguments.source]
    states += [state for state in left if state.name not in app.sources]
    shapes = [
        {k: v for k, v in plain(state).items() if k not in {"state", "unread"}}
        | {"configured": state.name in app.sources, "healthy": not (state.problem or state.held)}
        for state in states
    ]

    def lines() -> Iterator[str]:
        for state in shapes:
            when = f"read {state['last_read']}" if state["last_read"] else "never read"
            how = state["problem"] or "well"
            held = f"; {state['held']} removals wait for --confirm" if state["held"] else ""
            again = f"; next try {state['next_try']}" if state["next_try"] else ""
            left = "" if state["configured"] else "; not configured any more, its items stay as they are"
            yield f"{state['name']}: {when}; {how}{held}{again}{left}"

    context.print(lines, shapes)
    return 0 if all(state["healthy"] for state in shapes if state["configured"]) else 1


def _held(name: str, held: int) -> SourceError:
    return SourceError(
        f"source {name}",
        f"no longer has {held} items, more than a third of them",
        f"bring them back, or let them go with `feeder sync {name} --confirm`",
    )


def _told_collected(collected: "Collected") -> Iterable[str]:
    tally = collected.tally
    counts = [(tally.new, "new"), (tally.changed, "changed"), (tally.gone, "gone")]
    words = ", ".join(f"{count} {word}" for count, word in counts if count) or "nothing new"
    more = [
        (len(collected.refused), "refused"),
        (collected.merged, "merged with items of other sources"),
        (collected.twins, "that may be in the store twice (see `feeder item merge`)"),
        (collected.accepted, "appearances accepted from notes"),
    ]
    yield ", ".join([f"{collected.source}: {words}", *(f"{n} {what}" for n, what in more if n)])


def _told_published(published: "Published") -> list[str]:
    released = f"{published.released} items released, " if published.released else ""
    more = [
        (len(published.removed), "removed"),
        (published.put, "put into the bucket"),
        (published.taken_off, "taken off it"),
        (published.purged, "addresses purged"),
    ]
    told = "".join(f", {count} {what}" for count, what in more if count)
    return [f"published: {released}{len(published.written)} documents written{told}"]


def _told_returned(returned: "Gathered") -> list[str]:
    words = [f"{n} {effect}" for effect, n in sorted(returned.effects.items())]
    words += [f"{returned.others} that are no reports"] if returned.others else []
    return [f"came back: {', '.join(words)}"] if words else []


def _told_of_hubs(worked: "Worked") -> list[str]:
    words = ", ".join(f"{n} {what.replace('_', ' ')}" for what, n in worked.counts().items())
    return [f"hubs: {words}"] if words else []


def _told_sent(sent: "Sent") -> list[str]:
    words = ", ".join(f"{n} {state}" for state, n in sorted(sent.outcomes.items()) if n)
    return [f"digest: {words or 'nothing due'}"]
