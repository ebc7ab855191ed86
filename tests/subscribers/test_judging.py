"""Who of a list becomes a reader, who must not be mailed, and who is left out and why."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.model import settings
from feeder.model.items import Kind
from feeder.model.newcomers import Newcomer, Outsider
from feeder.model.subscribers import Cause, Consent, Form, Origin, Preferences, Status, Subscriber
from feeder.subscribers import columns, maps, own, records, writing
from feeder.subscribers.judging import Judge, LeftOut, Verdict
from feeder.subscribers.wishes import Terms
from feeder.subscribers.writing import Shape, Writing

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SINCE = datetime(2018, 2, 5, 19, 28, 23, tzinfo=UTC)
TAGS = {"Ports": "ports", "ports": "ports", "Law, Order": "law-order"}
RECIPES = {recipe.name: recipe for recipe in (settings.WEEKLY, settings.DAILY, settings.MONTHLY)}


def first_issue(wanted: Preferences) -> datetime:
    return (wanted.paused_until or NOON) + DAY


TERMS = Terms("members.csv", NOON, RECIPES, "weekly", "Europe/Berlin", TAGS.get, first_issue)
HAND = replace(TERMS, waived="they asked at a fair")


def judge(
    row: Mapping[str, str], service: str = "", terms: Terms = TERMS, shape: Shape = Shape.CSV
) -> Verdict:
    """Judge the one row of a list."""
    form = Writing(shape, "utf-8", tuple(row))
    layout = columns.layout("members.csv", form.names, service, {})
    return Judge(layout, form, terms).judge(list(row.values()))


def newcomer(*arguments: Any, **keywords: Any) -> Newcomer:
    found = judge(*arguments, **keywords)
    assert isinstance(found, Newcomer), found
    return found


# ── By service ───────────────────────────────────────────────────────────────────────────────────

MAILCHIMP = {
    "Email Address": "Ada@Example.org", "First Name": "Ada", "OPTIN_TIME": "2018-02-05 19:28:22",
    "CONFIRM_TIME": "2018-02-05 19:28:23", "TIMEZONE": "America/New_York", "TAGS": '"Ports","Law, Order","Bridges"',
}  # fmt: skip


def test_a_row_of_mailchimp_becomes_a_reader() -> None:
    assert judge(MAILCHIMP, "mailchimp") == Newcomer(
        address="Ada@example.org",
        preferences=Preferences("weekly", "America/New_York", any_tags=("ports", "law-order")),
        next_issue_at=NOON + DAY,
        created=SINCE - timedelta(seconds=1),
        reason="your subscription was brought over from Mailchimp",
        consent=Consent(
            Origin.IMPORT, SINCE - timedelta(seconds=1), SINCE, "members.csv", "CONFIRM_TIME of Mailchimp"
        ),
    )


READERS: list[tuple[str, dict[str, str]]] = [
    ("substack", {"email": "a@b.org", "email_disabled": "false", "created_at": "2018-02-05T19:28:23.713Z"}),
    ("substack", {"Email": "a@b.org", "Subscription type": "Free", "Subscription date": "2018-02-05T19:28:23Z"}),
    ("ghost", {"email": "a@b.org", "subscribed_to_emails": "true", "created_at": "2018-02-05T19:28:23.000Z", "deleted_at": ""}),
    ("listmonk", {"email": "a@b.org", "status": "enabled", "created_at": "2018-02-05 19:28:23.1 +0000 UTC"}),
    ("buttondown", {"email_address": "a@b.org", "type": "premium", "creation_date": "2018-02-05T19:28:23Z", "tags": ""}),
    ("wordpress", {"email": "a@b.org", "subscription_status": "Subscribed", "date_subscribed": "2018-02-05T19:28:23+00:00"}),
    ("", {"email": "a@b.org", "consent": "2018-02-05T19:28:23Z", "status": "Active", "unsubscribed": "No"}),
    ("", {"email": "a@b.org", "consent": "2018-02-05T19:28:23Z", "Subscribed": "2018-02-05"}),
]  # fmt: skip


@pytest.mark.parametrize(("service", "row"), READERS)
def test_readers_of_every_service_bring_their_moment_of_consent(service: str, row: dict[str, str]) -> None:
    found = newcomer(row, service)
    assert (found.address, found.consent.confirmed, found.created) == ("a@b.org", SINCE, SINCE)


OUTSIDERS: list[tuple[str, dict[str, str], Cause]] = [
    ("mailchimp", MAILCHIMP | {"UNSUB_TIME": "2018-02-05 19:28:23", "UNSUB_REASON": "NORMAL"}, Cause.OPT_OUT),
    ("mailchimp", MAILCHIMP | {"UNSUB_TIME": "2018-02-05 19:28:23", "UNSUB_REASON": "N/A (Abuse)"}, Cause.COMPLAINT),
    ("mailchimp", MAILCHIMP | {"CLEAN_TIME": "2018-02-05 19:28:23"}, Cause.BOUNCE),
    ("mailchimp", {"email_address": "a@b.org", "status": "cleaned", "timestamp_opt": ""}, Cause.BOUNCE),
    ("substack", {"email": "a@b.org", "email_disabled": "true", "created_at": "2018-02-05"}, Cause.OPT_OUT),
    ("ghost", {"email": "a@b.org", "subscribed_to_emails": "false", "created_at": ""}, Cause.OPT_OUT),
    ("ghost", {"email": "a@b.org", "subscribed_to_emails": "true", "deleted_at": "2018-02-05T19:28:23Z"}, Cause.OPT_OUT),
    ("listmonk", {"email": "a@b.org", "status": "blocklisted", "created_at": ""}, Cause.OPT_OUT),
    ("buttondown", {"email": "a@b.org", "type": "unsubscribed", "creation_date": ""}, Cause.OPT_OUT),
    ("buttondown", {"email": "a@b.org", "type": "undeliverable", "creation_date": ""}, Cause.BOUNCE),
    ("buttondown", {"email": "a@b.org", "type": "complained", "creation_date": ""}, Cause.COMPLAINT),
    ("wordpress", {"email": "a@b.org", "Email subscription": "Not sending"}, Cause.BOUNCE),
    ("", {"email": "a@b.org", "opted out": "yes"}, Cause.OPT_OUT),
    ("", {"email": "a@b.org", "UNSUB_TIME": "2018-02-05 19:28:23", "CONFIRM_TIME": "2018-02-05 19:28:23"}, Cause.OPT_OUT),
    ("", {"email": "a@b.org", "status": "spam"}, Cause.COMPLAINT),
    ("", {"email": "a@b.org", "subscribed": "No", "status": "active"}, Cause.OPT_OUT),
]  # fmt: skip


@pytest.mark.parametrize(("service", "row", "cause"), OUTSIDERS)
def test_who_left_bounced_or_complained_must_not_be_mailed_even_if_consent_is_waived(
    service: str, row: dict[str, str], cause: Cause
) -> None:
    for terms in (TERMS, HAND):
        found = judge(row, service, terms)
        assert isinstance(found, Outsider)
        assert (found.causes, found.reason) == ((cause,), "told by members.csv")
        assert found.since in (SINCE, SINCE.replace(hour=0, minute=0, second=0), NOON)


UNCONFIRMED: list[tuple[str, dict[str, str], str]] = [
    ("buttondown", {"email": "a@b.org", "type": "unactivated", "creation_date": "2018-02-05"}, "has not confirmed"),
    ("buttondown", {"email": "a@b.org", "type": "removed", "creation_date": "2018-02-05"}, "gets no mail"),
    ("wordpress", {"email": "a@b.org", "status": "Not confirmed", "since": "2018-02-05"}, "has not confirmed"),
    ("wordpress", {"email": "a@b.org", "status": "Not subscribed", "since": "2018-02-05"}, "gets no mail"),
    ("listmonk", {"email": "a@b.org", "status": "disabled", "created_at": "2018-02-05"}, "gets no mail"),
    ("", {"email": "a@b.org", "status": "pending", "confirmed_at": "2018-02-05"}, "has not confirmed"),
    ("", {"email": "a@b.org", "status": "wobbly", "confirmed_at": "2018-02-05"}, "a status that is not known"),
    ("", {"email": "a@b.org", "status": "", "confirmed_at": "2018-02-05"}, "a status that is not known"),
    ("ghost", {"email": "a@b.org", "subscribed_to_emails": "", "created_at": "2018-02-05"}, "a status that is not known"),
]  # fmt: skip


@pytest.mark.parametrize(("service", "row", "reason"), UNCONFIRMED)
def test_who_is_not_surely_a_reader_is_left_out(service: str, row: dict[str, str], reason: str) -> None:
    for terms in (TERMS, HAND):
        found = judge(row, service, terms)
        assert isinstance(found, LeftOut)
        assert found.reason == reason


# ── Consent ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("", "no moment of consent"),
        ("yes", "a consent without a moment"),
        ("05/02/2018", "a consent without a moment"),
        ("no", "no consent"),
        ("FALSE", "no consent"),
        ("2026-11-22T12:00:00Z", "a consent that lies in the future"),
    ],
)
def test_without_a_moment_of_consent_nobody_is_taken(said: str, reason: str) -> None:
    found = judge({"email": "a@b.org", "Consent": said})
    assert found == LeftOut(reason, "Consent", said)


@pytest.mark.parametrize(
    "row", [{"email": "a@b.org"}, {"email": "a@b.org", "consent": ""}, {"email": "a@b.org", "consent": "yes"}]
)
def test_a_waiver_stands_for_a_missing_moment_and_its_reason_is_kept(row: dict[str, str]) -> None:
    found = newcomer(row, terms=HAND)
    assert found.consent == Consent(Origin.IMPORT, NOON, None, "members.csv", "they asked at a fair")
    assert (found.created, found.reason) == (NOON, "your subscription was brought over from another list")


def test_a_waiver_changes_nothing_where_there_is_a_moment_or_a_no() -> None:
    assert newcomer({"email": "a@b.org", "consent": "2018-02-05"}, terms=HAND).consent.confirmed == datetime(
        2018, 2, 5, tzinfo=UTC
    )
    assert judge({"email": "a@b.org", "consent": "no"}, terms=HAND) == LeftOut("no consent", "consent", "no")


def test_nobody_asked_after_they_agreed_or_came_after_now() -> None:
    row = {"email": "a@b.org", "consent": "2018-02-05", "asked": "2019-01-01", "created": "2030-01-01"}
    found = newcomer(row)
    assert found.consent.asked == found.consent.confirmed
    assert found.created == NOON


# ── Addresses and preferences ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("said", "reason", "more"),
    [
        ("", "no address", "An email address must have an @-sign."),
        ("  ", "no address", "An email address must have an @-sign."),
        ("nobody", "an address that cannot be mailed", "An email address must have an @-sign."),
        ("=HYPERLINK(a)@b", "an address that cannot be mailed", None),
    ],
)
def test_what_is_no_address_is_left_out_and_said_why(said: str, reason: str, more: str | None) -> None:
    found = judge({"email": said}, terms=HAND)
    assert isinstance(found, LeftOut)
    assert (found.reason, found.column, found.value) == (reason, "email", said.strip())
    assert more is None or found.more == more


def test_spaces_around_an_address_do_not_count() -> None:
    assert newcomer({"email": "  ada@example.org "}, terms=HAND).address == "ada@example.org"


def test_tags_are_wanted_by_all_and_those_that_the_site_has_not_are_counted() -> None:
    form = Writing(Shape.CSV, "utf-8", ("email", "tags"))
    layout = columns.layout("list", form.names, "", {})
    judging = Judge(layout, form, replace(HAND, tags=("news",)))
    for tags in ("Ports, Bridges", "Bridges", "Locks;Ports", ""):
        found = judging.judge([f"{len(tags)}@b.org", tags])
        assert isinstance(found, Newcomer)
        assert found.preferences.any_tags == (("ports", "news") if "Ports" in tags else ("news",))
    assert judging.remarks == {"tag 'Bridges' is none of this site": 2, "tag 'Locks' is none of this site": 1}


def test_zones_and_languages_that_do_not_exist_are_passed_over() -> None:
    row = {"email": "a@b.org", "zone": "Mars/Base", "language": "de_AT"}
    assert newcomer(row, terms=HAND).preferences == Preferences("weekly", "Europe/Berlin", language="de-AT")
    assert newcomer(row | {"language": "?"}, terms=HAND).preferences.language == ""


def test_a_digest_that_is_chosen_for_all_is_theirs() -> None:
    assert (
        newcomer({"email": "a@b.org"}, terms=replace(HAND, must_have="daily")).preferences.digest == "daily"
    )


# ── feeder's own lists ───────────────────────────────────────────────────────────────────────────

ADA = Subscriber(
    7, "ada@example.org", Preferences("weekly", "Asia/Tokyo", day=6), 3, SINCE, "you signed up",
    status=Status.ACTIVE, next_issue_at=NOON,
    consent=Consent(Origin.FORM, SINCE, SINCE + DAY, "subscribe", "Yes, send it", "de"),
)  # fmt: skip


def as_cells(reader: Subscriber, *causes: Cause) -> dict[str, str]:
    return dict(zip(own.COLUMNS, own.cells(own.values(reader, causes)), strict=True))


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
SLUGS = st.lists(
    st.from_regex("[a-z0-9]{1,8}(-[a-z0-9]{1,4})?", fullmatch=True), unique=True, max_size=3
).map(tuple)
MOMENTS = st.integers(946_684_800, 1_795_176_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
ACTIVE = st.builds(
    Subscriber,
    id=st.just(1),
    address=st.sampled_from(["ada@example.org", "+a@example.org", "-@example.org", "'x@example.org", "=1@example.org", "läser@example.org"]),
    status=st.just(Status.ACTIVE),
    preferences=st.builds(
        Preferences,
        digest=st.sampled_from(["weekly", "monthly"]),
        zone=st.sampled_from(["UTC", "Europe/Berlin"]),
        any_tags=SLUGS,
        no_tags=SLUGS,
        kinds=st.sampled_from([(Kind.PIECE,), (Kind.APPEARANCE, Kind.PIECE)]),
        hour=st.none() | st.integers(0, 23),
        day=st.none() | st.integers(1, 6),
        form=st.sampled_from(Form),
        language=st.sampled_from(["", "de", "pt-BR"]),
        paused_until=st.none() | MOMENTS,
    ),
    cursor=st.just(0),
    created=MOMENTS,
    reason=TEXTS.filter(bool),
    next_issue_at=st.just(NOON),
    consent=st.builds(
        Consent, st.sampled_from(Origin), asked=MOMENTS, confirmed=MOMENTS, form=TEXTS, wording=TEXTS, language=TEXTS
    ),
)  # fmt: skip


@given(ACTIVE)
def test_nothing_is_lost_of_an_active_reader_on_the_way_through_csv(reader: Subscriber) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([own.COLUMNS, own.cells(own.values(reader, ()))])
    row = next(csv.DictReader(io.StringIO(text.getvalue(), newline="")))
    found = newcomer(row)
    assert found == Newcomer(
        reader.address,
        reader.preferences,
        first_issue(reader.preferences),
        reader.created,
        reader.reason,
        found.consent,
    )
    assert found.consent == reader.consent


@given(ACTIVE)
def test_nothing_is_lost_of_an_active_reader_on_the_way_through_json(reader: Subscriber) -> None:
    text = json.dumps([own.values(reader, ())])
    form = writing.look("list", text.encode())
    row = next(records.records(io.StringIO(text), form))
    layout = columns.layout("list", form.names, "", {})
    assert isinstance(row, records.Record)
    found = Judge(layout, form, TERMS).judge(row.cells)
    assert isinstance(found, Newcomer)
    assert (found.address, found.preferences, found.consent) == (
        reader.address,
        reader.preferences,
        reader.consent,
    )


@pytest.mark.parametrize(
    ("reader", "causes", "expected"),
    [
        (replace(ADA, status=Status.LEFT), [Cause.OPT_OUT], (Cause.OPT_OUT,)),
        (replace(ADA, status=Status.LEFT), [], (Cause.OPT_OUT,)),
        (replace(ADA, status=Status.SUPPRESSED), [], (Cause.OPT_OUT,)),
        (
            replace(ADA, status=Status.SUPPRESSED),
            [Cause.BY_HAND, Cause.BOUNCE],
            (Cause.BY_HAND, Cause.BOUNCE),
        ),
        (ADA, [Cause.COMPLAINT], (Cause.COMPLAINT,)),
        (replace(ADA, status=Status.PENDING), [Cause.ERASURE], (Cause.ERASURE,)),
    ],
)
def test_who_must_not_be_mailed_at_the_other_site_is_not_mailed_here(
    reader: Subscriber, causes: list[Cause], expected: tuple[Cause, ...]
) -> None:
    found = judge(as_cells(reader, *causes))
    assert isinstance(found, Outsider)
    assert found.causes == expected


def changed(**cells: str) -> Callable[[], Verdict]:
    return lambda: judge(as_cells(ADA) | cells)


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        (changed(status="pending"), "has not confirmed"),
        (changed(causes="whim"), "a status that is not known"),
        (changed(consent_origin="fax"), "a consent of unknown origin"),
        (changed(consent_asked=""), "no moment of consent"),
        (changed(consent_confirmed="", consent_wording=""), "no moment of consent"),
        (changed(digest="hourly"), "preferences that cannot be kept"),
        (changed(zone="Mars/Base"), "preferences that cannot be kept"),
        (changed(hour="25"), "preferences that cannot be kept"),
        (changed(hour="x"), "preferences that cannot be kept"),
        (changed(kinds="song"), "preferences that cannot be kept"),
        (changed(paused_until="soon"), "preferences that cannot be kept"),
    ],
)
def test_what_feeder_would_not_have_written_is_left_out(verdict: Callable[[], Verdict], reason: str) -> None:
    found = verdict()
    assert isinstance(found, LeftOut)
    assert found.reason == reason


def test_a_consent_that_was_taken_upon_by_a_person_is_kept_with_their_reason() -> None:
    byhand = Consent(Origin.HAND, SINCE, None, "subscriber add", "asked by phone")
    assert newcomer(as_cells(replace(ADA, consent=byhand))).consent == byhand


def test_a_reader_of_before_consent_was_kept_needs_a_waiver() -> None:
    row = as_cells(replace(ADA, consent=None))
    assert judge(row) == LeftOut("no moment of consent", "consent_asked", "")
    assert newcomer(row, terms=HAND).consent.wording == "they asked at a fair"


def test_another_pace_for_all_drops_the_day_and_hour_of_the_old_one() -> None:
    row = as_cells(replace(ADA, preferences=replace(ADA.preferences, hour=7)))
    assert newcomer(row).preferences.day == 6
    found = newcomer(row, terms=replace(TERMS, must_have="daily"))
    assert (found.preferences.digest, found.preferences.day, found.preferences.hour) == ("daily", None, None)
    assert newcomer(row, terms=replace(TERMS, must_have="weekly")).preferences.hour == 7


def test_tags_of_our_own_lists_stay_though_no_item_has_them_yet() -> None:
    row = as_cells(
        replace(ADA, preferences=replace(ADA.preferences, any_tags=("ports", "locks"), no_tags=("fog",)))
    )
    form = Writing(Shape.CSV, "utf-8", tuple(row))
    judging = Judge(columns.layout("list", form.names, "", {}), form, TERMS)
    found = judging.judge(list(row.values()))
    assert isinstance(found, Newcomer)
    assert (found.preferences.any_tags, found.preferences.no_tags) == (("ports", "locks"), ("fog",))
    assert judging.remarks == {"tag 'locks' is none of this site": 1, "tag 'fog' is none of this site": 1}


def test_an_apostrophe_is_taken_away_in_csv_of_our_own_only() -> None:
    row = as_cells(ADA) | {"reason": "'=1+1"}
    assert newcomer(row).reason == "=1+1"
    assert newcomer(row, shape=Shape.JSON).reason == "'=1+1"
    assert newcomer({"email": "'+a@example.org"}, terms=HAND).address == "'+a@example.org"


# ── Anything ─────────────────────────────────────────────────────────────────────────────────────

CELLS = st.text(max_size=30) | st.sampled_from(
    ["", "yes", "no", "active", "a@b.org", "2020-01-01", "weekly", "99999999999", "9999-12-31T23:59:59-14:00", "a,b", '"', "\r", "[]", "7"]
)  # fmt: skip


@given(
    st.sampled_from(["", *maps.READY]), st.booleans(), st.lists(CELLS, min_size=21, max_size=21), st.sampled_from([TERMS, HAND])
)  # fmt: skip
def test_no_cells_are_too_odd_to_be_judged(
    service: str, is_own: bool, cells: list[str], terms: Terms
) -> None:
    known = maps.READY[service] if service else maps.PLAIN
    names = own.COLUMNS if is_own and not service else [names[0] for names in known.columns.values()]
    form = Writing(Shape.CSV, "utf-8", tuple(names))
    judging = Judge(columns.layout("list", names, service, {}), form, terms)
    found = judging.judge(["a@b.org", *cells][: len(names)])
    assert isinstance(found, Newcomer | Outsider | LeftOut)
    if isinstance(found, Newcomer):
        assert found.consent.confirmed is None or found.consent.confirmed <= NOON + DAY or is_own
        assert found.created <= NOON
