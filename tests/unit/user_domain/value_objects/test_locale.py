"""Languages: `language[-Script][-REGION]`, in any case, stored in the recommended one."""

import pytest

from tests.unit.user_domain.violations import violations_of
from user_domain.value_objects.locale import Locale


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("en", "en"),
        ("DE", "de"),
        ("fil", "fil"),
        ("fr-ca", "fr-CA"),
        ("ZH-HANT-TW", "zh-Hant-TW"),
        ("sr-latn", "sr-Latn"),
        ("es-419", "es-419"),
    ],
)
def test_is_stored_in_its_recommended_case(typed: str, stored: str) -> None:
    assert str(Locale.parse(typed)) == stored


@pytest.mark.parametrize(
    "typed",
    ["", "e", "engl", "en_GB", "en-", "-GB", "en-G", "en-GBR", "en--GB", "en-GB-Latn", " en", "en\n", "éñ", "e\ud800"],
)
def test_anything_else_is_refused(typed: str) -> None:
    assert violations_of(Locale.parse, typed) == [("locale", "invalid_format")]
