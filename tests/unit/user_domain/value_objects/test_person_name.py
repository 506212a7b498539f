"""Names: 2 to 100 characters of any script, trimmed, NFC, without characters that cannot be printed."""

import unicodedata

import pytest

from tests.unit.user_domain.violations import violations_of
from user_domain.value_objects.person_name import PersonName


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("John Doe", "John Doe"),
        ("  John  Doe \n", "John  Doe"),
        ("Bo", "Bo"),
        ("王芳", "王芳"),
        ("Zoë Ñandú-O'Brien Jr.", "Zoë Ñandú-O'Brien Jr."),
        ("Zoe\u0308", "Zoë"),
        ("प्रियंका", "प्रियंका"),
        ("علی\u200cرضا", "علی\u200cرضا"),
        ('O\'Neil <b>"Shaq"</b>; --', 'O\'Neil <b>"Shaq"</b>; --'),
    ],
)
def test_is_kept_as_the_person_writes_it_trimmed_and_composed(typed: str, stored: str) -> None:
    assert str(PersonName.parse(typed)) == stored


@pytest.mark.parametrize(
    ("typed", "characters"),
    [
        pytest.param("Bo", 2, id="2"),
        pytest.param("e\u0301e\u0301", 2, id="2 with combining accents"),
        pytest.param("J" * 100, 100, id="100"),
        pytest.param("e\u0301" * 100, 100, id="100 with combining accents"),
        pytest.param("α\u0313\u0300\u0345" * 100, 100, id="100 with three combining accents each"),
        pytest.param(" " * 50 + "J" * 100 + " " * 50, 100, id="100 between spaces"),
    ],
)
def test_may_have_2_to_100_characters_as_a_person_counts_them(typed: str, characters: int) -> None:
    assert len(PersonName.parse(typed).value) == characters


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        pytest.param("", "too_short", id="nothing"),
        pytest.param(" \t\n", "too_short", id="nothing but spaces"),
        pytest.param(" J ", "too_short", id="1"),
        pytest.param("e\u0301", "too_short", id="1 with combining accent"),
        pytest.param("J" * 101, "too_long", id="101"),
        pytest.param("e\u0301" * 101, "too_long", id="101 with combining accents"),
    ],
)
def test_fewer_and_more_are_refused(typed: str, code: str) -> None:
    assert violations_of(PersonName.parse, typed) == [("name", code)]


@pytest.mark.parametrize(
    "character",
    [
        pytest.param("\0", id="NUL"),
        pytest.param("\n", id="line feed"),
        pytest.param("\r", id="carriage return"),
        pytest.param("\t", id="tab"),
        pytest.param("\x1b", id="escape"),
        pytest.param("\x7f", id="delete"),
        pytest.param("\x85", id="next line, of the second set of controls"),
        pytest.param("\u2028", id="line separator"),
        pytest.param("\u2029", id="paragraph separator"),
        pytest.param("\u202e", id="right-to-left override"),
        pytest.param("\u2066", id="left-to-right isolate"),
        pytest.param("\ud800", id="lone surrogate"),
        pytest.param("\ue000", id="private use"),
        pytest.param("\uffff", id="no character"),
    ],
)
def test_characters_that_could_forge_a_line_or_a_text_are_refused(character: str) -> None:
    assert violations_of(PersonName.parse, f"John{character}Doe") == [("name", "invalid_characters")]


def test_a_name_far_too_long_is_refused_before_it_costs_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Normalising 64 KiB of combining marks takes seconds, and nobody else is served meanwhile."""

    def too_costly(form: str, text: str) -> str:
        return pytest.fail(f"normalised {len(text)} characters")

    with monkeypatch.context() as patch:
        patch.setattr(unicodedata, "normalize", too_costly)
        assert violations_of(PersonName.parse, "e" + "\u0300\u0316" * 16_000) == [("name", "too_long")]


def test_a_name_that_nobody_can_see_is_none() -> None:
    assert violations_of(PersonName.parse, "\u200b\u200d") == [("name", "invalid_characters")]
