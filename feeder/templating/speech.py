"""What a site says in one language: words by catalogues, dates and numbers as people there write them.

The words of templates and code are English, which needs no catalogue. Babel takes a while to come,
so that it is asked only where another language is spoken.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from gettext import NullTranslations
from pathlib import Path
from zoneinfo import ZoneInfo

from feeder.markup import dates, languages

ENGLISH = "en"

_FOLDER = "languages"
"""Where catalogues lie in a folder of templates, each called after its language: `de.po`, `zh_Hans.po`."""

# Where a language is found whose tag, cut at its end, is that of another: Chinese has two scripts, and
# where it is spoken says which. Source: CLDR, likelySubtags and parentLocales.
_PARENTS = {
    "zh": "zh-Hans", "zh-CN": "zh-Hans", "zh-SG": "zh-Hans", "zh-Hans": "",
    "zh-TW": "zh-Hant", "zh-HK": "zh-Hant", "zh-MO": "zh-Hant", "zh-Hant": "",
}  # fmt: skip


class Speech:
    """One language, as a site speaks it: `tag` says which, and `zone` (an IANA name) where the site is.

    Where there are no catalogues for it, words and dates are English.
    """

    def __init__(self, tag: str, zone: str, catalogues: Sequence[Path] = ()) -> None:
        self.tag = tag
        self._catalogues = catalogues
        self._zone = ZoneInfo(zone)

    def say(self, words: str, **values: object) -> str:
        """Return a text in this language, with values in place of its `%(name)s`."""
        return self.gettext(words) % values

    def gettext(self, message: str) -> str:
        """Return a text in this language, as it stands in the catalogue; one that is not there stays as it is."""
        # To nothing, gettext answers with the head of the catalogue.
        return message and self._words.gettext(message)

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        """Return a text in this language, as it reads with this number."""
        return self._words.ngettext(singular, plural, number)

    def day(self, moment: datetime | date, zone: str = "") -> str:
        """Return a date as people write it; of a moment, the day that it is where the site is, or in another zone."""
        place = ZoneInfo(zone) if zone else self._zone
        if self.is_english:
            return dates.day(moment, place)
        from feeder.templating import written  # noqa: PLC0415

        local = moment.astimezone(place).date() if isinstance(moment, datetime) else moment
        return written.day(local, self.tag)

    def month(self, moment: datetime) -> str:
        """Return the month and year that it is where the site is."""
        local = moment.astimezone(self._zone).date()
        if self.is_english:
            return dates.month(local)
        from feeder.templating import written  # noqa: PLC0415

        return written.month(local, self.tag)

    def moment(self, moment: datetime, zone: str = "") -> str:
        """Return date, time and zone, where the site is or in another zone (an IANA name)."""
        place = ZoneInfo(zone) if zone else self._zone
        if self.is_english:
            return dates.moment(moment, place)
        from feeder.templating import written  # noqa: PLC0415

        return written.moment(moment.astimezone(place), self.tag)

    def number(self, number: float) -> str:
        """Return a number as people write it."""
        if self.is_english:
            return f"{number:,}"
        from feeder.templating import written  # noqa: PLC0415

        return written.number(number, self.tag)

    def language(self, tag: str) -> str:
        """Return what people call a language."""
        from feeder.templating import spoken  # noqa: PLC0415

        return spoken.name(tag, ENGLISH if self.is_english else self.tag)

    @cached_property
    def is_english(self) -> bool:
        """Whether words and dates are English."""
        return not self._catalogues or ENGLISH in _ancestry(self.tag)

    @cached_property
    def _words(self) -> NullTranslations:
        if not self._catalogues:
            return NullTranslations()
        from feeder.templating import catalogues  # noqa: PLC0415

        return catalogues.read(self._catalogues)


def marked(words: str) -> str:
    """Mark a text for the catalogues that is said elsewhere."""
    return words


# Roles and media as authors write them in items. Any other word stays as it is.
_OF_ITEMS = (
    marked("interviewed"), marked("quoted"), marked("talk"), marked("panel"), marked("guest"),
    marked("translated"), marked("republished"), marked("television"), marked("radio"), marked("podcast"),
    marked("newspaper"), marked("magazine"), marked("conference"),
)  # fmt: skip


def catalogues_in(folders: Sequence[Path]) -> dict[str, list[Path]]:
    """Return the catalogues of each language (its tag), in the order of the folders."""
    found: dict[str, list[Path]] = {}
    for folder in folders:
        for file in sorted((folder / _FOLDER).glob("*.po")):
            found.setdefault(languages.canonical(file.stem.replace("_", "-")), []).append(file)
    return found


def catalogues_for(tag: str, found: Mapping[str, Sequence[Path]]) -> list[Path]:
    """Return the catalogues in which the words of a language are looked up, one after the other."""
    return [file for each in _ancestry(tag) for file in found.get(each, ())]


def _ancestry(tag: str) -> Iterator[str]:
    """Tell a language and those that stand in for it: Austrian German, German."""
    each = languages.canonical(tag)
    while each:
        yield each
        each = _PARENTS.get(each, each.rpartition("-")[0])
