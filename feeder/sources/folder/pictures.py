"""Pictures that lie in a folder beside the texts that show them."""

import os
from hashlib import blake2b
from pathlib import Path
from urllib.parse import unquote, urlsplit

from feeder.errors import DraftRefused
from feeder.markup import text, urls
from feeder.model.items import Picture

MAX_BYTES = 20_000_000

_JPEG = (b"\xff\xd8\xff",)
_FIRST_BYTES: dict[str, tuple[bytes, ...]] = {
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".gif": (b"GIF87a", b"GIF89a"),
    ".webp": (b"RIFF",),
    ".avif": (b"ftypavif", b"ftypavis", b"ftypmif1"),
}
# WebP says so at byte 8, after "RIFF" and a length; AVIF's brand follows a length of four bytes.
_OFFSETS = {".avif": 4}


class Album:
    """The pictures of one text: those that were found, and what was wrong with the others.

    `thing` names the text; it lies in `folder`, and its pictures below `root`, a real path.
    `asked` are the paths below `root` of all pictures that were asked for, there or not.
    """

    def __init__(self, thing: str, root: Path, folder: Path, public_url: str) -> None:
        self.refused: list[DraftRefused] = []
        self.asked: list[str] = []
        self._root = root
        self._folder = folder
        self._thing = thing
        self._public_url = public_url
        self._found: dict[str, Picture] = {}

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """All that were found, in the order in which they were asked for."""
        return tuple(self._found.values())

    def find(self, path: str) -> Picture | None:
        """Return the picture at a path relative to the text; None, and one more refusal, if it is bad."""
        asked = text.scrub(os.path.normpath(self._folder.relative_to(self._root) / path))
        if asked not in self.asked:
            self.asked.append(asked)
        try:
            picture = _picture(f"{self._thing}: {path}", self._root, self._folder / path)
        except DraftRefused as refusal:
            if str(refusal) not in map(str, self.refused):
                self.refused.append(refusal)
            return None
        return self._found.setdefault(picture.src, picture)

    def address(self, src: str) -> str | None:
        """Return the public address of a relative picture in the text; empty if there is no good picture.

        None for an address from the site's root on, which is no file of the folder.
        """
        path = unquote(urlsplit(src).path)
        if not path or path.startswith("/"):
            return None
        picture = self.find(path)
        return urls.absolute(self._public_url, picture.src) if picture else ""


def _picture(thing: str, root: Path, path: Path) -> Picture:
    """Check the file, and name it for its bytes.

    Raises: DraftRefused, when it is not there, lies elsewhere, is too large, or is no picture.
    """
    file = _inside(thing, root, path)
    content = _content(thing, file)
    suffix = file.suffix.lower()
    offset = _OFFSETS.get(suffix, 0)
    if not content.startswith(_FIRST_BYTES.get(suffix, ()), offset) or _is_other_riff(suffix, content):
        rule = f"is not a picture of the kind {suffix or 'that its name should tell'}"
        raise DraftRefused(thing, rule, "use png, jpg, gif, webp or avif, named for what it is")
    digest = blake2b(content, digest_size=4).hexdigest()
    return Picture(src=f"media/{urls.slug(file.stem)}-{digest}{suffix}", file=file)


def _inside(thing: str, root: Path, path: Path) -> Path:
    try:
        file = path.resolve(strict=True)
    except (OSError, ValueError, RuntimeError) as error:
        raise DraftRefused(thing, "the picture is not there", "add the file, or mend its name") from error
    if not file.is_relative_to(root):
        raise DraftRefused(thing, "the picture lies outside the folder", "copy it into the folder")
    return file


def _content(thing: str, file: Path) -> bytes:
    try:
        if not file.is_file():
            raise DraftRefused(thing, "the picture is no file", "name a file")
        with file.open("rb") as opened:
            if os.fstat(opened.fileno()).st_size > MAX_BYTES:
                raise DraftRefused(
                    thing, f"the picture is over {MAX_BYTES // 1_000_000} MB", "make it smaller"
                )
            return opened.read(MAX_BYTES)
    except OSError as error:
        raise DraftRefused(
            thing, f"the picture cannot be read ({error.strerror})", "let feeder read it"
        ) from error


def _is_other_riff(suffix: str, content: bytes) -> bool:
    return suffix == ".webp" and content[8:12] != b"WEBP"
