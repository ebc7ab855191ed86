"""The configuration: a TOML file and the environment become the typed settings of a site.

`written` is what people wrote, by key; the environment comes before the file, the file before defaults.
`rules` is what can be set, and `values` what each value must be.
Here one is held against the other: what is wrong is told all together, the rest becomes `Settings`.
`plain` writes settings back.
"""

import difflib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from feeder.config import mailing, rules, written
from feeder.config.plain import TYPE_NAMES, describe, shown
from feeder.config.rules import Key
from feeder.config.values import NAME, NAME_WORDS, HasCredentialsError
from feeder.config.written import Place, Written
from feeder.digests import periods
from feeder.errors import ConfigurationError
from feeder.model.appearances import KnownOutlet
from feeder.model.deliveries import WELCOME
from feeder.model.digests import Recipe, Unit
from feeder.model.settings import (
    BY_HAND,
    DAILY,
    INSTANT,
    MONTHLY,
    WEEKLY,
    Appearances,
    Checking,
    Declared,
    Delivery,
    LinkCare,
    Merging,
    Metrics,
    Publish,
    Settings,
    Signup,
    Site,
    Source,
    StoreSettings,
    Web,
    WordPress,
)

__all__ = ["describe", "load"]

# What the model leaves open, written as in a file.
DEFAULTS: dict[str, Any] = {
    "store": {"url": "sqlite:///feeder.db"},
    "publish": {"folder": "public", "changed": "changed.txt"},
    "mail": {"folder": "mail"},
    "templates": {"folder": "templates"},
    "signup": {"erased": "erased.txt"},
    "digests": {
        recipe.name: {"cron": recipe.cron, "unit": recipe.unit.value, "title": recipe.title}
        for recipe in (INSTANT, DAILY, WEEKLY, MONTHLY)
    },
}

# By the table of a source, its type; None if what is written is no type.
Kinds = Mapping[Key, str | None]


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

    kinds = _kinds(values)
    outcomes = {key: _read(key, value, kinds.get(key[:2])) for key, value in values.items()}
    problems = [outcome for outcome in outcomes.values() if isinstance(outcome, ConfigurationError)]
    problems += _incomplete(values, kinds, file)
    if problems:
        raise _together(problems)

    settings = _settings(outcomes, folder_of(path))
    problems = [
        *_losing(settings, values),
        *_unsafe(settings, values),
        *_missing(settings, values),
        *_unseen(settings, values),
        *mailing.problems(settings, values),
    ]
    if problems:
        raise _together(problems)
    return settings


def folder_of(path: Path) -> Path:
    """Return the folder of the site whose configuration is at `path`."""
    folder = Path(os.path.abspath(path)).parent  # noqa: PTH100 - takes out `..`, and follows no links
    return folder.parent if folder.name == "config" else folder


# ── What is wrong ────────────────────────────────────────────────────────────────────────────────


def _kinds(values: Mapping[Key, Written]) -> Kinds:
    """Tell the types of all sources by their tables."""
    kinds: dict[Key, str | None] = {}
    tables = {key[:2] for key, value in values.items() if key[2:] or (key[1:] and value.value == {})}
    for table in (table for table in tables if table[0] == rules.SOURCES):
        key = (*table, "type")
        kind = _read(key, values[key], None) if key in values else rules.TYPES[0]
        kinds[table] = kind if isinstance(kind, str) else None
    return kinds


def _read(key: Key, value: Written, kind: str | None) -> object:
    """Make a setting of what is written; return a ConfigurationError for what cannot be one.

    Of a source whose type is wrong, only what all types have can be judged; the rest is None.
    """
    rule = rules.rule_of(key, kind)
    if rule is None:
        an_empty_table = value.value == {} and rules.is_table(key, kind)
        return {} if an_empty_table else _misplaced(key, value.place, kind)

    found = value.place.typed(value.value, rule)
    thing = f"{value.place.name(key)} = {'***' if rule.secret else shown(found)}"
    try:
        if type(found) is type(rule.example):
            return rule.setting(found)
    except HasCredentialsError:
        return ConfigurationError(
            thing, "must be without a user and a password", _way_of_credentials(key, value.place, kind)
        )
    except ValueError:
        pass  # told as below, in the words of the rule
    return ConfigurationError(thing, rule.words, f"write, for example, {shown(rule.example)}")


def _misplaced(key: Key, place: Place, kind: str | None) -> ConfigurationError | None:
    """Tell that nothing called `key` can be set, or only where a source has another type."""
    types = rules.types_with(key)
    if not types or kind in types:
        return _unknown(key, place, kind)
    if kind is None:
        return None
    *others, last = types
    return ConfigurationError(
        place.name(key),
        f"belongs to a source of type {' or '.join(filter(None, [', '.join(others), last]))}, "
        f"and this one is of type {kind}",
        f"take it out, or set {place.spell((*key[:2], 'type'))}",
    )


def _unknown(key: Key, place: Place, kind: str | None) -> ConfigurationError:
    table = rules.named_table(key)
    name = table[-1] if table and table != key else "NAME"
    known = {".".join(other): other for other in rules.keys(name, kind)}
    nearest = difflib.get_close_matches(".".join(key), known, n=1)
    mend = f"did you mean {place.spell(known[nearest[0]])}?" if nearest else place.help
    return ConfigurationError(place.name(key), "is not a setting that feeder knows", mend)


def _way_of_credentials(key: Key, place: Place, kind: str | None) -> str:
    user, password = ((*key[:-1], name) for name in ("user", "password"))
    if rules.rule_of(user, kind) is None:
        return "take them out"
    return f"write them as {place.spell(user)} and {place.spell(password)}"


def _incomplete(values: Mapping[Key, Written], kinds: Kinds, file: Place) -> Iterator[ConfigurationError]:
    """Tell which tables have a name that cannot be one, or lack a key."""
    tables: dict[Key, Place] = {("site",): file}
    for key, value in values.items():
        named = rules.named_table(key if value.value == {} else key[:-1])
        if key[:2] == rules.PROVIDER and key[2:]:
            named = rules.PROVIDER
        if named:
            tables.setdefault(named, value.place)

    for table, place in tables.items():
        if table == ("digests", WELCOME):
            yield ConfigurationError(place.name(table), "is a digest of feeder's own", "give it another name")
        elif table == ("sources", BY_HAND):
            yield ConfigurationError(place.name(table), "is for items by hand", "give it another name")
        elif not re.fullmatch(NAME, table[-1]):
            yield ConfigurationError(place.name(table), NAME_WORDS, "give it another name")
        kind = kinds[table] if table in kinds else table[-1 if table == rules.PROVIDER else -2 :][0]
        for name in rules.REQUIRED.get(kind or "", ()):
            if (*table, name) not in values:
                yield ConfigurationError(place.name((*table, name)), "is missing", "give it a value")


def _losing(settings: Settings, values: Mapping[Key, Written]) -> Iterator[ConfigurationError]:
    """Tell which digests would lose an issue, because two fall into one of their periods."""
    for name, recipe in settings.digests.items():
        if recipe.unit not in (Unit.SLOT, Unit.INSTANT) and not periods.has_one_slot_a_period(recipe):
            key = ("digests", name, "cron")
            yield ConfigurationError(
                f"{values[key].place.name(key)} = {shown(recipe.cron)}",
                f"comes round more than once in a {recipe.unit}, its unit",
                f'write unit = "slot" under digests.{name}, or another expression',
            )


def _missing(settings: Settings, values: Mapping[Key, Written]) -> Iterator[ConfigurationError]:
    """Tell of a digest that people are to get and that is none."""
    if settings.signup.digest not in settings.digests:
        key = ("signup", "digest")
        yield ConfigurationError(
            f"{values[key].place.name(key)} = {shown(settings.signup.digest)}",
            "must be a digest",
            f"take one of {', '.join(sorted(settings.digests))}, or add [digests.{settings.signup.digest}]",
        )


def _unsafe(settings: Settings, values: Mapping[Key, Written]) -> Iterator[ConfigurationError]:
    """Tell where a user and a password are not together, or would travel for all to read."""
    for name, source in settings.sources.items():
        match source:
            case WordPress(user="", password=""):
                pass
            case WordPress(user=""):
                yield written.half(("sources", name), values, there="password", missing="user")
            case WordPress(password=""):
                yield written.half(("sources", name), values, there="user", missing="password")
            case WordPress(allow_private=False) if source.url.startswith("http:"):
                place = values["sources", name, "url"].place
                allow = place.spell(("sources", name, "allow_private"))
                yield ConfigurationError(
                    f"{place.name(('sources', name, 'url'))} = {shown(source.url)}",
                    "would send the password for all to read",
                    f"write https://, or set {allow} to true if the network is your own",
                )


def _unseen(settings: Settings, values: Mapping[Key, Written]) -> Iterator[ConfigurationError]:
    """Tell of a token that nobody is asked for, or of one that is asked for and is not there."""
    key, token = ("web", "metrics"), ("web", "metrics_token")
    wants, has = settings.web.metrics is Metrics.TOKEN, bool(settings.web.metrics_token)
    if wants and not has:
        yield ConfigurationError(
            values[key].place.name(token),
            f"is missing, while {values[key].place.spell(key)} is token",
            f"give it a value, best in the variable {written.variable(token)}",
        )
    if has and not wants:
        place = values[token].place
        yield ConfigurationError(
            place.name(token),
            f"is there, while {place.spell(key)} is {settings.web.metrics.value}",
            f'set {place.spell(key)} to "token", or take it out',
        )


def _together(problems: Sequence[ConfigurationError]) -> ConfigurationError:
    """Join problems into one error that tells one a line."""
    *others, last = problems
    return ConfigurationError("\n".join([*map(str, others), last.thing]), last.rule, last.mend)


# ── What becomes of it ───────────────────────────────────────────────────────────────────────────


def _settings(values: Mapping[Key, Any], folder: Path) -> Settings:
    """Build the settings from values that all keep their rules."""
    tables: dict[str, dict[str, Any]] = {section: {} for section in rules.TABLES}
    for (*above, key), value in values.items():
        if value == {}:  # a table that says nothing
            continue
        table: dict[str, Any] = tables
        for name in above:
            table = table.setdefault(name, {})
        table[key] = folder / value if isinstance(value, Path) else value
    site = Site(**tables["site"])
    return Settings(
        folder=folder,
        site=site,
        store=StoreSettings(**tables["store"] | {"url": _anchored(folder, tables["store"]["url"])}),
        publish=Publish(**_told(tables["publish"])),
        mail=mailing.mail(site, tables["mail"]),
        templates=tables["templates"]["folder"],
        delivery=Delivery(**tables["delivery"]),
        web=Web(**tables["web"]),
        signup=Signup(**_told(tables["signup"])),
        check=Checking(**tables["check"]),
        merging=Merging(**tables["merging"]),
        appearances=Appearances(**tables["appearances"]),
        links=LinkCare(**tables["links"]),
        sources={name: _source(folder, name, source) for name, source in tables["sources"].items()},
        outlets={name: KnownOutlet(**_told(outlet)) for name, outlet in tables["outlets"].items()},
        feeds={name: _declared(name, feed) for name, feed in tables["feeds"].items()},
        digests={
            name: Recipe(**{"unit": Unit.SLOT, **digest}, name=name)
            for name, digest in tables["digests"].items()
        },
    )


def _source(folder: Path, name: str, table: Mapping[str, Any]) -> Source:
    """Build a source of the type that its table names."""
    kind = table.get("type", rules.TYPES[0])
    values = {key: value for key, value in table.items() if key != "type"}
    if kind == "sql":
        values["url"] = _anchored(folder, values["url"])
    make = next(make for make, type_name in TYPE_NAMES.items() if type_name == kind)
    return make(name, **values)


def _declared(name: str, table: Mapping[str, Any]) -> Declared:
    """Build a declared feed; only what it shows may be left to the site."""
    return Declared(name, **{**table, "content": table.get("content") or None})


def _told(table: Mapping[str, Any]) -> dict[str, Any]:
    """Put None for what is left empty."""
    return {key: None if value == "" else value for key, value in table.items()}


def _anchored(folder: Path, url: str) -> str:
    """Make a relative SQLite address absolute; one in memory stays as it is.

    SQLAlchemy reads % and ? in an address as marks of their own.
    """
    start = str(folder).replace("%", "%25").replace("?", "%3F")
    return re.sub(
        r"^(sqlite(?:\+\w+)?:///)(?!/|:memory:|file:|$|\?)", lambda found: f"{found[1]}{start}/", url
    )
