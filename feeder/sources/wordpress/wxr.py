"""A source for once: the export file of a WordPress (WXR).

It holds drafts, private posts, passwords, and what commenters left; only published posts are taken.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from lxml import etree

from feeder.errors import DraftRefused, SourceError
from feeder.markup import html, languages, text, urls
from feeder.model.items import Draft, Picture
from feeder.sources.wordpress import drafts
from feeder.sources.wordpress.drafts import Blog, Post

MAX_BYTES = 1_000_000_000

_WP = re.compile(r"http://wordpress\.org/export/1\.\d/")
_PREFIXES = {
    "http://purl.org/dc/elements/1.1/": "dc:",
    "http://purl.org/rss/1.0/modules/content/": "content:",
}
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r"))
_HEAD_BYTES = 65_536
_TAIL_BYTES = 1_024
_DOCTYPE = re.compile(rb"\xef?\xbb?\xbf?(?>\s+|<\?(?>.*?\?>)|<!--(?>.*?-->))*+<!DOCTYPE", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Export:
    """What an export says of its blog.

    `posts` counts those that are published, without a password.
    `mended` counts control characters, which WordPress writes and XML forbids; they are left out.
    """

    title: str
    posts: int
    mended: int
    blog: Blog = field(repr=False)

    @property
    def language(self) -> str:
        """The blog's language tag; empty if the export tells none."""
        return self.blog.language

    @property
    def address(self) -> str:
        """The blog's own address."""
        return self.blog.address


def inspect(path: Path) -> Export:
    """Read the whole file once, in little memory, and prove that all of it can be imported.

    Raises: SourceError, when it is not there, too large, cut off, no XML or no export, or
    declares a document type.
    """
    survey = _Survey(path)
    try:
        with path.open("rb") as opened:
            _check_start(path, opened)
            file = _WithoutControls(opened)
            for part in _parts(path, file):
                survey.add(part)
    except OSError as error:
        raise SourceError(
            str(path), f"cannot be read ({error.strerror})", "check its name and rights"
        ) from error
    except etree.XMLSyntaxError as error:
        raise _ill_formed(path, error, survey) from error
    return survey.export(file.removed)


def read(path: Path) -> Iterator[Draft | DraftRefused]:
    """Tell the published posts in the order of the file, once `inspect` has found all of it sound.

    Raises: SourceError, before the first post, as `inspect` does.
    """
    blog = inspect(path).blog
    keys: set[str] = set()
    with path.open("rb") as opened:
        for part in _parts(path, _WithoutControls(opened)):
            if part.is_published:
                yield _first(path, part, _draft(path, blog, part), keys)


def _first(path: Path, post: Post, found: Draft | DraftRefused, keys: set[str]) -> Draft | DraftRefused:
    """Refuse a post whose guid another one has had before it."""
    if isinstance(found, DraftRefused) or found.key not in keys:
        keys.add(found.key if isinstance(found, Draft) else "")
        return found
    return DraftRefused(
        f"{path.name}, {_named(post)}", f"has the guid {found.key}, as has another post", "export it anew"
    )


def _draft(path: Path, blog: Blog, post: Post) -> Draft | DraftRefused:
    try:
        return drafts.draft(f"{path.name}, {_named(post)}", blog, post)
    except DraftRefused as refusal:
        return refusal


class _WithoutControls:
    """A file without the control characters that XML forbids. Line numbers stay as they are."""

    def __init__(self, file: BinaryIO) -> None:
        self.removed = 0
        self._file = file

    def read(self, size: int = -1) -> bytes:
        """Return some bytes; none only at the end."""
        while written := self._file.read(size):
            kept = written.translate(None, _CONTROLS)
            self.removed += len(written) - len(kept)
            if kept:
                return kept
        return b""


@dataclass(slots=True)
class _Survey:
    """What the first pass gathers."""

    path: Path
    texts: dict[str, str] = field(default_factory=dict)
    authors: dict[str, str] = field(default_factory=dict)
    attachments: dict[str, Picture] = field(default_factory=dict)
    posts: int = 0
    last: Post | None = None

    def add(self, part: Post) -> None:
        """Take from one child of the channel what later passes need."""
        if part.name == "item":
            self.last = part
            self.posts += part.is_published
            if part.text("wp:attachment_url"):
                self.attachments[part.text("wp:post_id")] = _attachment(part)
        elif part.name == "wp:author":
            self.authors[part.text("wp:author_login")] = text.line(part.text("wp:author_display_name"))
        else:
            self.texts.setdefault(part.name, part.text(""))

    def export(self, mended: int) -> Export:
        """Return what was gathered.

        Raises: SourceError, when this is another kind of RSS, or tells no address.
        """
        if not self.texts.get("wp:wxr_version"):
            raise _no_export(self.path)
        address = self.texts.get("wp:base_blog_url") or self.texts.get("link", "")
        if not urls.is_web(address):
            rule = "does not tell the blog's address"
            raise SourceError(str(self.path), rule, "export it anew with Tools, Export")
        blog = Blog(address, languages.tag(self.texts.get("language", "")), self.authors, self.attachments)
        return Export(text.line(html.to_text(self.texts.get("title", ""))), self.posts, mended, blog)


def _parts(path: Path, file: _WithoutControls) -> Iterator[Post]:
    """Yield each child of the channel when it is complete, and forget it."""
    depth = 0
    for event, element in etree.iterparse(
        file,
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
    ):
        depth += 1 if event == "start" else -1
        if event == "start" and depth == 1:
            _check_root(path, element)
        elif event == "end" and depth == 2:  # noqa: PLR2004 - rss, channel
            yield _part(element)
            element.clear()
            _forget_siblings(element)


def _forget_siblings(element: etree._Element) -> None:
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _part(element: etree._Element) -> Post:
    texts = {"": (element.text or "").strip()}
    meta: dict[str, str] = {}
    tags: list[str] = []
    for child in element:
        name = _name(child)
        if name == "wp:postmeta":
            values = {_name(each): each.text or "" for each in child}
            meta[values.get("wp:meta_key", "")] = values.get("wp:meta_value", "")
        elif name == "category" and child.get("domain") == "post_tag":
            tags.append(child.text or "")
        else:
            texts.setdefault(name, child.text or "")
    return Post(_name(element), element.sourceline or 0, texts, meta, tuple(tags))


def _name(element: etree._Element) -> str:
    """Return the name with the prefix that WordPress gives its namespace."""
    # A prefix that is declared nowhere stays in the name, which `QName` would refuse.
    namespace, _, name = str(element.tag).rpartition("}")
    namespace = namespace.removeprefix("{")
    if found := _WP.match(namespace):
        return f"{'excerpt' if namespace[found.end() :] else 'wp'}:{name}"
    return _PREFIXES.get(namespace, f"{{{namespace}}}" if namespace else "") + name


def _attachment(part: Post) -> Picture:
    return Picture(
        src=part.text("wp:attachment_url").strip(),
        alt=text.line(part.meta.get("_wp_attachment_image_alt", "")),
        caption=text.line(html.to_text(part.text("excerpt:encoded"))),
    )


def _check_start(path: Path, file: BinaryIO) -> None:
    """Refuse what must not reach the parser, and go back to the beginning."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise SourceError(str(path), f"is over {MAX_BYTES // 1_000_000} MB", "export it in parts, by year")
    if _DOCTYPE.match(file.read(_HEAD_BYTES)):
        raise _has_doctype(path)
    file.seek(0)


def _check_root(path: Path, root: etree._Element) -> None:
    if root.getroottree().docinfo.doctype:
        raise _has_doctype(path)
    if root.tag != "rss" or not any(map(_WP.fullmatch, root.nsmap.values())):
        raise _no_export(path)


def _has_doctype(path: Path) -> SourceError:
    return SourceError(str(path), "declares a document type, as no export does", "export it anew")


def _no_export(path: Path) -> SourceError:
    return SourceError(str(path), "is no export of WordPress", "make one with Tools, Export in WordPress")


def _ill_formed(path: Path, error: etree.XMLSyntaxError, survey: _Survey) -> SourceError:
    where = f"at line {error.lineno}"
    if not survey.texts:
        return SourceError(str(path), f"is no XML ({where})", "give the file that WordPress made")
    after = f", after {_named(survey.last)}" if survey.last else ""
    if _is_cut_off(path):
        return SourceError(str(path), f"is cut off {where}{after}", "download it again, to its end")
    return SourceError(
        str(path), f"is ill-formed {where}{after} ({error.msg})", "export it anew, or mend that line"
    )


def _is_cut_off(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        return not file.read().rstrip().endswith(b"</rss>")


def _named(post: Post) -> str:
    title = text.line(html.to_text(post.text("title")))
    return f"post “{title or post.text('guid')}” (line {post.line})"
