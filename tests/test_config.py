"""The configuration: what may be written, what becomes of it, and what people are told."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeder import config, shipped
from feeder.config import rules, values, written
from feeder.errors import ConfigurationError
from feeder.model.appearances import KnownOutlet, Policy
from feeder.model.digests import Recipe, Unit
from feeder.model.feeds import Format
from feeder.model.items import Kind
from feeder.model.settings import (
    DAILY,
    INSTANT,
    MONTHLY,
    WEEKLY,
    Appearances,
    Database,
    Declared,
    Delivery,
    Dkim,
    Folder,
    Inbox,
    Login,
    Mail,
    MailProvider,
    MailServer,
    Merging,
    Metrics,
    Provider,
    Publish,
    Security,
    Settings,
    Signup,
    Site,
    Syndication,
    Web,
    WordPress,
)

SITE = '[site]\ntitle = "My work"\nauthor = "Ada"\n'


SENDS = {
    "FEEDER_SITE__PUBLIC_URL": "https://example.org/",
    "FEEDER_SITE__POSTAL_ADDRESS": "Street 1, City",
    "FEEDER_MAIL__SENDER": "ada@example.org",
}
"""What a site must tell before mail leaves by a server."""


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
        assert found.publish == Publish(folder / "public", changed=folder / "changed.txt")
        assert found.mail == Mail(folder / "mail", sender_name="My work")
        assert found.templates == folder / "templates"
        assert found.delivery == Delivery()
        assert found.web == Web()
        assert found.signup == Signup(erased=folder / "erased.txt")
        assert found.merging == Merging()
        assert found.appearances == Appearances()
        assert found.feeds == {}
        assert found.sources == {}
        assert found.outlets == {}
        assert found.digests == {
            "instant": INSTANT,
            "daily": DAILY,
            "weekly": WEEKLY,
            "monthly": MONTHLY,
        }

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
        assert load(file, "[web]\n[sources]\n[outlets]\n[digests.weekly]") == load(file)

    def test_a_mark_of_byte_order_is_no_part_of_the_text(self, file: Path) -> None:
        file.write_text(SITE, "utf-8-sig")

        assert config.load(file, {}).site.title == "My work"


class TestValues:
    def test_all_keys_reach_the_settings(self, file: Path) -> None:
        folder = file.parent.parent
        found = load(
            file,
            '''
public_url = "https://Example.org/blog"
id = "ada"
contact = "https://example.org/~ada?about"
description = "One\\nTwo"
language = "pt-BR"
zone = "Europe/Berlin"
postal_address = """
Street 1
City
"""
[store]
url = "postgresql+psycopg://ada:secret@localhost/feeder"
[publish]
folder = "/srv/www"
entries = 500
formats = ["rss", "atom"]
archives = false
content = "summary"
pages = false
hubs = ["https://hub.example.org/?x=y"]
hub = true
brotli = true
changed = ""
bucket = "s3://example-org/works"
bucket_gzip = true
purge = ["purge", "-v"]
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
rate = 0
proxies = ["10.0.0.0/8", "::1"]
[merging]
same = "merge"
[appearances]
accept = "automatic"
[sources.content]
type = "folder"
path = "content"
every = "90s"
announce = true
[sources.blog]
type = "wordpress"
url = "https://Blog.example.org/en"
user = "ada"
password = "abcd efgh"
outlet = "The Blog"
allow_private = true
every = "1h"
announce = true
[sources.column]
type = "feed"
url = "http://Weekly.example:8000/feed?author=Ada&n=1"
kind = "appearance"
outlet = "The Weekly"
only = ["author:Ada Byron", "url: https://weekly.example/a "]
skip = ["title:Corrections"]
pieces = ["category:column"]
appearances = ["text:podcast"]
allow_private = true
every = "2h"
announce = true
[sources.archive]
type = "sql"
url = "sqlite:///archive.db"
query = """
SELECT *
\tFROM texts
"""
changed = "changed_at"
every = "3h"
announce = true
[sources.archive.columns]
title = "Head line"
key = "id"
[sources.annex]
type = "sql"
url = "postgresql://ada@localhost/annex"
query = "SELECT 1"
columns = {body = "text"}
[outlets.harbour]
name = "Harbour Weekly"
home = "https://harbour-weekly.example"
language = "en-GB"
aliases = ["HW", "The Harbour Weekly"]
words = ["Harbour"]
policy = "full"
[outlets.bare]
name = "Bare"
[feeds.cables]
title = "Cables"
description = "Under\\nwater"
all = ["kind:piece"]
any = ["sea cables", "tag: repairs ", "outlet:Harbour: Weekly", "8:30"]
none = ["author:Bo", "language:de"]
content = "link"
[feeds.all-of-it]
title = "All of it"
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
all = ["kind:piece"]
any = ["sea cables", "outlet:Harbour Weekly"]
none = ["language:de"]
approval = true
undo = "30m"
''',
        )

        assert found.site == Site(
            title="My work",
            author="Ada",
            public_url="https://example.org/blog/",
            id="ada",
            contact="https://example.org/~ada?about",
            description="One\nTwo",
            language="pt-BR",
            zone="Europe/Berlin",
            postal_address="Street 1\nCity",
        )
        assert found.store.url == "postgresql+psycopg://ada:secret@localhost/feeder"
        assert found.publish == Publish(
            Path("/srv/www"),
            entries=500,
            formats=(Format.ATOM, Format.RSS),
            archives=False,
            content=Policy.SUMMARY,
            pages=False,
            hubs=("https://hub.example.org/?x=y",),
            hub=True,
            brotli=True,
            changed=None,
            bucket="s3://example-org/works",
            bucket_gzip=True,
            purge=("purge", "-v"),
        )
        assert found.mail == Mail(folder / "../post", "ada@example.org", "Ada")
        assert found.templates == folder / "looks"
        assert found.delivery == Delivery(timedelta(days=1), timedelta(seconds=30), 1, "at-most-once")
        assert found.web == Web("::1", 0, rate=0, proxies=("10.0.0.0/8", "::1"))
        assert found.merging == Merging("merge")
        assert found.appearances == Appearances("automatic")
        assert found.sources == {
            "content": Folder("content", folder / "content", timedelta(seconds=90), announce=True),
            "blog": WordPress(
                name="blog",
                url="https://blog.example.org/en/",
                every=timedelta(hours=1),
                announce=True,
                outlet="The Blog",
                user="ada",
                password="abcd efgh",
                allow_private=True,
            ),
            "column": Syndication(
                name="column",
                url="http://weekly.example:8000/feed?author=Ada&n=1",
                every=timedelta(hours=2),
                announce=True,
                kind=Kind.APPEARANCE,
                outlet="The Weekly",
                only=("author:Ada Byron", "url:https://weekly.example/a"),
                skip=("title:Corrections",),
                pieces=("category:column",),
                appearances=("text:podcast",),
                allow_private=True,
            ),
            "archive": Database(
                name="archive",
                url=f"sqlite:///{folder}/archive.db",
                query="SELECT *\n\tFROM texts",
                every=timedelta(hours=3),
                announce=True,
                columns={"title": "Head line", "key": "id"},
                changed="changed_at",
            ),
            "annex": Database(
                "annex", "postgresql://ada@localhost/annex", "SELECT 1", columns={"body": "text"}
            ),
        }
        assert found.outlets == {
            "harbour": KnownOutlet(
                name="Harbour Weekly",
                home="https://harbour-weekly.example",
                language="en-GB",
                aliases=("HW", "The Harbour Weekly"),
                words=("Harbour",),
                policy=Policy.FULL,
            ),
            "bare": KnownOutlet("Bare"),
        }
        assert found.feeds == {
            "cables": Declared(
                "cables",
                "Cables",
                "Under\nwater",
                all=("kind:piece",),
                any=("tag:sea cables", "tag:repairs", "outlet:Harbour: Weekly", "tag:8:30"),
                none=("author:Bo", "language:de"),
                content=Policy.LINK,
            ),
            "all-of-it": Declared("all-of-it", "All of it"),
        }
        assert found.digests == {
            "weekly": Recipe("weekly", WEEKLY.cron, Unit.WEEK, "Woche"),
            "instant": INSTANT,
            "daily": DAILY,
            "monthly": MONTHLY,
            "evening": Recipe("evening", "0 19 * * *", Unit.SLOT, "Evening"),
            "noon": Recipe(
                "noon",
                "0 12 * * *",
                Unit.DAY,
                "Noon",
                "short",
                all=("kind:piece",),
                any=("tag:sea cables", "outlet:Harbour Weekly"),
                none=("language:de",),
                approval=True,
                undo=timedelta(minutes=30),
            ),
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
            ("", ""),
            ("ada@Example.org", "ada@example.org"),
            (" https://Example.org:8000/@ada#contact ", "https://example.org:8000/@ada#contact"),
        ],
    )
    def test_contacts(self, file: Path, written: str, read: str) -> None:
        assert load(file, f'contact = "{written}"').site.contact == read

    @pytest.mark.parametrize(
        ("written", "read"),
        [
            ("https://example.org", "https://example.org"),
            ("http://[0::1]:80/@ada?münchen#x", "http://[::1]:80/@ada?münchen#x"),
            ("https://Example.org?feed=rss2", "https://example.org?feed=rss2"),
        ],
    )
    def test_feeds_keep_their_address(self, file: Path, written: str, read: str) -> None:
        source = load(file, f"[sources.x]\ntype = 'feed'\nurl = '{written}'").sources["x"]

        assert isinstance(source, Syndication)
        assert source.url == read

    def test_a_source_that_names_no_type_is_a_folder(self, file: Path) -> None:
        found = load(file, "[sources.x]\npath = 'x'").sources["x"]

        assert found == Folder("x", file.parent.parent / "x")

    @pytest.mark.parametrize(
        "text",
        [
            "url = 'https://blog.example'",
            "url = 'https://blog.example'\nuser = 'ada'\npassword = 'secret'",
            "url = 'http://blog.example'",
            "url = 'http://blog.example'\nuser = 'ada'\npassword = 'secret'\nallow_private = true",
        ],
    )
    def test_a_password_goes_where_only_the_blog_can_read_it(self, file: Path, text: str) -> None:
        assert load(file, f"[sources.x]\ntype = 'wordpress'\n{text}").sources.keys() == {"x"}

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
NO_FILE = "must be a file, relative to the site's folder or from /, without ~, or empty"
NO_HOST = "must be a host name or an IP address"
NO_SELECTOR = "must be labels of the DNS: letters, digits and hyphens, with dots between them"
NO_FOLDER = "must be a folder, relative to the site's or from /, without ~"
NO_PUBLIC = "must be http:// or https://, a host and perhaps a folder, in plain letters, without ? and #"
NO_TIME = 'must be a whole number from 1 and s, m, h or d, such as "5m"'
NO_CRON = "must be a cron expression of five fields that comes round"
NO_LIST = "must be a list of FIELD:WORDS, where FIELD is title, author, category, url or text"
NO_NAMES = "must be a list of names, each one line of text"
NO_THINGS = "must be a list of FIELD:WORDS, where FIELD is tag, outlet, author, kind or language, or of tags"
NO_COLUMN = "must be the name of a column"
NO_WEB = "must be http:// or https://, a host in plain letters and perhaps more, without spaces"
NO_NAME = "must be a name of small letters, digits and hyphens between them, at most 40 marks"


# What a query can tell of an item.
FIELDS = [
    "key",
    "kind",
    "title",
    "url",
    "outlet",
    "published",
    "posted",
    "embargo",
    "tags",
    "authors",
    "language",
    "note",
    "standfirst",
    "summary",
    "body",
    "image",
    "medium",
    "role",
    "topic",
    "slug",
    "draft",
]

# The least that a source of each type needs.
LEAST: dict[str, dict[str, object]] = {
    "folder": {"type": "folder", "path": "content"},
    "wordpress": {"type": "wordpress", "url": "https://blog.example/"},
    "feed": {"type": "feed", "url": "https://weekly.example/feed"},
    "sql": {"type": "sql", "url": "sqlite:////srv/archive.db", "query": "SELECT 1"},
}


NO_PLAIN_FOLDER = "must be the name of a folder in plain letters"


class Broken(NamedTuple):
    """Values that break the rule of a key, and what is said of them.

    `table` is the type, for a source.
    """

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
        "site",
        "contact",
        [
            "ada",
            "mailto:ada@example.org",
            "http://example.org/",
            "https://example.org/ada (me)",
            "https://example.org/ada)",
            "https://example.org/ä",
            "https://example.org/\nX: y",
            "ada@example.org\nX: y",
        ],
        "must be a mail address or an https address, or empty",
        "you@example.org",
    ),
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
    Broken("store", "engine", ["", "redis", "Local"], "must be auto, local or distributed", "auto"),
    Broken("publish", "folder", ["", "~/public", "a\nb"], NO_FOLDER, "content"),
    Broken("publish", "entries", [0, 501, "50", 5.5, True], "must be a whole number from 1 to 500", 50),
    Broken(
        "publish",
        "formats",
        [[], ["rss"], ["atom", "xml"], "atom", [1]],
        "must be a list of atom, rss and json, with atom among them",
        ["atom"],
    ),
    Broken("publish", "archives", ["yes"], "must be true or false", False),
    Broken("publish", "content", ["", "all"], "must be full, summary or link", "full"),
    Broken("publish", "pages", ["yes", 1], "must be true or false", False),
    Broken("publish", "hub", ["yes", 1], "must be true or false", False),
    Broken(
        "publish",
        "hubs",
        ["https://hub.example.org/", [""], ["hub.example.org"]],
        "must be a list of web addresses",
        ["https://hub.example.org/"],
    ),
    Broken("publish", "brotli", [1], "must be true or false", False),
    Broken(
        "publish",
        "changed",
        ["~/changed.txt", "a\nb"],
        NO_FILE,
        "changed.txt",
    ),
    Broken(
        "publish",
        "bucket",
        ["s3://", "http://example-org.s3.example", "s3://example-org//x", "s3://a b"],
        "must be s3://, gs:// or az:// and the name of a bucket, and perhaps a folder in it, or empty",
        "s3://example-org/works",
    ),
    Broken("publish", "bucket_gzip", [1], "must be true or false", False),
    Broken(
        "publish",
        "purge",
        ["purge", [1], [""], ["a\nb"]],
        "must be a list of the words of a command",
        ["/usr/local/bin/purge"],
    ),
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
    Broken(
        "mail",
        "leave",
        ["ada", "Ada <ada@example.org>"],
        "must be a plain mail address, or empty",
        "leave@example.org",
    ),
    Broken(
        "mail",
        "operator",
        ["ada", "Ada <ada@example.org>"],
        "must be a plain mail address, or empty",
        "you@example.org",
    ),
    Broken(
        "mail",
        "returns",
        ["ada", "Ada <ada@example.org>", "ä@example.org"],
        "must be a plain mail address, or empty",
        "returns@example.org",
    ),
    Broken(
        "mail",
        "outbound",
        ["203.0.113.25", ["mail.example.org"], ["include:"], ["include:a b"], ["203.0.113.0/24"]],
        "must be a list of IP addresses, or of include:DOMAIN",
        ["203.0.113.25"],
    ),
    Broken(
        "check",
        "resolver",
        ["dns.example.org", "192.0.2.53:", "192.0.2.53:x"],
        "must be an IP address, perhaps with a port, or empty",
        "192.0.2.53",
    ),
    Broken("signup", "open", ["yes"], "must be true or false", False),
    Broken("signup", "digest", ["", "Weekly"], NO_NAME, "weekly"),
    Broken("signup", "welcome", [-1, 501], "must be a whole number from 0 to 500", 5),
    Broken("signup", "per_network", [0, 100_001], "must be a whole number from 1 to 100000", 20),
    Broken("signup", "most", [0, 1_000_001], "must be a whole number from 1 to 1000000", 600),
    Broken("signup", "puzzle", [1], "must be true or false", False),
    Broken("signup", "keep_networks", ["0d"], NO_TIME, "5m"),
    Broken(
        "signup",
        "erased",
        ["~/erased.txt"],
        "must be a file, relative to the site's folder or from /, without ~, or empty",
        "changed.txt",
    ),
    Broken("mail.servers.x", "host", ["", "a b", "smtp://x"], NO_HOST, "mail.example.org"),
    Broken("mail.servers.x", "port", [0, 65536, "25"], "must be a whole number from 1 to 65535", 587),
    Broken("mail.servers.x", "security", ["", "ssl"], "must be tls, starttls or none", "starttls"),
    Broken("mail.servers.x", "user", ["a\nb"], NO_TEXT, "A few words"),
    Broken(
        "mail.servers.x",
        "auth",
        ["", "cram-md5"],
        "must be password, plain, login or xoauth2",
        "password",
    ),
    Broken(
        "mail.servers.x",
        "token_command",
        ["mail-token", [1], [""], ["a\nb"]],
        "must be a list of the words of a command",
        ["/usr/local/bin/mail-token"],
    ),
    Broken("mail.servers.x", "token_file", ["~/token"], NO_FILE, "changed.txt"),
    Broken("mail.servers.x", "weight", [0, 101], "must be a whole number from 1 to 100", 1),
    Broken("mail.servers.x", "rate", [-1], "must be a whole number from 0 to 100000000", 10_000),
    Broken("mail.servers.x", "connections", [0, 101], "must be a whole number from 1 to 100", 4),
    Broken("mail.servers.x", "timeout", ["0s", 60], NO_TIME, "5m"),
    Broken("mail.servers.x", "allow_plain", ["yes"], "must be true or false", False),
    Broken(
        "mail.provider",
        "name",
        ["", "Postmark", "mandrill"],
        "must be ses, postmark, mailgun, sendgrid, brevo or resend",
        "postmark",
    ),
    Broken("mail.provider", "user", ["a\nb"], NO_TEXT, "A few words"),
    Broken(
        "mail.provider",
        "region",
        ["EU", "eu west", "eu-west-1.evil.example/"],
        "must be a region, such as eu or eu-west-1, or empty",
        "eu-west-1",
    ),
    Broken("mail.provider", "domain", ["a/b"], f"{NO_HOST}, or empty", "mg.example.org"),
    Broken(
        "mail.provider",
        "stream",
        ["a b", "a\nb", "x" * 65],
        "must be a name of letters, digits, hyphens and underscores, or empty",
        "broadcast",
    ),
    Broken(
        "mail.provider",
        "api",
        ["api.example.org", "https://x/?a"],
        f"{NO_PUBLIC}, or empty",
        "https://api.example.org/",
    ),
    Broken("mail.provider", "weight", [0, 101], "must be a whole number from 1 to 100", 1),
    Broken("mail.provider", "rate", [-1, 2.5], "must be a whole number from 0 to 100000000", 10_000),
    Broken("mail.provider", "connections", [0, 21], "must be a whole number from 1 to 20", 4),
    Broken("mail.provider", "timeout", ["0s", 30], NO_TIME, "5m"),
    Broken(
        "mail",
        "webhooks.ses.topic",
        ["returns", "arn:aws:sqs:eu-west-1:123456789012:returns", "arn:aws:sns:eu-west-1:12:returns"],
        "must be the ARN of a topic of SNS, or empty",
        "arn:aws:sns:eu-west-1:123456789012:returns",
    ),
    Broken("mail", "webhooks.sendgrid.key", ["a b", "ä"], "must be a key in Base64, or empty", "MFkwEw=="),
    Broken("mail", "dkim.domain", ["https://example.org"], f"{NO_HOST}, or empty", "example.org"),
    Broken("mail", "dkim.selector", ["", "a b", "-a", "a..b", "ä"], NO_SELECTOR, "feeder"),
    Broken("mail", "dkim.key", ["~/key"], NO_FILE, "changed.txt"),
    Broken("mail", "dkim.ed25519_selector", ["a_b"], NO_SELECTOR, "feeder"),
    Broken("mail", "dkim.ed25519_key", ["a\nb"], NO_FILE, "changed.txt"),
    Broken("mail", "inbox.maildir", ["~/mail"], f"{NO_FOLDER}, or empty", "content"),
    Broken("mail", "inbox.host", ["imap://x"], f"{NO_HOST}, or empty", "imap.example.org"),
    Broken("mail", "inbox.port", [0, 65536], "must be a whole number from 1 to 65535", 993),
    Broken("mail", "inbox.security", ["ssl"], "must be tls, starttls or none", "tls"),
    Broken("mail", "inbox.user", ["a\nb"], NO_TEXT, "A few words"),
    Broken(
        "mail",
        "inbox.token_command",
        ["x", [3]],
        "must be a list of the words of a command",
        ["/usr/local/bin/mail-token"],
    ),
    Broken("mail", "inbox.token_file", ["~/token"], NO_FILE, "changed.txt"),
    Broken("mail", "inbox.folder", ["", "Rückläufer", " "], NO_PLAIN_FOLDER, "INBOX"),
    Broken("mail", "inbox.every", ["0s"], NO_TIME, "5m"),
    Broken("mail", "inbox.timeout", ["soon"], NO_TIME, "5m"),
    Broken("templates", "folder", [""], NO_FOLDER, "content"),
    Broken("delivery", "late", ["", "0m", "-1m", "5", "5 m", "5w", "٥m", "100000d", 5], NO_TIME, "5m"),
    Broken("delivery", "lease", ["1.5h"], NO_TIME, "5m"),
    Broken("delivery", "group", [0, 11], "must be a whole number from 1 to 10", 10),
    Broken("delivery", "rate", [-1, "many"], "must be a whole number from 0 to 100000000", 10_000),
    Broken(
        "delivery",
        "warm_up",
        [[0], ["50"], [True]],
        "must be a list of at most 30 whole numbers from 1 to 100000000",
        [50, 100, 200],
    ),
    Broken("delivery", "domain_rate", [-1], "must be a whole number from 0 to 100000000", 2_000),
    Broken("delivery", "uncertain", ["", "never"], "must be at-least-once or at-most-once", "at-least-once"),
    Broken(
        "web",
        "host",
        ["", "a b", "http://x", "300.1.1.1", "a..b"],
        NO_HOST,
        "127.0.0.1",
    ),
    Broken("web", "rate", [-1, 1_000_001, "600"], "must be a whole number from 0 to 1000000", 600),
    Broken(
        "web",
        "proxies",
        ["127.0.0.1", [""], ["localhost"], ["10.0.0.1/8"]],
        "must be a list of IP addresses or networks",
        ["127.0.0.1"],
    ),
    Broken("web", "port", [-1, 65536, "8000", False], "must be a whole number from 0 to 65535", 8000),
    Broken("web", "metrics", ["", "all", True], "must be local, token or off", "local"),
    Broken("merging", "same", ["", "ask", True], "must be propose or merge", "propose"),
    Broken("appearances", "accept", ["", "auto"], "must be by-hand or automatic", "by-hand"),
    Broken("links", "check", ["yes"], "must be true or false", False),
    Broken("links", "every", ["0d"], NO_TIME, "5m"),
    Broken(
        "links",
        "archive",
        ["archive.org", "ftp://archive.org/"],
        f"{NO_WEB}, or empty",
        "https://archive.org/wayback/available",
    ),
    Broken("links", "allow_private", ["no"], "must be true or false", False),
    *[
        broken
        for kind in rules.TYPES
        for broken in [
            Broken(
                kind, "type", ["", "rss", 3, ["feed"]], "must be folder, wordpress, feed or sql", "folder"
            ),
            Broken(kind, "every", ["0s"], NO_TIME, "5m"),
            Broken(kind, "announce", ["true", 1], "must be true or false", False),
        ]
    ],
    Broken("folder", "path", [""], NO_FOLDER, "content"),
    Broken(
        "wordpress",
        "url",
        ["", "blog.example", "https://blog.example/?p=1", "https://blog.example/#x", "ftp://blog.example"],
        NO_PUBLIC,
        "https://blog.example.org/",
    ),
    Broken("wordpress", "user", ["a:b", "a\nb"], f"{NO_TEXT} and colons", "ada"),
    Broken("wordpress", "outlet", ["a\nb"], NO_TEXT, "A few words"),
    Broken("wordpress", "allow_private", ["yes"], "must be true or false", False),
    Broken(
        "feed",
        "url",
        [
            "",
            "feed.xml",
            "/srv/feed.xml",
            "file:///srv/feed.xml",
            "feed://example.org/",
            "https://exam ple.org/",
            "https://example.org/a b",
            "https://example.org:70000/",
            "https://münchen.example/",
        ],
        NO_WEB,
        "https://example.org/feed.xml",
    ),
    Broken("feed", "kind", ["", "pieces"], "must be piece or appearance", "piece"),
    Broken("feed", "outlet", ["a\nb"], NO_TEXT, "A few words"),
    Broken(
        "feed",
        "only",
        [
            "title:x",
            [""],
            ["x"],
            ["title"],
            ["title:"],
            ["title: "],
            ["tag:x"],
            ["Title:x"],
            ["title:a\nb"],
            [1],
        ],
        NO_LIST,
        ["category:interview"],
    ),
    Broken("feed", "skip", [["title:x", "y"]], NO_LIST, ["category:interview"]),
    Broken("feed", "pieces", [[["title:x"]]], NO_LIST, ["category:interview"]),
    Broken("feed", "appearances", [[True]], NO_LIST, ["category:interview"]),
    Broken("feed", "allow_private", [0], "must be true or false", False),
    Broken(
        "sql",
        "url",
        ["", "archive.db"],
        "must be the address of a database",
        "postgresql://ada@localhost/archive",
    ),
    Broken(
        "sql",
        "query",
        ["", " \n", "SELECT\u0000", ["SELECT 1"]],
        "must be a query in SQL, without control characters",
        "SELECT * FROM texts",
    ),
    Broken("sql", "changed", ["a\nb", 1], f"{NO_COLUMN}, or empty", "title"),
    *[Broken("sql", f"columns.{field}", ["", "a\nb", 1], NO_COLUMN, "title") for field in FIELDS],
    Broken("outlets.x", "name", ["", "a\nb"], f"{NO_TEXT}, not empty", "Harbour Weekly"),
    Broken(
        "outlets.x",
        "home",
        ["harbour-weekly.example"],
        f"{NO_WEB}, or empty",
        "https://harbour-weekly.example",
    ),
    Broken("outlets.x", "language", ["english"], "must be a language tag, or empty", "en"),
    Broken("outlets.x", "aliases", ["HW", [""], [1]], NO_NAMES, ["The Harbour Weekly"]),
    Broken("outlets.x", "words", [["a\nb"]], NO_NAMES, ["The Harbour Weekly"]),
    Broken("outlets.x", "policy", ["", "all"], "must be full, summary or link", "link"),
    Broken("feeds.x", "title", ["", "a\nb"], f"{NO_TEXT}, not empty", "Cables and ports"),
    Broken(
        "feeds.x", "description", ["a\u0000b"], "must be text without control characters", "Street 1, City"
    ),
    Broken(
        "feeds.x",
        "all",
        ["ports", [""], ["kind:book"], ["kind:"], ["tags:x"], [1]],
        NO_THINGS,
        ["tag:sea cables"],
    ),
    Broken("feeds.x", "any", [["a\nb"]], NO_THINGS, ["tag:sea cables"]),
    Broken("feeds.x", "none", [["tag:"], ["outlet: "]], NO_THINGS, ["tag:sea cables"]),
    Broken("feeds.x", "content", ["all"], "must be full, summary or link, or empty", "full"),
    Broken(
        "digests.weekly",
        "cron",
        ["", "weekly", "0 8 * *", "0 0 8 * * mon", "0 25 * * *", "0 8 30 2 *", "0 8\n* * *"],
        NO_CRON,
        "0 8 * * mon",
    ),
    Broken("digests.weekly", "unit", ["", "year"], "must be day, week, month, slot or instant", "slot"),
    Broken("digests.weekly", "title", [""], f"{NO_TEXT}, not empty", "Weekly digest"),
    Broken("digests.weekly", "template", ["", "../secret", "A"], NO_NAME, "digest"),
    Broken("digests.weekly", "all", [["kind:book"], [1]], NO_THINGS, ["tag:sea cables"]),
    Broken("digests.weekly", "any", ["ports"], NO_THINGS, ["tag:sea cables"]),
    Broken("digests.weekly", "none", [["tag:"]], NO_THINGS, ["tag:sea cables"]),
    Broken("digests.weekly", "approval", ["yes", 1], "must be true or false", False),
    Broken(
        "digests.weekly",
        "undo",
        ["", "0", "-1m", "00s", "soon"],
        'must be a whole number from 0 and s, m, h or d, such as "5m"',
        "5m",
    ),
]


def toml(tables: Mapping[str, Mapping[str, object]]) -> str:
    """Write tables as TOML, for which JSON's text, numbers, truths and lists do."""
    return "\n".join(
        f"[{table}]\n" + "".join(f"{key} = {as_toml(value)}\n" for key, value in values.items())
        for table, values in tables.items()
    )


def leaves(table: rules.Table) -> Iterator[rules.Key]:
    """List the ways to all rules."""
    for name, found in table.items():
        if isinstance(found, values.Rule):
            yield (name,)
        else:
            yield from ((name, *key) for key in leaves(found))


def as_toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {as_toml(each)}" for key, each in value.items()) + "}"
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
        table = f"sources.{broken.table}" if broken.table in LEAST else broken.table
        tables: dict[str, dict[str, object]] = {
            "site": {"title": "My work", "author": "Ada"},
            "outlets.x": {"name": "X"},
            "feeds.x": {"title": "X"},
            "mail.servers.x": {"host": "localhost"},
            "mail.provider": {"name": "postmark", "key": "secret"},
        }
        tables.setdefault(table, dict(LEAST.get(broken.table, {})))[broken.key] = value
        file.write_text(toml(tables), "utf-8")

        with pytest.raises(ConfigurationError) as caught:
            config.load(file, {})

        shown = json.dumps(value, ensure_ascii=False)
        assert caught.value.thing == f"{file}, {table}.{broken.key} = {shown}"
        assert caught.value.rule == broken.rule
        assert caught.value.mend == f"write, for example, {json.dumps(broken.example)}"

    def test_a_plan_that_is_too_long(self, file: Path) -> None:
        file.write_text(f'[site]\ntitle = "A"\nauthor = "B"\n[delivery]\nwarm_up = {[1] * 31}\n', "utf-8")

        with pytest.raises(ConfigurationError, match="must be a list of at most 30 whole numbers"):
            config.load(file, {})

    def test_every_rule_is_tried(self) -> None:
        tried = {(broken.table.partition(".")[0], *broken.key.split(".")) for broken in BROKEN}
        tried |= {(*rules.SERVERS, broken.key) for broken in BROKEN if broken.table == "mail.servers.x"}
        tried |= {(*rules.PROVIDER, broken.key) for broken in BROKEN if broken.table == "mail.provider"}
        # Their values are not shown.
        elsewhere = {
            ("wordpress", "password"),
            (*rules.SERVERS, "password"),
            (*rules.PROVIDER, "key"),
            ("mail", "inbox", "password"),
            ("web", "metrics_token"),
            *(("mail", "webhooks", name, "secret") for name in ("postmark", "mailgun", "brevo", "resend")),
        }

        all_keys = {key[1:] if key[0] == "sources" else key for key in leaves(rules.TABLES)}
        assert all_keys <= tried | elsewhere

    @pytest.mark.parametrize(
        ("name", "secret"),
        [
            ("postmark", "too short"),
            ("mailgun", "much too short"),
            ("brevo", "a\nb"),
            ("resend", "whsec_!"),
            ("resend", "c2VjcmV1"),
        ],
    )
    def test_what_proves_a_webhook_is_told_to_nobody(self, file: Path, name: str, secret: str) -> None:
        file.write_text(toml({f"mail.webhooks.{name}": {"secret": secret}}), "utf-8")
        with pytest.raises(ConfigurationError) as caught:
            config.load(file, {"FEEDER_SITE__TITLE": "x", "FEEDER_SITE__AUTHOR": "x"})
        assert caught.value.thing == f"{file}, mail.webhooks.{name}.secret = ***"
        assert secret not in str(caught.value)

    @pytest.mark.parametrize("token", ["short", "with spaces in it, and long", "ünïcödé-ünïcödé-ünïcödé"])
    def test_a_token_that_breaks_its_rule_is_told_to_nobody(self, file: Path, token: str) -> None:
        found = problem(file, f"[web]\nmetrics = 'token'\nmetrics_token = '{token}'")
        assert found.startswith("web.metrics_token = ***: must be 16 to 200 letters, digits and signs")
        assert token not in found

    def test_a_token_and_the_wish_for_one_go_together(self, file: Path) -> None:
        token = "a-token-for-the-tests"
        assert problem(file, "[web]\nmetrics = 'token'") == (
            "web.metrics_token: is missing, while web.metrics is token; "
            "give it a value, best in the variable FEEDER_WEB__METRICS_TOKEN"
        )
        assert problem(file, f"[web]\nmetrics_token = '{token}'") == (
            'web.metrics_token: is there, while web.metrics is local; set web.metrics to "token", or take it out'
        )
        found = load(file, "[web]\nmetrics = 'token'", FEEDER_WEB__METRICS_TOKEN=token)
        assert (found.web.metrics, found.web.metrics_token) == (Metrics.TOKEN, token)
        assert config.describe(found)["web"]["metrics_token"] == "***"
        assert token not in f"{found}{config.describe(found)}"

    @pytest.mark.parametrize(
        ("text", "shown", "mend"),
        [
            (
                'public_url = "https://ada@example.org"',
                'site.public_url = "https://***@example.org"',
                "take them out",
            ),
            (
                'contact = "https://a:b@example.org"',
                'site.contact = "https://a:***@example.org"',
                "take them out",
            ),
            (
                "[outlets.x]\nname = 'X'\nhome = 'http://:secret@example.org'",
                'outlets.x.home = "http://:***@example.org"',
                "take them out",
            ),
            (
                "[sources.x]\ntype = 'feed'\nurl = 'https://secret@example.org/feed?token=secret'",
                'sources.x.url = "https://***@example.org/feed?token=***"',
                "take them out",
            ),
            (
                "[sources.x]\ntype = 'wordpress'\nurl = 'HTTPS://ada:sec@ret@example.org/'",
                'sources.x.url = "HTTPS://ada:***@example.org/"',
                "write them as sources.x.user and sources.x.password",
            ),
        ],
    )
    def test_a_web_address_has_no_user(self, file: Path, text: str, shown: str, mend: str) -> None:
        assert problem(file, text) == f"{shown}: must be without a user and a password; {mend}"

    @pytest.mark.parametrize("value", ["se\ncret", 12345, ["secret"]])
    def test_a_password_that_breaks_its_rule(self, file: Path, value: object) -> None:
        file.write_text(toml({"sources.x": LEAST["wordpress"] | {"user": "ada", "password": value}}), "utf-8")

        with pytest.raises(ConfigurationError) as caught:
            config.load(file, {"FEEDER_SITE__TITLE": "x", "FEEDER_SITE__AUTHOR": "x"})

        assert str(caught.value) == (
            f'{file}, sources.x.password = ***: {NO_TEXT}; write, for example, "A few words"'
        )

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
            ("[sources]\nurl = 'x'", "sources.url", "did you mean sources.NAME.url?"),
            ("[outlets.x]\nname = 'X'\nalias = []", "outlets.x.alias", "did you mean outlets.x.aliases?"),
            (
                "[sources.x]\ntype = 'sql'\nurl = 'sqlite://'\nquery = 'x'\ncolumns = {tilte = 'x'}",
                "sources.x.columns.tilte",
                "did you mean sources.x.columns.title?",
            ),
            (
                "[sources.x]\ntype = 'sql'\nurl = 'sqlite://'\nquery = 'x'\ncolumns = ['x']",
                "sources.x.columns",
                "did you mean sources.x.columns.url?",
            ),
            ("[zzz]", "zzz", "feeder.example.toml explains every key"),
        ],
    )
    def test_a_key_that_nobody_knows(self, file: Path, text: str, name: str, mend: str) -> None:
        assert problem(file, text) == f"{name}: is not a setting that feeder knows; {mend}"

    @pytest.mark.parametrize(
        ("kind", "text", "key", "types"),
        [
            ("folder", "url = 'x'", "url", "wordpress, feed or sql"),
            ("folder", "[sources.x.columns]\ntitle = 'x'", "columns.title", "sql"),
            ("folder", "columns = {}", "columns", "sql"),
            ("wordpress", "path = 'x'", "path", "folder"),
            ("wordpress", "only = []", "only", "feed"),
            ("feed", "password = 'secret'", "password", "wordpress"),
            ("feed", "query = 'x'", "query", "sql"),
            ("sql", "allow_private = true", "allow_private", "wordpress or feed"),
            ("sql", "outlet = 'x'", "outlet", "wordpress or feed"),
        ],
    )
    def test_a_key_of_another_type(self, file: Path, kind: str, text: str, key: str, types: str) -> None:
        table = toml({"sources.x": LEAST[kind]})

        assert problem(file, f"{table}\n{text}") == (
            f"sources.x.{key}: belongs to a source of type {types}, and this one is of type {kind}; "
            "take it out, or set sources.x.type"
        )

    def test_under_a_type_that_does_not_exist_only_what_all_have_is_judged(self, file: Path) -> None:
        text = "[sources.x]\ntype = 'rss'\nurl = 3\npath = 3\nevery = 3\nevry = 3"

        assert problem(file, text).splitlines() == [
            'sources.x.type = "rss": must be folder, wordpress, feed or sql; write, for example, "folder"',
            f'sources.x.every = 3: {NO_TIME}; write, for example, "5m"',
            f"sources.x.evry: {UNKNOWN}; did you mean sources.x.every?",
        ]

    @pytest.mark.parametrize(
        ("kind", "missing"),
        [("folder", ["path"]), ("wordpress", ["url"]), ("feed", ["url"]), ("sql", ["url", "query"])],
    )
    def test_what_a_source_needs(self, file: Path, kind: str, missing: list[str]) -> None:
        assert problem(file, f"[sources.x]\ntype = '{kind}'").splitlines() == [
            f"sources.x.{key}: is missing; give it a value" for key in missing
        ]

    def test_an_outlet_needs_a_name(self, file: Path) -> None:
        assert problem(file, "[outlets.x]") == "outlets.x.name: is missing; give it a value"

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            (
                "user = 'ada'",
                "sources.x.password: is missing, while sources.x.user is there; give it a value, best in the variable FEEDER_SOURCES__X__PASSWORD",
            ),
            (
                "password = 'secret'",
                "sources.x.user: is missing, while sources.x.password is there; give it a value",
            ),
            (
                "user = 'ada'\npassword = 'secret'",
                'sources.x.url = "http://blog.example/": would send the password for all to read; write https://, or set sources.x.allow_private to true if the network is your own',
            ),
        ],
    )
    def test_a_password_is_kept_safe(self, file: Path, text: str, told: str) -> None:
        assert problem(file, f"[sources.x]\ntype = 'wordpress'\nurl = 'http://blog.example'\n{text}") == told

    def test_a_key_before_all_tables(self, file: Path) -> None:
        file.write_text('zzz = "My work"\n' + SITE)

        with pytest.raises(ConfigurationError, match="zzz: is not a setting"):
            config.load(file, {})

    @pytest.mark.parametrize("name", ["Blog", "my_blog", "-blog", "blög", "a b", "x" * 41])
    def test_names(self, file: Path, name: str) -> None:
        assert problem(file, f"[sources.'{name}']\npath = 'x'") == (
            f"sources.{name}: {NO_NAME}; give it another name"
        )

    def test_the_source_of_items_by_hand(self, file: Path) -> None:
        with pytest.raises(ConfigurationError, match=r"sources\.hand: is for items by hand"):
            load(file, '[sources.hand]\npath = "x"\n')

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
        assert found.sources == {"my-blog": Folder("my-blog", found.folder / "elsewhere", announce=True)}
        assert found.digests["weekly"].title == "Woche"

    def test_holds_secrets_lists_and_columns(self, file: Path) -> None:
        tables = {f"sources.{kind}": dict(LEAST[kind]) for kind in ("wordpress", "feed", "sql")}
        tables["sources.wordpress"] |= {"user": "ada"}
        tables["sources.sql"] |= {"columns": {"title": "headline", "key": "id"}}

        found = load(
            file,
            toml(tables),
            FEEDER_SOURCES__WORDPRESS__PASSWORD="secret",
            FEEDER_SOURCES__WORDPRESS__ALLOW_PRIVATE="TRUE",
            FEEDER_SOURCES__FEED__APPEARANCES='["category:interview", "title:podcast"]',
            FEEDER_SOURCES__SQL__COLUMNS__TITLE="name",
            FEEDER_OUTLETS__HARBOUR_WEEKLY__NAME="Harbour Weekly",
            FEEDER_OUTLETS__HARBOUR_WEEKLY__ALIASES="[]",
        )

        blog, feed, archive = found.sources.values()
        assert isinstance(blog, WordPress)
        assert (blog.password, blog.allow_private) == ("secret", True)
        assert isinstance(feed, Syndication)
        assert feed.appearances == ("category:interview", "title:podcast")
        assert isinstance(archive, Database)
        assert archive.columns == {"title": "name", "key": "id"}
        assert found.outlets == {"harbour-weekly": KnownOutlet("Harbour Weekly")}

    def test_may_hold_a_whole_source(self, file: Path) -> None:
        found = load(file, FEEDER_SOURCES__X__TYPE="feed", FEEDER_SOURCES__X__URL="https://example.org/feed")

        assert found.sources == {"x": Syndication("x", "https://example.org/feed")}

    @pytest.mark.parametrize(
        "value", ["", "title:x", '{"title": "x"}', "3", "[1]", '["title:x"', "[" * 99999]
    )
    def test_holds_no_list_but_one_in_json(self, file: Path, value: str) -> None:
        told = problem(file, toml({"sources.x": LEAST["feed"]}), FEEDER_SOURCES__X__ONLY=value)

        assert told.startswith("FEEDER_SOURCES__X__ONLY = ")
        assert told.endswith(f': {NO_LIST}; write, for example, ["category:interview"]')

    def test_mends_the_file(self, file: Path) -> None:
        assert load(file, "[web]\nport = 70000", FEEDER_WEB__PORT="80").web.port == 80

    def test_may_hold_all_that_is_required(self, file: Path) -> None:
        file.write_text("")

        found = config.load(file, {"FEEDER_SITE__TITLE": "My work", "FEEDER_SITE__AUTHOR": "Ada"})

        assert found.site == Site("My work", "Ada")

    def test_has_variables_that_are_none_of_ours(self, file: Path) -> None:
        environment = {
            "FEEDER_CONFIG": "x",
            "FEEDER_NOW": "y",
            "FEEDER_LOG": "z",
            "PATH": "z",
            "MY_FEEDER_X": "",
            "FEEDERS": "",
        }

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
    SETTING = re.compile(r"(?m)^(?:# )?([a-z0-9_]+) = ")
    TABLE = re.compile(r"(?m)^\[(.+)\]\n")
    TYPE = re.compile(r'(?m)^type = "(.+)"$')

    @pytest.fixture
    def text(self) -> str:
        return shipped.example_configuration().read_text("utf-8")

    @pytest.fixture
    def with_examples(self, text: str) -> str:
        """Return it with the examples in use, as it tells people to do that."""
        return re.sub(r"(?m)^#(?! )", "", text)

    def test_has_every_key_and_no_other(self, with_examples: str) -> None:
        _, *parts = self.TABLE.split(with_examples)
        types: dict[str, str] = {}
        explained: set[rules.Key] = set()
        for table, text in zip(parts[::2], parts[1::2], strict=True):
            section, *below = table.split(".")
            if section == "sources":
                name, *columns = below
                types.setdefault(name, "".join(self.TYPE.findall(text)))
                below = [types[name], *columns]
            elif section in rules.NAMED:
                below = []
            elif (section, *below[:1]) == rules.SERVERS:
                below = below[:1]
            explained |= {(section, *below, key) for key in self.SETTING.findall(text)}

        assert explained == set(leaves(rules.TABLES))

    def test_explains_every_key_where_it_first_stands(self, with_examples: str) -> None:
        first_stands = re.sub(r"(?s)\n\[digests\.daily\].+?(?=\n\[delivery\])", "", with_examples)
        lines = first_stands.splitlines()
        for line, above in zip(lines[1:], lines, strict=False):
            if self.SETTING.match(line):
                assert re.fullmatch(r"# [A-Z\"].+\.", above), line

    def test_loads_as_a_new_sites_configuration(self, file: Path, text: str) -> None:
        file.write_text(text, "utf-8")
        folder = file.parent.parent

        found = config.load(file, {})

        assert found.site == Site("My work", "Your Name")
        assert found.sources == {"content": Folder("content", folder / "content")}
        assert found.outlets == {}
        assert found.feeds == {}

    def test_shows_a_source_of_each_type(self, file: Path, with_examples: str) -> None:
        file.write_text(with_examples, "utf-8")

        found = config.load(file, SENDS)

        assert [type(source) for source in found.sources.values()] == [
            Folder,
            WordPress,
            Syndication,
            Database,
        ]
        assert found.outlets == {"harbour-weekly": KnownOutlet("Harbour Weekly")}
        assert found.feeds == {"cables-and-ports": Declared("cables-and-ports", "Cables and ports")}

    def test_shows_the_defaults(self, file: Path, with_examples: str) -> None:
        file.write_text(with_examples, "utf-8")
        by_default = config.load(file, SENDS)

        file.write_text(re.sub(r"(?m)^# (?=[a-z0-9_]+ = )", "", with_examples), "utf-8")
        found = config.load(file, SENDS)

        # A column that is named like its field is what is taken by default.
        archive = found.sources["archive"]
        assert isinstance(archive, Database)
        assert archive.columns.keys() == set(FIELDS)
        others = {field: column for field, column in archive.columns.items() if field != column}
        found.sources["archive"] = replace(archive, columns=others)
        assert found == by_default


class TestDescription:
    def test_is_plain_and_complete(self, file: Path) -> None:
        folder = file.parent.parent
        text = toml(
            {f"sources.{kind}": least for kind, least in LEAST.items()}
            | {"outlets.x": {"name": "X", "words": ["x"]}, "sources.sql.columns": {"title": "headline"}}
            | {"feeds.x": {"title": "X", "any": ["ports"]}}
        )
        described = config.describe(load(file, text))

        assert json.loads(json.dumps(described)) == described
        assert described["folder"] == str(folder)
        assert described["web"] == {
            "host": "127.0.0.1",
            "port": 8000,
            "rate": 600,
            "proxies": ["127.0.0.1", "::1"],
            "metrics": "local",
            "metrics_token": "",
        }
        assert described["feeds"] == {
            "x": {"title": "X", "description": "", "all": [], "any": ["tag:ports"], "none": [], "content": ""}
        }
        assert described["sources"] == {
            "folder": {"type": "folder", "path": f"{folder}/content", "every": "5m", "announce": False},
            "wordpress": {
                "type": "wordpress",
                "url": "https://blog.example/",
                "every": "15m",
                "announce": False,
                "outlet": "",
                "user": "",
                "password": "",
                "allow_private": False,
            },
            "feed": {
                "type": "feed",
                "url": "https://weekly.example/feed",
                "every": "30m",
                "announce": False,
                "kind": "piece",
                "outlet": "",
                "only": [],
                "skip": [],
                "pieces": [],
                "appearances": [],
                "allow_private": False,
            },
            "sql": {
                "type": "sql",
                "url": "sqlite:////srv/archive.db",
                "query": "SELECT 1",
                "every": "15m",
                "announce": False,
                "columns": {"title": "headline"},
                "changed": "",
            },
        }
        for kind, shown in described["sources"].items():
            assert {("sources", "x", key) for key in shown} == {
                key[:3] for key in rules.keys("x", kind) if key[0] == "sources"
            }
        assert described["outlets"] == {
            "x": {"name": "X", "home": "", "language": "", "aliases": [], "words": ["x"], "policy": "link"}
        }
        assert described["digests"]["weekly"] == {
            "cron": "0 8 * * mon",
            "unit": "week",
            "title": "Weekly digest",
            "template": "digest",
            "all": [],
            "any": [],
            "none": [],
            "approval": False,
            "undo": "0s",
        }
        plain = rules.TABLES.keys() - {*rules.NAMED}
        assert {(table, key) for table in plain for key in described[table]} == {
            key[:2] for key in leaves(rules.TABLES) if key[0] in plain
        }

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
            (
                "mssql+pyodbc://?timeout=3&odbc_connect=UID%3Dada%3BPWD%3Dsecret",
                "mssql+pyodbc://?timeout=3&odbc_connect=***",
            ),
            ("postgresql://ada@host:5432/feeder", "postgresql://ada@host:5432/feeder"),
            ("sqlite:////srv/a:b@c/feeder.db", "sqlite:////srv/a:b@c/feeder.db"),
        ],
    )
    def test_hides_passwords(self, file: Path, url: str, shown: str) -> None:
        text = f"[store]\nurl = '{url}'\n[sources.x]\ntype = 'sql'\nurl = '{url}'\nquery = 'x'"
        described = config.describe(load(file, text))

        assert described["store"]["url"] == shown
        assert described["sources"]["x"]["url"] == shown

    def test_hides_the_password_of_a_blog(self, file: Path) -> None:
        blog = LEAST["wordpress"] | {"user": "ada", "password": "secret"}
        found = load(file, toml({"sources.x": blog}))

        assert config.describe(found)["sources"]["x"]["password"] == "***"
        assert "secret" not in str(found)

    def test_hides_what_proves_webhooks_and_shows_what_only_verifies(self, file: Path) -> None:
        topic = "arn:aws:sns:eu-west-1:123456789012:returns"
        found = load(
            file,
            f"[mail.webhooks.ses]\ntopic = '{topic}'\n[mail.webhooks.sendgrid]\nkey = 'MFkwEw=='\n"
            "[mail.webhooks.brevo]\nsecret = 'sixteen letters or more'\n[mail.webhooks.mailgun]\nsecret = ''",
        )

        assert found.mail.webhooks == {
            "ses": topic,
            "sendgrid": "MFkwEw==",
            "brevo": "sixteen letters or more",
        }
        assert config.describe(found)["mail"]["webhooks"] == {
            "ses": {"topic": topic},
            "sendgrid": {"key": "MFkwEw=="},
            "brevo": {"secret": "***"},
        }
        assert "sixteen" not in str(found)


class TestProviders:
    """Ways out by an interface on the web."""

    def test_a_name_and_a_key_are_enough(self, file: Path) -> None:
        found = load(file, '[mail.provider]\nname = "postmark"', **SENDS, FEEDER_MAIL__PROVIDER__KEY="secret")

        assert found.mail.provider == MailProvider(Provider.POSTMARK, "secret")
        assert found.mail.rates == {"postmark": 0}

    def test_all_keys_reach_the_settings(self, file: Path) -> None:
        text = """
[mail]
returns = "returns@example.org"
[mail.provider]
name = "ses"
key = "secret"
user = "AKIDEXAMPLE"
region = "eu-west-1"
stream = "digests"
api = "https://ses.example/double"
weight = 3
rate = 9
connections = 2
timeout = "5s"
"""
        assert load(file, text, **SENDS).mail.provider == MailProvider(
            Provider.SES,
            "secret",
            user="AKIDEXAMPLE",
            region="eu-west-1",
            stream="digests",
            api="https://ses.example/double/",
            weight=3,
            rate=9,
            connections=2,
            timeout=timedelta(seconds=5),
        )

    @pytest.mark.parametrize(
        ("text", "domain"), [("", "example.org"), ("domain = 'mg.example.org'", "mg.example.org")]
    )
    def test_mailgun_knows_us_by_the_senders_domain(self, file: Path, text: str, domain: str) -> None:
        found = load(
            file, f"[mail.provider]\nname = 'mailgun'\nkey = 'secret'\n{text}", **SENDS
        ).mail.provider

        assert found
        assert found.domain == domain

    def test_it_may_stand_beside_servers(self, file: Path) -> None:
        found = load(
            file,
            "[mail.servers.relay]\nhost = 'mail.example.net'\n[mail.provider]\nname = 'resend'\nkey = 'secret'",
            **SENDS,
        )

        assert found.mail.rates == {"relay": 0, "resend": 0}

    def test_its_key_is_hidden(self, file: Path) -> None:
        found = load(file, "[mail.provider]\nname = 'brevo'\nkey = 'open-sesame'", **SENDS)

        assert config.describe(found)["mail"]["provider"]["key"] == "***"
        assert "open-sesame" not in f"{found}{config.describe(found)}"
        assert "open-sesame" not in problem(
            file, "[mail.provider]\nname = 'brevo'\nkey = ['open-sesame']", **SENDS
        )

    def test_no_mail_leaves_from_nowhere(self, file: Path) -> None:
        told = problem(file, "[mail.provider]\nname = 'brevo'\nkey = 'secret'").splitlines()

        assert [line.partition(" before mail leaves by mail.provider; ")[2] for line in told] == [
            "mend that, or take these out, and mail goes into the Maildir"
        ] * 3

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("name = 'brevo'", "mail.provider.key: is missing; give it a value"),
            ("key = 'secret'", "mail.provider.name: is missing; give it a value"),
            (
                "name = 'ses'\nkey = 'secret'",
                'mail.provider.region = "": must be told for ses; give it a value',
            ),
            (
                "name = 'mailgun'\nkey = 'secret'\nregion = 'eu-west-1'",
                'mail.provider.region = "eu-west-1": must be us or eu for mailgun; write one of them, or take it out',
            ),
            (
                "name = 'brevo'\nkey = 'secret'\nstream = 'x'",
                'mail.provider.stream = "x": is of use for ses and postmark alone; take it out',
            ),
            (
                "name = 'sendgrid'\nkey = 'secret'\ndomain = 'example.org'",
                'mail.provider.domain = "example.org": is of use for mailgun alone; take it out',
            ),
            (
                "name = 'resend'\nkey = 'secret'\napi = 'http://double.example/'",
                'mail.provider.api = "http://double.example/": would send mail, and the key, for all to read; write https://',
            ),
            (
                "name = 'resend'\nkey = 'secret'\n[mail.servers.resend]\nhost = 'mail.example.net'",
                "mail.servers.resend: is called like the provider; give it another name",
            ),
            (
                "name = 'resend'\nkey = 'secret'\n[mail.dkim]\nkey = 'keys/feeder.pem'",
                "is nothing that resend takes: it signs for your domain itself; take it out",
            ),
        ],
    )
    def test_what_a_provider_cannot_do_is_told(self, file: Path, text: str, told: str) -> None:
        assert problem(file, f"[mail.provider]\n{text}", **SENDS).endswith(told)

    @pytest.mark.parametrize("name", [each for each in Provider if each is not Provider.SES])
    def test_so_is_a_return_path(self, file: Path, name: str) -> None:
        text = f"[mail]\nreturns = 'returns@example.org'\n[mail.provider]\nname = '{name}'\nkey = 'secret'"

        assert problem(file, text, **SENDS) == (
            f'mail.returns = "returns@example.org": is nothing that {name} takes: it has a return path of its own, '
            "and tells of what comes back; take it out"
        )

    @pytest.mark.parametrize(
        "api", ["http://127.0.0.1:8025/", "http://localhost:8025/", "https://double.example/"]
    )
    def test_a_double_may_be_near(self, file: Path, api: str) -> None:
        load(file, f"[mail.provider]\nname = 'resend'\nkey = 'secret'\napi = '{api}'", **SENDS)


class TestServers:
    """Ways out by SMTP."""

    RELAY = "[mail.servers.relay]\nhost = 'mail.example.net'\n"

    def test_a_host_is_enough(self, file: Path) -> None:
        found = load(file, self.RELAY, **SENDS)

        assert found.mail.servers == {"relay": MailServer("relay", "mail.example.net", 587)}
        assert found.mail.dkim == Dkim()

    @pytest.mark.parametrize(
        ("security", "port"), [("starttls", 587), ("tls", 465), ('none"\nallow_plain = true #"', 25)]
    )
    def test_the_port_goes_with_the_security(self, file: Path, security: str, port: int) -> None:
        found = load(file, f'{self.RELAY}security = "{security}"', **SENDS)

        assert found.mail.servers["relay"].port == port

    def test_all_of_it_reaches_the_settings(self, file: Path) -> None:
        folder = file.parent.parent
        found = load(
            file,
            self.RELAY
            + """port = 2525
security = "tls"
user = "ada"
auth = "xoauth2"
token_file = "token"
weight = 3
connections = 9
timeout = "30s"
[mail.servers.other-one]
host = "127.0.0.1"
security = "none"
[mail.dkim]
domain = "Example.org"
selector = "s1"
key = "keys/s1.pem"
ed25519_selector = "s2"
ed25519_key = "/etc/s2.pem"
""",
            **SENDS,
            FEEDER_MAIL__SERVERS__OTHER_ONE__PASSWORD="secret",
            FEEDER_MAIL__SERVERS__OTHER_ONE__USER="bob",
        )

        relay, other = found.mail.servers.values()
        assert relay == MailServer(
            "relay",
            "mail.example.net",
            2525,
            Security.TLS,
            "ada",
            auth=Login.XOAUTH2,
            token_file=folder / "token",
            weight=3,
            connections=9,
            timeout=timedelta(seconds=30),
        )
        assert (other.name, other.port, other.user, other.password) == ("other-one", 25, "bob", "secret")
        assert found.mail.dkim == Dkim("example.org", "s1", folder / "keys/s1.pem", "s2", Path("/etc/s2.pem"))

    def test_passwords_are_hidden(self, file: Path) -> None:
        found = load(file, f"{self.RELAY}user = 'ada'\npassword = 'open-sesame'", **SENDS)

        described = config.describe(found)["mail"]["servers"]["relay"]
        assert described["password"] == "***"
        assert "sesame" not in str(found)
        assert {("mail", "servers", "relay", key) for key in described} == {
            key for key in rules.keys("relay") if key[:2] == rules.SERVERS
        }

    @pytest.mark.parametrize(
        ("variable", "value", "thing", "rule"),
        [
            (
                "FEEDER_SITE__PUBLIC_URL",
                "http://example.org/",
                'FEEDER_SITE__PUBLIC_URL = "http://example.org/"',
                "must be a public https address before mail leaves by mail.servers",
            ),
            (
                "FEEDER_SITE__PUBLIC_URL",
                "https://[::1]:8443/x/",
                'FEEDER_SITE__PUBLIC_URL = "https://[::1]:8443/x/"',
                "must be a public https address before mail leaves by mail.servers",
            ),
            (
                "FEEDER_SITE__PUBLIC_URL",
                "https://localhost/",
                'FEEDER_SITE__PUBLIC_URL = "https://localhost/"',
                "must be a public https address before mail leaves by mail.servers",
            ),
            (
                "FEEDER_SITE__POSTAL_ADDRESS",
                " ",
                'FEEDER_SITE__POSTAL_ADDRESS = ""',
                "must be told before mail leaves by mail.servers",
            ),
            (
                "FEEDER_MAIL__SENDER",
                "feeder@localhost",
                'FEEDER_MAIL__SENDER = "feeder@localhost"',
                "must be at a domain of your own before mail leaves by mail.servers",
            ),
        ],
    )
    def test_no_mail_leaves_from_nowhere(
        self, file: Path, variable: str, value: str, thing: str, rule: str
    ) -> None:
        told = problem(file, self.RELAY, **SENDS | {variable: value})

        assert told.startswith(f"{thing}: {rule}; ")

    def test_all_that_is_missing_is_told(self, file: Path) -> None:
        told = problem(file, self.RELAY).splitlines()

        assert [line.partition(" = ")[0] for line in told] == [
            "site.public_url",
            "site.postal_address",
            "mail.sender",
        ]

    @pytest.mark.parametrize(
        ("text", "inbox"),
        [
            ("", Inbox()),
            ("maildir = '/var/mail/returns'", Inbox(Path("/var/mail/returns"))),
            (
                "host = 'imap.example.org'\nuser = 'returns'\npassword = 'sesame'\nfolder = 'Came \"back\"'",
                Inbox(None, "imap.example.org", 993, user="returns", password="sesame", folder='Came "back"'),
            ),
            (
                "host = 'localhost'\nuser = 'a'\npassword = 'b'\nsecurity = 'none'\nevery = '1h'",
                Inbox(None, "localhost", 143, Security.NONE, "a", "b", every=timedelta(hours=1)),
            ),
        ],
    )
    def test_a_mailbox_for_what_comes_back(self, file: Path, text: str, inbox: Inbox) -> None:
        found = load(file, f"[mail.inbox]\n{text}")
        assert found.mail.inbox == inbox
        assert found.mail.inbox.is_there == bool(text)
        assert "sesame" not in f"{config.describe(found)} {found}"

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            (
                "maildir = 'back'\nhost = 'h.example'\nuser = 'a'\npassword = 'b'",
                'mail.inbox.host = "h.example": is one mailbox, and maildir another; take one of them out',
            ),
            (
                "host = 'h.example'\nuser = 'a'\npassword = 'b'\ntoken_file = 'c'",
                "mail.inbox.token_file: is another way to log in than password; take one of them out",
            ),
            ("maildir = 'mail'", "takes the messages that leave; name another folder"),
            (
                "host = 'h.example'",
                "mail.inbox.user: is missing, while mail.inbox.host is there; give it a value",
            ),
            (
                "host = 'h.example'\nuser = 'a'",
                "mail.inbox.password: is missing, while mail.inbox.user is there; give it a value, best in the variable FEEDER_MAIL__INBOX__PASSWORD",
            ),
            (
                "host = 'h.example'\nuser = 'a'\npassword = 'b'\nsecurity = 'none'",
                'mail.inbox.security = "none": would send a password for all to read; write tls or starttls',
            ),
        ],
    )
    def test_a_mailbox_that_cannot_be_read_is_told(self, file: Path, text: str, told: str) -> None:
        (line,) = problem(file, f"[mail.inbox]\n{text}").splitlines()
        assert line.endswith(told)

    @pytest.mark.parametrize("host", ["127.0.0.1", "::1", "10.1.2.3", "localhost", "postfix", "mail.lan"])
    def test_a_server_nearby_may_be_spoken_to_in_the_open(self, file: Path, host: str) -> None:
        load(file, f"[mail.servers.x]\nhost = '{host}'\nsecurity = 'none'", **SENDS)

    @pytest.mark.parametrize("host", ["mail.example.net", "192.88.99.1", "localhost.example.org"])
    def test_a_server_elsewhere_is_not(self, file: Path, host: str) -> None:
        told = problem(file, f"[mail.servers.x]\nhost = '{host}'\nsecurity = 'none'", **SENDS)

        assert told == (
            'mail.servers.x.security = "none": would send mail, and a password, for all to read; '
            "write starttls or tls, or set mail.servers.x.allow_plain to true if the way is your own"
        )

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            (
                "user = 'ada'",
                "mail.servers.relay.password: is missing, while mail.servers.relay.user is there",
            ),
            (
                "password = 'x'",
                "mail.servers.relay.user: is missing, while mail.servers.relay.password is there",
            ),
            ("auth = 'xoauth2'", 'mail.servers.relay.auth = "xoauth2": needs a user, and either'),
            (
                "user = 'ada'\nauth = 'xoauth2'\ntoken_file = 'x'\ntoken_command = ['x']",
                'mail.servers.relay.auth = "xoauth2": needs a user, and either',
            ),
            ("token_file = 'x'", "mail.servers.relay.token_file: is of use for xoauth2 alone"),
            ("port = 25\n[mail.servers.Relay]\nhost = 'x'", "mail.servers.Relay: must be a name of small"),
            ("[mail.servers.other]", "mail.servers.other.host: is missing"),
            ("prot = 25", f"mail.servers.relay.prot: {UNKNOWN}; did you mean mail.servers.relay.port?"),
        ],
    )
    def test_problems(self, file: Path, text: str, told: str) -> None:
        assert problem(file, self.RELAY + text, **SENDS).startswith(told)


# ── Laws ─────────────────────────────────────────────────────────────────────────────────────────

TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1).filter(str.strip)
NAMES = st.from_regex("[a-z0-9]{1,9}(-[a-z0-9]{1,9}){0,3}", fullmatch=True).filter(
    lambda name: name != "welcome"
)
FORMATS = st.sets(st.sampled_from(["rss", "json"])).map(lambda some: ["atom", *sorted(some)])
DURATIONS = st.builds(
    timedelta, days=st.integers(0, 9999), hours=st.integers(0, 23), minutes=st.integers(0, 59)
).filter(bool)
# Sources with and without what they need not have.
SOURCES: list[dict[str, object]] = [
    *LEAST.values(),
    LEAST["wordpress"] | {"user": "ada", "password": "a b", "outlet": "The Blog", "allow_private": True},
    LEAST["feed"] | {"kind": "appearance", "only": ["title: a:b "], "skip": ["url:x", "text:ß"]},
    LEAST["sql"] | {"url": "sqlite:///x.db", "query": "SELECT\n\t'x'", "changed": "at"},
    LEAST["sql"] | {"columns": {"title": 'Head "line"', "key": "id"}},
]


@st.composite
def configurations(draw: st.DrawFn) -> dict[str, dict[str, object]]:
    tables: dict[str, dict[str, object]] = {
        "site": {"title": draw(TEXTS), "author": draw(TEXTS), "description": draw(TEXTS)},
        "publish": {"entries": draw(st.integers(1, 500)), "formats": draw(FORMATS)},
        "web": {"port": draw(st.integers(0, 65535)), "rate": draw(st.integers(0, 1000))},
    }
    for name in draw(st.lists(NAMES, max_size=3)):
        tables[f"sources.{name}"] = draw(st.sampled_from(SOURCES)).copy() | draw(
            st.fixed_dictionaries(
                {}, optional={"every": st.sampled_from(["1s", "90s", "36h"]), "announce": st.booleans()}
            )
        )
    for name in draw(st.lists(NAMES, max_size=3)):
        tables[f"outlets.{name}"] = draw(
            st.fixed_dictionaries(
                {"name": TEXTS},
                optional={
                    "aliases": st.lists(TEXTS, max_size=3),
                    "home": st.sampled_from(["", "https://example.org"]),
                    "language": st.sampled_from(["", "de"]),
                    "policy": st.sampled_from(Policy),
                },
            )
        )
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
    # A password is not described, and has its place in the environment.
    secrets = {
        written.variable(("sources", name, "password")): source.password
        for name, source in once.sources.items()
        if isinstance(source, WordPress)
    }
    described: dict[str, Any] = config.describe(once)
    del described["folder"]
    named = {f"{table}.{name}": described[table][name] for table in rules.NAMED for name in described[table]}
    plain = {table: keys for table, keys in described.items() if table not in rules.NAMED}

    file.write_text(toml(plain | named), "utf-8")

    assert config.load(file, secrets) == once


@QUICK
@given(DURATIONS)
def test_a_duration_reads_as_it_was_written(file: Path, duration: timedelta) -> None:
    text = values.duration_text(duration)
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


@pytest.mark.parametrize("kind", rules.TYPES)
@QUICK
@given(data=st.data(), text=st.text() | st.lists(TEXTS).map(json.dumps))
def test_whatever_the_environment_holds_is_taken_or_explained(
    file: Path, data: st.DataObject, kind: str, text: str
) -> None:
    key = data.draw(st.sampled_from(rules.keys("content", kind)))
    secret = {"user": "ada", "password": "secret"} if kind == "wordpress" else {}
    tables: dict[str, dict[str, object]] = {
        "site": {"title": "My work", "author": "Ada"},
        "sources.content": LEAST[kind] | secret,
        "outlets.content": {"name": "X"},
        "feeds.content": {"title": "X"},
        "digests.content": {"cron": "0 8 * * *", "title": "x"},
        "mail": {"sender": "ada@example.org"},
        "mail.servers.content": {"host": "localhost", "user": "ada", "password": "secret"},
        "mail.provider": {"name": "postmark", "key": "secret"},
    }
    tables["site"] |= {"public_url": "https://example.org/", "postal_address": "Street 1"}
    file.write_text(toml(tables))
    variable = written.variable(key)

    found = outcome(file, **{variable: text})

    assert found.startswith((f"{variable} = ", f"{variable}: ")) or found in {"My work", text.strip()}


def test_it_is_quick_to_import() -> None:
    heavy = {"sqlalchemy", "httpx", "lxml", "email_validator"}
    imported = subprocess.run(
        [sys.executable, "-c", "import sys, feeder.config; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert not heavy & set(imported.stdout.split())


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
