"""A source: a folder of Markdown files, one item each, with the pictures that they show."""

import os
import re
import stat
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from feeder.errors import DraftRefused, FeederError, SourceError
from feeder.markup import html, markdown, text, urls
from feeder.model import settings
from feeder.model.items import Draft, Kind, NotModified, Picture, Reading
from feeder.sources import frontmatter, substance
from feeder.sources.frontmatter import Fields
from feeder.sources.pictures import Album

MAX_BYTES = 2_000_000
# Counted up when the same files give other drafts than before.
FORMAT = 1

_SUFFIXES = {".md", ".markdown"}
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_KEY_LINE = re.compile(r"^key:(.+)$", re.MULTILINE)
_PICTURE_KEYS = {"src", "alt", "caption", "credit"}


@dataclass(frozen=True, slots=True)
class _Taken:
    """One file that became a draft, and what was wrong with its pictures."""

    path: str
    draft: Draft
    refused: tuple[DraftRefused, ...]


@dataclass(frozen=True, slots=True)
class _Broken:
    """One file that is no item now, and all keys by which the store may know it."""

    keys: frozenset[str]
    refused: DraftRefused


class MarkdownFolder:
    """Reads `*.md` and `*.markdown`, also in folders within; no hidden files and folders, no README.

    An item's key is its path without suffix, or what the file says. Every reading is complete.
    """

    def __init__(self, folder: settings.Folder, site: settings.Site) -> None:
        self.name = folder.name
        self._path = folder.path
        self._site = site
        self._zone = ZoneInfo(site.zone)

    def read(self, state: Mapping[str, Any]) -> Reading | NotModified:
        """Read all files, or say that none has changed since a reading that refused nothing.

        Raises: SourceError, when the folder is not there or cannot be listed.
        """
        root, files = _list(self._path)
        signature = self._signature(root, files)
        if state.get("signature") == signature:
            return NotModified()
        known: Mapping[str, str] = state.get("keys", {})
        paths = [path for path in sorted(files) if _is_item(Path(path))]
        results = _without_doubles([self._take(root, path, known) for path in paths])
        return _reading(results, signature, known)

    def _signature(self, root: Path, files: Mapping[str, tuple[int, int]]) -> str:
        """Return a digest of all that shapes the drafts: files, where they lie, and settings."""
        site = self._site
        shape = (
            FORMAT,
            str(root),
            site.public_url,
            site.language,
            site.zone,
            site.author,
            sorted(files.items()),
        )
        return blake2b(repr(shape).encode(), digest_size=16).hexdigest()

    def _take(self, root: Path, path: str, known: Mapping[str, str]) -> _Taken | _Broken:
        shown = text.scrub(path)
        file = root / path
        try:
            fields, body = frontmatter.split(shown, _content(shown, root, file))
            album = Album(shown, root, file.parent, self._site.public_url)
            draft = self._draft(Fields(shown, fields, self._zone), body, album)
        except DraftRefused as refusal:
            keys = {_path_key(path), known.get(shown), _said_key(file)}
            return _Broken(frozenset(key for key in keys if key), refusal)
        return _Taken(shown, draft, tuple(album.refused))

    def _draft(self, fields: Fields, body: str, album: Album) -> Draft:
        fields.check_keys()
        kind = _kind(fields)
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
            language=_language(fields) or self._site.language,
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
        )

    def _rendered(self, written: str, album: Album) -> str:
        return html.sanitize(markdown.to_html(written), self._site.public_url, album.address).strip()


def _list(folder: Path) -> tuple[Path, dict[str, tuple[int, int]]]:
    """Return the folder's real path, and all files in it with their time and size.

    A link that leads nowhere is listed with neither, so that its item is refused and not gone.
    """
    files: dict[str, tuple[int, int]] = {}
    try:
        root = folder.resolve(strict=True)
        for parent, folders, names in os.walk(root, onerror=_unreadable):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in names:
                file = Path(parent, name)
                if not name.startswith(".") and (about := _time_and_size(file)):
                    files[file.relative_to(root).as_posix()] = about
    except (OSError, RuntimeError) as error:
        raise SourceError(
            str(folder), f"the folder cannot be read ({_reason(error)})", "mend its path or its rights"
        ) from error
    return root, files


def _unreadable(error: OSError) -> None:
    # A part that cannot be listed must not look like a part that is gone.
    raise error


def _time_and_size(file: Path) -> tuple[int, int] | None:
    try:
        about = file.stat()
    except OSError:
        return (0, 0)
    return (about.st_mtime_ns, about.st_size) if stat.S_ISREG(about.st_mode) else None


def _content(thing: str, root: Path, file: Path) -> str:
    """Return the scrubbed text of a file.

    Raises: DraftRefused, when it is elsewhere, too large, not to be read, or not UTF-8.
    """
    try:
        if not file.resolve(strict=True).is_relative_to(root):
            raise DraftRefused(thing, "is a link that leads out of the folder", "copy the file itself")
        if file.stat().st_size > MAX_BYTES:
            raise DraftRefused(thing, f"is over {MAX_BYTES // 1_000_000} MB", "shorten it")
        return text.scrub(file.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise DraftRefused(thing, f"is not UTF-8 (byte {error.start})", "save it in UTF-8") from error
    except (OSError, RuntimeError) as error:
        raise DraftRefused(thing, f"cannot be read ({_reason(error)})", "let feeder read it") from error


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _said_key(file: Path) -> str | None:
    """Return the key that a broken file seems to give itself."""
    try:
        with file.open("rb") as opened:
            start = opened.read(frontmatter.MAX_CHARACTERS).decode("utf-8", "replace")
    except OSError:
        return None
    said = _KEY_LINE.search(text.scrub(start))
    return text.line(said[1].strip().strip("\"'")) or None if said else None


def _is_item(path: Path) -> bool:
    # A README explains its folder.
    return path.suffix.lower() in _SUFFIXES and path.stem.lower() != "readme"


def _path_key(path: str) -> str:
    return text.scrub(Path(path).with_suffix("").as_posix())


def _kind(fields: Fields) -> Kind:
    written = fields.line("kind") or Kind.PIECE
    try:
        return Kind(written)
    except ValueError as error:
        raise fields.refused("kind", f"“{written}” is no kind", "write piece or appearance") from error


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


def _language(fields: Fields) -> str:
    written = fields.line("language")
    if written and not _LANGUAGE.fullmatch(written):
        raise fields.refused("language", f"“{written}” is no language tag", "write en, de-CH or zh-Hans")
    return written


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


def _without_doubles(results: list[_Taken | _Broken]) -> list[_Taken | _Broken]:
    """Refuse every file whose key another file has too."""
    by_key: dict[str, list[str]] = defaultdict(list)
    for result in results:
        if isinstance(result, _Taken):
            by_key[result.draft.key].append(result.path)
    return [_refused_if_double(result, by_key) for result in results]


def _refused_if_double(result: _Taken | _Broken, by_key: Mapping[str, list[str]]) -> _Taken | _Broken:
    if isinstance(result, _Broken) or len(by_key[result.draft.key]) == 1:
        return result
    key = result.draft.key
    others = ", ".join(path for path in by_key[key] if path != result.path)
    refusal = DraftRefused(result.path, f"has the key “{key}”, as has {others}", "give each a key of its own")
    return _Broken(frozenset({key}), refusal)


def _reading(results: list[_Taken | _Broken], signature: str, known: Mapping[str, str]) -> Reading:
    taken = [result for result in results if isinstance(result, _Taken)]
    broken = [result for result in results if isinstance(result, _Broken)]
    refused: list[FeederError] = [each.refused for each in broken]
    refused += [refusal for each in taken for refusal in each.refused]
    present = frozenset(key for each in broken for key in each.keys)
    kept = {path: key for path, key in known.items() if key in present}
    return Reading(
        drafts=tuple(each.draft for each in taken),
        complete=True,
        present=present - {each.draft.key for each in taken},
        refused=tuple(refused),
        state={
            "keys": kept | {each.path: each.draft.key for each in taken},
            "signature": "" if refused else signature,
        },
    )
