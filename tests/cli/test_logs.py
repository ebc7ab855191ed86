"""The log of the service: the same events for people and for programs, and nobody's address in either."""

import json
import logging
from argparse import Namespace
from datetime import datetime
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.cli import logs
from feeder.cli.context import Context
from feeder.errors import ConfigurationError


class Written:
    """A logger of its own, and what it writes in one of the forms."""

    def __init__(self, form: str) -> None:
        self.running, self.stream = logs.Running(), StringIO()
        self.log = logging.Logger("feeder.sample")  # noqa: LOG001 - nobody else finds it
        handler = logging.StreamHandler(self.stream)
        handler.setFormatter(logs.formatter(form, self.running))
        self.log.addHandler(handler)

    @property
    def lines(self) -> list[str]:
        return self.stream.getvalue().splitlines()

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]


@pytest.fixture
def for_programs() -> Written:
    return Written(logs.JSON)


@pytest.fixture
def for_people() -> Written:
    return Written(logs.PLAIN)


def test_people_read_time_level_event_and_fields(for_people: Written) -> None:
    for_people.log.info("published", extra={"written": 3, "removed": 0})
    time, level, *rest = for_people.lines[0].split()
    assert datetime.fromisoformat(time).tzinfo
    assert (level, rest) == ("INFO", ["published", "written=3", "removed=0"])


def test_programs_read_an_object_a_line(for_programs: Written) -> None:
    for_programs.log.warning("a %s is late", "job", extra={"job": "publish", "lag": 7, "why": None})
    (told,) = for_programs.objects
    assert datetime.fromisoformat(told["time"]).utcoffset() is not None
    assert told["time"].endswith("+00:00")
    assert told["machine"]
    assert told["process"] > 0
    kept = {name: told[name] for name in ("level", "logger", "event", "job", "lag", "why")}
    assert kept == {
        "level": "warning",
        "logger": "feeder.sample",
        "event": "a job is late",
        "job": "publish",
        "lag": 7,
        "why": None,
    }


def test_what_a_job_says_has_its_name_and_that_of_its_run(for_programs: Written) -> None:
    log, running = for_programs.log, for_programs.running
    log.warning("before")
    for name in ("publish", "send"):
        with running.within(name):
            log.warning("one")
            log.warning("two")
    with running.within("publish", "job-17"):
        log.warning("three")
    log.warning("after")
    before, one, two, three, four, last, after = for_programs.objects
    assert "run" not in before | after
    assert (one["job"], three["job"]) == ("publish", "send")
    assert one["run"] == two["run"] != three["run"] == four["run"]
    assert last["run"] == "job-17"


def test_a_traceback_stays_on_its_line(for_programs: Written) -> None:
    try:
        1 / 0  # noqa: B018 - it is to fail
    except ZeroDivisionError:
        for_programs.log.exception("job failed")
    (told,) = for_programs.objects
    assert told["level"] == "error"
    assert told["traceback"].startswith("Traceback")
    assert told["traceback"].endswith("ZeroDivisionError: division by zero")


def test_a_field_cannot_pretend_to_be_one_of_ours(for_programs: Written) -> None:
    for_programs.log.warning("one", extra={"level": "debug", "event": "two", "machine": "elsewhere"})
    (told,) = for_programs.objects
    assert (told["level"], told["event"]) == ("warning", "one")
    assert told["machine"] != "elsewhere"


@pytest.mark.parametrize("form", logs.FORMS)
@pytest.mark.parametrize(
    "words",
    [
        "550 5.1.1 <ada@private.example>: no such user",
        "ada@private.example",
        "to=ada+digest@private.example,",
        "RCPT TO:<ädä@private.example>",
        "[mailto:ada@private.example]",
        "'ada@private.example'",
    ],
)
def test_what_a_server_answers_is_told_without_the_address_in_it(form: str, words: str) -> None:
    written = Written(form)
    written.log.warning("not sent", extra={"reason": words})
    written.log.error(words, exc_info=ValueError(words))
    assert "private" not in written.stream.getvalue()
    assert "***@***" in written.stream.getvalue()


@given(st.text(), st.text())
def test_whatever_is_logged_is_one_line_and_one_object(words: str, more: str) -> None:
    written = Written(logs.JSON)
    written.log.warning("%s", words, extra={"reason": more, "count": len(words)})
    (told,) = written.objects
    if "@" not in words:
        assert told["event"] == words
    assert told["count"] == len(words)


def test_a_long_word_is_looked_at_once() -> None:
    written = Written(logs.JSON)
    written.log.warning("%s a@b", "x" * 2_000_000)
    assert written.objects[0]["event"].endswith("x ***@***")


# ── Which form ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("option", "variable", "form"),
    [(None, "", "plain"), (None, "json", "json"), ("plain", "json", "plain"), ("json", "", "json")],
)
def test_the_option_comes_before_the_variable(
    monkeypatch: pytest.MonkeyPatch, option: str | None, variable: str, form: str
) -> None:
    monkeypatch.setenv("FEEDER_LOG", variable)
    assert Context(Namespace(log=option)).log == form


def test_a_form_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDER_LOG", "xml")
    with pytest.raises(
        ConfigurationError, match="FEEDER_LOG = 'xml': is no form of the log; write plain or json"
    ):
        assert Context(Namespace(log=None)).log
