"""A publish begins: it takes its turn, and makes sure that its folder is the one that holds the tree.

The rule is in `model/trees.py`. What the store knows is a fact of the site.
"""

import json
import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from feeder.errors import ConfigurationError, Superseded
from feeder.feeds.publishers.fence import Claim
from feeder.model import trees
from feeder.model.trees import Ground, Sign, Tree
from feeder.store import Store, Transaction
from feeder.workflows.press import Press
from feeder.workflows.turns import Turn

_FACT = "tree"
_JOB = "publish"


@dataclass(frozen=True, slots=True)
class Found:
    """What a folder says, what the store knows, and what the folder is by that to a machine."""

    sign: Sign | None
    tree: Tree
    ground: Ground

    @property
    def may_publish(self) -> bool:
        """Tell whether the machine may publish there."""
        return self.ground in (Ground.TREE, Ground.NEW)


@dataclass(frozen=True, slots=True)
class Begun:
    """A publish that may write: its turn in the store, and its claim on the folder."""

    turn: Turn
    claim: Claim


def known(tx: Transaction) -> Tree:
    """Return what the store knows."""
    return _tree(tx.facts.get(_FACT) or "")


def look(press: Press, tree: Tree, now: datetime) -> Found:
    """Return what the press's folder is to its machine; `tree` was read before, so that the folder says nothing older.

    Raises: PublishError.
    """
    sign = press.folder.fence.sign()
    return Found(sign, tree, trees.judge(tree, sign, press.machine, now))


def begin(store: Store, press: Press, found: Found, now: datetime) -> Begun:
    """Take a turn at publishing to a folder that may be published to; nothing is written there yet.

    Raises: Superseded, when another has published elsewhere since it was looked at; StoreError.
    """
    sign, site = found.sign, found.tree.site
    with store.transaction() as tx:
        # A store that was put back from an older copy must not stay behind what the folder has seen.
        number = tx.turns.take(_JOB, above=sign.turn if sign and sign.site == site else 0)
        tree = known(tx)  # now that nobody else publishes
        if trees.judge(tree, sign, press.machine, now) is not found.ground:
            raise Superseded(
                f"turn {number} at {_JOB}",
                f"cannot begin, since {tree.machine} has published meanwhile",
                "nothing is to be mended: what is left is done by the next",
            )
        site = tree.site or secrets.token_hex(8)
        if not tree.site:
            _remember(tx, Tree(site))
    return Begun(Turn(store, _JOB, number), Claim(Sign(site, number), sign, tree.machine))


def stand(tx: Transaction, press: Press, begun: Begun) -> None:
    """Remember that the folder to which something was published just now is the one that holds the tree."""
    sign = begun.claim.sign
    _remember(tx, Tree(sign.site, sign.turn, press.machine))


def ask(store: Store, press: Press, found: Found, now: datetime) -> ConfigurationError:
    """Ask whoever has the tree for its place, and return why this machine may not publish until then."""
    if found.ground is Ground.ELSEWHERE and found.tree.asked is None:
        with store.transaction() as tx:
            _remember(tx, replace(_locked(tx), asked=now))
    return _why_not(press, found)


def answer(store: Store, found: Found) -> None:
    """Tell another machine, if any asks for the place of this one, which has the tree, that it is still here."""
    if found.tree.asked is not None:
        with store.transaction() as tx:
            _remember(tx, replace(_locked(tx), asked=None))


def doubt(tx: Transaction) -> None:
    """Let the next publish, on whatever machine, take its folder for the one, whatever that holds."""
    _remember(tx, Tree(_locked(tx).site))


def _locked(tx: Transaction) -> Tree:
    return _tree(tx.facts.locked(_FACT))


def _tree(fact: str) -> Tree:
    if not fact:
        return Tree("")
    site, turn, machine, asked = json.loads(fact)
    return Tree(site, turn, machine, datetime.fromisoformat(asked) if asked else None)


def _remember(tx: Transaction, tree: Tree) -> None:
    asked = tree.asked.isoformat() if tree.asked else None
    tx.facts.remember(_FACT, json.dumps([tree.site, tree.turn, tree.machine, asked]))


def _why_not(press: Press, found: Found) -> ConfigurationError:
    minutes = int(trees.ANSWERS_WITHIN.total_seconds() / 60)
    here = "or give it this one by `feeder publish --all` here"
    if found.ground is Ground.FOREIGN:
        rule, mend = "holds the tree of another site", f"let each site have a folder of its own, {here}"
    else:
        rule = f"is not the folder to which {found.tree.machine} has published this site"
        mend = (
            "let publish.folder be one folder that all machines share, or let one machine alone publish;"
            f" this one takes over when the other does not answer for {minutes} minutes, {here}"
        )
    return ConfigurationError(f"publish.folder = {press.folder.root}", rule, mend)
