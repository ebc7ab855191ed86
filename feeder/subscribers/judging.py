"""Who of a list becomes a reader, who must not be mailed, and who is left out and why. Pure.

Consent is proved by a moment that the list tells, or waived by a person, whose reason is kept.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from feeder.errors import ConfigurationError
from feeder.model.newcomers import Newcomer, Outsider
from feeder.model.subscribers import Cause, Consent, Origin
from feeder.subscribers import columns, formulas, moments
from feeder.subscribers.addresses import Addresses
from feeder.subscribers.columns import Layout
from feeder.subscribers.maps import STANDINGS, Standing
from feeder.subscribers.wishes import Terms, Wishes
from feeder.subscribers.writing import Shape, Writing

_KEPT = 4_096
"""So many different cells are remembered with what they mean: lists repeat them."""

_STANDING = ("causes", "bounced", "left", "why", "subscribed", "status")
_MOST_REMARKS = 1_000
_SKEW = timedelta(days=1)
_NO = {"", "no", "n", "false", "f", "0"}
_COMPLAINT = re.compile("abuse|spam|complain", re.IGNORECASE)
_CAUSES = {
    Standing.LEFT: Cause.OPT_OUT,
    Standing.BOUNCED: Cause.BOUNCE,
    Standing.COMPLAINED: Cause.COMPLAINT,
}


class LeftOut(NamedTuple):
    """A row that is not taken: why, in words that others share, the cell that says so, and what else there is to say."""

    reason: str
    column: str = ""
    value: str = ""
    more: str = ""


Verdict = Newcomer | Outsider | LeftOut


class Judge:
    """Decides about the rows of one list. `remarks` counts what was passed over in rows that are taken."""

    def __init__(self, layout: Layout, writing: Writing, terms: Terms) -> None:
        self._layout = layout
        self._terms = terms
        self._places = layout.places
        self._is_escaped = layout.is_own and writing.shape is Shape.CSV
        self._checked = Addresses().checked
        self._wishes = Wishes(layout, terms)
        self._standing_fields = [field for field in _STANDING if field in layout.places]
        self._standing_places = [layout.places[field] for field in self._standing_fields]
        self._causes = lru_cache(_KEPT)(self._causes_of)
        self._waived = Consent(Origin.IMPORT, terms.now, None, terms.file, terms.waived)
        self._latest = terms.now + _SKEW
        self._proof = f"{layout.name('confirmed')} of {layout.source.title}"
        self._reason = f"your subscription was brought over from {layout.source.title}"
        self.remarks: Counter[str] = Counter()

    def judge(self, cells: Sequence[str]) -> Verdict:
        """Decide about one row."""
        if self._is_escaped:
            cells = [formulas.original(cell) for cell in cells]
        said = cells[self._places["address"]].strip()
        try:
            address = self._checked(said)
        except ConfigurationError as error:
            reason = "an address that cannot be mailed" if said else "no address"
            return LeftOut(reason, self._layout.name("address"), said, str(error.__cause__))
        causes = self._causes(tuple([cells[place] for place in self._standing_places]))
        if isinstance(causes, LeftOut):
            return causes
        if causes:
            return Outsider(address, causes, self._since(cells), f"told by {self._terms.file}")
        return self._newcomer(address, cells)

    # ── Standing ─────────────────────────────────────────────────────────────────────────────────

    def _causes_of(self, told: tuple[str, ...]) -> tuple[Cause, ...] | LeftOut:
        """Return why somebody must not be mailed, by what the list tells of them; empty for a reader."""
        said = dict(zip(self._standing_fields, map(str.strip, told), strict=True))
        if said.get("causes"):
            return self._own_causes(said["causes"])
        if _says_yes(said.get("bounced", "")):
            return (Cause.BOUNCE,)
        if _says_yes(said.get("left", "")):
            return (Cause.COMPLAINT if _COMPLAINT.search(said.get("why", "")) else Cause.OPT_OUT,)
        if said.get("subscribed") and not _says_yes(said["subscribed"]):
            return (Cause.OPT_OUT,)
        if "status" in said:
            return self._by_status(said["status"])
        return () if said.get("subscribed") != "" else self._unknown("subscribed", "")

    def _by_status(self, said: str) -> tuple[Cause, ...] | LeftOut:
        standing = STANDINGS.get(columns.key(said))
        match standing:
            case Standing.READER:
                return ()
            case Standing.LEFT | Standing.BOUNCED | Standing.COMPLAINED:
                return (_CAUSES[standing],)
            case None:
                return self._unknown("status", said)
            case _:
                return LeftOut(str(standing), self._layout.name("status"), said)

    def _unknown(self, field: str, said: str) -> LeftOut:
        return LeftOut("a status that is not known", self._layout.name(field), said)

    def _own_causes(self, said: str) -> tuple[Cause, ...] | LeftOut:
        try:
            return tuple(Cause(cause) for cause in columns.parts(said))
        except ValueError:
            return self._unknown("causes", said)

    def _since(self, cells: Sequence[str]) -> datetime:
        for field in ("bounced", "left"):
            moment = self._moment(field, cells)
            if moment is not None:
                return min(moment, self._terms.now)
        return self._terms.now

    # ── Readers ──────────────────────────────────────────────────────────────────────────────────

    def _newcomer(self, address: str, cells: Sequence[str]) -> Newcomer | LeftOut:
        consent = self._own_consent(cells) if self._layout.is_own else self._consent(cells)
        if isinstance(consent, LeftOut):
            return consent
        wish = self._wishes.of(cells)
        if isinstance(wish, str):
            return LeftOut("preferences that cannot be kept", more=wish)
        if wish.remarks:
            self._remark(wish.remarks)
        created = min(self._moment("created", cells) or consent.asked, self._terms.now)
        reason = self._layout.cell("reason", cells) or self._reason
        return Newcomer(address, wish.preferences, wish.first_issue, created, reason, consent)

    def _remark(self, remarks: Iterable[str]) -> None:
        for remark in remarks:
            if remark in self.remarks or len(self.remarks) < _MOST_REMARKS:
                self.remarks[remark] += 1

    def _consent(self, cells: Sequence[str]) -> Consent | LeftOut:
        said = self._layout.cell("confirmed", cells)
        confirmed = self._moment("confirmed", cells)
        if confirmed is not None:
            if confirmed > self._latest:
                return LeftOut("a consent that lies in the future", self._layout.name("confirmed"), said)
            asked = self._moment("asked", cells) or confirmed
            return Consent(Origin.IMPORT, min(asked, confirmed), confirmed, self._terms.file, self._proof)
        if said.strip() and not _says_yes(said):
            return LeftOut("no consent", self._layout.name("confirmed"), said)
        if self._terms.waived:
            return self._waived
        reason = "a consent without a moment" if said.strip() else "no moment of consent"
        return LeftOut(reason, self._layout.name("confirmed"), said)

    def _own_consent(self, cells: Sequence[str]) -> Consent | LeftOut:
        """Return the consent that feeder wrote down, as it was: where a person waived it, their reason stands there."""
        cell, asked = self._layout.cell, self._moment("asked", cells)
        confirmed, wording = self._moment("confirmed", cells), cell("wording", cells)
        if asked is not None and (confirmed is not None or wording):
            try:
                origin = Origin(cell("origin", cells))
            except ValueError:
                return LeftOut(
                    "a consent of unknown origin", self._layout.name("origin"), cell("origin", cells)
                )
            form, language = cell("consent_form", cells), cell("consent_language", cells)
            return Consent(origin, asked, confirmed, form, wording, language)
        if self._terms.waived:
            return self._waived
        return LeftOut("no moment of consent", self._layout.name("asked"), cell("asked", cells))

    def _moment(self, field: str, cells: Sequence[str]) -> datetime | None:
        """Return the moment that a cell tells, if it tells one."""
        place = self._places.get(field)
        if place is None or not cells[place]:
            return None
        try:
            return moments.read(cells[place].strip())
        except ValueError:
            return None


def _says_yes(said: str) -> bool:
    """Tell whether a cell says yes: what is not a no, such as the time when it happened."""
    return said.strip().casefold() not in _NO
