"""What there is to translate, and the shipped catalogues: `make catalogues` brings them up to date.

A text that is new, or reads otherwise than before, is written in without a translation, or with one
marked "fuzzy" that was made for a similar text; one that nobody says any more goes.
"""

from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "templates/languages"

_OPTIONS = {"trimmed": "true", "trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}

# How texts are found in files of each kind, and the functions that are given them.
_METHODS = {".jinja": "jinja2.ext:babel_extract", ".py": "python"}
_FUNCTIONS: dict[str, dict[str, tuple[int, ...] | None]] = {
    ".jinja": {"_": None, "gettext": None, "ngettext": (1, 2)},
    ".py": {"say": None, "marked": None},
}


def texts() -> Catalog:
    """Return all texts of templates and code, where they are said, and what their authors tell translators."""
    catalog = Catalog()
    for folder in (ROOT / "templates", ROOT / "feeder"):
        for file in sorted(folder.rglob("*")):
            if file.suffix in _METHODS:
                _add(file, catalog)
    return catalog


def files() -> list[Path]:
    """Return the shipped catalogues."""
    return sorted(FOLDER.glob("*.po"))


def read(file: Path) -> Catalog:
    """Return a catalogue."""
    return read_po(BytesIO(file.read_bytes()), locale=file.stem, abort_invalid=True)


def updated(file: Path, wanted: Catalog) -> bytes:
    """Return a catalogue with just the texts that are wanted.

    No date, line number or order of texts in a template makes it another.
    """
    catalog = read(file)
    catalog.update(wanted)
    header = [
        f"Language: {file.stem}",
        f"Plural-Forms: {catalog.plural_forms}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
    ]
    written = BytesIO()
    written.write("".join(['msgid ""\nmsgstr ""\n', *(f'"{line}\\n"\n' for line in header), "\n"]).encode())
    write_po(
        written,
        catalog,
        width=110,
        omit_header=True,
        sort_output=True,
        ignore_obsolete=True,
        include_lineno=False,
    )
    return written.getvalue()


def _add(file: Path, catalog: Catalog) -> None:
    place = file.relative_to(ROOT).as_posix()
    method, functions = _METHODS[file.suffix], _FUNCTIONS[file.suffix]
    with file.open("rb") as opened:
        for line, text, comments, _ in extract(method, opened, functions, ["Translators:"], _OPTIONS):
            catalog.add(text, locations=[(place, line)], auto_comments=comments)


if __name__ == "__main__":
    for each in files():
        each.write_bytes(updated(each, texts()))
