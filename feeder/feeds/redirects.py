"""Rules for web servers: addresses that moved, and such as are gone; written, and read back.

`_redirects` is what Netlify and hosts like it read, and feeder's own server; `_nginx.conf` is to be
included in a `server` block of nginx. A line of the first is `FROM TO STATUS`, with whole paths,
percent-encoded:

    /tag/old/*  /tag/new/:splat  301!
    /tag/shut/*  /tag/shut/:splat  410!
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

from feeder.model.settings import Site

FILE = "_redirects"
NGINX_FILE = "_nginx.conf"

_SPLAT = ":splat"
_ENCODED = r"/[A-Za-z0-9._~!$&'()+,;=:@%/-]*"
_RULE = re.compile(rf"(?P<path>{_ENCODED})(?P<all>\*)?\s+(?P<to>{_ENCODED})\s+(?P<status>301|410)!")

_NGINX_HEAD = """\
# Addresses that moved, and such as are gone: include this file in a `server` block.
location @feeder_gone { try_files $uri ${uri}index.html =410; }
"""


def rules(moved: Mapping[str, str], retired: Sequence[str], site: Site) -> bytes:
    """Write the rules for hosts like Netlify: from folder to folder of the tree, and folders that are gone."""
    base = _base(site)
    lines = [f"{base}{quote(old)}*  {base}{quote(new)}{_SPLAT}  301!" for old, new in moved.items()]
    lines += [f"{base}{quote(path)}*  {base}{quote(path)}{_SPLAT}  410!" for path in retired]
    return "".join(f"{line}\n" for line in lines).encode()


def nginx(moved: Mapping[str, str], retired: Sequence[str], site: Site) -> bytes:
    """Write the same rules for nginx, which compares addresses as people read them."""
    base = unquote(_base(site))
    parts = [
        f'location ^~ "{base}{old}" {{ rewrite "^{_escaped(base + old)}(.*)$" "{quote(base + new)}$1" permanent; }}\n'
        for old, new in moved.items()
    ]
    parts += [
        f'location ^~ "{base}{path}" {{ error_page 410 @feeder_gone; return 410; }}\n' for path in retired
    ]
    return (_NGINX_HEAD + "".join(parts)).encode()


def _base(site: Site) -> str:
    """Return the path of the public address, from slash to slash."""
    return urlsplit(site.public_url).path.rstrip("/") + "/"


def _escaped(path: str) -> str:
    """Write a path so that it stands for itself in a regular expression; slugs have letters, digits and "-"."""
    return "".join(mark if mark.isalnum() or mark in "-/_~" else f"\\{mark}" for mark in path)


# ── Read back ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Moved:
    """It has another address now."""

    address: str


@dataclass(frozen=True, slots=True)
class Gone:
    """It is no more, and its address says so."""


@dataclass(frozen=True, slots=True)
class _Rule:
    line: int
    to: str  # empty: gone


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules by the path that they are about, decoded and below the public address; the first line that fits decides.

    `server` is the public address without its path.
    """

    server: str = ""
    exact: dict[str, _Rule] = field(default_factory=dict)
    folders: dict[str, _Rule] = field(default_factory=dict)
    unread: tuple[int, ...] = ()  # lines that are no rules

    def of(self, path: str) -> Moved | Gone | None:
        """Return what a rule says about a path, which begins with a slash."""
        fitting = list(self._fitting(path))
        if not fitting:
            return None
        rule, rest = min(fitting, key=lambda found: found[0].line)
        if not rule.to:
            return Gone()
        return Moved(self.server + rule.to.replace(_SPLAT, quote(rest, safe="/!$&'()*+,;=:@")))

    def _fitting(self, path: str) -> Iterator[tuple[_Rule, str]]:
        if rule := self.exact.get(path):
            yield rule, ""
        # A folder without its slash goes with it.
        whole = path if path.endswith("/") else f"{path}/"
        end = whole.find("/")
        while end >= 0:
            if rule := self.folders.get(whole[: end + 1]):
                yield rule, path[end + 1 :]
            end = whole.find("/", end + 1)


def parse(text: str, public_url: str) -> Rules:
    """Read rules for a site at a public address; comments and empty lines are none."""
    parts = urlsplit(public_url)
    prefix = unquote(parts.path).rstrip("/")
    rules, unread = Rules(f"{parts.scheme}://{parts.netloc}"), []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _RULE.fullmatch(line.strip())
        if not found or not all(unquote(found[path]).startswith(f"{prefix}/") for path in ("path", "to")):
            unread.append(number)
            continue
        by_path = rules.folders if found["all"] else rules.exact
        to = found["to"] if found["status"] == "301" else ""
        by_path.setdefault(unquote(found["path"]).removeprefix(prefix), _Rule(number, to))
    return Rules(rules.server, rules.exact, rules.folders, tuple(unread))
