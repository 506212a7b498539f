"""Every error there is has a status and a page, and is in the manual."""

from __future__ import annotations

import re

import pytest

from entrypoints.http.error_codes import render
from entrypoints.http.problems import HttpProblem, catalogue, problem_type
from tests.unit.architecture.sources import ROOT, SRC, classes
from user_domain.errors import DomainError

ERRORS = [cls for cls in classes(SRC) if issubclass(cls, DomainError | HttpProblem)]
LEAVES = [cls for cls in ERRORS if not any(cls in other.__bases__ for other in ERRORS)]
MANUAL = ROOT / "docs" / "error-codes.md"


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.__name__)
def test_every_error_is_mapped(leaf: type[DomainError | HttpProblem]) -> None:
    assert catalogue()[leaf.code] == problem_type(leaf)


@pytest.mark.parametrize("code", catalogue())
def test_every_error_is_in_the_manual(code: str) -> None:
    kind = catalogue()[code]
    (row,) = re.findall(rf"^\| `{code}` \|.*$", MANUAL.read_text(encoding="utf-8"), re.MULTILINE)
    assert f"| {kind.status.value} |" in row


def test_the_manual_knows_no_error_there_is_not() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", MANUAL.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == list(catalogue())


def test_the_manual_is_what_make_docs_writes() -> None:
    assert MANUAL.read_text(encoding="utf-8") == render()
