"""CSV that says what was said, and that no spreadsheet runs."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrypoints.csv_format import csv_lines


def read(text: str) -> list[list[str]]:
    """What a reader makes of it."""
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def test_lines_end_and_fields_are_quoted_as_rfc_4180_has_it() -> None:
    assert csv_lines([["id", "name"], ["7", 'John "Jo" Doe, Jr.\r\nEsq.'], ["8", ""]]) == (
        '"id","name"\r\n"7","John ""Jo"" Doe, Jr.\r\nEsq."\r\n"8",""\r\n'
    )


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("https://evil.example","Click")',
        "+49170",
        "-1+1",
        "@SUM(1)",
        "\t=1+1",
        "\r=1+1",
        "\n=1+1",
        " =1+1",
        "\u00a0=1+1",
        "\uff1d1+1",
        "\uff0b1",
        "\uff0d1",
        "\uff201",
    ],
)
def test_what_looks_like_a_formula_is_text(text: str) -> None:
    assert read(csv_lines([[text, "7"]])) == [[f"'{text}", "7"]]


@pytest.mark.parametrize("text", ["7", "john@example.com", "a=b", '"=1', ";=1", "'=1", "", '[{"field": "=1"}]'])
def test_nothing_else_is_changed(text: str) -> None:
    assert read(csv_lines([[text]])) == [[text]]


@given(st.lists(st.text(st.characters(codec="utf-8")), min_size=1))
def test_whatever_is_written_is_read_again_less_an_apostrophe(fields: list[str]) -> None:
    (row,) = read(csv_lines([fields]))
    for before, after in zip(fields, row, strict=True):
        assert after in {before, f"'{before}"}
        assert after[:1] not in set("=+-@\t\r\n ")
