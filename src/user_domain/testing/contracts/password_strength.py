"""The contract of `PasswordStrength`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from user_domain.testing.contracts.contract import Contract
from user_domain.value_objects.password import Password

if TYPE_CHECKING:
    from user_domain.ports.password_strength import PasswordStrength

PERSONAL = Password("Schmidthuber1!")
WORD = "schmidthuber"


class PasswordStrengthContract(Contract):
    """Needs a fixture `strength`."""

    @pytest.mark.parametrize("common", ["password", "12345678", "qwertyuiop", "Password1!", "iloveyou"])
    async def test_a_common_password_is_guessed_within_a_million_tries(
        self, strength: PasswordStrength, common: str
    ) -> None:
        assert await strength.score(Password(common), personal=[]) < 2

    @pytest.mark.parametrize("good", ["SecurePass123!", "kX9#vQ2mLw8z", "drei blaue Elefanten", "Wolkenkratzer7!"])
    async def test_a_password_of_some_length_that_is_not_common_survives_a_million_tries(
        self, strength: PasswordStrength, good: str
    ) -> None:
        assert await strength.score(Password(good), personal=["somebody"]) >= 2

    @pytest.mark.parametrize("word", [WORD, WORD.upper(), WORD.title()])
    async def test_what_somebody_is_called_is_guessed_first(self, strength: PasswordStrength, word: str) -> None:
        score = await strength.score(PERSONAL, personal=["anna", word])
        assert score < 2 <= await strength.score(PERSONAL, personal=["anna"])

    async def test_what_somebody_is_called_means_nothing_for_anybody_else(self, strength: PasswordStrength) -> None:
        personal = [[], [WORD], []]
        alone = [await strength.score(PERSONAL, personal=words) for words in personal]
        together = await asyncio.gather(*(strength.score(PERSONAL, personal=words) for words in personal))
        assert alone == together
        assert alone[1] < alone[0] == alone[2]

    @pytest.mark.parametrize(
        "text",
        [
            "",
            " ",
            "a",
            "a\0b",
            "\n\n\n",
            "lone \ud800",
            "İıßẞﬀ",
            "٢٠٢٤-١٢-٣١",
            "密码密码密码1!",
            "🦄" * 40,
            "a" * 10_000,
        ],
    )
    async def test_any_text_has_a_score_from_0_to_4(self, strength: PasswordStrength, text: str) -> None:
        for personal in ([], [text], [text] * 100):
            assert await strength.score(Password(text), personal=personal) in range(5)
