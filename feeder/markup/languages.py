"""Language tags: one spelling each, and the direction in which a language is written.

Source: RFC 5646 (BCP 47), sections 2.1.1 (case) and 2.2.3 (script).
"""

import re
from collections.abc import Sequence

# Right to left: scripts, and languages that are written in one of them unless their tag says otherwise.
_SCRIPTS = {"adlm", "arab", "aran", "hebr", "mand", "mend", "nkoo", "rohg", "samr", "syrc", "thaa"}
_LANGUAGES = {
    "ar", "arc", "ckb", "dv", "fa", "he", "ks", "lrc", "mzn", "nqo", "prs", "ps", "sd", "syr", "ug", "ur", "yi",
}  # fmt: skip

_SCRIPT_LETTERS, _REGION_LETTERS = 4, 2

_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_MARKS = 35  # RFC 5646, section 4.4.1: so long a tag must be taken, and none in use is longer


def is_tag(written: str) -> bool:
    """Tell whether this is a language tag by its form."""
    return len(written) <= _MARKS and bool(_TAG.fullmatch(written))


def tag(written: str) -> str:
    """Return the language tag that others wrote, perhaps as `de_AT`; empty where it is none."""
    found = written.strip().replace("_", "-")
    return found if is_tag(found) else ""


def canonical(tag: str) -> str:
    """Return a language tag in its customary case: `zh-hans-cn` becomes `zh-Hans-CN`."""
    first, *others = tag.lower().split("-")
    end = _end(others)
    return "-".join([first, *map(_customary, others[:end]), *others[end:]])


def direction(tag: str) -> str:
    """Return `rtl` or `ltr`, as the language with this tag is written; `auto` where there is none."""
    if not tag:
        return "auto"
    first, *others = tag.lower().split("-")
    scripts = [part for part in others[: _end(others)] if _is_script(part)]
    is_reversed = scripts[0] in _SCRIPTS if scripts else first in _LANGUAGES
    return "rtl" if is_reversed else "ltr"


def _end(parts: Sequence[str]) -> int:
    """Return where extensions or private parts begin: after a single letter nothing is a script or a region."""
    return next((place for place, part in enumerate(parts) if len(part) == 1), len(parts))


def _is_script(part: str) -> bool:
    return len(part) == _SCRIPT_LETTERS and part.isalpha()


def _customary(part: str) -> str:
    if _is_script(part):
        return part.title()
    return part.upper() if len(part) == _REGION_LETTERS else part
