"""Deliveries are claimed, and what they bring is chosen and cut, ahead of those who send (10, 11)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from feeder.errors import FeederError, MailError
from feeder.mail.composing import Mould
from feeder.model.deliveries import Delivery, State
from feeder.store import Store
from feeder.workflows import choosing
from feeder.workflows.consequences import Consequences
from feeder.workflows.post import Clock, Post, tag_names


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """A delivery that is ready to be attempted, with what its message is made of; and by which server, empty for any."""

    delivery: Delivery
    content: int
    mould: Mould
    why: str
    server: str


@dataclass(slots=True)
class Claimed:
    """What a claim brought. `ids` are those of all that was claimed, and `is_all` says that no more waited.

    `outcomes` and `problems` tell what became of those that are not `ready`.
    """

    is_all: bool
    ids: set[int]
    ready: list[Ready] = field(default_factory=list)
    outcomes: Counter[State] = field(default_factory=Counter)
    problems: list[FeederError] = field(default_factory=list)

    def failed(self, failed: Mapping[Delivery, FeederError]) -> None:
        """Tell of those that cannot be made."""
        self.outcomes[State.EXPIRED] += len(failed)
        self.problems += failed.values()


@dataclass(slots=True)
class Claims:
    """Claims what waits, for one worker, by one thread at a time. `moulds` are those of its last claim, by contents."""

    store: Store
    post: Post
    clock: Clock
    learned: Consequences
    moulds: dict[int, Mould] = field(default_factory=dict)

    def take(self, most: int) -> Claimed:
        """Claim up to so many deliveries, and settle what they bring. Raises: FeederError."""
        post, now = self.post, self.clock()
        with self.store.transaction() as tx:
            uncertain = tx.deliveries.close_uncertain(now) if post.delivery.uncertain == "at-most-once" else 0
            claimed = tx.deliveries.claim(post.owner, most, now, now + post.delivery.lease)
        found = Claimed(is_all=len(claimed) < most, ids={delivery.id for delivery in claimed})
        found.outcomes[State.UNCERTAIN] = uncertain
        if claimed:
            choice = choosing.choose(self.store, post, claimed, self.clock())
            found.outcomes[State.EMPTY] = len(choice.empty)
            found.failed(choice.failed)
            self._cut(choice.contents, self._put_off(choice.contents), found)
        return found

    def _put_off(self, contents: Mapping[Delivery, int]) -> dict[Delivery, str]:
        """Put off what may not leave yet, for the limits of the site, a server or the receiving domain.

        Returns by which server each of the others goes; empty for any.
        """
        now = self.clock()
        with self.store.transaction() as tx:
            leaves = self.learned.leaves(tx, contents, self.post.transport.servers, now)
            held = {each: leave.at for each, leave in leaves.items() if leave.at > now}
            tx.deliveries.postpone(held, self.post.owner, now)
        return {each: leaves[each].server if leaves else "" for each in contents if each not in held}

    def _cut(self, contents: Mapping[Delivery, int], leaves: Mapping[Delivery, str], found: Claimed) -> None:
        """Cut the issues that are to go out; one that cannot be cut is closed, and keeps no other back."""
        going = {delivery: contents[delivery] for delivery in leaves}
        moulds = {content: self.moulds[content] for content in going.values() if content in self.moulds}
        with self.store.reading() as tx:
            rendered = tx.contents.all_of(set(going.values()) - moulds.keys())
            names = tag_names(tx, *(delivery.reader for delivery in going))
        whys: dict[object, str] = {}
        failed: dict[Delivery, FeederError] = {}
        for delivery, content in going.items():
            recipe, reader = self.post.recipes[delivery.digest], delivery.reader
            try:
                if content not in moulds:
                    moulds[content] = self.post.mould(recipe, delivery, rendered[content])
            except ValueError as error:
                failed[delivery] = cannot_be_composed(delivery, error)
                continue
            alike = (delivery.digest, reader.preferences, reader.reason)
            if alike not in whys:
                whys[alike] = self.post.why(recipe, reader, names)
            found.ready.append(Ready(delivery, content, moulds[content], whys[alike], leaves[delivery]))
        self.moulds = moulds
        if failed:
            with self.store.transaction() as tx:
                for delivery, problem in failed.items():
                    tx.deliveries.expire(delivery, self.post.owner, str(problem), self.clock())
            found.failed(failed)


def cannot_be_composed(delivery: Delivery, error: ValueError) -> MailError:
    """Say that a message cannot be made, and what may mend it."""
    return MailError(
        f"the {delivery.digest} digest for subscriber {delivery.reader.id}",
        f"cannot be composed ({error})",
        "mend the site's title, the sender, or the template of the subject",
    )
