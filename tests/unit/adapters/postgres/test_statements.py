"""The SQL files load as named statements, each with its purpose, and nothing is left to fill in but parameters."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from adapters.postgres.statements import statements

QUERIES = files("adapters.postgres") / "queries"
NAMES = sorted(entry.name.removesuffix(".sql") for entry in QUERIES.iterdir() if entry.name.endswith(".sql"))


def text_of(name: str) -> str:
    return (QUERIES / f"{name}.sql").read_text(encoding="utf-8")


def headings(name: str) -> list[str]:
    return re.findall(r"^--\s*(?:name|fragment)\s*:\s*(\S+)", text_of(name), re.MULTILINE)


def without_comments(statement: str) -> str:
    return re.sub(r"--[^\n]*", "", statement)


def test_there_are_statements() -> None:
    assert {"audit", "columns", "schema", "sessions", "users"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_statement_of_a_file_is_loaded_under_a_name_of_its_own(name: str) -> None:
    assert list(statements(name)) == headings(name)
    assert len(set(headings(name))) == len(headings(name)) > 0


@pytest.mark.parametrize("name", NAMES)
def test_every_statement_has_one_line_of_purpose(name: str) -> None:
    purposes = re.findall(r"^-- (?:name|fragment): \w+\n-- (\S[^\n]*)\n(?!--)", text_of(name), re.MULTILINE)
    assert len(purposes) == len(headings(name))


@pytest.mark.parametrize("name", NAMES)
def test_a_file_holds_nothing_but_statements(name: str) -> None:
    assert re.match(r"-- (?:name|fragment): ", text_of(name))


@pytest.mark.parametrize("name", NAMES)
def test_every_fragment_is_put_in_its_place(name: str) -> None:
    fragments = statements("columns")
    for title, statement in statements(name).items():
        assert statement
        assert not re.search(r"\{\w*\}", without_comments(statement))
        source = re.split(rf"^-- (?:name|fragment): {title}\n", text_of(name), flags=re.MULTILINE)[1]
        own = re.split(r"^-- (?:name|fragment): ", source, flags=re.MULTILINE)[0]
        for fragment in re.findall(r"\{(\w+)\}", own):
            assert fragments[fragment] in statement


@pytest.mark.parametrize("name", NAMES)
def test_a_statement_is_one_statement_with_named_parameters_only(name: str) -> None:
    for statement in statements(name).values():
        assert ";" not in without_comments(statement)
        assert "%" not in re.sub(r"%\(\w+\)s", "", statement)


def test_the_columns_of_a_user_are_named_in_one_place() -> None:
    users, columns = statements("users"), statements("columns")
    assert users["by_id"].removeprefix("select ").startswith(columns["user"])


def test_a_file_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        statements("nothing_of_that_name")
