"""Languages as people call them."""

from babel import Locale, UnknownLocaleError


def name(tag: str) -> str:
    """Return the English name of a language by its tag; the tag where nobody knows one."""
    try:
        return Locale.parse(tag, sep="-").english_name or tag
    except (UnknownLocaleError, ValueError):
        return tag
