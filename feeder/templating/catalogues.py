"""Catalogues of translations: gettext's .po files, read as people write them."""

import re
from codecs import BOM_UTF8
from collections.abc import Sequence
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from feeder.errors import ConfigurationError

_MAX_BYTES = 1_000_000

_PLACEHOLDER = re.compile(r"%\((\w+)\)s|%%")


def read(files: Sequence[Path]) -> GNUTranslations:
    """Read the catalogues of one language; what one does not translate, the next may.

    Raises: ConfigurationError naming the file.
    """
    first, *others = map(_read, files)
    for other in others:
        first.add_fallback(other)
    return first


def _read(file: Path) -> GNUTranslations:
    try:
        return _compiled(_parsed(file))
    except Exception as error:  # Babel raises whatever comes, of what it cannot understand
        raise ConfigurationError(
            f"catalogue {file}",
            f"cannot be used ({error})",
            "mend it, or remove it to use what is shipped",
        ) from error


def _parsed(file: Path) -> Catalog:
    size = file.stat().st_size
    if size > _MAX_BYTES:
        raise ValueError(f"it has {size} bytes, and {_MAX_BYTES} are allowed")
    catalog = read_po(BytesIO(file.read_bytes().removeprefix(BOM_UTF8)), abort_invalid=True)
    for message in catalog:
        if message.id and not message.fuzzy:
            _check(message)
    return catalog


def _check(message: Message) -> None:
    """Raise ValueError for a translation that cannot be filled in like its text."""
    texts, translations = _several(message.id), _several(message.string)
    # Of %%, which any text may hold, no name is found.
    known = {"", *(name for text in texts for name in _PLACEHOLDER.findall(text))}
    for translation in translations:
        strange = "%" in _PLACEHOLDER.sub("", translation)
        if strange or not known.issuperset(_PLACEHOLDER.findall(translation)):
            wanted = ", ".join(f"%({name})s" for name in sorted(known) if name) or "none"
            raise ValueError(
                f"line {message.lineno}: {translation!r} must not hold other placeholders than"
                f" {texts[0]!r}: {wanted}; % is written %%"
            )


def _several(words: str | Sequence[str] | None) -> Sequence[str]:
    return (words,) if isinstance(words, str) else words or ()


def _compiled(catalog: Catalog) -> GNUTranslations:
    file = BytesIO()
    write_mo(file, catalog)
    file.seek(0)
    compiled = GNUTranslations(file)
    compiled.ngettext("", "", 0)  # a rule for plurals may be well written, and divide by nothing
    return compiled
