"""A service role with the grants that docs/how-to/run-on-your-postgres.md shows, as they are written there."""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterator

_HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "run-on-your-postgres.md"
PASSWORD = "made up"


def granted(role: str) -> list[str]:
    """The statements that the owner runs."""
    section = _HOW_TO.read_text(encoding="utf-8").partition("## Least privilege")[2].partition("\n## ")[0]
    (block,) = (text for text in re.findall(r"```sql\n(.*?)```", section, re.DOTALL) if "on schema public" in text)
    return [line.replace("user_service", role) for line in block.split(";\n") if line.strip()]


@contextmanager
def service_role(conninfo: str) -> Iterator[str]:
    """A role that may connect to a database, and nothing more yet."""
    name = f"service_{uuid4().hex[:12]}"
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(
            sql.SQL("create role {} login password {}").format(sql.Identifier(name), sql.Literal(PASSWORD))
        )
        try:
            yield name
        finally:
            connection.execute(sql.SQL("drop owned by {}").format(sql.Identifier(name)))
            connection.execute(sql.SQL("drop role {}").format(sql.Identifier(name)))
