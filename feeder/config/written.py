"""What people have written, in a file or in the environment: values by key, not yet judged.

A key is the way to a value: `("web", "port")`, `("sources", "content", "path")`.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from feeder.config import rules
from feeder.errors import ConfigurationError

Key = tuple[str, ...]

RESERVED = ("FEEDER_CONFIG", "FEEDER_NOW")  # the program's own: which file, and what time it is


@dataclass(frozen=True, slots=True)
class Place:
    """Where people write: what stands before a key, how keys are spelled, what helps with them."""

    prefix: str
    spell: Callable[[Key], str]
    help: str

    def name(self, key: Key) -> str:
        """Name the thing that has `key`, for an error."""
        return f"{self.prefix}{self.spell(key)}"


@dataclass(frozen=True, slots=True)
class Written:
    """A value as somebody wrote it; an empty dict is an empty table."""

    place: Place
    value: Any


def in_file(path: Path) -> Place:
    """Return the place that a file is."""
    return Place(f"{path}, ", ".".join, "feeder.example.toml explains every key")


def file(path: Path) -> dict[str, Any]:
    """Read a file of TOML.

    Raises: ConfigurationError, with line and column where the TOML is broken.
    """
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError as error:
        raise ConfigurationError(
            str(path), "there is no such file", "feeder init makes a site with one"
        ) from error
    except OSError as error:
        raise ConfigurationError(
            str(path), f"cannot be read ({error.strerror})", "name a file that can"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            str(path), f"is not UTF-8 (byte {error.start + 1})", "save it as UTF-8"
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(str(path), f"is not TOML ({error})", "mend it there") from error


def by_key(table: Mapping[str, Any], place: Place, above: Key = ()) -> dict[Key, Written]:
    """List all values below `table`, whatever their depth."""
    found: dict[Key, Written] = {}
    for name, value in table.items():
        key = (*above, name)
        if isinstance(value, dict) and value:
            found |= by_key(value, place, key)
        else:
            found[key] = Written(place, value)
    return found


def in_environment(environment: Mapping[str, str]) -> dict[Key, Written]:
    """List the settings in the environment.

    Text becomes a number, or true or false, where the rule of its key wants one and it looks so.
    """
    place = Place("", _variable, "settings are called FEEDER_SECTION__KEY, such as FEEDER_WEB__PORT")
    ours = {name for name in environment if name.startswith("FEEDER_")}.difference(RESERVED)
    return {
        (key := _key(name)): Written(place, _typed(environment[name], rules.rule_of(key)))
        for name in sorted(ours)
    }


def _key(variable: str) -> Key:
    table, *rest = variable.removeprefix("FEEDER_").lower().split("__")
    if table in rules.NAMED and rest:
        # Names have hyphens, which a variable cannot have, and never underscores.
        rest[0] = rest[0].replace("_", "-")
    return (table, *rest)


def _variable(key: Key) -> str:
    return "FEEDER_" + "__".join(key).upper().replace("-", "_")


def _typed(text: str, rule: rules.Rule | None) -> str | int | bool:
    match rule and rule.example:
        case bool():
            return {"true": True, "false": False}.get(text.lower(), text)
        case int() if re.fullmatch("[0-9]{1,9}", text):
            return int(text)
        case _:
            return text
