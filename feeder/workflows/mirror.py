"""From the published tree to a bucket, and to whoever keeps copies in front: what changed, and nothing else.

Publishing queues each path that changed, in the transaction that says that it stands in the folder.
From there a path goes stage by stage (`Stage`); each takes some, acts, and only then says so, so
that a run that is killed anywhere is gone on with by the next. Each run has a turn: what a late one did is
not remembered, and objects themselves are written only over the version known.
"""

import subprocess
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from hashlib import sha256

from feeder import __version__
from feeder.errors import ConfigurationError, FeederError, PublishError, Superseded
from feeder.feeds import kinds
from feeder.feeds.publishers.bucket import Bucket, Overtaken, Sending
from feeder.model import objects
from feeder.model.feeds import Written
from feeder.model.objects import Stage, Stored
from feeder.store import Store, Transaction
from feeder.workflows import turns
from feeder.workflows.press import Press
from feeder.workflows.turns import Turn

BUCKET = "bucket"
"""The fact that remembers which bucket holds the tree, and by which version; empty for none."""

_JOB = "mirror"

_AT_ONCE = 100
"""How many objects are put, and addresses told, before a transaction says so."""

_MOST_ROUNDS_OVERTAKEN = 3
"""How often others may be first at one place before we say so."""

_PURGED_WITHIN = timedelta(minutes=1)

_PAGE = "index.html"


@dataclass(slots=True)
class Mirrored:
    """How many objects were put and removed, how many addresses told, and what kept the rest from it."""

    put: int = 0
    removed: int = 0
    purged: int = 0
    problems: list[FeederError] = field(default_factory=list)


def queue(tx: Transaction, press: Press, changed: Sequence[str], removed: Sequence[str]) -> None:
    """Queue paths at which the tree has changed, where anybody wants to know."""
    if press.publish.bucket or press.publish.purge:
        tx.objects.queue(changed)
        tx.objects.queue(removed, Stage.GONE)


def lacking(tx: Transaction, press: Press) -> list[str]:
    """Return the paths at which the bucket is not as the tree is; all of them where that was never compared."""
    if press.publish.bucket and tx.facts.get(BUCKET) != _standing(press):
        return [path for path in tx.documents.paths() if objects.is_shown(path)]
    return tx.objects.unput()


def mirror(store: Store, press: Press) -> Mirrored:
    """Bring what is queued to the bucket, what others name first; then tell who keeps copies.

    What cannot be done now is told, and stays in the queue; what was put is told to caches all the same.
    Raises: Superseded; StoreError.
    """
    mirrored = Mirrored()
    with store.reading() as tx:
        if not (_is_another(tx, press) or tx.objects.any_waiting()):
            return mirrored
    turn = turns.take(store, _JOB)
    for work in (_bring, _purge):
        try:
            work(turn, press, mirrored)
        except (PublishError, ConfigurationError) as problem:
            mirrored.problems.append(problem)
    return mirrored


def _bring(turn: Turn, press: Press, mirrored: Mirrored) -> None:
    bucket = press.bucket
    _begin_anew(turn, press, bucket)
    if not (bucket or press.publish.purge):
        return
    for stage in (Stage.PARTS, Stage.LISTS):
        overtaken = 0
        while waiting := _waiting(turn, stage):
            overtaken = overtaken + 1 if _put(turn, press, bucket, waiting, mirrored) else 0
            if overtaken > _MOST_ROUNDS_OVERTAKEN:
                raise PublishError(
                    str(press.publish.bucket),
                    "is being written by somebody else as well",
                    "let one site alone publish there",
                )
    while waiting := _waiting(turn, Stage.GONE):
        _remove(turn, press, bucket, waiting, mirrored)


def _begin_anew(turn: Turn, press: Press, bucket: Bucket | None) -> None:
    """Compare everything when the bucket is another, or none, or everything is to be repaired.

    What the bucket shows under a tag that we know is taken for what we put there, and stays.
    """
    with turn.store.reading() as tx:
        if not _is_another(tx, press):
            return
    if bucket:
        with turn.transaction() as tx:
            tx.objects.suspect()
        for etags in bucket.listed():
            with turn.transaction() as tx:
                tx.objects.seen(etags)
    with turn.transaction() as tx:
        tx.objects.clear()
        if bucket:
            tx.objects.forget_unseen()
            tx.objects.queue_all()
        tx.facts.remember(BUCKET, _standing(press))


def _is_another(tx: Transaction, press: Press) -> bool:
    return (tx.facts.get(BUCKET) or "") != _standing(press)


def _standing(press: Press) -> str:
    """Say what shapes all objects and where they are; empty where there are none."""
    publish = press.publish
    return f"{__version__}-{publish.bucket}-{publish.bucket_gzip}" if publish.bucket else ""


def _waiting(turn: Turn, stage: Stage) -> dict[str, list[int]]:
    with turn.store.reading() as tx:
        return tx.objects.waiting(stage, _AT_ONCE)


# ── Putting ──────────────────────────────────────────────────────────────────────────────────────


def _put(
    turn: Turn,
    press: Press,
    bucket: Bucket | None,
    waiting: Mapping[str, Sequence[int]],
    mirrored: Mirrored,
) -> bool:
    """Put what waits, and say so; True when nothing came of it but that others were first.

    Raises: PublishError, when what could be put is said to be there.
    """
    with turn.store.reading() as tx:
        there, known = tx.documents.written(waiting), tx.objects.known(waiting)
    sendings = [] if bucket is None else _sendings(press, bucket, there.values(), known)
    outcomes = bucket.put(sendings) if bucket and sendings else []
    put = [each for each in outcomes if isinstance(each, Stored)]
    overtaken = [each for each in outcomes if isinstance(each, Overtaken)]
    problems = [each for each in outcomes if isinstance(each, PublishError)]
    undone = {sending.path for sending in sendings} - {each.path for each in put}
    with turn.transaction() as tx:
        tx.objects.remember([*put, *(each.there for each in overtaken if each.there)])
        tx.objects.forget([each.path for each in overtaken if each.there is None])
        _pass_on(tx, press, waiting, {each.path for each in put} if bucket else set(waiting), undone)
    mirrored.put += len(put)
    if problems:
        raise problems[0]
    return bool(overtaken) and not put


def _sendings(
    press: Press, bucket: Bucket, documents: Iterable[Written], known: Mapping[str, Stored]
) -> list[Sending]:
    """Return what is to be put of some documents; nothing of those that are there just so."""
    found = []
    for each in documents:
        before, fields = known.get(each.path), bucket.fields(kinds.of(f"/{each.path}"))
        digest = objects.digest(each.hash, fields)
        if before is None or before.digest != digest:
            found.append(Sending(each.path, partial(_content, press, each), digest, fields, before))
    return found


def _content(press: Press, document: Written) -> bytes:
    content = press.folder.read(document.path)
    if content is None or sha256(content).hexdigest() != document.hash:
        raise PublishError(
            str(press.folder.root / document.path),
            "is not as it was written, so it cannot go to the bucket",
            "repair it: `feeder publish --all`",
        )
    return content


def _remove(
    turn: Turn,
    press: Press,
    bucket: Bucket | None,
    waiting: Mapping[str, Sequence[int]],
    mirrored: Mirrored,
) -> None:
    """Remove what is gone, as far as it was put there by us and has not come back, and say so."""
    with turn.transaction() as tx:
        gone = waiting.keys() - tx.documents.written(waiting).keys()
        ours = sorted(gone & tx.objects.known(waiting).keys())
    if bucket and ours:
        bucket.remove(ours)
        mirrored.removed += len(ours)
    try:
        with turn.transaction() as tx:
            tx.objects.forget(ours)
            _pass_on(tx, press, waiting, set(ours) if bucket else gone, set())
    except Superseded:
        # Nobody lets us remove just the version that we know: what came back meanwhile has to be put again.
        with turn.store.transaction() as tx:
            tx.objects.forget(ours)
            tx.objects.queue(tx.documents.written(ours))
        raise


def _pass_on(
    tx: Transaction,
    press: Press,
    waiting: Mapping[str, Sequence[int]],
    changed: Set[str],
    undone: Set[str],
) -> None:
    """Let what was `changed` wait for caches to be told, if they are, and take out the rest but what is `undone`."""
    told = changed if press.publish.purge else set()
    tx.objects.purge([place for path in told for place in waiting[path]])
    done = waiting.keys() - told - undone
    tx.objects.done([place for path in done for place in waiting[path]])


# ── Telling ──────────────────────────────────────────────────────────────────────────────────────


def _purge(turn: Turn, press: Press, mirrored: Mirrored) -> None:
    command = press.publish.purge
    while command and (waiting := _waiting(turn, Stage.PURGE)):
        _tell(command, [press.imprint.address(path.removesuffix(_PAGE)) for path in waiting])
        with turn.transaction() as tx:
            tx.objects.done([place for places in waiting.values() for place in places])
        mirrored.purged += len(waiting)


def _tell(command: Sequence[str], addresses: Sequence[str]) -> None:
    """Give addresses to a command, one a line; what it says itself goes where our own words go."""
    try:
        done = subprocess.run(  # noqa: S603 - the words of the site's owner, and no shell
            command,
            input="".join(f"{address}\n" for address in addresses).encode(),
            stdout=subprocess.DEVNULL,
            timeout=_PURGED_WITHIN.total_seconds(),
            check=False,
        )
        why = f"ended with {done.returncode}" if done.returncode else ""
    except (OSError, subprocess.TimeoutExpired) as error:
        why = f"cannot be run ({error.strerror})" if isinstance(error, OSError) else "took more than a minute"
    if why:
        raise PublishError(
            f"publish.purge, the command {command[0]}",
            f"{why}, so {len(addresses)} addresses or more are not purged",
            "mend it; they wait for the next publish",
        )
