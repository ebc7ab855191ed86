"""The configuration: a TOML file and the environment become the typed settings of a site.

`written` is what people wrote, by key; the environment comes before the file, the file before defaults.
`rules` is what can be set and what each value must be.
Here one is held against the other: what is wrong is told all together, the rest becomes `Settings`.
"""

import difflib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from feeder.config import rules, written
from feeder.config.written import Key, Place, Written
from feeder.digests import periods
from feeder.errors import ConfigurationError
from feeder.model.deliveries import WELCOME
from feeder.model.digests import Recipe, Unit
from feeder.model.settings import (
    DAILY,
    MONTHLY,
    WEEKLY,
    Delivery,
    Folder,
    Mail,
    Publish,
    Settings,
    Site,
    StoreSettings,
    Web,
)

SHOWN_MARKS = 80  # of a value that is wrong

# What the model leaves open, written as in a file.
DEFAULTS: dict[str, Any] = {
    "store": {"url": "sqlite:///feeder.db"},
    "publish": {"folder": "public"},
    "mail": {"folder": "mail"},
    "templates": {"folder": "templates"},
    "digests": {
        recipe.name: {"cron": recipe.cron, "unit": recipe.unit.value, "title": recipe.title}
        for recipe in (WEEKLY, DAILY, MONTHLY)
    },
}


def load(path: Path, environment: Mapping[str, str]) -> Settings:
    """Read the configuration at `path`; variables called `FEEDER_SECTION__KEY` come before the file.

    The site's folder is the file's, or that one's parent if it is called `config`; relative paths
    and SQLite addresses start there.

    Raises: ConfigurationError, which tells everything that is wrong, one a line.
    """
    file = written.in_file(path)
    values = written.by_key(DEFAULTS, file)
    values |= written.by_key(written.file(path), file)
    values |= written.in_environment(environment)

    outcomes = {key: _read(key, value) for key, value in values.items()}
    problems = [outcome for outcome in outcomes.values() if isinstance(outcome, ConfigurationError)]
    problems += _incomplete(values, file)
    if problems:
        raise _together(problems)

    folder = Path(os.path.abspath(path)).parent  # noqa: PTH100 - takes out `..`, and follows no links
    settings = _settings(outcomes, folder.parent if folder.name == "config" else folder)
    problems = list(_losing(settings, values))
    if problems:
        raise _together(problems)
    return settings


def describe(settings: Settings) -> dict[str, Any]:
    """Tell the configuration in force as plain values, in the tables and words of the file.

    `folder` is the site's. The password in the store's address is `***`.
    """
    return {
        "folder": str(settings.folder),
        "site": _plain(settings.site),
        "store": {"url": _without_password(settings.store.url)},
        "publish": _plain(settings.publish),
        "mail": _plain(settings.mail),
        "templates": {"folder": str(settings.templates)},
        "delivery": _plain(settings.delivery),
        "web": _plain(settings.web),
        "sources": {name: {"type": "folder", **_plain(source)} for name, source in settings.sources.items()},
        "digests": {name: _plain(digest) for name, digest in settings.digests.items()},
    }


# ── What is wrong ────────────────────────────────────────────────────────────────────────────────


def _read(key: Key, value: Written) -> object:
    """Make a setting of what is written; return a ConfigurationError for what cannot be one."""
    rule = rules.rule_of(key)
    if rule is None:
        an_empty_table = value.value == {} and rules.is_table(key)
        return {} if an_empty_table else _unknown(key, value.place)
    try:
        if type(value.value) is type(rule.example):
            return rule.setting(value.value)
    except ValueError:
        pass  # told as below, in the words of the rule
    return ConfigurationError(
        f"{value.place.name(key)} = {_shown(value.value)}",
        rule.words,
        f"write, for example, {_shown(rule.example)}",
    )


def _unknown(key: Key, place: Place) -> ConfigurationError:
    name = key[1] if rules.is_table(key[:2]) and key[2:] else "NAME"
    known = {".".join(other): other for other in rules.keys(name)}
    nearest = difflib.get_close_matches(".".join(key), known, n=1)
    mend = f"did you mean {place.spell(known[nearest[0]])}?" if nearest else place.help
    return ConfigurationError(place.name(key), "is not a setting that feeder knows", mend)


def _incomplete(values: Mapping[Key, Written], file: Place) -> Iterator[ConfigurationError]:
    """Tell which tables have a name that cannot be one, or lack a key."""
    tables: dict[Key, Place] = {("site",): file}
    for key, value in values.items():
        table = key if value.value == {} else key[:-1]
        if len(table) > 1 and rules.is_table(table):
            tables.setdefault(table, value.place)

    for table, place in tables.items():
        if table == ("digests", WELCOME):
            yield ConfigurationError(place.name(table), "is a digest of feeder's own", "give it another name")
        elif not re.fullmatch(rules.NAME, table[-1]):
            yield ConfigurationError(place.name(table), rules.NAME_WORDS, "give it another name")
        for name in rules.REQUIRED[table[0]]:
            if (*table, name) not in values:
                yield ConfigurationError(place.name((*table, name)), "is missing", "give it a value")


def _losing(settings: Settings, values: Mapping[Key, Written]) -> Iterator[ConfigurationError]:
    """Tell which digests would lose an issue, because two fall into one of their periods."""
    for name, recipe in settings.digests.items():
        if recipe.unit is not Unit.SLOT and not periods.has_one_slot_a_period(recipe):
            key = ("digests", name, "cron")
            yield ConfigurationError(
                f"{values[key].place.name(key)} = {_shown(recipe.cron)}",
                f"comes round more than once in a {recipe.unit}, its unit",
                f'write unit = "slot" under digests.{name}, or another expression',
            )


def _together(problems: Sequence[ConfigurationError]) -> ConfigurationError:
    """Join problems into one error that tells one a line."""
    *others, last = problems
    return ConfigurationError("\n".join([*map(str, others), last.thing]), last.rule, last.mend)


def _shown(value: object) -> str:
    """Write a value as TOML does, without a password, and cut where it is long."""
    text = json.dumps(
        _without_password(value) if isinstance(value, str) else value, ensure_ascii=False, default=str
    )
    return text if len(text) <= SHOWN_MARKS else f"{text[:SHOWN_MARKS]}…"


def _without_password(address: str) -> str:
    """Put `***` for what is between the user and the last @, and for passwords among the options."""
    hidden = re.sub(r"(?s)(://[^:/@]*:).*@", r"\1***@", address)
    return re.sub(r"(?i)([?&][^=&]*pass[^=&]*=)[^&]*", r"\1***", hidden)


# ── What becomes of it ───────────────────────────────────────────────────────────────────────────


def _settings(values: Mapping[Key, Any], folder: Path) -> Settings:
    """Build the settings from values that all keep their rules."""
    tables: dict[str, dict[str, Any]] = {table: {} for table in rules.TABLES}
    for (*above, key), value in values.items():
        if value == {}:  # a table that says nothing
            continue
        table = tables[above[0]] if len(above) == 1 else tables[above[0]].setdefault(above[1], {})
        table[key] = folder / value if isinstance(value, Path) else value
    site = Site(**tables["site"])
    return Settings(
        folder=folder,
        site=site,
        store=StoreSettings(_anchored(folder, tables["store"]["url"])),
        publish=Publish(**tables["publish"]),
        mail=Mail(**{"sender_name": site.title, **tables["mail"]}),
        templates=tables["templates"]["folder"],
        delivery=Delivery(**tables["delivery"]),
        web=Web(**tables["web"]),
        sources={name: _folder(name, source) for name, source in tables["sources"].items()},
        digests={
            name: Recipe(**{"unit": Unit.SLOT, **digest}, name=name)
            for name, digest in tables["digests"].items()
        },
    )


def _folder(name: str, source: Mapping[str, Any]) -> Folder:
    return Folder(name, **{key: value for key, value in source.items() if key != "type"})


def _anchored(folder: Path, url: str) -> str:
    """Make a relative SQLite address absolute; one in memory stays as it is.

    SQLAlchemy reads % and ? in an address as marks of their own.
    """
    start = str(folder).replace("%", "%25").replace("?", "%3F")
    return re.sub(
        r"^(sqlite(?:\+\w+)?:///)(?!/|:memory:|file:|$|\?)", lambda found: f"{found[1]}{start}/", url
    )


def _plain(settings: Site | Publish | Mail | Delivery | Web | Folder | Recipe) -> dict[str, Any]:
    """Write a dataclass of settings as the file has it; names are keys of the tables above."""
    return {key: _plain_value(value) for key, value in asdict(settings).items() if key != "name"}


def _plain_value(value: object) -> str | int | bool:
    match value:
        case timedelta():
            return rules.duration_text(value)
        case bool() | int():
            return value
        case _:
            return str(value)
