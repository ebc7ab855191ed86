"""The page where readers choose, and their account: every field of the forms, and what is said about it."""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from feeder import config
from feeder.app import App
from feeder.model.changes import Visit
from feeder.model.deliveries import Accepted, Outcome, Refused
from feeder.model.items import Draft, Kind
from feeder.model.settings import WEEKLY
from feeder.model.subscribers import Ask as Asked
from feeder.model.subscribers import Cause, Form, Preferences, Status, Subscriber
from feeder.tokens import Purpose
from feeder.workflows import prefer, subscribe, suppress
from feeder.workflows.arrange import arrange
from feeder.workflows.collect import apply
from feeder.workflows.release import release
from tests.web.conftest import asking, with_settings

Ask = Callable[..., httpx.Response]

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
NOW = datetime.now(UTC).replace(microsecond=0)
PLAIN = Preferences("weekly", "Europe/Berlin")
EVERYTHING = {"scope": "all", "kind": ["piece", "appearance"], "digest": "weekly", "form": "short"}
"""The form as it is sent by somebody who wants what everybody gets."""


class Filled(HTMLParser):
    """What a browser would send of the largest form of a page, and which of its fields are ticked."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[dict[str, list[str]]] = []
        self.labels: list[str] = []
        self._select = ""
        self._open = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        name, value = found.get("name") or "", found.get("value") or ""
        if tag == "form":
            self.forms.append({})
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in found:
            self.forms[-1][self._select] = [value]
        elif (
            tag == "input" and name and ("checked" in found or found.get("type") not in ("checkbox", "radio"))
        ):
            self.forms[-1].setdefault(name, []).append(value)

    @property
    def largest(self) -> dict[str, list[str]]:
        return max(self.forms, key=len)


@pytest.fixture
def reader(app: App) -> Subscriber:
    added = subscribe.add(
        app.store, "reader@example.net", PLAIN, app.recipe("weekly"), NOW - DAY, reason="r", welcome=0
    )
    assert isinstance(added, Subscriber)
    return added


@pytest.fixture
def path(app: App, reader: Subscriber) -> str:
    return f"/preferences/{app.signer.sign(Purpose.PREFERENCES, reader.id, reader.links)}"


@pytest.fixture
def account(app: App, reader: Subscriber) -> str:
    return f"/account/{app.signer.sign(Purpose.ACCOUNT, reader.id, reader.links, NOW + DAY)}"


def as_now(app: App, reader: Subscriber) -> Subscriber:
    with app.store.reading() as tx:
        found = tx.subscribers.with_id(reader.id)
    assert found is not None
    return found


def chosen(app: App, reader: Subscriber) -> Preferences:
    return as_now(app, reader).preferences


def tagged(app: App, tags: Mapping[str, int]) -> None:
    """Publish items so that there are so many with each tag."""
    drafts = [
        Draft(f"{tag}-{n}", Kind.PIECE, f"{tag} {n}", "s", tags=(tag,))
        for tag, count in tags.items()
        for n in range(count)
    ]
    apply(app.store, "told", drafts, Visit(NOW - HOUR, NOW - 2 * HOUR, announce=False))
    release(app.store, NOW - HOUR)
    arrange(app.store.transaction, [], 50, NOW - HOUR)


def asked(app: App) -> list[tuple[Asked, str]]:
    with app.store.transaction() as tx:
        return [(request.ask, request.address) for request in tx.requests.unanswered(100)]


# ── Every field ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, {}),
        ({"scope": "some", "tag": ["ports", "cables"]}, {"any_tags": ("ports", "cables")}),
        ({"scope": "all", "tag": ["ports"]}, {}),
        ({"scope": "some", "tag": ["ports", "ports"]}, {"any_tags": ("ports",)}),
        ({"never": ["cables"]}, {"no_tags": ("cables",)}),
        (
            {"scope": "some", "tag": "ports", "never": "cables"},
            {"any_tags": ("ports",), "no_tags": ("cables",)},
        ),
        ({"kind": "piece"}, {"kinds": (Kind.PIECE,)}),
        ({"kind": "appearance"}, {"kinds": (Kind.APPEARANCE,)}),
        ({"digest": "daily"}, {"digest": "daily"}),
        ({"digest": "daily", "week": "3", "month": "7"}, {"digest": "daily"}),
        ({"week": "6", "month": "7"}, {"day": 6}),
        ({"week": "0"}, {"day": 0}),
        ({"digest": "monthly", "month": "28", "week": "6"}, {"digest": "monthly", "day": 28}),
        ({"hour": "0"}, {"hour": 0}),
        ({"hour": "23"}, {"hour": 23}),
        ({"zone": "Asia/Tokyo"}, {"zone": "Asia/Tokyo"}),
        ({"form": "full"}, {"form": Form.FULL}),
        ({"language": "fr"}, {"language": "fr"}),
        ({"language": "en"}, {}),  # the site's own is none of the reader's
    ],
)
def test_every_field_is_saved(
    app: App, ask: Ask, reader: Subscriber, path: str, fields: dict[str, object], wanted: dict[str, object]
) -> None:
    tagged(app, {"Ports": 1, "Cables": 1})
    answer = ask("POST", path, data={**EVERYTHING, **fields, "do": "save"})
    assert answer.status_code == 200
    assert chosen(app, reader) == replace(PLAIN, **wanted)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wanted",
    [
        PLAIN,
        replace(PLAIN, any_tags=("ports",), no_tags=("cables",), kinds=(Kind.APPEARANCE,), form=Form.FULL),
        replace(PLAIN, digest="monthly", day=28, hour=0, zone="Asia/Tokyo", language="fr"),
        replace(PLAIN, digest="daily", hour=23, zone="UTC"),
        replace(PLAIN, day=0, any_tags=("once-there",), no_tags=("gone",)),
        replace(
            PLAIN, paused_until=datetime(NOW.year + 1, 3, 1, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
        ),
    ],
)
def test_a_form_that_is_sent_as_it_was_shown_changes_nothing(
    app: App, ask: Ask, reader: Subscriber, path: str, wanted: Preferences
) -> None:
    tagged(app, {"Ports": 1, "Cables": 1})
    prefer.choose(app.store, app.settings.digests, reader, wanted, NOW)
    before = as_now(app, reader)
    form = Filled(ask("GET", path).text).largest
    answer = ask("POST", path, data={**form, "do": "save"})
    assert (answer.status_code, chosen(app, reader)) == (200, wanted)
    assert as_now(app, reader) == before
    with app.store.reading() as tx:
        assert len(tx.choices.of(reader.id)) == int(wanted != PLAIN)


def test_what_was_saved_is_said_and_told_by_mail(app: App, ask: Ask, reader: Subscriber, path: str) -> None:
    answer = ask("POST", path, data={**EVERYTHING, "hour": "7", "do": "save"})
    assert "Saved. We also tell you by mail" in answer.text
    with app.store.reading() as tx:
        assert [letter.matter for letter in tx.letters.of(reader.id)] == ["changed"]
    assert Filled(answer.text).largest["hour"] == ["7"]


def test_the_page_speaks_the_language_that_was_just_chosen(
    app: App, ask: Ask, reader: Subscriber, path: str
) -> None:
    answer = ask("POST", path, data={**EVERYTHING, "language": "de"}, headers={"Accept-Language": "it"})
    assert '<html lang="de"' in answer.text


@pytest.mark.parametrize(
    "fields",
    [
        {"digest": "hourly"},
        {"zone": "Moon/Base"},
        {"zone": "../../etc/passwd"},
        {"hour": "24"},
        {"hour": "-1"},
        {"hour": "7.5"},
        {"hour": "٣"},
        {"week": "7"},
        {"week": "x"},
        {"month": "3"},
        {"form": "whole"},
        {"language": "tlh"},
        {"never": "no-such-tag"},
        {"kind": "podcasts"},
        {"pause": "2020-01-01"},
        {"pause": "9999-12-31"},
        {"pause": "2026-02-30"},
        {"pause": "tomorrow"},
        {"nonsense": "x"},
    ],
)
def test_what_is_no_choice_is_passed_over(
    app: App, ask: Ask, reader: Subscriber, path: str, fields: dict[str, str]
) -> None:
    answer = ask("POST", path, data={**EVERYTHING, **fields, "do": "save"})
    assert answer.status_code == 200
    assert as_now(app, reader) == reader


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"scope": "some"}, "choose one subject at least"),
        ({"scope": "some", "tag": "no-such-tag"}, "choose one subject at least"),
        ({"kind": []}, "choose pieces, media appearances, or both"),
    ],
)
def test_a_form_in_which_something_is_missing_saves_nothing_and_keeps_what_was_filled_in(
    app: App, ask: Ask, reader: Subscriber, path: str, fields: dict[str, object], said: str
) -> None:
    answer = ask("POST", path, data={**EVERYTHING, "hour": "7", **fields, "do": "save"})
    assert answer.status_code == 422
    assert said in answer.text
    assert as_now(app, reader) == reader
    form = Filled(answer.text).largest
    assert form["hour"] == ["7"]
    assert form["scope"] == [fields.get("scope", "all")]


# ── The pause ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "zone", ["Pacific/Auckland", "Atlantic/Reykjavik", "America/Los_Angeles", "Asia/Kolkata"]
)
def test_a_pause_ends_when_its_day_begins_where_the_reader_is(
    app: App, ask: Ask, reader: Subscriber, path: str, zone: str
) -> None:
    there = ZoneInfo(zone)
    day = (NOW.astimezone(there) + 9 * DAY).date()
    answer = ask("POST", path, data={**EVERYTHING, "zone": zone, "pause": day.isoformat()})
    until = chosen(app, reader).paused_until
    assert until == datetime(day.year, day.month, day.day, tzinfo=there).astimezone(UTC)
    assert Filled(answer.text).largest["pause"] == [day.isoformat()]
    next_issue_at = as_now(app, reader).next_issue_at
    assert next_issue_at is not None
    assert next_issue_at >= until


def test_an_empty_day_ends_a_pause(app: App, ask: Ask, reader: Subscriber, path: str) -> None:
    day = (NOW + 9 * DAY).date().isoformat()
    ask("POST", path, data={**EVERYTHING, "pause": day})
    assert chosen(app, reader).paused_until is not None
    ask("POST", path, data={**EVERYTHING, "pause": ""})
    assert as_now(app, reader) == reader


def test_a_pause_that_is_over_is_shown_no_more_and_saving_the_rest_tells_nothing_of_it(
    app: App, ask: Ask, reader: Subscriber, path: str
) -> None:
    over = replace(PLAIN, paused_until=NOW - HOUR)
    prefer.choose(app.store, app.settings.digests, reader, over, NOW - 2 * DAY)
    page = ask("GET", path).text
    assert Filled(page).largest["pause"] == [""]
    assert "after your pause" not in page
    assert "Nothing has changed." in ask("POST", path, data=EVERYTHING).text


# ── Many subjects ────────────────────────────────────────────────────────────────────────────────


def offered(page: str) -> list[str]:
    """Return the subjects that can be ticked, in their order."""
    parser = Ticks(page)
    return parser.found


class Ticks(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "input" and found.get("name") == "tag":
            self.found.append(str(found["value"]))


@pytest.fixture(scope="module")
def large(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with five hundred subjects, made once."""
    folder = shutil.copytree(made, tmp_path_factory.mktemp("large") / "site")
    with App(config.load(folder / "config/feeder.toml", {})) as app:
        tagged(app, {f"Subject {n:03}": 1 for n in range(499)} | {"Häfen": 3})
    return folder


class TestAmongFiveHundredSubjects:
    @pytest.fixture
    def app(self, large: Path, tmp_path: Path) -> Iterator[App]:
        """A copy of the large site, for one test."""
        folder = shutil.copytree(large, tmp_path / "site")
        with App(config.load(folder / "config/feeder.toml", {})) as app:
            yield app

    def test_the_largest_are_offered_first_and_a_search_finds_the_others(self, ask: Ask, path: str) -> None:
        page = ask("GET", path).text
        assert "Find some among 500 subjects" in page
        assert len(offered(page)) == 24
        assert offered(page)[0] == "hafen"
        found = ask("POST", path, data={**EVERYTHING, "search": "ject 49", "do": "find"}).text
        assert offered(found) == [f"subject-49{n}" for n in range(9)]

    @pytest.mark.parametrize("words", ["HÄF", "häfen", " Häfen "])
    def test_a_search_minds_neither_case_nor_spaces_around(self, ask: Ask, path: str, words: str) -> None:
        found = ask("POST", path, data={**EVERYTHING, "search": words, "do": "find"}).text
        assert offered(found) == ["hafen"]

    def test_finding_saves_nothing_and_keeps_what_was_filled_in(
        self, app: App, ask: Ask, reader: Subscriber, path: str
    ) -> None:
        form = {
            **EVERYTHING,
            "scope": "some",
            "tag": ["subject-007"],
            "never": ["subject-008"],
            "kind": "piece",
            "hour": "7",
            "digest": "daily",
            "search": "Häfen",
            "do": "find",
        }
        answer = ask("POST", path, data=form)
        assert answer.status_code == 200
        assert as_now(app, reader) == reader
        assert "Nothing is saved yet." in answer.text
        shown = Filled(answer.text).largest
        for name in ("scope", "tag", "never", "kind", "hour", "digest"):
            expected = form[name]
            assert shown[name] == (expected if isinstance(expected, list) else [expected])
        assert set(offered(answer.text)) == {"subject-007", "subject-008", "hafen"}

    def test_what_was_found_can_be_saved_with_what_was_chosen_before(
        self, app: App, ask: Ask, reader: Subscriber, path: str
    ) -> None:
        first = {**EVERYTHING, "scope": "some", "tag": ["subject-007"], "search": "Häfen", "do": "find"}
        form = Filled(ask("POST", path, data=first).text).largest
        ask("POST", path, data={**form, "tag": [*form["tag"], "hafen"], "do": "save"})
        assert chosen(app, reader).any_tags == ("subject-007", "hafen")

    def test_all_of_them_can_be_chosen_one_by_one(
        self, app: App, ask: Ask, reader: Subscriber, path: str
    ) -> None:
        every = [f"subject-{n:03}" for n in range(499)]
        ask("POST", path, data={**EVERYTHING, "scope": "some", "tag": every, "do": "save"})
        assert chosen(app, reader).any_tags == tuple(every)
        assert offered(ask("GET", path).text)[:499] == every

    def test_a_search_for_nothing_offers_what_was_offered_at_first(self, ask: Ask, path: str) -> None:
        page = ask("POST", path, data={**EVERYTHING, "search": "  ", "do": "find"}).text
        assert len(offered(page)) == 24

    def test_a_search_that_finds_nothing_says_so(self, ask: Ask, path: str) -> None:
        page = ask("POST", path, data={**EVERYTHING, "search": "<b>zzz</b>", "do": "find"}).text
        assert offered(page) == []
        assert "<b>zzz" not in page


# ── What is said about issues ────────────────────────────────────────────────────────────────────


def test_the_next_issue_is_told_where_the_reader_is(app: App, ask: Ask, reader: Subscriber) -> None:
    said = {}
    for zone in ("Asia/Tokyo", "America/New_York"):
        wanted = replace(PLAIN, digest="daily", hour=7, zone=zone)
        prefer.choose(app.store, app.settings.digests, as_now(app, reader), wanted, NOW)
        token = app.signer.sign(Purpose.PREFERENCES, reader.id, reader.links)
        said[zone] = ask("GET", f"/preferences/{token}").text
        assert as_now(app, reader).next_issue_at is not None
    assert all("7:00" in page for page in said.values())


def deliver(app: App, reader: Subscriber, outcome: Outcome | str) -> None:
    """Plan an issue for a reader, and let this become of it."""
    with app.store.transaction() as tx:
        tx.issues.welcome(reader.id, "weekly", 3, 0, NOW)
    if outcome == "waiting":
        return
    with app.store.transaction() as tx:
        (delivery,) = tx.deliveries.claim("me", 1, NOW, NOW + HOUR)
        if isinstance(outcome, str):
            if outcome == "empty":
                tx.deliveries.empty([delivery], "me", outcome, NOW)
            else:
                tx.deliveries.expire(delivery, "me", outcome, NOW)
            return
        tx.deliveries.attempt({delivery: None}, "me", NOW, NOW + HOUR)
        tx.deliveries.record({delivery: outcome}, "me", NOW, {})


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Accepted("q"), "went out on"),
        (Refused("no such mailbox"), "was refused by your mail server on"),
        ("empty", "nothing new that you asked for"),
        ("expired", "what it would have held comes with the next"),
        ("waiting", "is on its way"),
    ],
)
def test_what_became_of_the_last_issue_is_told(
    app: App, ask: Ask, reader: Subscriber, path: str, outcome: Outcome | str, said: str
) -> None:
    assert "The last one" not in ask("GET", path).text
    deliver(app, reader, outcome)
    page = ask("GET", path).text
    assert "The last one" in page
    assert said in page


def test_a_preview_shows_what_would_come_and_sends_nothing(
    app: App, ask: Ask, reader: Subscriber, path: str
) -> None:
    assert "Nothing new yet" in ask("GET", f"{path}/preview").text
    tagged(app, {"Ports": 2})
    answer = ask("GET", f"{path}/preview")
    assert "Ports 1" in answer.text
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "script-src" not in answer.headers["content-security-policy"]
    assert as_now(app, reader) == reader
    assert not app.settings.mail.folder.exists()


@pytest.mark.parametrize("path_of", ["/preferences/{}", "/preferences/{}/preview"])
def test_a_link_that_opens_nothing_is_said_to_be_too_old(
    app: App, ask: Ask, reader: Subscriber, path_of: str
) -> None:
    sign = app.signer.sign
    prefer.revoke_links(app.store, reader, NOW)
    for token in (
        sign(Purpose.PREFERENCES, reader.id, 0),
        sign(Purpose.PREFERENCES, 999),
        sign(Purpose.UNSUBSCRIBE, reader.id),
        sign(Purpose.ACCOUNT, reader.id, 1, NOW + DAY),
        "x",
    ):
        answer = ask("GET", path_of.format(token))
        assert answer.status_code == 410
        assert "This link does not work any more" in answer.text
        assert ask("POST", path_of.format(token), data=EVERYTHING).status_code in (405, 410)


@pytest.mark.parametrize("state", ["left", "suppressed"])
def test_one_who_gets_nothing_is_told_so_and_can_come_back_if_they_have_left(
    app: App, ask: Ask, reader: Subscriber, path: str, state: str
) -> None:
    if state == "left":
        subscribe.leave(app.store, app.signer, app.signer.sign(Purpose.UNSUBSCRIBE, reader.id), NOW)
    else:
        suppress.suppress(app.store, reader.address, Cause.BOUNCE, "550", NOW)
    page = ask("GET", path).text
    assert ("I want to come back" in page) == (state == "left")
    assert "Next issue" not in page
    ask("POST", path, data={"do": "return"})
    assert asked(app) == ([(Asked.JOIN, reader.address)] if state == "left" else [])
    assert as_now(app, reader).status == Status(state)


def test_one_whose_digest_is_not_configured_any_more_still_sees_and_saves_the_page(
    app: App, reader: Subscriber, path: str, account: str
) -> None:
    wanted = replace(PLAIN, digest="monthly", day=28)
    prefer.choose(app.store, app.settings.digests, reader, wanted, NOW)
    with App(replace(app.settings, digests={"weekly": WEEKLY})) as later:
        ask = asking(later)
        assert ask("GET", path).status_code == 200
        assert ask("GET", account).status_code == 200
        saved = ask("POST", path, data={"scope": "all", "kind": "piece", "hour": "9"})
    assert saved.status_code == 200
    assert chosen(app, reader).hour == 9


# ── The account ──────────────────────────────────────────────────────────────────────────────────


def test_the_account_is_reached_by_a_letter_alone(app: App, ask: Ask, reader: Subscriber, path: str) -> None:
    answer = ask("POST", path, data={"do": "account"})
    assert "to the address that your mail goes to" in answer.text
    assert asked(app) == [(Asked.ACCOUNT, reader.address)]
    assert "/account/" not in ask("GET", path).text


def test_the_account_shows_what_is_known(app: App, ask: Ask, reader: Subscriber, account: str) -> None:
    deliver(app, reader, Accepted("q"))
    page = ask("GET", account).text
    for said in ("reader@example.net", "subscribed", "noted on", "Europe/Berlin", "weekly welcome: accepted"):
        assert said in page


def test_all_that_is_known_can_be_taken_along(app: App, ask: Ask, reader: Subscriber, account: str) -> None:
    for number in range(12):
        with app.store.transaction() as tx:
            tx.issues.welcome(reader.id, "weekly", 3, 0, NOW)
            tx.deliveries.leave(reader.id, NOW)
        prefer.choose(app.store, app.settings.digests, as_now(app, reader), replace(PLAIN, hour=number), NOW)
    answer = ask("GET", f"{account}/data.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-disposition"] == 'attachment; filename="data.json"'
    assert answer.headers["cache-control"] == "no-store"
    told = json.loads(answer.text)
    assert told["subscriber"]["address"] == reader.address
    assert told["subscriber"]["consent"]["origin"] == "hand"
    assert {name: len(told[name]) for name in ("deliveries", "letters", "choices")} == {
        "deliveries": 12,
        "letters": 12,
        "choices": 12,
    }


def test_a_move_is_asked_for_at_the_new_address(app: App, ask: Ask, reader: Subscriber, account: str) -> None:
    answer = ask("POST", account, data={"do": "move", "address": " New@Example.org "})
    assert answer.status_code == 200
    assert asked(app) == [(Asked.MOVE, "New@example.org")]
    assert as_now(app, reader) == reader


def test_nobody_moves_to_what_is_no_address(app: App, ask: Ask, account: str) -> None:
    answer = ask("POST", account, data={"do": "move", "address": "nowhere"})
    assert answer.status_code == 422
    assert "This is no address that mail can be sent to" in answer.text
    assert asked(app) == []


def test_revoking_closes_the_page_that_did_it(
    app: App, ask: Ask, reader: Subscriber, account: str, path: str
) -> None:
    assert "The old links are useless now" in ask("POST", account, data={"do": "revoke"}).text
    assert as_now(app, reader) == replace(reader, links=1)
    assert ask("GET", account).status_code == ask("GET", path).status_code == 410


@pytest.mark.parametrize("fields", [{"do": "erase"}, {"do": "erase", "sure": ""}, {"sure": "1"}, {}])
def test_nobody_is_erased_without_the_tick(
    app: App, ask: Ask, reader: Subscriber, account: str, fields: dict[str, str]
) -> None:
    answer = ask("POST", account, data=fields)
    assert answer.status_code == 200
    assert as_now(app, reader) == reader
    assert "Nothing was erased" in answer.text


def test_whoever_is_sure_is_erased_at_once(
    app: App, ask: Ask, reader: Subscriber, account: str, path: str
) -> None:
    answer = ask("POST", account, data={"do": "erase", "sure": "1"})
    assert "Everything is erased" in answer.text
    assert as_now(app, reader).status is Status.ERASED
    assert app.settings.signup.erased is not None
    assert len(app.settings.signup.erased.read_text("ascii").splitlines()) == 1
    for gone in (path, f"{path}/preview", account, f"{account}/data.json"):
        assert ask("GET", gone).status_code == 410


@pytest.mark.parametrize(
    ("which", "fields"),
    [
        ("path", {"do": "account"}),
        ("path", {"do": "return"}),
        ("account", {"do": "move", "address": "a@example.org"}),
    ],
)
def test_what_sends_letters_can_be_asked_for_so_often(
    app: App, reader: Subscriber, path: str, account: str, which: str, fields: dict[str, str]
) -> None:
    with with_settings(app, "signup", per_network=3) as strict:
        ask = asking(strict)
        where = path if which == "path" else account
        answers = [ask("POST", where, data=fields) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert int(answers[-1].headers["retry-after"]) > 0
        # Choosing is never kept from anybody.
        assert ask("POST", path, data={**EVERYTHING, "hour": "5"}).status_code == 200
    assert len(asked(app)) <= 3
