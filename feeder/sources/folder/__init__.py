"""A source: a folder of Markdown files, one item each, with the pictures that they show.

    listings    which files there are, and what shows that one has changed
    pictures    those that lie beside the texts
    watching    what changes is told at once

What files say is read by `frontmatter`, whose rules hold for rows and command lines, too.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from feeder.errors import DraftRefused
from feeder.markup import html, markdown, text, urls
from feeder.model import settings
from feeder.model.items import (
    Broken,
    Draft,
    Kind,
    Mark,
    NotModified,
    Past,
    Picture,
    Reading,
    Told,
    Unchanged,
)
from feeder.sources import frontmatter, substance
from feeder.sources.folder import listings
from feeder.sources.folder.listings import Listing
from feeder.sources.folder.pictures import Album
from feeder.sources.frontmatter import Fields

MAX_BYTES = 2_000_000
# Counted up when the same files give other drafts than before.
FORMAT = 1

_KEY_LINE = re.compile(r"^key:(.+)$", re.MULTILINE)
_PICTURE_KEYS = {"src", "alt", "caption", "credit"}


class MarkdownFolder:
    """Reads `*.md` and `*.markdown`, also in folders within; no hidden files and folders, no README.

    An item's key is its path without suffix, or what the file says; its version are the times and
    sizes of the file and of its pictures, so that only what has changed is opened.
    """

    def __init__(self, folder: settings.Folder, site: settings.Site) -> None:
        self.name = folder.name
        self.path = folder.path
        self._site = site
        self._zone = ZoneInfo(site.zone)

    def read(self, past: Past) -> Reading | NotModified:
        """Read the files that have changed, or say that none has since a reading that refused nothing.

        Raises: SourceError, when the folder is not there or cannot be listed.
        """
        listing = listings.whole(self.path, self._shape())
        signature = listing.signature()
        if past.state.get("signature") == signature:
            return NotModified()
        marks = past.marks()
        return Reading(
            told=self._told(listing, marks),
            complete=True,
            state={"signature": signature, "shape": listing.shape},
            # A file that gives itself a key is known by that, wherever it lies.
            missing=frozenset(
                mark.key
                for place, mark in marks.items()
                if place not in listing.stamps and mark.key == _path_key(place)
            ),
        )

    def at(self, paths: Iterable[Path]) -> "Glance":
        """Return a source that reads only these files, where that is enough, or else the whole folder."""
        return Glance(self, frozenset(paths))

    def glance(self, past: Past, paths: Iterable[Path]) -> Reading | NotModified:
        """Read the files at `paths`, without listing the folder, if no other item is concerned.

        Raises: SourceError.
        """
        listing = listings.part(self.path, paths, self._shape())
        if listing is None or past.state.get("shape") != listing.shape:
            return self.read(past)
        marks = past.marks_at(list(listing.stamps))
        told = list(self._told(listing, marks))
        if any(_is_elsewhere(each, marks, past) for each in told):
            return self.read(past)
        # Without the signature: the folder may become again what it was before these changes.
        return Reading(told, complete=False, state={"shape": listing.shape})

    def _shape(self) -> str:
        """Tell all that shapes drafts beside the files."""
        site = self._site
        return repr((FORMAT, site.public_url, site.language, site.zone, site.author))

    def _told(self, listing: Listing, marks: Mapping[str, Mark]) -> Iterator[Told]:
        """Tell what stands in files; those that give themselves a key come last, when all others are known."""
        owners: dict[str, str] = {}
        changed = []
        for path in listing.items:
            shown = text.scrub(path)
            mark = marks.get(shown)
            if mark and listing.is_version(mark.version):
                owners[mark.key] = shown
                yield Unchanged(mark.key)
            else:
                changed.append((mark is None, shown, path))
        named: list[tuple[Draft, Sequence[Told]]] = []
        for _, shown, path in sorted(changed):
            told, *more = self._take(listing, shown, path, marks.get(shown))
            if isinstance(told, Draft) and told.key != _path_key(shown):
                named.append((told, more))
            else:
                yield from _owned(told, more, owners)
        # What the store knows by its key has it still; of several strangers, nobody can tell whose it is.
        claims: dict[str, list[str]] = defaultdict(list)
        for draft, _ in named:
            claims[draft.key].append(draft.place)
        for draft, broken in sorted(named, key=lambda each: not _is_marked(each[0], marks)):
            rivals = [] if _is_marked(draft, marks) else [at for at in claims[draft.key] if at != draft.place]
            yield from _owned(draft, broken, owners, rivals)

    def _take(self, listing: Listing, shown: str, path: str, mark: Mark | None) -> list[Told]:
        """Return the draft of a file, or why there is none, and what is wrong with its pictures."""
        file = listing.root / path
        try:
            fields, body = frontmatter.split(shown, _content(shown, listing.root, file))
            album = Album(shown, listing.root, file.parent, self._site.public_url)
            draft = self._draft(Fields(shown, fields, self._zone), body, album, listing)
        except DraftRefused as refusal:
            keys = {_path_key(shown), mark.key if mark else None, _said_key(file)}
            return [Broken(frozenset(key for key in keys if key), refusal)]
        return [draft, *(Broken(frozenset(), picture) for picture in album.refused)]

    def _draft(self, fields: Fields, body: str, album: Album, listing: Listing) -> Draft:
        fields.check_keys()
        kind = fields.kind()
        title = _title(fields, kind)
        url = fields.web("url")
        lead = _lead_picture(fields, album)
        rendered = self._rendered(body, album)
        note = self._rendered(fields.text("note"), album)
        return Draft(
            key=fields.line("key") or _path_key(fields.thing),
            kind=kind,
            title=title,
            substance=substance(title, body, url),
            url=url,
            outlet=fields.line("outlet") or None,
            published=fields.day_or_moment("published"),
            posted=fields.moment("posted") or fields.moment("date") or fields.moment("published"),
            embargo=fields.moment("embargo"),
            tags=fields.comma_names("tags"),
            authors=fields.names("authors") or ((self._site.author,) if self._site.author else ()),
            language=fields.language() or self._site.language,
            picture=lead,
            pictures=_with_lead(album.pictures, lead),
            note=note,
            standfirst=fields.line("standfirst"),
            summary=fields.text("summary"),
            body=rendered,
            medium=fields.line("medium"),
            role=fields.line("role"),
            topic=fields.line("topic"),
            slug=urls.slug(fields.line("slug")) if fields.line("slug") else "",
            withheld=fields.flag("draft"),
            place=fields.thing,
            version=listing.version([fields.thing, *album.asked]),
        )

    def _rendered(self, written: str, album: Album) -> str:
        return html.sanitize(markdown.to_html(written), self._site.public_url, album.address).strip()


@dataclass(frozen=True, slots=True)
class Glance:
    """A folder of which only some files are looked at."""

    folder: MarkdownFolder
    paths: frozenset[Path]

    @property
    def name(self) -> str:
        """The name of the source."""
        return self.folder.name

    def read(self, past: Past) -> Reading | NotModified:
        """Read these files; see `MarkdownFolder.glance`."""
        return self.folder.glance(past, self.paths)


def _is_elsewhere(told: Told, marks: Mapping[str, Mark], past: Past) -> bool:
    """Tell whether an item could concern another file: one that has pictures, or was there or elsewhere before.

    A new file is looked for elsewhere only where an item has its key or its title: it may have been moved.
    """
    if not isinstance(told, Draft):
        return isinstance(told, Broken)
    if len(listings.paths(told.version)) > 1:
        return True
    if told.place in marks:
        return marks[told.place].key != told.key
    return told.key != _path_key(told.place) or past.has(told.key, told.title)


def _is_marked(draft: Draft, marks: Mapping[str, Mark]) -> bool:
    return draft.place in marks and marks[draft.place].key == draft.key


def _owned(
    told: Told, broken: Sequence[Told], owners: dict[str, str], others: Sequence[str] = ()
) -> Iterator[Told]:
    """Tell a draft, unless another file has its key: a copy takes no item from its original."""
    if not isinstance(told, Draft):
        yield told
        return
    owner = ", ".join(others) or owners.setdefault(told.key, told.place)
    if owner != told.place:
        rule = f"has the key “{told.key}”, as has {owner}"
        refusal = DraftRefused(told.place, rule, "give each a key of its own")
        yield Broken(frozenset({told.key, _path_key(told.place)}), refusal)
        return
    yield told
    yield from broken


def _content(thing: str, root: Path, file: Path) -> str:
    """Return the scrubbed text of a file.

    Raises: DraftRefused, when it is elsewhere, too large, not to be read, or not UTF-8.
    """
    try:
        # The folders were walked without following links, so only the file itself can be one.
        if file.is_symlink() and not file.resolve(strict=True).is_relative_to(root):
            raise DraftRefused(thing, "is a link that leads out of the folder", "copy the file itself")
        if file.stat().st_size > MAX_BYTES:
            raise DraftRefused(thing, f"is over {MAX_BYTES // 1_000_000} MB", "shorten it")
        return text.scrub(file.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise DraftRefused(thing, f"is not UTF-8 (byte {error.start})", "save it in UTF-8") from error
    except (OSError, RuntimeError) as error:
        raise DraftRefused(
            thing, f"cannot be read ({listings.reason(error)})", "let feeder read it"
        ) from error


def _said_key(file: Path) -> str | None:
    """Return the key that a broken file seems to give itself."""
    try:
        with file.open("rb") as opened:
            start = opened.read(frontmatter.MAX_CHARACTERS).decode("utf-8", "replace")
    except OSError:
        return None
    said = _KEY_LINE.search(text.scrub(start))
    return text.line(said[1].strip().strip("\"'")) or None if said else None


def _path_key(path: str) -> str:
    return text.scrub(Path(path).with_suffix("").as_posix())


def _title(fields: Fields, kind: Kind) -> str:
    title, outlet, topic = fields.line("title"), fields.line("outlet"), fields.line("topic")
    if title:
        return title
    if kind is Kind.PIECE:
        raise fields.refused("title", "a piece needs one", "write `title: …`")
    if not outlet:
        raise fields.refused(
            "title", "there is none, and no outlet either", "write `outlet: …` or `title: …`"
        )
    return f"{outlet}, on {topic}" if topic else outlet


def _lead_picture(fields: Fields, album: Album) -> Picture | None:
    """Return the picture of `image`, if it is given and good."""
    given = fields.values.get("image")
    about = {"src": given} if isinstance(given, str) else given
    if about is None:
        return None
    if isinstance(about, list) or not about.keys() <= _PICTURE_KEYS or not about.get("src"):
        mend = "write an address, a file, or `src`, `alt`, `caption` and `credit`"
        raise fields.refused("image", "is no picture", mend)
    src = about["src"].strip()
    picture = Picture(src=src) if urls.is_web(src) else album.find(src)
    if picture is None:
        return None
    return replace(
        picture,
        alt=text.line(about.get("alt", "")),
        caption=text.line(about.get("caption", "")) or fields.line("caption"),
        credit=text.line(about.get("credit", "")),
    )


def _with_lead(found: tuple[Picture, ...], lead: Picture | None) -> tuple[Picture, ...]:
    """Return the files that an item shows, the lead picture with its own words."""
    return tuple(lead if lead and picture.src == lead.src else picture for picture in found)
