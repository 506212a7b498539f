"""SQL statements from the files in `queries/`, by name.

A file holds statements, each headed by `-- name: …` and one line of purpose. `{user}` and the like stand for the
fragments in `columns.sql`, so that a column is named in one place.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, LiteralString

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEADING = re.compile(r"^-- (?:name|fragment): (\w+)\n--[^\n]*\n", re.MULTILINE)
_FRAGMENT = re.compile(r"\{(\w+)\}")


@cache
def statements(name: str) -> Mapping[str, LiteralString]:
    """The statements of `queries/<name>.sql`. They come with the package and hold no input: literals, to psycopg."""
    sections = _sections(name)
    if name == "columns":
        return sections
    columns = statements("columns")
    return {title: _FRAGMENT.sub(lambda match: columns[match[1]], text) for title, text in sections.items()}


def _sections(name: str) -> dict[str, LiteralString]:
    text = (files("adapters.postgres") / "queries" / f"{name}.sql").read_text(encoding="utf-8")
    _, *parts = _HEADING.split(text)
    return {title: body.strip() for title, body in zip(parts[::2], parts[1::2], strict=True)}
