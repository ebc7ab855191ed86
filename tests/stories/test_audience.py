"""Lists of people come in and go out, and single people get what they may ask for, with the real command."""

import csv
import json
import signal
import sqlite3
import subprocess
from contextlib import closing
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from feeder.subscribers import own
from feeder.workflows import audience as audience_workflow
from tests.conftest import FEEDER, Site, Told, new_site, plain_environment, until

MAILCHIMP = """\
Email Address,First Name,OPTIN_TIME,CONFIRM_TIME,TIMEZONE,UNSUB_TIME,TAGS
ada@example.org,Ada,2018-02-05 19:28:22,2018-02-05 19:28:23,Asia/Tokyo,,\"\"\"Ports\"\",\"\"Bridges\"\"\"
bo@example.org,Bo,,2019-01-01 00:00:00,,2020-01-01 00:00:00,
nobody,No,,2019-01-01 00:00:00,,,
ADA@example.org,Ada,,2019-01-01 00:00:00,,,
"""


def put(site: Site, text: str, name: str = "members.csv") -> Path:
    file = site.folder / name
    file.write_text(text, "utf-8", newline="")
    return file


def audience(site: Site) -> list[str]:
    return [reader["address"] for reader in site.done("subscriber", "list", "--json").json]


@pytest.fixture
def there(site: Site) -> Site:
    """A site with one reader."""
    site.done("subscriber", "add", "eve@example.org", "--hour", "7")
    return site


# ── Import ───────────────────────────────────────────────────────────────────────────────────────


def test_an_export_of_mailchimp_explains_itself_and_comes_in(site: Site) -> None:
    put(site, MAILCHIMP)
    told = site.done("subscriber", "import", "members.csv", "--from", "mailchimp", "--dry-run").out
    assert "members.csv: CSV with commas, UTF-8, 7 columns, read as Mailchimp" in told
    assert "Email Address  is address, where mail goes; such as a…@e….org" in told
    assert "not used: First Name" in told
    assert "consent: CONFIRM_TIME: when they confirmed" in told
    assert "4 rows: 1 would be taken" in told
    assert "ada@" not in told
    assert audience(site) == []
    told = site.done("subscriber", "import", "members.csv", "--from", "mailchimp").out
    assert "the first 4 rows: 1 to be taken" in told
    assert "4 rows: 1 taken" in told
    assert "members.csv.rejected.csv tells which rows, and why" in told
    assert audience(site) == ["ada@example.org"]
    with (site.folder / "members.csv.rejected.csv").open(encoding="utf-8", newline="") as file:
        assert [(row["line"], row["value"]) for row in csv.DictReader(file)] == [
            ("3", "bo@example.org"),
            ("4", "nobody"),
            ("5", "ADA@example.org"),
        ]
    shown = site.done("subscriber", "show", "ada@example.org", "--json").json
    assert shown["reason"] == "your subscription was brought over from Mailchimp"
    assert shown["consent"]["confirmed"] == "2018-02-05T19:28:23Z"


def test_a_script_reads_what_became_of_a_list(there: Site) -> None:
    there.feeder("subscriber", "add", "x@example.org", "--tag", "Ports")
    put(there, MAILCHIMP + "eve@example.org,Eve,,2019-01-01 00:00:00,,,\n")
    told = there.done(
        "subscriber", "import", "members.csv", "--from", "mailchimp", "--digest", "daily", "--zone", "Europe/Rome",
        "--report", "report.csv", "--json",
    ).json  # fmt: skip
    assert (told["rows"], told["taken"], told["dry_run"], told["report"]) == (5, 1, False, "report.csv")
    assert sum(told["passed"].values()) == 4
    assert told["remarks"] == {"tag 'Bridges' is none of this site": 1}
    assert told["columns"][0] == {"column": "Email Address", "field": "address", "example": "a…@e….org"}
    assert told["unused"] == ["First Name"]
    chosen = there.done("subscriber", "show", "ada@example.org", "--json").json["preferences"]
    assert (chosen["digest"], chosen["zone"], chosen["tags"]["any"]) == ("daily", "Asia/Tokyo", ["ports"])


def test_imported_readers_get_the_next_digest_with_the_reason(site: Site) -> None:
    site.done("once")
    put(site, MAILCHIMP)
    site.done("subscriber", "import", "members.csv", "--from", "mailchimp")
    site.write("a.md", "---\ntitle: News\n---\nNew.\n")
    site.done("once")
    site.now = "2026-11-22T23:00:00Z"  # Monday, 8:00 in Tokyo
    site.done("once")
    (mail,) = site.mails().values()
    text = message_from_bytes(mail, policy=policy.default).get_body(("plain",))
    assert text is not None
    assert "because your subscription was brought over from Mailchimp." in " ".join(
        text.get_content().split()
    )


@pytest.mark.parametrize(
    ("text", "options", "thing", "mend"),
    [
        ("email,name\na@example.org,A\n", [], "when people agreed", "--consent-waived REASON"),
        ("name,phone\nA,1\n", [], "known to hold addresses", "--map address=COLUMN"),
        ("email,mail,consent\na,b,c\n", [], "several columns for the address", "--map address=COLUMN"),
        ("email,consent\n", ["--map", "tags=Themes"], "not there", "columns are email, consent"),
        ("email,consent\n", ["--map", "tags"], "names no field and column", "--map address=Email"),
        ("email,consent\n", ["--digest", "hourly"], "digest 'hourly'", "take one of"),
        ("email,consent\n", ["--zone", "Mars"], "zone 'Mars'", "Europe/Berlin"),
        ("email,consent\n", ["--report", "members.csv"], "names the list itself", "another file"),
        ("email,consent\n", ["--report", "no/report.csv"], "cannot be written", "another file"),
        ("", [], "is empty", "heading"),
        ("PK\x03\x04", [], "archive", "CSV UTF-8"),
    ],
)
def test_what_cannot_be_understood_is_named_with_its_mend_and_nothing_is_done(
    quiet: Site, text: str, options: list[str], thing: str, mend: str
) -> None:
    put(quiet, text)
    told = quiet.feeder("subscriber", "import", "members.csv", *options)
    assert told.code == 2, str(told)
    assert thing in told.err
    assert mend in told.err
    assert "Traceback" not in told.err
    assert audience(quiet) == []
    assert not (quiet.folder / "members.csv.rejected.csv").exists()


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site to which nothing ever comes."""
    return new_site(tmp_path_factory.mktemp("quiet") / "site")


def test_a_plain_list_of_addresses_comes_in_for_a_reason_that_is_kept(site: Site) -> None:
    put(site, "ada@example.org\r\nbo@example.org\r\n", "list.txt")
    reason = "they signed the list at the fair of 2026"
    told = site.done("subscriber", "import", "list.txt", "--consent-waived", reason)
    assert f"consent: waived where the list tells none, since: {reason}" in told.out
    assert audience(site) == ["ada@example.org", "bo@example.org"]
    consent = site.done("subscriber", "show", "ada@example.org", "--json").json["consent"]
    assert (consent["wording"], consent["confirmed"], consent["form"]) == (reason, None, "list.txt")


def test_tags_for_all_are_reserved_unless_it_is_a_rehearsal(site: Site) -> None:
    put(site, "email,consent\nada@example.org,2020-01-01\n")
    put(site, "name\nada\n", "bad.csv")
    for _ in range(2):
        assert site.feeder("subscriber", "import", "bad.csv", "--tag", "New Ports").err.count("\n") == 1
    told = site.feeder("subscriber", "import", "members.csv", "--tag", "New Ports", "--dry-run")
    assert (told.code, told.complaints) == (0, ["feeder: no item is tagged 'New Ports' yet"])
    assert site.feeder("subscriber", "import", "members.csv", "--tag", "New Ports").code == 0
    chosen = site.done("subscriber", "show", "ada@example.org", "--json").json["preferences"]
    assert chosen["tags"]["any"] == ["new-ports"]


def test_after_a_kill_whole_batches_are_there_and_importing_again_goes_on(site: Site) -> None:
    rows = 45_000
    lines = ["email,consent", *(f"reader{number}@example.org,2020-01-01" for number in range(rows))]
    put(site, "\n".join(lines))
    site.done("subscriber", "list")
    command = [*FEEDER, "subscriber", "import", "members.csv", "--json"]
    with subprocess.Popen(
        command, cwd=site.folder, env=plain_environment() | site.environment, stdout=subprocess.DEVNULL
    ) as process:
        assert until(lambda: process.poll() is not None or count(site) > 0, 60)
        process.send_signal(signal.SIGKILL)
    before = count(site)
    assert before % audience_workflow._AT_ONCE == 0 or before == rows
    told = site.done(*command[len(FEEDER) :]).json
    assert (told["rows"], told["taken"]) == (rows, rows - before)
    assert count(site) == rows


def count(site: Site) -> int:
    with closing(sqlite3.connect(site.folder / "feeder.db")) as connection:
        return int(connection.execute("SELECT count(*) FROM subscribers").fetchone()[0])


# ── Export ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["all.csv", "all.json"])
def test_an_audience_moves_to_another_site_as_it_is(there: Site, tmp_path: Path, name: str) -> None:
    site = there
    put(site, MAILCHIMP)
    site.done("subscriber", "import", "members.csv", "--from", "mailchimp")
    site.done("subscriber", "export", name)
    other = new_site(tmp_path / "other")
    (other.folder / name).write_bytes((site.folder / name).read_bytes())
    told = other.done("subscriber", "import", name, "--json").json
    assert (told["rows"], told["taken"], told["service"]) == (2, 2, "feeder")
    other.done("subscriber", "export", f"again-{name}")
    assert (other.folder / f"again-{name}").read_bytes() == (site.folder / name).read_bytes()


def test_an_audience_is_written_to_standard_output(there: Site) -> None:
    told = there.done("subscriber", "export", "-").out.splitlines()
    assert told[0] == ",".join(own.COLUMNS)
    assert told[1].startswith("eve@example.org,active,,weekly,7,,UTC,")
    (eve,) = there.done("subscriber", "export", "-", "--format", "json").json
    assert (eve["address"], eve["hour"]) == ("eve@example.org", 7)


def test_all_that_is_known_of_one_reader_is_printed(there: Site) -> None:
    told = there.done("subscriber", "export", "EVE@example.org").json
    assert told["reader"]["address"] == "eve@example.org"
    assert told["reader"]["consent"]["origin"] == "hand"
    assert told.keys() == {
        "address",
        "reader",
        "suppressions",
        "deliveries",
        "requests",
        "letters",
        "choices",
        "returned",
    }
    told = there.feeder("subscriber", "export", "nobody@example.org")
    assert (told.code, told.out) == (1, "")
    assert "is not known here" in told.err
    assert there.feeder("subscriber", "export", f"{'a' * 300}@example.org").code == 1


def test_a_file_with_an_at_in_its_name_is_one_if_it_is_there(there: Site) -> None:
    put(there, "", "readers@2026.csv")
    assert there.done("subscriber", "export", "readers@2026.csv").out == ""
    assert "eve@example.org" in (there.folder / "readers@2026.csv").read_text("utf-8")


def test_where_nothing_can_be_written_nothing_is_lost(there: Site) -> None:
    told = there.feeder("subscriber", "export", "no/all.csv")
    assert told.code == 2
    assert "cannot be written" in told.err


# ── One person ───────────────────────────────────────────────────────────────────────────────────


def test_who_is_erased_is_not_brought_back_by_any_list(there: Site) -> None:
    site = there
    site.done("subscriber", "export", "all.csv")
    assert "only a keyed hash" in site.done("subscriber", "erase", "eve@example.org").out
    assert audience(site) == []
    told = site.done("subscriber", "import", "all.csv", "--json").json
    assert told["passed"] == {"must not be mailed, as was known here": 1}
    assert site.feeder("subscriber", "erase", "eve@example.org").code == 1


def test_an_address_is_suppressed_and_let_in_again_by_hand(there: Site) -> None:
    site = there
    site.done("subscriber", "suppress", "eve@example.org", "--reason", "asked by phone")
    assert site.done("subscriber", "show", "eve@example.org", "--json").json["status"] == "suppressed"
    (listed,) = site.done("subscriber", "export", "eve@example.org").json["suppressions"]
    assert (listed["cause"], listed["reason"]) == ("by-hand", "asked by phone")
    assert "and is active" in site.done("subscriber", "suppress", "eve@example.org", "--lift").out
    assert site.done("subscriber", "show", "eve@example.org", "--json").json["status"] == "active"
    assert refused(site, "subscriber", "suppress", "eve@example.org", "--lift").code == 1
    assert refused(site, "subscriber", "suppress", "nobody").code == 2


def refused(site: Site, *command: str) -> Told:
    told = site.feeder(*command)
    assert "Traceback" not in told.err
    assert told.out == ""
    return told


def test_links_of_earlier_mails_are_revoked(there: Site) -> None:
    assert "but for unsubscribing" in there.done("subscriber", "revoke", "eve@example.org").out
    assert there.done("subscriber", "show", "eve@example.org", "--json").json["links"] == 1
    assert refused(there, "subscriber", "revoke", "nobody@example.org").code == 1


# ── Lists ────────────────────────────────────────────────────────────────────────────────────────


def test_a_list_is_whole_json_with_none_one_or_several(site: Site) -> None:
    assert site.done("subscriber", "list", "--json").out == "[]\n"
    assert site.done("subscriber", "list").out == ""
    for name in ("ada", "bo"):
        site.done("subscriber", "add", f"{name}@example.org")
        told = site.done("subscriber", "list", "--json")
        assert told.out == json.dumps(told.json, ensure_ascii=False, indent=2) + "\n"
    assert [one["address"] for one in told.json] == ["ada@example.org", "bo@example.org"]
