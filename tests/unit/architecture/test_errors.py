"""Every error there is has a status and a page, and is in the manual."""

from __future__ import annotations

import re

import pytest

from entrypoints.http.error_codes import render
from entrypoints.http.problems import HttpProblem, ProblemType, catalogue, problem_type
from tests.unit.architecture.sources import ROOT, SRC, classes
from user_domain.errors import DomainError

ERRORS = [cls for cls in classes(SRC) if issubclass(cls, DomainError | HttpProblem)]
WITH_A_CODE = [cls for cls in ERRORS if "code" in vars(cls)]
WITHOUT = [cls for cls in ERRORS if cls not in WITH_A_CODE]
MANUAL = ROOT / "docs" / "error-codes.md"


@pytest.mark.parametrize("error", WITH_A_CODE, ids=lambda error: error.__name__)
def test_every_error_is_mapped(error: type[DomainError | HttpProblem]) -> None:
    assert problem_type(error) in catalogue()


@pytest.mark.parametrize("family", WITHOUT, ids=lambda family: family.__name__)
def test_an_error_without_a_code_is_a_family_of_those_that_have_one(family: type[DomainError | HttpProblem]) -> None:
    assert [error for error in WITH_A_CODE if issubclass(error, family)]


@pytest.mark.parametrize("kind", catalogue(), ids=lambda kind: f"{kind.status.value} {kind.code}")
def test_every_error_is_in_the_manual(kind: ProblemType) -> None:
    rows = re.findall(rf"^\| `{kind.code}` \|.*$", MANUAL.read_text(encoding="utf-8"), re.MULTILINE)
    assert len([row for row in rows if f"| {kind.status.value} |" in row]) == 1


def test_a_code_has_one_meaning_for_one_status() -> None:
    pairs = [(kind.code, kind.status) for kind in catalogue()]
    assert len(pairs) == len(set(pairs))


def test_the_manual_knows_no_error_there_is_not() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", MANUAL.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [kind.code for kind in catalogue()]


def test_the_manual_is_what_make_docs_writes() -> None:
    assert MANUAL.read_text(encoding="utf-8") == render()
