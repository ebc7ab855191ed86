"""Signing up: the form, and the button that a letter leads to.

Whoever asks is told the same, whether their address is known here or not.
"""

from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from feeder.errors import ConfigurationError
from feeder.model.subscribers import Ask, Preferences
from feeder.subscribers import addresses, preferences, typos
from feeder.templating import Templates
from feeder.tokens import Purpose
from feeder.web.desk import Desk
from feeder.web.fields import Fields
from feeder.web.headers import POLICY
from feeder.workflows import subscribe
from feeder.workflows.subscribe import Confirmed, Taken, Wanted

TRAP = "website"
"""A field that people do not see, and robots fill in."""

_LEAST = timedelta(seconds=1)
_MOST = timedelta(days=1)
"""How long a person takes to fill in a form, at least and at most."""

_MOST_TAGS = 100
_FORM_CHARACTERS = 200


class Subscribe:
    """`/subscribe`: the form. It can be sent from elsewhere, too: from the page of a subject, or another site."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def answer(self, request: Request, fields: Fields) -> Response:
        """Show the form; take what was filled in."""
        desk = self._desk
        templates = desk.speaking(request, fields)
        if not desk.app.settings.signup.open:
            return desk.page(templates, "closed", depth=0, status=404, flooded=False)
        if request.method != "POST":
            return self._form(templates, fields, "")
        return desk.too_often(request, templates) or self._take(request, templates, fields)

    def _take(self, request: Request, templates: Templates, fields: Fields) -> Response:
        desk, settings = self._desk, self._desk.app.settings
        now = desk.now()
        if subscribe.is_flooded(desk.app.store, settings.signup, now):
            return desk.page(templates, "closed", depth=0, status=503, flooded=True)
        if fields.one(TRAP):
            return desk.page(templates, "asked", depth=0)
        try:
            address = addresses.public(fields.one("meant") or fields.one("address"))
        except ConfigurationError:
            return self._form(templates, fields, "address", status=422)
        doubt = self._doubt(fields, address, now)
        if doubt:
            return self._form(templates, fields, doubt, meant=typos.meant(address) or "")
        wish = self._wish(fields, templates)
        if fields.has("tag") and not wish.any_tags:  # who asks for what is gone does not ask for everything
            return self._form(templates, fields, "tags", status=422)
        wanted = Wanted(
            address=address,
            wish=wish,
            form=self._where(request, fields),
            wording=_wording(templates),
            language=templates.language,
            network=desk.network(request),
        )
        subscribe.ask(desk.app.store, wanted, now)
        desk.wake()
        return desk.page(templates, "asked", depth=0)

    def _form(
        self, templates: Templates, fields: Fields, trouble: str, *, status: int = 200, meant: str = ""
    ) -> Response:
        desk = self._desk
        wish = self._wish(fields, templates)
        with desk.app.store.reading() as tx:
            names = tx.items.tag_names(wish.any_tags)
        page = desk.page(
            templates,
            "subscribe",
            depth=0,
            puzzle=desk.puzzles.make(desk.now()) if desk.puzzles else "",
            status=status,
            trouble=trouble,
            meant=meant,
            address_given=fields.one("meant") or fields.one("address"),
            wish=wish,
            names=names,
            recipes=desk.app.settings.digests,
            languages=desk.app.templates.languages,
            wording=_wording(templates),
            at=desk.app.signer.sign(Purpose.FORM, 0, end=desk.now()),
        )
        if desk.puzzles:
            page.headers["Content-Security-Policy"] = f"{POLICY}; script-src 'self'"
        return page

    def _doubt(self, fields: Fields, address: str, now: datetime) -> str:
        """Tell why to ask once more: a robot may have sent it, or the address looks like a slip; empty for no reason."""
        puzzles = self._desk.puzzles
        if fields.has("at") and not self._took_time(fields.one("at"), now):
            return "quick"
        if puzzles and not puzzles.is_solved(fields.one("altcha"), now):
            return "quick"
        return "typo" if not fields.has("sure") and typos.meant(address) else ""

    def _took_time(self, at: str, now: datetime) -> bool:
        claim = self._desk.app.signer.verify(Purpose.FORM, at)
        return claim is not None and claim.end is not None and _LEAST <= now - claim.end <= _MOST

    def _wish(self, fields: Fields, templates: Templates) -> Preferences:
        """Return what was chosen, as far as there is such a thing; what is no choice of ours is passed over."""
        settings = self._desk.app.settings
        digest = fields.one("digest")
        slugs = list(dict.fromkeys(fields.all("tag")))[:_MOST_TAGS]
        with self._desk.app.store.reading() as tx:
            known = tx.items.tag_names(slugs)
        wish = Preferences(
            digest=digest if digest in settings.digests else settings.signup.digest,
            zone=preferences.zone_or(fields.one("zone"), settings.site.zone),
            any_tags=tuple(slug for slug in slugs if slug in known),
            language="" if templates.language == settings.site.language else templates.language,
        )
        return preferences.checked(wish, settings.digests[wish.digest])

    def _where(self, request: Request, fields: Fields) -> str:
        """Return which form it was: its page here, or the other site's origin."""
        form = fields.one("form") or "subscribe"
        origin = request.headers.get("origin", "")
        here = self._desk.app.settings.site.public_url
        place = form if not origin or f"{here}/".startswith(f"{origin}/") else f"{origin}: {form}"
        return place[:_FORM_CHARACTERS]


class Confirm:
    """`/confirm/TOKEN`: one big button, since scanners follow every link; only POST confirms."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def answer(self, request: Request, fields: Fields) -> Response:
        """Show the button; confirm."""
        desk, app = self._desk, self._desk.app
        token, now = request.path_params["token"], self._desk.now()
        asked = subscribe.requested(app.store, app.signer, token, now)
        if asked is None:
            return desk.page(desk.speaking(request, fields), "lapsed", status=410)
        templates = desk.speaking_to(request, asked.language)
        if request.method != "POST":
            return desk.page(templates, "confirm", moves=asked.ask is Ask.MOVE, reader_address=asked.address)
        outcome = subscribe.confirm(
            app.store, app.signer, app.settings.digests, app.settings.signup, token, now
        )
        desk.wake()
        match outcome:
            case Confirmed(reader, ask):
                link = app.signer.sign(Purpose.PREFERENCES, reader.id, reader.links)
                return desk.page(
                    templates, "confirmed", moves=ask is Ask.MOVE, reader=reader, preferences_token=link
                )
            case Taken():
                return desk.page(templates, "taken", status=409)
            case _:
                return desk.page(templates, "lapsed", status=410)


def _wording(templates: Templates) -> str:
    """Return the words that stand beside the button."""
    return templates.render("pages/consent.txt.jinja").strip()
