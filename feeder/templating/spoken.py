"""Languages as people call them, by Babel."""

from functools import lru_cache

from babel import Locale, UnknownLocaleError


@lru_cache
def name(tag: str, language: str = "en") -> str:
    """Return what a language (its tag) is called in another; the tag where nobody knows one."""
    try:
        return Locale.parse(tag, sep="-").get_display_name(locale(language)) or tag
    except (UnknownLocaleError, ValueError):
        return tag


def own_name(tag: str) -> str:
    """Return what those who speak a language call it, as it stands at the beginning of a line."""
    known = locale(tag)
    # 简体中文 rather than 中文 (简体).
    called = known.languages.get(str(known)) if known.script else None
    called = called or name(tag, tag)
    return called[:1].upper() + called[1:]


@lru_cache
def locale(tag: str) -> Locale:
    """Return what Babel knows of a language: of Britain's English, where that is nothing."""
    while tag:
        try:
            return Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            tag = tag.rpartition("-")[0]
    return Locale("en", "GB")
