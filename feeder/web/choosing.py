"""Preferences: a page behind a link that is in every mail, without a password.

Mails are passed on. So what this page changes is told by mail and can be undone, and what cannot
be undone is behind a link of its own, in a fresh letter.
"""

import time
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from feeder.digests import periods
from feeder.model.feeds import Count, Selection, Subject
from feeder.model.subscribers import Preferences, Status, Subscriber
from feeder.subscribers import preferences
from feeder.tokens import Purpose
from feeder.web import filled
from feeder.web.desk import Desk
from feeder.web.fields import Fields
from feeder.web.filled import Offer
from feeder.web.headers import MAIL_POLICY, PRIVATE
from feeder.web.visits import Visit
from feeder.workflows import choosing, prefer, subscribe

_SHOWN_TAGS = 24
"""So many subjects are offered at first: those with the most items; a search finds the others."""

_FOUND_TAGS = 60

_KEPT_SECONDS = 5
"""How long subjects and their numbers are kept."""


class Choose:
    """`/preferences/TOKEN`: what a reader gets, and the form that changes it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._kept: tuple[float, dict[str, Count]] = (0, {})

    def answer(self, request: Request, fields: Fields, visit: Visit) -> Response:
        """Show what is chosen; change it."""
        desk, app, reader = self._desk, self._desk.app, visit.reader
        if request.method != "POST":
            return self._page(visit, reader.preferences, self._tags())
        if fields.one("do") in ("account", "return"):
            return self._ask(request, visit, fields.one("do"))
        counts, languages = self._tags(), dict(app.templates.languages)
        offer = Offer(app.settings.digests, counts, languages, app.settings.site.language)
        wanted, scope = filled.chosen(fields, reader.preferences, offer, desk.now()), fields.one("scope")
        if filled.searches(fields):
            return self._page(visit, wanted, counts, scope=scope, search=fields.one("search"))
        trouble = filled.trouble(fields, wanted)
        if trouble:
            return self._page(visit, wanted, counts, scope=scope, trouble=trouble, status=422)
        changed = prefer.choose(app.store, app.settings.digests, reader, wanted, desk.now())
        desk.wake()
        templates = desk.speaking_to(request, changed.preferences.language)
        saved = "saved" if changed.preferences != reader.preferences else "same"
        return self._page(Visit(visit.token, changed, templates), changed.preferences, counts, said=saved)

    def _ask(self, request: Request, visit: Visit, what: str) -> Response:
        """Ask by a letter: for the reader's account, or whether one who has left comes back."""
        desk, now = self._desk, self._desk.now()
        refused = desk.too_often(request, visit.templates, depth=1)
        if refused:
            return refused
        if what == "return":
            subscribe.come_back(desk.app.store, visit.reader.id, now)
        else:
            prefer.ask_for_account(desk.app.store, visit.reader, now)
        desk.wake()
        return desk.page(visit.templates, "asked" if what == "return" else "account_asked")

    def _page(
        self,
        visit: Visit,
        shown: Preferences,
        counts: Mapping[str, Count],
        *,
        scope: str = "",
        search: str = "",
        trouble: str = "",
        said: str = "",
        status: int = 200,
    ) -> Response:
        desk, app, reader = self._desk, self._desk.app, visit.reader
        now = desk.now()
        with app.store.reading() as tx:
            newest = tx.deliveries.of(reader.id, 1)
        return desk.page(
            visit.templates,
            "preferences",
            status=status,
            token=visit.token,
            unsubscribe_token=app.signer.sign(Purpose.UNSUBSCRIBE, reader.id),
            reader=reader,
            shown=shown,
            tags=_offered({**counts, **self._without_items(counts, shown)}, shown, search),
            total=len(counts),
            narrowed=bool(shown.any_tags) or scope == "some",
            search=search,
            trouble=trouble,
            said=said,
            recipes=app.settings.digests,
            zones=preferences.zones(),
            languages=app.templates.languages,
            last=newest[0] if newest else None,
            next_issue_at=_next_issue_at(desk, reader, now),
            pause=_local_day(shown, now),
        )

    def _tags(self) -> dict[str, Count]:
        """Return all subjects by their slugs, kept for some seconds: after a mailing, many readers look at once."""
        now, (until, counts) = time.monotonic(), self._kept
        if now < until:
            return counts
        with self._desk.app.store.reading() as tx:
            counts = {
                count.subject.slug: count
                for count in tx.feeds.counts()
                if count.subject.selection is Selection.TAG
            }
        self._kept = (now + _KEPT_SECONDS, counts)
        return counts

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

    def answer(self, request: Request, fields: Fields, visit: Visit) -> Response:  # noqa: ARG002 - as all pages
        """Show what would come."""
        desk, app, reader = self._desk, self._desk.app, visit.reader
        recipe = app.settings.digests.get(reader.preferences.digest)
        rendered = choosing.preview(app.store, app.post, recipe, reader, desk.now()) if recipe else None
        if rendered is None:
            return desk.page(visit.templates, "nothing_new", depth=2, token=visit.token)
        return HTMLResponse(rendered.html, headers={**PRIVATE, "Content-Security-Policy": MAIL_POLICY})


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


def _local_day(shown: Preferences, now: datetime) -> str:
    """Return the day on which a pause ends, where the reader is; empty for none, or for one that is over."""
    until = shown.paused_until
    return until.astimezone(ZoneInfo(shown.zone)).date().isoformat() if until and until > now else ""


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
