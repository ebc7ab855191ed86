"""Which path of the published tree an address names."""

from urllib.parse import unquote_to_bytes

from feeder.feeds.publishers.coders import ENDINGS
from feeder.feeds.redirects import FILE, NGINX_FILE

LONGEST_BYTES = 2048
"""No path in a tree is longer, percent-encoded: names are made of slugs."""

_RULES = (f"/{FILE}", f"/{NGINX_FILE}")


def below(raw: bytes, prefix: str) -> str | None:
    """Return the path that an address names below the public address, decoded.

    `raw` is as it was asked for. `prefix` is the path of the public address, decoded, without the
    slash at its end; a proxy may have taken it off. The path keeps the slash at its end; it is
    empty for the public address without its slash.
    None for what no tree has, or shows: ways out, what is hidden, what is written in two ways.
    """
    if len(raw) > LONGEST_BYTES or b"%2f" in raw.lower():
        return None
    try:
        path = unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        return None
    if prefix and f"{path}/".startswith(f"{prefix}/"):
        path = path[len(prefix) :]
    return path if is_shown(path) or (prefix and not path) else None


def is_shown(path: str) -> bool:
    """Tell whether a file of the tree is for readers, by its path from the root, which begins with a slash."""
    if path[:1] != "/" or "\0" in path or "\\" in path:
        return False
    *folders, name = path[1:].split("/")
    if any(not folder or folder.startswith(".") for folder in folders) or name.startswith("."):
        return False
    return path not in _RULES and not name.endswith(ENDINGS)
