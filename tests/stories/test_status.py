"""`feeder status`: one look at what goes on, and what needs a person."""

import json

from tests.conftest import MONDAY, Site, piece


def test_a_quiet_site_says_so(site: Site) -> None:
    assert "no issue yet" in site.done("status").out


def test_it_names_what_is_wrong_and_what_is_stopped(site: Site) -> None:
    site.write("a.md", piece("A quay", "tags: [x]"))
    site.settings["FEEDER_SOURCES__CONTENT__ANNOUNCE"] = "true"
    site.configure('[sources.gone]\ntype = "folder"\npath = "nowhere"')
    site.done("subscriber", "add", "reader@example.org", "--zone", "UTC")
    assert site.feeder("once").code == 1
    site.now = MONDAY
    site.done("digest", "send")
    site.done("digest", "pause", "weekly", "--reason", "wrong picture")
    told = site.done("status").out
    assert "! source gone cannot be read" in told
    assert "weekly/2026-W48: 1 planned: 1 accepted" in told
    assert "wrong picture" in told
    known = json.loads(site.done("status", "--json").out)
    assert (known["alarms"], list(known["failing_sources"])) == ([], ["gone"])
    assert known["issues"][0]["states"] == known["deliveries"]["states"] == {"accepted": 1}
    assert known["deliveries"]["accepted_last_hour"] == 1
    assert known["deliveries"]["oldest_undelivered"] is None
    assert next((job["job"], job["is_late"]) for job in known["jobs"]) == ("collect:content", True)
    assert "job collect" not in told, "a site that lives by cron has no intervals"
    assert told.index("! source gone") == 0, "what is wrong comes first"
