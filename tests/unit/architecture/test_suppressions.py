"""Whoever silences a tool says why."""

from __future__ import annotations

import io
import re
import tokenize
from typing import TYPE_CHECKING

import pytest

from tests.unit.architecture.sources import ROOT, SRC, TESTS, called, python_files

if TYPE_CHECKING:
    from collections.abc import Iterator

DIRECTIVE = re.compile(
    r"""\#\s*(?:ruff\s*:\s*)?noqa\b(?:\s*:\s*[A-Z]+\d+(?:[\s,]+[A-Z]+\d+)*)?
    | \#\s*type:\s*ignore(?:\[[\w,\s-]*\])?""",
    re.VERBOSE,
)
REASON = re.compile(r"\w{3,}")  # a word at least


def comments(text: str) -> dict[int, tokenize.TokenInfo]:
    """The comments of a file, by line."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {token.start[0]: token for token in tokens if token.type == tokenize.COMMENT}


def unexplained(text: str) -> Iterator[str]:
    """The lines that silence a tool without a reason beside it or above it."""
    found = comments(text)
    for number, comment in found.items():
        if DIRECTIVE.search(comment.string):
            above = found.get(number - 1)
            alone = above is not None and not above.line[: above.start[1]].strip()
            beside = DIRECTIVE.sub("", comment.string)
            if not REASON.search(beside) and not (alone and above is not None and REASON.search(above.string)):
                yield f"{number}: {comment.line.strip()}"


def test_a_silenced_tool_comes_with_a_reason() -> None:
    for_no_reason = [
        f"{called(path)}:{line}"
        for path in python_files(SRC, TESTS, ROOT / "examples")
        for line in unexplained(path.read_text(encoding="utf-8"))
    ]
    assert not for_no_reason, "\n".join(for_no_reason)


@pytest.mark.parametrize(
    ("text", "explained"),
    [
        ("x = 1  # noqa: S105 - made up for tests\n", True),
        ("x = 1  # type: ignore[misc]  # the stubs are wrong\n", True),
        ("x = 1  # type: ignore[misc]  # noqa: S105 - made up\n", True),
        ("# The stubs are wrong here.\nx = 1  # type: ignore[misc]\n", True),
        ("x = '# noqa'\n", True),
        ("x = 1  # noqa: S105\n", False),
        ("x = 1  # noqa\n", False),
        ("x = 1  # noqa: S105, S106\n", False),
        ("x = 1  # type: ignore[misc, assignment]\n", False),
        ("x = 1  # type: ignore\n", False),
        ("x = 1  # type: ignore[misc]  # noqa: S105\n", False),
        ("y = 2  # another matter altogether\nx = 1  # noqa: S105\n", False),
        ("# ruff: noqa\n", False),
    ],
)
def test_what_counts_as_a_reason(text: str, explained: bool) -> None:
    assert (list(unexplained(text)) == []) == explained
