"""The configuration: what may be written, what becomes of it, and what people are told."""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeder import config, shipped
from feeder.config import rules
from feeder.errors import ConfigurationError
from feeder.model.digests import Recipe, Unit
from feeder.model.settings import DAILY, MONTHLY, WEEKLY, Delivery, Folder, Mail, Publish, Settings, Site, Web

SITE = '[site]\ntitle = "My work"\nauthor = "Ada"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config" / "feeder.toml"
    path.parent.mkdir()
    path.write_text(SITE)
    return path


def load(file: Path, text: str = "", **environment: str) -> Settings:
    file.write_text(SITE + text, "utf-8")
    return config.load(file, environment)


def problem(file: Path, text: str = "", **environment: str) -> str:
    """Tell what is wrong, with the name of the file left out where it begins a line."""
    with pytest.raises(ConfigurationError) as caught:
        load(file, text, **environment)
    return re.sub(f"(?m)^{re.escape(str(file))}, ", "", str(caught.value))


class TestDefaults:
    def test_a_title_and_an_author_are_enough(self, file: Path) -> None:
        folder = file.parent.parent

        found = load(file)

        assert found.folder == folder
        assert found.site == Site("My work", "Ada")
        assert found.store.url == f"sqlite:///{folder}/feeder.db"
        assert found.publish == Publish(folder / "public")
        assert found.mail == Mail(folder / "mail", sender_name="My work")
        assert found.templates == folder / "templates"
        assert found.delivery == Delivery()
        assert found.web == Web()
        assert found.sources == {}
        assert found.digests == {"weekly": WEEKLY, "daily": DAILY, "monthly": MONTHLY}

    def test_a_file_that_is_not_in_config_stands_in_the_sites_own_folder(self, tmp_path: Path) -> None:
        path = tmp_path / "feeder.toml"
        path.write_text(SITE)

        assert config.load(path, {}).folder == tmp_path

    def test_a_relative_name_is_understood_from_here(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(file.parent)

        assert config.load(Path("feeder.toml"), {}).folder == file.parent.parent

    def test_tables_may_say_nothing(self, file: Path) -> None:
        assert load(file, "[web]\n[sources]\n[digests.weekly]") == load(file)

    def test_a_mark_of_byte_order_is_no_part_of_the_text(self, file: Path) -> None:
        file.write_text(SITE, "utf-8-sig")

        assert config.load(file, {}).site.title == "My work"


class TestValues:
    def test_all_keys_reach_the_settings(self, file: Path) -> None:
        folder = file.parent.parent
        found = load(
            file,
            """
public_url = "https://Example.org/blog"
id = "ada"
description = "One\\nTwo"
language = "pt-BR"
zone = "Europe/Berlin"
postal_address = '''
Street 1
City
'''
[store]
url = "postgresql+psycopg://ada:secret@localhost/feeder"
[publish]
folder = "/srv/www"
entries = 500
[mail]
folder = "../post"
sender = "ada@example.org"
sender_name = "Ada"
[templates]
folder = "looks"
[delivery]
late = "1d"
lease = "30s"
group = 1
uncertain = "at-most-once"
[web]
host = "::1"
port = 0
[sources.content]
type = "folder"
path = "content"
every = "90s"
announce = true
[digests.weekly]
title = "Woche"
[digests.evening]
cron = "0 19 * * *"
title = "Evening"
[digests.noon]
cron = "0 12 * * *"
unit = "day"
title = "Noon"
template = "short"
""",
        )

        assert found.site == Site(
            title="My work",
            author="Ada",
            public_url="https://example.org/blog/",
            id="ada",
            description="One\nTwo",
            language="pt-BR",
            zone="Europe/Berlin",
            postal_address="Street 1\nCity",
        )
        assert found.store.url == "postgresql+psycopg://ada:secret@localhost/feeder"
        assert found.publish == Publish(Path("/srv/www"), 500)
        assert found.mail == Mail(folder / "../post", "ada@example.org", "Ada")
        assert found.templates == folder / "looks"
        assert found.delivery == Delivery(timedelta(days=1), timedelta(seconds=30), 1, "at-most-once")
        assert found.web == Web("::1", 0)
        assert found.sources == {
            "content": Folder("content", folder / "content", timedelta(seconds=90), announce=True)
        }
        assert found.digests == {
            "weekly": Recipe("weekly", WEEKLY.cron, Unit.WEEK, "Woche"),
            "daily": DAILY,
            "monthly": MONTHLY,
            "evening": Recipe("evening", "0 19 * * *", Unit.SLOT, "Evening"),
            "noon": Recipe("noon", "0 12 * * *", Unit.DAY, "Noon", "short"),
        }

    @pytest.mark.parametrize(
        ("written", "read"),
        [
            ("https://example.org", "https://example.org/"),
            ("https://example.org/", "https://example.org/"),
            ("http://Example.org:8000/a/b", "http://example.org:8000/a/b/"),
            ("http://[::1]:8000", "http://[::1]:8000/"),
            ("https://xn--mnchen-3ya.example/~ada", "https://xn--mnchen-3ya.example/~ada/"),
        ],
    )
    def test_public_addresses_end_in_a_slash(self, file: Path, written: str, read: str) -> None:
        assert load(file, f'public_url = "{written}"').site.public_url == read

    @pytest.mark.parametrize(
        ("written", "read"),
        [
            ("feeder@localhost", "feeder@localhost"),
            (" ada@Example.org ", "ada@example.org"),
            ("ada@münchen.example", "ada@xn--mnchen-3ya.example"),
        ],
    )
    def test_senders(self, file: Path, written: str, read: str) -> None:
        assert load(file, f'[mail]\nsender = "{written}"').mail.sender == read

    @pytest.mark.parametrize(
        ("written", "read"),
        [
            ("sqlite:///a b/c.db?timeout=3", "sqlite:///{folder}/a b/c.db?timeout=3"),
            ("sqlite+pysqlite:///c.db", "sqlite+pysqlite:///{folder}/c.db"),
            ("sqlite:////srv/c.db", "sqlite:////srv/c.db"),
            ("sqlite:///:memory:", "sqlite:///:memory:"),
            ("sqlite://", "sqlite://"),
            ("postgresql://localhost/feeder", "postgresql://localhost/feeder"),
        ],
    )
    def test_only_files_of_sqlite_are_found_from_the_sites_folder(
        self, file: Path, written: str, read: str
    ) -> None:
        found = load(file, f'[store]\nurl = "{written}"').store.url

        assert found == read.format(folder=file.parent.parent)

    def test_a_folder_with_marks_that_addresses_read_is_still_the_same_folder(self, tmp_path: Path) -> None:
        path = tmp_path / "50% off?" / "feeder.toml"
        path.parent.mkdir()
        path.write_text(SITE)

        assert config.load(path, {}).store.url == f"sqlite:///{tmp_path}/50%25 off%3F/feeder.db"


UNKNOWN = "is not a setting that feeder knows"
NO_TEXT = "must be one line of text without control characters"
NO_FOLDER = "must be a folder, relative to the site's or from /, without ~"
NO_PUBLIC = "must be http:// or https://, a host and perhaps a folder, in plain letters, without ? and #"
NO_TIME = 'must be a whole number from 1 and s, m, h or d, such as "5m"'
NO_CRON = "must be a cron expression of five fields that comes round"
NO_NAME = "must be a name of small letters, digits and hyphens, at most 40 marks"


class Broken(NamedTuple):
    """Values that break the rule of a key, and what is said of them."""

    table: str
    key: str
    values: list[object]
    rule: str
    example: object


BROKEN = [
    Broken(
        "site",
        "title",
        ["", " ", 3, ["x"], "a\nb", "a\u0000b", "a\u2028b"],
        f"{NO_TEXT}, not empty",
        "My work",
    ),
    Broken("site", "author", ["", "Ada\r\nBcc: eve@example.org"], f"{NO_TEXT}, not empty", "Your Name"),
    Broken(
        "site",
        "public_url",
        [
            "example.org",
            "ftp://example.org/",
            "https:///x",
            "https://",
            "https://example.org/?a",
            "https://example.org/#a",
            "https://ada@example.org/",
            "https://example.org:0/",
            "https://example.org:65536/",
            "https://example.org:x/",
            "https://exa mple.org/",
            "https://-example.org/",
            "https://999.1.1.1/",
            "https://[::x]/",
            "https://münchen.example/",
            "https://example.org/a b",
        ],
        NO_PUBLIC,
        "https://example.org/",
    ),
    Broken("site", "id", ["a\nb"], NO_TEXT, "A few words"),
    Broken(
        "site", "description", ["a\tb", True], "must be text without control characters", "Street 1, City"
    ),
    Broken(
        "site", "postal_address", ["a\u0007b"], "must be text without control characters", "Street 1, City"
    ),
    Broken("site", "language", ["", "english", "en_US", "e", "en-"], "must be a language tag", "en"),
    Broken(
        "site",
        "zone",
        ["", "Europe", "Europe/Nowhere", "../UTC", "/etc/localtime", "x" * 70],
        "must be the name of a time zone",
        "Europe/Berlin",
    ),
    Broken(
        "store",
        "url",
        ["", "feeder.db", "SQLITE:///x"],
        "must be the address of a database",
        "sqlite:///feeder.db",
    ),
    Broken("publish", "folder", ["", "~/public", "a\nb"], NO_FOLDER, "content"),
    Broken("publish", "entries", [0, 501, "50", 5.5, True], "must be a whole number from 1 to 500", 50),
    Broken("mail", "folder", [""], NO_FOLDER, "content"),
    Broken(
        "mail",
        "sender",
        [
            "",
            "ada",
            "Ada <ada@example.org>",
            "a@b@c.org",
            "ädä@example.org",
            "ada@example.org\nBcc: x@example.org",
        ],
        "must be a plain mail address",
        "feeder@example.org",
    ),
    Broken("mail", "sender_name", ["a\nb"], NO_TEXT, "A few words"),
    Broken("templates", "folder", [""], NO_FOLDER, "content"),
    Broken("delivery", "late", ["", "0m", "-1m", "5", "5 m", "5w", "٥m", "100000d", 5], NO_TIME, "5m"),
    Broken("delivery", "lease", ["1.5h"], NO_TIME, "5m"),
    Broken("delivery", "group", [0, 11], "must be a whole number from 1 to 10", 10),
    Broken("delivery", "uncertain", ["", "never"], "must be at-least-once or at-most-once", "at-least-once"),
    Broken(
        "web",
        "host",
        ["", "a b", "http://x", "300.1.1.1", "a..b"],
        "must be a host name or an IP address",
        "127.0.0.1",
    ),
    Broken("web", "port", [-1, 65536, "8000", False], "must be a whole number from 0 to 65535", 8000),
    Broken("sources.content", "type", ["", "wordpress"], "must be folder", "folder"),
    Broken("sources.content", "path", [""], NO_FOLDER, "content"),
    Broken("sources.content", "every", ["0s"], NO_TIME, "5m"),
    Broken("sources.content", "announce", ["true", 1], "must be true or false", False),
    Broken(
        "digests.weekly",
        "cron",
        ["", "weekly", "0 8 * *", "0 0 8 * * mon", "0 25 * * *", "0 8 30 2 *", "0 8\n* * *"],
        NO_CRON,
        "0 8 * * mon",
    ),
    Broken("digests.weekly", "unit", ["", "year"], "must be day, week, month or slot", "slot"),
    Broken("digests.weekly", "title", [""], f"{NO_TEXT}, not empty", "Weekly digest"),
    Broken("digests.weekly", "template", ["", "../secret", "A"], NO_NAME, "digest"),
]


def toml(tables: Mapping[str, Mapping[str, object]]) -> str:
    """Write tables as TOML, for which JSON's text, numbers, truths and lists do."""
    return "\n".join(
        f"[{table}]\n" + "".join(f"{key} = {as_toml(value)}\n" for key, value in values.items())
        for table, values in tables.items()
    )


def as_toml(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


class TestProblems:
    @pytest.mark.parametrize(
        ("broken", "value"),
        [
            pytest.param(broken, value, id=f"{broken.table}.{broken.key}-{n}")
            for broken in BROKEN
            for n, value in enumerate(broken.values)
        ],
    )
    def test_a_value_that_breaks_its_rule(self, file: Path, broken: Broken, value: object) -> None:
        tables: dict[str, dict[str, object]] = {"site": {"title": "My work", "author": "Ada"}}
        if broken.table.startswith("sources"):
            tables[broken.table] = {"path": "content"}
        tables.setdefault(broken.table, {})[broken.key] = value
        file.write_text(toml(tables), "utf-8")

        with pytest.raises(ConfigurationError) as caught:
            config.load(file, {})

        shown = json.dumps(value, ensure_ascii=False)
        assert caught.value.thing == f"{file}, {broken.table}.{broken.key} = {shown}"
        assert caught.value.rule == broken.rule
        assert caught.value.mend == f"write, for example, {json.dumps(broken.example)}"

    def test_every_rule_is_tried(self) -> None:
        tried = {(broken.table.partition(".")[0], broken.key) for broken in BROKEN}

        assert tried == {(table, key) for table, keys in rules.TABLES.items() for key in keys}

    def test_the_whole_of_one(self, file: Path) -> None:
        with pytest.raises(ConfigurationError) as caught:
            load(file, "[web]\nport = 70000")

        assert str(caught.value) == (
            f"{file}, web.port = 70000: must be a whole number from 0 to 65535; write, for example, 8000"
        )

    def test_all_are_told_at_once(self, file: Path) -> None:
        file.write_text('[site]\ntitel = "My work"\n[web]\nport = 70000\n[sources.content]\n')

        with pytest.raises(ConfigurationError) as caught:
            config.load(file, {"FEEDER_PORT": "1"})

        assert str(caught.value).splitlines() == [
            f"{file}, site.titel: is not a setting that feeder knows; did you mean site.title?",
            f"{file}, web.port = 70000: must be a whole number from 0 to 65535; write, for example, 8000",
            "FEEDER_PORT: is not a setting that feeder knows; did you mean FEEDER_WEB__PORT?",
            f"{file}, site.title: is missing; give it a value",
            f"{file}, site.author: is missing; give it a value",
            f"{file}, sources.content.path: is missing; give it a value",
        ]

    def test_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError) as caught:
            config.load(tmp_path / "x.toml", {})

        assert str(caught.value) == (
            f"{tmp_path}/x.toml: there is no such file; feeder init makes a site with one"
        )

    def test_a_file_that_cannot_be_read(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError) as caught:
            config.load(tmp_path, {})

        assert str(caught.value) == f"{tmp_path}: cannot be read (Is a directory); name a file that can"

    def test_broken_toml(self, file: Path) -> None:
        file.write_text("[site]\ntitle = My work\n")

        with pytest.raises(ConfigurationError) as caught:
            config.load(file, {})

        assert (
            str(caught.value) == f"{file}: is not TOML (Invalid value (at line 2, column 9)); mend it there"
        )

    def test_bytes_that_are_not_utf8(self, file: Path) -> None:
        file.write_bytes(b'[site]\ntitle = "\xe4"')

        with pytest.raises(ConfigurationError) as caught:
            config.load(file, {})

        assert str(caught.value) == f"{file}: is not UTF-8 (byte 17); save it as UTF-8"

    @pytest.mark.parametrize(
        ("text", "name", "mend"),
        [
            ('titel = "x"', "site.titel", "did you mean site.title?"),
            ("[web]\nprot = 1", "web.prot", "did you mean web.port?"),
            ("[wbe]\nport = 1", "wbe.port", "did you mean web.port?"),
            (
                "[sources.blog]\npath = 'x'\nevry = '5m'",
                "sources.blog.evry",
                "did you mean sources.blog.every?",
            ),
            ("[sources]\npath = 'x'", "sources.path", "did you mean sources.NAME.path?"),
            ("[digest.weekly]\ntitle = 'x'", "digest.weekly.title", "did you mean digests.NAME.title?"),
            ("[web.port]\nport = 1", "web.port.port", "did you mean web.port?"),
            ("[zzz]", "zzz", "feeder.example.toml explains every key"),
        ],
    )
    def test_a_key_that_nobody_knows(self, file: Path, text: str, name: str, mend: str) -> None:
        assert problem(file, text) == f"{name}: is not a setting that feeder knows; {mend}"

    def test_a_key_before_all_tables(self, file: Path) -> None:
        file.write_text('zzz = "My work"\n' + SITE)

        with pytest.raises(ConfigurationError, match="zzz: is not a setting"):
            config.load(file, {})

    @pytest.mark.parametrize("name", ["Blog", "my_blog", "-blog", "blög", "a b", "x" * 41])
    def test_names(self, file: Path, name: str) -> None:
        assert problem(file, f"[sources.'{name}']\npath = 'x'") == (
            f"sources.{name}: {NO_NAME}; give it another name"
        )

    def test_the_digest_that_feeder_makes_itself(self, file: Path) -> None:
        assert problem(file, "[digests.welcome]\ncron = '0 8 * * *'\ntitle = 'x'") == (
            "digests.welcome: is a digest of feeder's own; give it another name"
        )

    def test_a_digest_of_ones_own_needs_a_time_and_a_title(self, file: Path) -> None:
        assert problem(file, "[digests.noon]\nunit = 'day'").splitlines() == [
            "digests.noon.cron: is missing; give it a value",
            "digests.noon.title: is missing; give it a value",
        ]

    def test_a_password_is_not_told(self, file: Path) -> None:
        told = problem(file, "[store]\nurl = 'PostgreSQL://ada:sec@ret@host/feeder?sslpassword=secret'")

        assert told.startswith('store.url = "PostgreSQL://ada:***@host/feeder?sslpassword=***": ')

    def test_a_long_value_is_cut(self, file: Path) -> None:
        assert problem(file, f"language = '{'x' * 200}'").startswith(f'site.language = "{"x" * 79}…: ')


class TestEnvironment:
    def test_comes_before_the_file(self, file: Path) -> None:
        found = load(
            file,
            "[web]\nport = 8000\n[sources.my-blog]\npath = 'content'",
            FEEDER_WEB__PORT="8001",
            FEEDER_SITE__PUBLIC_URL="https://example.org",
            FEEDER_SOURCES__MY_BLOG__PATH="elsewhere",
            FEEDER_SOURCES__MY_BLOG__ANNOUNCE="true",
            FEEDER_DIGESTS__WEEKLY__TITLE="Woche",
            FEEDER_SITE__ID="8001",
        )

        assert found.web.port == 8001
        assert found.site.public_url == "https://example.org/"
        assert found.site.id == "8001"
        assert found.sources["my-blog"].path == found.folder / "elsewhere"
        assert found.sources["my-blog"].announce
        assert found.digests["weekly"].title == "Woche"

    def test_mends_the_file(self, file: Path) -> None:
        assert load(file, "[web]\nport = 70000", FEEDER_WEB__PORT="80").web.port == 80

    def test_may_hold_all_that_is_required(self, file: Path) -> None:
        file.write_text("")

        found = config.load(file, {"FEEDER_SITE__TITLE": "My work", "FEEDER_SITE__AUTHOR": "Ada"})

        assert found.site == Site("My work", "Ada")

    def test_has_variables_that_are_none_of_ours(self, file: Path) -> None:
        environment = {"FEEDER_CONFIG": "x", "FEEDER_NOW": "y", "PATH": "z", "MY_FEEDER_X": "", "FEEDERS": ""}

        assert load(file, **environment) == load(file)

    @pytest.mark.parametrize(
        ("name", "value", "told"),
        [
            (
                "FEEDER_WEB__PORT",
                "x",
                'FEEDER_WEB__PORT = "x": must be a whole number from 0 to 65535; write, for example, 8000',
            ),
            (
                "FEEDER_WEB__PORT",
                "",
                'FEEDER_WEB__PORT = "": must be a whole number from 0 to 65535; write, for example, 8000',
            ),
            (
                "FEEDER_SOURCES__CONTENT__ANNOUNCE",
                "yes",
                'FEEDER_SOURCES__CONTENT__ANNOUNCE = "yes": must be true or false; write, for example, false',
            ),
            (
                "FEEDER_SITE__TITLE",
                "a\udcffb",
                f'FEEDER_SITE__TITLE = "a\udcffb": {NO_TEXT}, not empty; write, for example, "My work"',
            ),
            (
                "FEEDER_WEB__PROT",
                "1",
                "FEEDER_WEB__PROT: is not a setting that feeder knows; did you mean FEEDER_WEB__PORT?",
            ),
            (
                "FEEDER_DIGESTS__WEEKLY__CORN",
                "1",
                f"FEEDER_DIGESTS__WEEKLY__CORN: {UNKNOWN}; did you mean FEEDER_DIGESTS__WEEKLY__CRON?",
            ),
            (
                "FEEDER_ZZZ",
                "1",
                f"FEEDER_ZZZ: {UNKNOWN}; settings are called FEEDER_SECTION__KEY, such as FEEDER_WEB__PORT",
            ),
            (
                "FEEDER_SOURCES__BLOG__EVERY",
                "1h",
                "FEEDER_SOURCES__BLOG__PATH: is missing; give it a value",
            ),
        ],
    )
    def test_problems(self, file: Path, name: str, value: str, told: str) -> None:
        assert problem(file, "[sources.content]\npath = 'x'", **{name: value}) == told


class TestExample:
    SETTING = re.compile(r"(?m)^(?:# )?([a-z_]+) = ")
    TABLE = re.compile(r"(?m)^\[(.+)\]\n")

    def tables(self) -> dict[str, str]:
        _, *parts = self.TABLE.split(shipped.example_configuration().read_text("utf-8"))
        return dict(zip(parts[::2], parts[1::2], strict=True))

    def test_has_every_key_and_no_other(self) -> None:
        explained = {
            (table.partition(".")[0], key)
            for table, text in self.tables().items()
            for key in self.SETTING.findall(text)
        }

        assert explained == {(table, key) for table, keys in rules.TABLES.items() for key in keys}

    def test_explains_every_key_where_it_first_stands(self) -> None:
        lines = shipped.example_configuration().read_text("utf-8").splitlines()
        for line in lines[lines.index("[site]") : lines.index("[digests.daily]")]:
            if self.SETTING.match(line):
                above = lines[lines.index(line) - 1]
                assert re.fullmatch(r"# [A-Z\"].+\.", above), line

    def test_loads_as_a_new_sites_configuration(self, file: Path) -> None:
        file.write_bytes(shipped.example_configuration().read_bytes())
        folder = file.parent.parent

        found = config.load(file, {})

        assert found.site == Site("My work", "Your Name")
        assert found.sources == {"content": Folder("content", folder / "content")}

    def test_shows_the_defaults(self, file: Path) -> None:
        text = shipped.example_configuration().read_text("utf-8")
        file.write_text(text, "utf-8")
        by_default = config.load(file, {})

        file.write_text(re.sub(r"(?m)^# (?=[a-z_]+ = )", "", text), "utf-8")

        assert config.load(file, {}) == by_default


class TestDescription:
    def test_is_plain_and_complete(self, file: Path) -> None:
        folder = file.parent.parent
        described = config.describe(load(file, "[sources.content]\npath = 'content'"))

        assert json.loads(json.dumps(described)) == described
        assert described["folder"] == str(folder)
        assert described["web"] == {"host": "127.0.0.1", "port": 8000}
        assert described["sources"] == {
            "content": {"type": "folder", "path": f"{folder}/content", "every": "5m", "announce": False}
        }
        assert described["digests"]["weekly"] == {
            "cron": "0 8 * * mon",
            "unit": "week",
            "title": "Weekly digest",
            "template": "digest",
        }
        assert {
            table: set(keys) for table, keys in described.items() if table in {*rules.TABLES} - {*rules.NAMED}
        } == {table: set(keys) for table, keys in rules.TABLES.items() if table not in rules.NAMED}

    @pytest.mark.parametrize(
        ("url", "shown"),
        [
            ("postgresql://ada:secret@host/feeder", "postgresql://ada:***@host/feeder"),
            ("postgresql://ada:se@c/ret:?@host:5432/feeder", "postgresql://ada:***@host:5432/feeder"),
            ("postgresql://:secret@host/feeder", "postgresql://:***@host/feeder"),
            (
                "postgresql://host/feeder?user=ada&password=secret&x=y",
                "postgresql://host/feeder?user=ada&password=***&x=y",
            ),
            ("postgresql://ada@host:5432/feeder", "postgresql://ada@host:5432/feeder"),
            ("sqlite:////srv/a:b@c/feeder.db", "sqlite:////srv/a:b@c/feeder.db"),
        ],
    )
    def test_hides_passwords(self, file: Path, url: str, shown: str) -> None:
        assert config.describe(load(file, f"[store]\nurl = '{url}'"))["store"] == {"url": shown}


# ── Laws ─────────────────────────────────────────────────────────────────────────────────────────

TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1).filter(str.strip)
NAMES = st.from_regex(rules.NAME, fullmatch=True).filter(lambda name: name != "welcome")
DURATIONS = st.builds(
    timedelta, days=st.integers(0, 9999), hours=st.integers(0, 23), minutes=st.integers(0, 59)
).filter(bool)


@st.composite
def configurations(draw: st.DrawFn) -> dict[str, dict[str, object]]:
    tables: dict[str, dict[str, object]] = {
        "site": {"title": draw(TEXTS), "author": draw(TEXTS), "description": draw(TEXTS)},
        "publish": {"entries": draw(st.integers(1, 500))},
        "web": {"port": draw(st.integers(0, 65535))},
    }
    for name in draw(st.lists(NAMES, max_size=3)):
        tables[f"sources.{name}"] = {
            "path": f"{name}/x",
            "every": draw(st.sampled_from(["1s", "90s", "36h"])),
        }
    for name in draw(st.lists(NAMES, max_size=3)):
        tables[f"digests.{name}"] = {
            "cron": "5 4 1 * *",  # once in each unit at most
            "title": draw(TEXTS),
            "unit": draw(st.sampled_from(Unit)),
        }
    return tables


QUICK = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(configurations())
def test_what_is_described_can_be_written_and_reads_the_same(
    file: Path, tables: dict[str, dict[str, object]]
) -> None:
    file.write_text(toml(tables), "utf-8")
    once = config.load(file, {})
    described: dict[str, Any] = config.describe(once)
    del described["folder"]
    named = {f"{table}.{name}": described[table][name] for table in rules.NAMED for name in described[table]}
    plain = {table: keys for table, keys in described.items() if table not in rules.NAMED}

    file.write_text(toml(plain | named), "utf-8")

    assert config.load(file, {}) == once


@QUICK
@given(DURATIONS)
def test_a_duration_reads_as_it_was_written(file: Path, duration: timedelta) -> None:
    text = rules.duration_text(duration)
    count = int(text[:-1])
    if count <= 99999:  # more has no place in a configuration
        assert load(file, f'[delivery]\nlate = "{text}"').delivery.late == duration


@QUICK
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_whatever_is_written_as_a_title_becomes_one_line_or_is_refused(file: Path, text: str) -> None:
    file.write_text(toml({"site": {"title": text, "author": "Ada"}}), "utf-8")
    one_line = (
        bool(text.strip()) and len(text.splitlines()) == 1 and not re.search(r"[\x00-\x1f\x7f-\x9f]", text)
    )

    found = outcome(file)

    assert found.startswith(f"{file}, site.title = ") if not one_line else found == text.strip()


def outcome(file: Path, **environment: str) -> str:
    """Return the site's title, or what is wrong with the configuration."""
    try:
        return config.load(file, environment).site.title
    except ConfigurationError as error:
        return str(error)


@QUICK
@given(st.sampled_from(rules.keys("content")), st.text())
def test_whatever_the_environment_holds_is_taken_or_explained(
    file: Path, key: tuple[str, ...], text: str
) -> None:
    file.write_text(f"{SITE}[sources.content]\npath='x'\n[digests.content]\ncron='0 8 * * *'\ntitle='x'")
    variable = "FEEDER_" + "__".join(key).upper()

    found = outcome(file, **{variable: text})

    assert found.startswith(f"{variable} = ") or found in {"My work", text.strip()}


@pytest.mark.parametrize(
    ("name", "cron"), [("weekly", "0 8 * * mon,thu"), ("daily", "0 8,18 * * *"), ("monthly", "0 8 1,15 * *")]
)
def test_a_digest_that_would_lose_issues_is_refused(file: Path, name: str, cron: str) -> None:
    tables = {"site": {"title": "T", "author": "A"}, f"digests.{name}": {"cron": cron}}
    file.write_text(toml(tables), "utf-8")
    with pytest.raises(ConfigurationError, match=r"comes round more than once") as raised:
        config.load(file, {})
    assert f"digests.{name}.cron" in str(raised.value)
    file.write_text(toml(tables | {f"digests.{name}": {"cron": cron, "unit": "slot"}}), "utf-8")
    assert config.load(file, {}).digests[name].cron == cron
