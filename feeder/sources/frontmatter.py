"""The front matter of a Markdown file: YAML between two lines of three hyphens.

Every scalar is text, as written: `language: no` is Norwegian, and dates are read by the rules below.
"""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

import yaml

from feeder.errors import DraftRefused
from feeder.markup import languages, text, urls
from feeder.model.items import Kind

MAX_CHARACTERS = 64_000
KEYS = (
    "title", "kind", "outlet", "url", "published", "posted", "date", "embargo", "tags", "authors",
    "language", "image", "caption", "note", "standfirst", "summary", "medium", "role", "topic",
    "draft", "key", "slug",
)  # fmt: skip

# A mapping of texts and lists is as deep as front matter goes.
_DEPTH = 3
# Nothing nests deeper than it has marks; with these few, the parser may go down all the way.
_MANY_MARKS = 500
_FENCE = re.compile(r"^---[ \t]*\n", re.MULTILINE)
_LOADER: type[Any] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
D = TypeVar("D", date, datetime)

_FIRST_YEAR, _LAST_YEAR = 1000, 9000
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?) ?(Z|[+-]\d{2}:?\d{2})?", re.ASCII
)
_FLAGS = {"true": True, "yes": True, "false": False, "no": False}

Value: TypeAlias = str | list[str] | dict[str, str]


def split(thing: str, written: str) -> tuple[dict[str, Value], str]:
    """Part a scrubbed file into its front matter and its body.

    Keys without a value are left out.

    Raises: DraftRefused, when `thing` has no front matter that can be read.
    """
    opening = _FENCE.match(written)
    if not opening:
        raise DraftRefused(
            thing, "has no front matter", "begin it with a line ---, `title: …` and a line ---"
        )
    closing = _FENCE.search(written + "\n", opening.end())
    if not closing and len(written) <= MAX_CHARACTERS:
        raise DraftRefused(thing, "its front matter is not closed", "end it with a line of three hyphens")
    if not closing or closing.start() > MAX_CHARACTERS:
        rule = f"its front matter is longer than {MAX_CHARACTERS} characters"
        raise DraftRefused(thing, rule, "close it earlier with a line of three hyphens")
    return _mapping(thing, written[opening.end() : closing.start()]), written[closing.end() :]


@dataclass(frozen=True, slots=True)
class Fields:
    """The front matter of one file, read by type. `thing` names the file in what is raised.

    Every method takes a key, and raises DraftRefused for a value of another type.
    """

    thing: str
    values: Mapping[str, Value]
    zone: ZoneInfo

    def check_keys(self) -> None:
        """Refuse keys that mean nothing, and two names for one thing."""
        for key in self.values:
            if key not in KEYS:
                near = difflib.get_close_matches(key, KEYS, 1)
                mend = f"did you mean `{near[0]}`?" if near else f"known keys are {', '.join(KEYS)}"
                raise DraftRefused(self.thing, f"`{key}` is no key of an item", mend)
        if {"posted", "date"} <= self.values.keys():
            raise DraftRefused(self.thing, "`posted` and `date` mean the same", "leave one of them out")

    def line(self, key: str) -> str:
        """Return a text on one line; empty if there is none."""
        return text.line(self.text(key)) if key in self.values else ""

    def text(self, key: str) -> str:
        """Return a text; empty if there is none."""
        value = self.values.get(key, "")
        if not isinstance(value, str):
            raise self.refused(key, "is not a text", "write it on one line, or after `|`")
        return value.strip()

    def names(self, key: str) -> tuple[str, ...]:
        """Return the names of a list, or of a text as one name; each once."""
        value = self.values.get(key, [])
        if isinstance(value, dict):
            raise self.refused(key, "is not a list", f"write `{key}: [one, another]`")
        listed = [value] if isinstance(value, str) else value
        return tuple(dict.fromkeys(name for name in map(text.line, listed) if name))

    def comma_names(self, key: str) -> tuple[str, ...]:
        """Return the names of a list, or of a text with commas; each once."""
        value = self.values.get(key)
        if isinstance(value, str):
            return tuple(dict.fromkeys(name for name in map(text.line, value.split(",")) if name))
        return self.names(key)

    def web(self, key: str) -> str | None:
        """Return a web address."""
        address = self.text(key)
        if address and not urls.is_web(address):
            raise self.refused(key, f"“{address}” is no web address", "write it from https:// on")
        return address or None

    def flag(self, key: str) -> bool:
        """Return a yes or no; no if it is not given."""
        written = self.line(key)
        if written and written.lower() not in _FLAGS:
            raise self.refused(key, f"“{written}” is neither yes nor no", "write true or false")
        return _FLAGS.get(written.lower(), False)

    def kind(self) -> Kind:
        """Return what the item is: a piece, unless it says otherwise."""
        written = self.line("kind") or Kind.PIECE
        try:
            return Kind(written)
        except ValueError as error:
            raise self.refused("kind", f"“{written}” is no kind", "write piece or appearance") from error

    def language(self) -> str:
        """Return the language tag; empty if there is none."""
        written = self.line("language")
        if written and not languages.is_tag(written):
            rule = f"“{written}” is no language tag"
            raise self.refused("language", rule, "write en, de-CH or zh-Hans")
        return written

    def moment(self, key: str) -> datetime | None:
        """Return a moment; a day alone means its beginning in the site's zone."""
        found = self.day_or_moment(key)
        if found is None or isinstance(found, datetime):
            return found
        return self._moment(key, datetime.combine(found, time()))

    def day_or_moment(self, key: str) -> datetime | date | None:
        """Return a day, or a moment; without an offset it is in the site's zone."""
        written = self.line(key)
        if not written:
            return None
        try:
            if _DAY.fullmatch(written):
                return _in_range(date.fromisoformat(written))
            if parts := _MOMENT.fullmatch(written):
                day, clock, offset = parts.groups(default="")
                return self._moment(key, _in_range(datetime.fromisoformat(f"{day}T{clock}{offset}")))
        except ValueError as error:
            raise self._no_date(key) from error
        raise self._no_date(key)

    def refused(self, key: str, rule: str, mend: str) -> DraftRefused:
        """Name the key in an error."""
        return DraftRefused(self.thing, f"`{key}`: {rule}", mend)

    def _moment(self, key: str, local: datetime) -> datetime:
        aware = local if local.tzinfo else local.replace(tzinfo=self.zone)
        try:
            return aware.astimezone(UTC).replace(microsecond=0)
        except OverflowError as error:
            raise self._no_date(key) from error

    def _no_date(self, key: str) -> DraftRefused:
        mend = "write 2016-10-17, or 2016-10-17 18:42, or 2016-10-17T18:42:00+01:00"
        return self.refused(key, f"“{self.line(key)}” is no date", mend)


def _in_range(found: D) -> D:
    """Return a date. Raises: ValueError for years that no outlet printed in, such as Hugo's year 1."""
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise ValueError(found)
    return found


def _mapping(thing: str, written: str) -> dict[str, Value]:
    try:
        if sum(map(written.count, "[{:-?")) > _MANY_MARKS:
            _check_depth(thing, written)
        root = yaml.compose(written, Loader=_LOADER)
    except yaml.YAMLError as error:
        raise DraftRefused(
            thing, f"its front matter is no YAML ({_problem(error)})", "mend that line"
        ) from error
    if root is None:
        return {}
    return {key: value for key, value in _pairs(thing, root) if value is not None}


def _check_depth(thing: str, written: str) -> None:
    depth = 0
    for event in yaml.parse(written, Loader=_LOADER):
        if isinstance(event, yaml.events.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.events.CollectionEndEvent):
            depth -= 1
        if depth > _DEPTH:
            raise DraftRefused(thing, "its front matter nests too deeply", "write texts and lists of texts")


def _pairs(thing: str, node: yaml.Node) -> list[tuple[str, Value | None]]:
    if not isinstance(node, yaml.MappingNode):
        raise DraftRefused(thing, "its front matter is not a list of keys", "write `key: value` lines")
    pairs: list[tuple[str, Value | None]] = []
    seen: set[str] = set()
    for key_node, value_node in node.value:
        key = _scalar(thing, key_node, "a key")
        if key in seen:
            raise DraftRefused(thing, f"`{key}` stands there twice", "leave one of them out")
        seen.add(key)
        pairs.append((key, _value(thing, key, value_node)))
    return pairs


def _value(thing: str, key: str, node: yaml.Node) -> Value | None:
    if isinstance(node, yaml.SequenceNode):
        return [_scalar(thing, entry, f"each entry of `{key}`") for entry in node.value]
    if isinstance(node, yaml.MappingNode):
        return {
            _scalar(thing, name, f"each key of `{key}`"): _scalar(thing, value, f"each value of `{key}`")
            for name, value in node.value
        }
    if isinstance(node, yaml.ScalarNode) and not node.style and node.value in {"", "~"}:
        return None
    return _scalar(thing, node, f"`{key}`")


def _scalar(thing: str, node: yaml.Node, what: str) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise DraftRefused(thing, f"{what} must be a text", "write it on one line, or after `|`")
    return text.scrub(str(node.value))


def _problem(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "it holds what YAML forbids"
    # The line of the opening hyphens comes first, and marks count from nought.
    return f"line {mark.line + 2}: {problem}" if mark else problem
