"""Which folder holds the published tree: what a folder says of itself, held against what the store knows.

Several machines may publish one site, if their `publish.folder` is one folder that they share. The
store knows who published last, by which turn, and the folder says who wrote there last.

- It is the tree's folder when the site wrote there at that turn, or later: then only changes are written.
- It is not when it is new, was emptied, or holds an older state. The machine that published last
  makes everything anew there. Any other leaves the work for a while to that one, which may well have
  the tree's folder, and says so; when it does not answer, it is taken for gone.
- A folder into which another site has published is never taken without a person's word.

So whoever deletes or moves the folder of a site on one machine needs to do nothing, and of several
machines with folders of their own one alone goes on publishing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

ANSWERS_WITHIN = timedelta(minutes=10)
"""How long the machine that published last has to answer another one that asks for its place."""


@dataclass(frozen=True, slots=True)
class Sign:
    """What a folder says: whose tree it holds, and by which turn it was last written to."""

    site: str
    turn: int


@dataclass(frozen=True, slots=True)
class Tree:
    """What the store knows: by which turn the site was last published, 0 for never, and by which machine.

    `site` is what folders call it; `asked` is since when another machine asks for the place of that one.
    """

    site: str
    turn: int = 0
    machine: str = ""
    asked: datetime | None = None


class Ground(Enum):
    """What a folder is to a machine that wants to publish there."""

    TREE = "it holds the tree"
    NEW = "everything is to be made anew there"
    ELSEWHERE = "another machine has the tree in another folder"
    FOREIGN = "it holds the tree of another site"


def judge(tree: Tree, sign: Sign | None, machine: str, now: datetime) -> Ground:
    """Return what the folder that says `sign`, None for nothing, is to a machine."""
    if not tree.turn:
        return Ground.NEW
    if sign and sign.site != tree.site:
        return Ground.FOREIGN
    if sign and sign.turn >= tree.turn:
        return Ground.TREE
    is_gone = tree.asked is not None and now - tree.asked >= ANSWERS_WITHIN
    return Ground.NEW if tree.machine == machine or is_gone else Ground.ELSEWHERE
