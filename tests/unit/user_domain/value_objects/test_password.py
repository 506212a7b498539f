"""Passwords as typed: any text, in NFC, surrounding spaces included. Which ones may be chosen: see the policy."""

import unicodedata

import pytest
from hypothesis import given

from tests.unit.user_domain.texts import ANY_TEXT
from user_domain.value_objects.password import Password


@pytest.mark.parametrize("typed", [" SecurePass123! ", "", "\0", "\n", "\ud800", "🦄", "Pässwörd"])
def test_what_was_typed_counts_as_it_is(typed: str) -> None:
    assert Password.typed(typed).value == typed


def test_two_keyboards_that_spell_a_letter_differently_agree() -> None:
    assert Password.typed("Zoe\u0308") == Password.typed("Zo\u00eb")


def test_letters_that_only_look_alike_stay_apart() -> None:
    assert Password.typed("\ufb01ne") != Password.typed("fine")  # the ligature: NFC, not NFKC
    assert Password.typed("PASS") != Password.typed("pass")


@given(ANY_TEXT)
def test_normalising_happens_once_and_for_all(text: str) -> None:
    password = Password.typed(text)
    assert Password.typed(password.value) == password
    assert Password.typed(unicodedata.normalize("NFD", text)) == password


def test_text_far_too_long_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Normalising 64 KiB of combining marks takes seconds, and nobody else is served meanwhile."""

    def too_costly(form: str, text: str) -> str:
        return pytest.fail(f"normalised {len(text)} characters")

    with monkeypatch.context() as patch:
        patch.setattr(unicodedata, "normalize", too_costly)
        assert len(Password.typed("e" + "\u0300\u0316" * 16_000).value) == 32_001
