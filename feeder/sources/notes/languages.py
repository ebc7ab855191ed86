"""Languages that a note names: "in German", "ins Englische", "中文"."""

import re

_CODES = {
    "中文": "zh", "chinese": "zh", "mandarin": "zh", "日本語": "ja", "japanese": "ja", "english": "en",
    "german": "de", "french": "fr", "spanish": "es", "italian": "it", "portuguese": "pt", "russian": "ru",
    "arabic": "ar", "turkish": "tr", "persian": "fa", "farsi": "fa", "dutch": "nl", "korean": "ko",
    "polish": "pl", "ukrainian": "uk", "hindi": "hi", "urdu": "ur", "tamil": "ta", "indonesian": "id",
    "deutsch": "de", "englisch": "en", "französisch": "fr", "spanisch": "es", "italienisch": "it",
    "russisch": "ru", "arabisch": "ar", "türkisch": "tr", "chinesisch": "zh", "anglais": "en",
    "allemand": "de", "français": "fr", "espagnol": "es", "arabe": "ar", "chinois": "zh", "russe": "ru",
    "inglés": "en", "alemán": "de", "francés": "fr", "español": "es", "italiano": "it", "árabe": "ar",
    "chino": "zh", "portugués": "pt", "русский": "ru", "العربية": "ar", "한국어": "ko", "türkçe": "tr",
}  # fmt: skip
_NAMED = re.compile(r"\b(?:in|into|auf|ins|en|al)(?: the)? (?P<name>\w+)", re.IGNORECASE)


def named(text: str) -> str | None:
    """Return the code of the first language that a text says something is in."""
    return next((code for match in _NAMED.finditer(text) if (code := _code(match["name"]))), None)


def end_of_name(text: str, start: int) -> int:
    """Return where the first language that is named from `start` on ends; `start` if none is."""
    ends = (match.end() for match in _NAMED.finditer(text, start) if _code(match["name"]))
    return next(ends, start)


def _code(name: str) -> str | None:
    small = name.lower()
    return _CODES.get(small) or _CODES.get(small.removesuffix("e"))
