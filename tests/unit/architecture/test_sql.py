"""SQL stands in .sql files, where it can be read, checked and run."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from tests.unit.architecture.sources import SRC, called, python_files, tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STATEMENT = re.compile(
    r"""\s*(?!(?-i:[A-Z][a-z]))  # a capital and a small letter: prose
    (select\b | insert\s+into\b | update\s+\S+\s+set\b | delete\s+from\b | with\s+\w+\s+as\b | merge\s+into\b
    | (create|alter|drop|truncate)\s+(table|schema|database|index|unique|role|user|extension|type|view|sequence)\b)""",
    re.VERBOSE | re.IGNORECASE,
)

EXCEPTIONS = {
    "src/adapters/postgres/migrate.py": "asks for locks and limits of its own session, before there is any schema",
    "src/adapters/postgres/audit_listing.py": "composed with psycopg.sql: what is looked for, and in which months",
    "src/adapters/postgres/user_listing.py": "composed with psycopg.sql: what is looked for, and how it is sorted",
    "src/adapters/postgres/embedded/cluster.py": "makes the database itself, as the server's owner",
}


def statements(path: Path) -> Iterator[str]:
    """Strings that are SQL, but not the prose of docstrings."""
    prose = {node.value for node in ast.walk(tree(path)) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and node not in prose and STATEMENT.match(str(node.value)):
            yield str(node.value)


def test_sql_stands_in_sql_files() -> None:
    elsewhere = {called(path): list(statements(path)) for path in python_files(SRC) if called(path) not in EXCEPTIONS}
    assert {name: found for name, found in elsewhere.items() if found} == {}


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_an_exception_is_one_that_is_needed(name: str) -> None:
    assert list(statements(SRC.parent / name))
