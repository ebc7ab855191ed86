"""A site with readers at every point of their way, and all its pages: what tests that look at pages walk through."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote

from tests.browser_rig import Fields, letter, letters, link, send_form
from tests.conftest import Site, at_free_port, new_site, piece, running, until

WORDS = {
    "en": ("Spans & Arches", "A toll for a song", "bridges", "Harbour Times", "Ada Fjordman"),
    "de": (
        "Brücken & Bögen",
        "Die Donaudampfschifffahrtsgesellschaft und ihre Eisenbahnbrückenbauwerksverantwortlichen",
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
        "Hafenblatt",
        "Ada Fjordman",
    ),
    "zh-Hans": ("桥与拱", "为什么老桥会唱歌", "桥梁", "港口时报", "林桥"),
    "ar": ("جسور وأقواس", "لماذا تغني الجسور القديمة", "جسور", "جريدة الميناء", "آدا فيوردمان"),
}
"""Of a site in a language: its title, the title of a piece, a subject, an outlet, an author."""

BUSY = "203.0.113.200"
"""A network from which too much is asked."""


@dataclass(frozen=True, slots=True)
class Place:
    """A page: its path, what is filled into the form that leads to it, and the status of the answer."""

    path: str
    form: Fields | None = None
    status: int = 200
    network: str = ""


class Town:
    """A site that runs, with readers at every point of their way."""

    def __init__(self, site: Site, address: str) -> None:
        self.site = site
        self.address = address
        self._networks = 0
        self.reader: str = self.join("reader@example.org")
        site.write("new.md", piece("7 – 8 – 9", "tags: [new]"))
        assert until((site.public / "tag" / "new").exists, 20)
        self.send(self.reader, CHOSEN)
        letter(site, "reader@example.org", "/undo/")
        self.late: str = self.join("late@example.org")
        self.asked: str = self.ask("asked@example.org")
        for _ in range(20):
            send_form(f"{address}subscribe", {"address": "asked@example.org"}, BUSY)

    def network(self) -> str:
        """Return a network from which nobody has asked yet."""
        self._networks += 1
        return f"198.18.{self._networks // 250}.{self._networks % 250}"

    def ask(self, address: str) -> str:
        """Ask for mail, and return the path of the page with the button."""
        self.send("subscribe", {"address": address})
        return self.path(letter(self.site, address), "confirm")

    def join(self, address: str) -> str:
        """Become a reader, and return the path of the page for choosing."""
        (path,) = re.findall(r"preferences/[\w-]+", self.send(self.ask(address), {}))
        return str(path)

    def account(self, address: str) -> str:
        """Become a reader, ask for one's account, and return its path."""
        self.send(self.join(address), {"do": "account"})
        return self.path(letter(self.site, address, "/account/"), "account")

    def move(self, account: str, address: str) -> str:
        """Ask for another address, and return the path of the page with the button."""
        before = letters(self.site, address)
        self.send(account, {"do": "move", "address": address})
        return self.path(letter(self.site, address, "/confirm/", before), "confirm")

    def leaving(self) -> str:
        mail = letter(self.site, "reader@example.org", "/unsubscribe/")
        return self.path(mail, "unsubscribe")

    def changed(self) -> str:
        """Change something, and return the path of the page that undoes it."""
        self.send(self.reader, CHOSEN)
        return self.path(letter(self.site, "reader@example.org", "/undo/"), "undo")

    def every_mail(self) -> list[EmailMessage]:
        """Have a mail of every kind sent, and return them: a digest, and six kinds of letters."""
        site, old, new = self.site, "old-address@example.org", "new-address@example.org"
        account = self.account(old)
        asked, told = letter(site, old, "/confirm/"), letter(site, old, "/account/")
        self.send("subscribe", {"address": old})
        known = letter(site, old, before=[asked, told])
        move = self.move(account, new)
        self.send(move, {})
        moved = letter(site, old, before=[asked, told, known])
        self.changed()
        changed = letter(site, "reader@example.org", "/undo/")
        return [letter(site, "old@example.org"), asked, known, letter(site, new), moved, told, changed]

    def send(self, path: str, form: Fields) -> str:
        return send_form(self.address + path, form, self.network())

    def path(self, mail: EmailMessage, page: str) -> str:
        return link(mail, page).removeprefix(self.address)

    def tree(self, folder: str) -> str:
        """Return the first page below a folder of the tree, other than those with dull names."""
        names = sorted(found.name for found in (self.site.public / folder).iterdir())
        return f"{folder}/{quote(next(name for name in names if not name.startswith(('tag-', 'new'))))}/"


CHOSEN = [
    ("do", "save"),
    ("scope", "all"),
    ("kind", "piece"),
    ("kind", "appearance"),
    ("digest", "daily"),
    ("hour", str((datetime.now(UTC).hour + 3) % 24)),  # no issue goes out meanwhile
]

PLACES: dict[str, Callable[[Town], Place]] = {
    "home": lambda _: Place(""),
    "tag": lambda town: Place(town.tree("tag")),
    "outlet": lambda town: Place(town.tree("outlet")),
    "author": lambda town: Place(town.tree("author")),
    "pieces": lambda _: Place("kind/pieces/"),
    "appearances": lambda _: Place("kind/appearances/"),
    "selection": lambda _: Place("feed/water/"),
    "older": lambda _: Place("page/1/"),
    "piece": lambda town: Place(town.tree("item")),
    "subscribe": lambda town: Place(f"subscribe?tag={Path(town.tree('tag')).name}"),
    "subscribe, a typo": lambda _: Place("subscribe", {"address": "ada@gmial.com"}),
    "subscribe, no address": lambda _: Place("subscribe", {"address": "ada at home"}, 422),
    "subscribe, too quick": lambda _: Place("subscribe", {"address": "ada@example.org", "at": "x"}),
    "asked": lambda _: Place("subscribe", {"address": "reader@example.org"}),
    "too often": lambda _: Place("subscribe", {"address": "ada@example.org"}, 429, BUSY),
    "confirm": lambda town: Place(town.asked),
    "confirmed": lambda town: Place(town.ask("new@example.org"), {}),
    "lapsed": lambda _: Place("confirm/nothing", status=410),
    "preferences": lambda town: Place(town.reader),
    "preferences, found": lambda town: Place(town.reader, {"do": "find", "scope": "some", "search": "1"}),
    "preferences, trouble": lambda town: Place(town.reader, {"do": "save", "scope": "some"}, 422),
    "preferences, same": lambda town: Place(town.late, [*CHOSEN[:4], ("digest", "weekly")]),
    "preferences, saved": lambda town: Place(town.reader, [*CHOSEN, ("never", "tag-1")]),
    "preview": lambda town: Place(f"{town.reader}/preview"),
    "nothing new": lambda town: Place(f"{town.late}/preview"),
    "undo": lambda town: Place(town.changed()),
    "undone": lambda town: Place(town.changed(), {}),
    "account, asked": lambda town: Place(town.reader, {"do": "account"}),
    "account": lambda town: Place(town.account("a@example.org")),
    "account, no address": lambda town: Place(
        town.account("b@example.org"), {"do": "move", "address": "b"}, 422
    ),
    "account, not sure": lambda town: Place(town.account("c@example.org"), {"do": "erase"}),
    "taken": lambda town: Place(town.move(town.account("d@example.org"), "reader@example.org"), {}, 409),
    "move": lambda town: Place(town.move(town.account("e@example.org"), "new-e@example.org")),
    "moved": lambda town: Place(town.move(town.account("f@example.org"), "new-f@example.org"), {}),
    "revoked": lambda town: Place(town.account("g@example.org"), {"do": "revoke"}),
    "erased": lambda town: Place(town.account("h@example.org"), {"do": "erase", "sure": "1"}),
    "unsubscribe": lambda town: Place(town.leaving()),
    "farewell": lambda town: Place(town.leaving(), {}),
    "left": lambda town: Place(town.reader),
}


@contextmanager
def town_in(folder: Path, language: str) -> Iterator[Town]:
    """Found a site that speaks a language, and run it."""
    title, headline, subject, outlet, author = WORDS[language]
    site = at_free_port(new_site(folder / "site"))
    site.settings |= {"FEEDER_SITE__LANGUAGE": language, "FEEDER_SITE__TITLE": title}
    site.settings |= {"FEEDER_SITE__AUTHOR": author, "FEEDER_PUBLISH__ENTRIES": "4"}
    site.settings["FEEDER_SOURCES__CONTENT__EVERY"] = "7d"  # what changes there is seen at once
    site.configure(f'[feeds.water]\ntitle = "{title}"\nany = ["{subject}"]')
    for number in range(8):
        tags = ", ".join([subject, *(f"tag-{each}" for each in range(6 * number, 6 * number + 6))])
        lines = (
            f"outlet: {outlet}",
            f"tags: [{tags}]",
            f"url: https://a.example/{number}",
            f"note: {headline}",
        )
        site.write(f"{number}.md", piece(headline, *lines, body=f"## {headline}\n\n{headline}. {headline}."))
    site.write("radio.md", piece(headline, "kind: appearance", "role: interviewed", f"outlet: {outlet}"))
    site.done("subscriber", "add", "old@example.org", "--welcome", "8")
    site.done("once")
    with running(site) as service:
        yield Town(site, service.address)
