"""Preferences: a page behind a link that is in every mail, without a password.

Mails are passed on. So what this page changes is told by mail and can be undone, and what cannot
be undone is behind a link of its own, in a fresh letter.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from feeder.digests import periods
from feeder.model.digests import Unit
from feeder.model.feeds import Count, Selection, Subject
from feeder.model.items import Kind
from feeder.model.subscribers import Form, Preferences, Status, Subscriber
from feeder.subscribers import preferences
from feeder.templating import Templates
from feeder.tokens import Purpose
from feeder.web.desk import Desk
from feeder.web.fields import Fields
from feeder.web.headers import PRIVATE
from feeder.workflows import prefer, send, subscribe

_SHOWN_TAGS = 24
"""So many subjects are offered at first: those with the most items; a search finds the others."""

_FOUND_TAGS = 60
_MOST_TAGS = 500
_LONGEST_PAUSE = timedelta(days=731)

_MAIL_IN_A_FRAME = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' https: http:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; sandbox allow-popups"
)
"""A mail has its styles in it; nothing else in it may do anything."""


class Choose:
    """`/preferences/TOKEN`: what a reader gets, and the form that changes it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def answer(self, request: Request, fields: Fields) -> Response:
        """Show what is chosen; change it."""
        desk, app = self._desk, self._desk.app
        token = request.path_params["token"]
        reader = prefer.holder(app.store, app.signer, Purpose.PREFERENCES, token, desk.now())
        if reader is None:
            return desk.page(desk.speaking(request, fields), "lapsed", status=410)
        templates = desk.speaking_to(request, reader.preferences.language)
        if request.method != "POST":
            return self._page(templates, token, reader, reader.preferences)
        if fields.one("do") in ("account", "return"):
            return self._ask(request, templates, reader, fields.one("do"))
        counts, scope = self._tags(), fields.one("scope")
        wanted = _chosen(fields, reader.preferences, desk, counts, desk.now())
        if _searches(fields):
            search = fields.one("search")
            return self._page(templates, token, reader, wanted, scope=scope, search=search)
        trouble = _trouble(fields, wanted)
        if trouble:
            return self._page(templates, token, reader, wanted, scope=scope, trouble=trouble, status=422)
        changed = prefer.choose(app.store, app.settings.digests, reader, wanted, desk.now())
        desk.wake()
        templates = desk.speaking_to(request, changed.preferences.language)
        saved = "saved" if changed.preferences != reader.preferences else "same"
        return self._page(templates, token, changed, changed.preferences, said=saved)

    def _ask(self, request: Request, templates: Templates, reader: Subscriber, what: str) -> Response:
        """Ask by a letter: for the reader's account, or whether one who has left comes back."""
        desk = self._desk
        refused = desk.too_often(request, templates, depth=1)
        if refused:
            return refused
        if what == "return":
            subscribe.come_back(desk.app.store, reader.id, desk.now())
        else:
            prefer.ask_for_account(desk.app.store, reader, desk.now())
        desk.wake()
        return desk.page(templates, "asked" if what == "return" else "account_asked")

    def _page(
        self,
        templates: Templates,
        token: str,
        reader: Subscriber,
        shown: Preferences,
        *,
        scope: str = "",
        search: str = "",
        trouble: str = "",
        said: str = "",
        status: int = 200,
    ) -> Response:
        desk, app = self._desk, self._desk.app
        counts, now = self._tags(), desk.now()
        held = prefer.held(app.store, reader)
        return desk.page(
            templates,
            "preferences",
            status=status,
            token=token,
            unsubscribe_token=app.signer.sign(Purpose.UNSUBSCRIBE, reader.id),
            reader=reader,
            shown=shown,
            tags=_offered(counts | self._without_items(counts, shown), shown, search),
            total=len(counts),
            narrowed=bool(shown.any_tags) or scope == "some",
            search=search,
            trouble=trouble,
            said=said,
            recipes=app.settings.digests,
            zones=preferences.zones(),
            languages=app.templates.languages,
            last=held.deliveries[0] if held.deliveries else None,
            next_issue_at=_next_issue_at(desk, reader, now),
            pause=_local_day(shown, now),
        )

    def _tags(self) -> dict[str, Count]:
        with self._desk.app.store.reading() as tx:
            return {
                count.subject.slug: count
                for count in tx.feeds.counts()
                if count.subject.selection is Selection.TAG
            }

    def _without_items(self, counts: Mapping[str, Count], shown: Preferences) -> dict[str, Count]:
        """Return the subjects that are chosen, and that nothing is about at present."""
        slugs = [slug for slug in (*shown.any_tags, *shown.no_tags) if slug not in counts]
        with self._desk.app.store.reading() as tx:
            names = tx.items.tag_names(slugs)
        return {slug: Count(Subject(Selection.TAG, slug, names.get(slug, slug)), 0) for slug in slugs}


class Preview:
    """`/preferences/TOKEN/preview`: the issue as it stands now."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def answer(self, request: Request, fields: Fields) -> Response:
        """Show what would come."""
        desk, app = self._desk, self._desk.app
        token = request.path_params["token"]
        reader = prefer.holder(app.store, app.signer, Purpose.PREFERENCES, token, desk.now())
        if reader is None:
            return desk.page(desk.speaking(request, fields), "lapsed", depth=2, status=410)
        templates = desk.speaking_to(request, reader.preferences.language)
        recipe = app.settings.digests.get(reader.preferences.digest)
        rendered = send.preview(app.store, app.post, recipe, reader, desk.now()) if recipe else None
        if rendered is None:
            return desk.page(templates, "nothing_new", depth=2, token=token)
        return HTMLResponse(rendered.html, headers={**PRIVATE, "Content-Security-Policy": _MAIL_IN_A_FRAME})


class Undo:
    """`/undo/TOKEN`: puts back what was changed by a link that others may have, too."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def answer(self, request: Request, fields: Fields) -> Response:
        """Show the button; put it back."""
        desk, app = self._desk, self._desk.app
        now = desk.now()
        made = prefer.choice(app.store, app.signer, request.path_params["token"], now)
        if made is None:
            return desk.page(desk.speaking(request, fields), "lapsed", status=410)
        templates = desk.speaking_to(request, made.before.language)
        if request.method != "POST":
            return desk.page(templates, "undo")
        reader = prefer.undo(app.store, app.settings.digests, made, now)
        if reader is None:
            return desk.page(templates, "lapsed", status=410)
        link = app.signer.sign(Purpose.PREFERENCES, reader.id, reader.links)
        return desk.page(templates, "undone", preferences_token=link)


def _chosen(
    fields: Fields, before: Preferences, desk: Desk, counts: Mapping[str, Count], now: datetime
) -> Preferences:
    """Return what was filled in; what is no choice of ours leaves things as they were."""
    recipes = desk.app.settings.digests
    digest = fields.one("digest") if fields.one("digest") in recipes else before.digest
    zone = preferences.zone_or(fields.one("zone"), before.zone)
    known = {*counts, *before.any_tags, *before.no_tags}
    everything = fields.one("scope") != "some"
    kinds = tuple(kind for kind in Kind if kind.value in fields.all("kind"))
    wanted = replace(
        before,
        digest=digest,
        zone=zone,
        any_tags=() if everything else _tags(fields, "tag", known),
        no_tags=_tags(fields, "never", known),
        kinds=kinds or before.kinds,
        hour=_number(fields.one("hour"), range(24)),
        day=None,
        form=Form.FULL if fields.one("form") == Form.FULL else Form.SHORT,
        language=_language_of(fields, desk, before),
        paused_until=_pause(fields.one("pause"), zone, now),
    )
    unit = recipes[digest].unit if digest in recipes else Unit.SLOT
    days = preferences.DAYS.get(unit)
    return replace(wanted, day=_number(fields.one(unit.value), days)) if days else wanted


def _searches(fields: Fields) -> bool:
    """Tell whether subjects are to be found; by the Enter key, when other words than before stand in the search."""
    by_enter = fields.one("do") == "enter" and fields.one("search") != fields.one("searched")
    return by_enter or fields.one("do") == "find"


def _trouble(fields: Fields, wanted: Preferences) -> str:
    """Tell what is missing in a form, or wrong; empty for nothing."""
    if fields.one("scope") == "some" and not wanted.any_tags:  # which would mean all of them
        return "tags"
    if not fields.all("kind"):
        return "kinds"
    return ""


def _tags(fields: Fields, name: str, known: set[str]) -> tuple[str, ...]:
    return tuple(slug for slug in dict.fromkeys(fields.all(name)) if slug in known)[:_MOST_TAGS]


def _number(written: str, allowed: range) -> int | None:
    return next((number for number in allowed if str(number) == written), None)


def _pause(written: str, zone: str, now: datetime) -> datetime | None:
    """Return the beginning of a day where the reader is; None for none, or for one that is past."""
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return None
    if not now.date() <= day <= (now + _LONGEST_PAUSE).date():
        return None
    until = datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
    return until if until > now else None


def _local_day(shown: Preferences, now: datetime) -> str:
    """Return the day on which a pause ends, where the reader is; empty for none, or for one that is over."""
    until = shown.paused_until
    return until.astimezone(ZoneInfo(shown.zone)).date().isoformat() if until and until > now else ""


def _language_of(fields: Fields, desk: Desk, before: Preferences) -> str:
    said, site = fields.one("language"), desk.app.settings.site.language
    if said == site:
        return ""
    return said if said in dict(desk.app.templates.languages) else before.language


def _next_issue_at(desk: Desk, reader: Subscriber, now: datetime) -> datetime | None:
    """Return when the next issue is due; None if it is when something is new, or never."""
    recipe = desk.app.settings.digests.get(reader.preferences.digest)
    if reader.status is not Status.ACTIVE or recipe is None:
        return None
    due = reader.next_issue_at
    if due is not None and due <= now:
        due = periods.next_issue_at(recipe, reader.preferences.rhythm, now)
    return due


def _offered(counts: Mapping[str, Count], shown: Preferences, search: str) -> list[Count]:
    """Return the subjects to choose from: those that are chosen, then what was searched for, or the largest."""
    chosen = [counts[slug] for slug in (*shown.any_tags, *shown.no_tags) if slug in counts]
    words = search.casefold()
    if words:
        some = [count for count in counts.values() if words in count.name.casefold()][:_FOUND_TAGS]
    else:
        some = sorted(counts.values(), key=lambda count: (-count.count, count.name.casefold()))[:_SHOWN_TAGS]
    return list(dict.fromkeys([*chosen, *some]))
