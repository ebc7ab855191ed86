"""Cells that a spreadsheet would take for a formula, made harmless, and as they were again. Pure.

Source: OWASP, CSV Injection. Whoever chooses an address chooses what stands in a cell.
"""

import re

# Spreadsheets trim spaces, and some of them quotes, before they look for a formula.
_DANGEROUS = re.compile(r"[ '\"\n]*[=+\-@\t\r＝＋－＠]")


def harmless(cell: str) -> str:
    """Return a cell that every spreadsheet shows as text: with an apostrophe before what would be a formula."""
    return f"'{cell}" if _DANGEROUS.match(cell) else cell


def original(cell: str) -> str:
    """Return what `harmless` was given."""
    return cell[1:] if cell.startswith("'") and _DANGEROUS.match(cell, 1) else cell
