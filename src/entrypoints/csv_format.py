"""CSV (RFC 4180), for programs and for people who open it in a spreadsheet."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MEDIA_TYPE = "text/csv"
CONTENT_TYPE = f"{MEDIA_TYPE}; charset=utf-8; header=present"

_FORMULA = re.compile(r"[=+\-@\s\uff1d\uff0b\uff0d\uff20]")
"""What spreadsheets take for the beginning of a formula, or skip in front of one (OWASP, CSV Injection); the last four
are = + - @ in full width.
"""


def csv_lines(rows: Iterable[Sequence[str]]) -> str:
    """Some lines. What a spreadsheet would take for a formula has an apostrophe in front of it. Every field is quoted,
    so that a reader with another separator does not find one in the middle of a field either.
    """
    return "".join(",".join(map(_field, row)) + "\r\n" for row in rows)


def _field(text: str) -> str:
    defused = f"'{text}" if _FORMULA.match(text) else text
    return '"' + defused.replace('"', '""') + '"'
