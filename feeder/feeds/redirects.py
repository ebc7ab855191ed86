"""Rules for web servers: addresses that moved, and such as are gone.

`_redirects` is what Netlify and hosts like it read, and feeder's own server; `_nginx.conf` is to be
included in a `server` block of nginx.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import quote, unquote, urlsplit

from feeder.model.settings import Site

FILE = "_redirects"
NGINX_FILE = "_nginx.conf"

_NGINX_HEAD = """\
# Addresses that moved, and such as are gone: include this file in a `server` block.
location @feeder_gone { try_files $uri ${uri}index.html =410; }
"""


def rules(moved: Mapping[str, str], retired: Sequence[str], site: Site) -> bytes:
    """Write the rules for hosts like Netlify: from folder to folder of the tree, and folders that are gone."""
    base = _base(site)
    lines = [f"{base}{_quoted(old)}*  {base}{_quoted(new)}:splat  301!" for old, new in moved.items()]
    lines += [f"{base}{_quoted(path)}*  {base}{_quoted(path)}:splat  410!" for path in retired]
    return "".join(f"{line}\n" for line in lines).encode()


def moved(rules: str) -> set[str]:
    """Return the folders that moved, by the rules for hosts like Netlify, as paths of addresses."""
    lines = [line.split() for line in rules.splitlines()]
    return {line[0].removesuffix("*") for line in lines if line[2:] == ["301!"]}


def nginx(moved: Mapping[str, str], retired: Sequence[str], site: Site) -> bytes:
    """Write the same rules for nginx, which compares addresses as people read them."""
    base = unquote(_base(site))
    parts = [
        f'location ^~ "{base}{old}" {{ rewrite "^{_escaped(base + old)}(.*)$" "{_quoted(base + new)}$1" permanent; }}\n'
        for old, new in moved.items()
    ]
    parts += [
        f'location ^~ "{base}{path}" {{ error_page 410 @feeder_gone; return 410; }}\n' for path in retired
    ]
    return (_NGINX_HEAD + "".join(parts)).encode()


def _base(site: Site) -> str:
    """Return the path of the public address, from slash to slash."""
    return urlsplit(site.public_url).path.rstrip("/") + "/"


def _quoted(path: str) -> str:
    return quote(path)


def _escaped(path: str) -> str:
    """Write a path so that it stands for itself in a regular expression; slugs have letters, digits and "-"."""
    return "".join(mark if mark.isalnum() or mark in "-/_~" else f"\\{mark}" for mark in path)
