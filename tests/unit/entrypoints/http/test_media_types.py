"""Accept: programs' headers, browsers' and hostile ones."""

from __future__ import annotations

import time

import pytest

from entrypoints.http.media_types import preferred_media_type

JSON, CSV = "application/json", "text/csv"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, JSON),
        ("", JSON),
        (" ", JSON),
        ("*/*", JSON),
        ("application/json", JSON),
        ("text/csv", CSV),
        ("TEXT/CSV", CSV),
        ("text/*", CSV),
        ("text/csv, */*;q=0.1", CSV),
        ("text/csv;q=0.5, application/json;q=0.4", CSV),
        ("text/csv;q=0.4, application/json;q=0.5", JSON),
        ("text/csv;Q=0.4 , application/json ; q=0.3", CSV),
        ("text/csv, application/json", JSON),
        ("text/csv; charset=utf-8; header=present", CSV),
        ("text/csv;quoted=yes", CSV),
        ("text/csv;header=present;q=0.1, application/json;q=0.5", JSON),
        ("text/csv;q=0", JSON),
        ("*/*, application/json;q=0", CSV),
        ("*/*;q=0.9, text/csv;q=0.8", JSON),
        ("*/*;q=0.1, text/*;q=0.2", CSV),
        ("text/*;q=0, text/csv;q=0.2, */*;q=0.1", CSV),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8", JSON),
        ("image/png", JSON),
        ("*/*;q=0", JSON),
        ("text/csv;q=2", JSON),
        ("text/csv;q=x", JSON),
        ("text/csv;q=", JSON),
        ("csv", JSON),
        ("*/csv", JSON),
        (",,text/csv,", CSV),
        ("text/csv, text/csv;q=0.1, application/json;q=0.5", CSV),
        ("text/csv\x00", JSON),
    ],
)
def test_what_is_wanted_most_is_chosen_and_json_where_that_is_open(header: str | None, expected: str) -> None:
    assert preferred_media_type(header, (JSON, CSV)) == expected


@pytest.mark.parametrize(
    "header", ["text/csv;q=0.1," * 100_000, "text/" + "*" * 1_000_000, "a" * 1_000_000, ";" * 10_000]
)
def test_a_hostile_header_takes_no_time(header: str) -> None:
    begun = time.perf_counter()
    preferred_media_type(header, (JSON, CSV))
    assert time.perf_counter() - begun < 0.5
