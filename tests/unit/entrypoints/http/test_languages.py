"""Accept-Language: browsers' headers, odd ones and hostile ones."""

from __future__ import annotations

import time

import pytest

from entrypoints.http.languages import accepted_locale, preferred

AVAILABLE = ("en", "fr", "ar")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("fr", "fr"),
        ("FR", "fr"),
        ("fr-CA", "fr"),
        ("ar-EG,ar;q=0.9,en;q=0.8", "ar"),
        ("de-DE,de;q=0.9,fr;q=0.5,en;q=0.4", "fr"),
        ("en;q=0.4,fr;q=0.8", "fr"),
        ("en;q=0.8,fr;q=0.8", "en"),
        ("fr;q=0.8,en;q=0.8", "fr"),
        ("fr ; q=0.5 ,\ten;q=0.1", "fr"),
        ("fr;Q=0.5", "fr"),
        ("fr;q=1.000", "fr"),
        ("fr;q=0,en;q=0.1", "en"),
        ("fr;q=0", None),
        ("fr-CA,fr;q=0", None),
        ("*", "en"),
        ("de,*;q=0.5", "en"),
        ("en;q=0.1,*;q=0.5", "fr"),
        ("en;q=0,*", "fr"),
        ("en,fr,ar,*;q=0", "en"),
        ("*;q=0", None),
        ("de", None),
        ("zh-Hant-TW", None),
        (",,fr,", "fr"),
        ("", None),
        (None, None),
    ],
)
def test_the_most_wanted_of_those_there_are(header: str | None, expected: str | None) -> None:
    assert preferred(header, AVAILABLE) == expected


def test_a_longer_tag_is_found_before_a_shorter_one() -> None:
    assert preferred("zh-Hant-TW", ("zh", "zh-Hant")) == "zh-Hant"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("fr-ca,fr;q=0.9", "fr-CA"),
        ("de;q=0.3,es-419", "es-419"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("*,fr;q=0.1", "fr"),
        ("de-DE-1996,de;q=0.9", "de"),
        ("i-klingon", None),
        ("fr;q=0", None),
        ("*", None),
        ("", None),
        (None, None),
    ],
)
def test_the_most_wanted_that_is_a_locale(header: str | None, expected: str | None) -> None:
    locale = accepted_locale(header)
    assert (locale and locale.value) == expected


BROKEN = [
    "fr;q=2",
    "fr;q=-1",
    "fr;q=nan",
    "fr;q=1e3",
    "fr;q=0.1234",
    "fr;q=",
    "fr;level=1",
    "fr;q=0.5;q=0.9",
    "fr_CA",
    "fr CA",
    "é",
    "\0",
    "<script>",
    "\x92",
    "١",
    "fr;q=١",
    "-",
    "fr-",
]


@pytest.mark.parametrize("broken", BROKEN)
def test_what_is_broken_is_skipped(broken: str) -> None:
    assert preferred(broken, AVAILABLE) is None
    assert preferred(f"{broken},ar;q=0.1", AVAILABLE) == "ar"
    assert accepted_locale(broken) is None
    assert str(accepted_locale(f"{broken},ar;q=0.1")) == "ar"


@pytest.mark.parametrize(
    "hostile",
    [
        "," * 60_000,
        "a," * 30_000,
        "fr" + " " * 60_000 + "x",
        "a-" * 30_000,
        "fr;q=0." + "0" * 60_000,
        ";" * 60_000,
        "x" * 60_000,
        "de;q=0.1," * 6_000,
    ],
)
def test_a_hostile_header_costs_next_to_nothing(hostile: str) -> None:
    begun = time.process_time()
    for _ in range(10):
        assert preferred(hostile, AVAILABLE) is None
        accepted_locale(hostile)
    assert time.process_time() - begun < 1


def test_what_comes_after_twenty_languages_is_not_looked_at() -> None:
    assert preferred("de," * 19 + "fr", AVAILABLE) == "fr"
    assert preferred("de," * 20 + "fr", AVAILABLE) is None
