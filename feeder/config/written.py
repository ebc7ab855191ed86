"""What people have written, in a file or in the environment: values by key, not yet judged.

A key is the way to a value: `("web", "port")`, `("sources", "content", "path")`.
"""

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from feeder.config.rules import Key, named_table
from feeder.config.values import Rule
from feeder.errors import ConfigurationError

RESERVED = (
    "FEEDER_CONFIG",
    "FEEDER_NOW",
    "FEEDER_LOG",
)  # the program's own: which file, what time, which log


@dataclass(frozen=True, slots=True)
class Place:
    """Where people write: what stands before a key, how keys are spelled, what helps with them.

    `typed` makes of a value there what its rule wants, if the value looks so.
    """

    prefix: str
    spell: Callable[[Key], str]
    help: str
    typed: Callable[[Any, Rule], Any]

    def name(self, key: Key) -> str:
        """Name the thing that has `key`, for an error."""
        return f"{self.prefix}{self.spell(key)}"


@dataclass(frozen=True, slots=True)
class Written:
    """A value as somebody wrote it; an empty dict is an empty table."""

    place: Place
    value: Any


Values = Mapping[Key, Written]
"""All that is written, by its keys."""


def in_file(path: Path) -> Place:
    """Return the place that a file is."""
    return Place(f"{path}, ", ".".join, "feeder.example.toml explains every key", lambda value, _: value)


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
    """List the settings in the environment, all of them texts."""
    ours = {name for name in environment if name.startswith("FEEDER_")}.difference(RESERVED)
    return {_key(name): Written(ENVIRONMENT, environment[name]) for name in sorted(ours)}


def _key(variable: str) -> Key:
    key = tuple(variable.removeprefix("FEEDER_").lower().split("__"))
    if table := named_table(key):
        # Names have hyphens, which a variable cannot have, and never underscores.
        return (*table[:-1], table[-1].replace("_", "-"), *key[len(table) :])
    return key


def variable(key: Key) -> str:
    """Name the variable that sets `key`."""
    return "FEEDER_" + "__".join(key).upper().replace("-", "_")


def half(table: Key, values: Mapping[Key, Written], there: str, missing: str) -> ConfigurationError:
    """Tell that of a user and a password one is missing."""
    key = (*table, missing)
    place = values.get(key, values[*table, there]).place
    where = f", best in the variable {variable(key)}" if missing == "password" else ""
    return ConfigurationError(
        place.name(key), f"is missing, while {'.'.join((*table, there))} is there", f"give it a value{where}"
    )


def _typed(text: str, rule: Rule) -> object:
    """Make of text a number, true or false, or a list, where the rule wants one and it looks so."""
    match rule.example:
        case bool():
            return {"true": True, "false": False}.get(text.lower(), text)
        case int() if re.fullmatch("[0-9]{1,9}", text):
            return int(text)
        case list():
            return _list(text)
        case _:
            return text


def _list(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # no JSON; more of it than anybody means
        return text


ENVIRONMENT = Place("", variable, "settings are called FEEDER_SECTION__KEY, such as FEEDER_WEB__PORT", _typed)
