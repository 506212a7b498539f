"""The contract of `BreachedPasswords`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from user_domain.testing.contracts.contract import Contract
from user_domain.value_objects.password import Password

if TYPE_CHECKING:
    from user_domain.ports.breached_passwords import BreachedPasswords

BREACHED = ("Password1!", "pässwörd 1A", " spaces count ", "a\0b", "lone \ud800")
"""What the collection of the tests has, and nothing else."""


class BreachedPasswordsContract(Contract):
    """Needs a fixture `breached` over a collection that has `BREACHED`, and a fixture `unreachable` over the same
    collection, which cannot be asked.
    """

    @pytest.mark.parametrize("text", BREACHED)
    async def test_a_password_of_a_breach_is_among_them(self, breached: BreachedPasswords, text: str) -> None:
        assert await breached.contains(Password(text)) is True

    @pytest.mark.parametrize(
        "text",
        ["", "kX9#vQ2mLw8z", "password1!", "Password1", "Password1!!", "spaces count", "a", "\udfff", "x" * 10_000],
    )
    async def test_another_password_is_not(self, breached: BreachedPasswords, text: str) -> None:
        assert await breached.contains(Password(text)) is False

    async def test_many_can_ask_at_once(self, breached: BreachedPasswords) -> None:
        texts = [BREACHED[0], "kX9#vQ2mLw8z"] * 10
        assert await asyncio.gather(*(breached.contains(Password(text)) for text in texts)) == [True, False] * 10

    @pytest.mark.parametrize("text", [*BREACHED, "kX9#vQ2mLw8z"])
    async def test_a_collection_that_cannot_be_asked_keeps_nobody_from_choosing(
        self, unreachable: BreachedPasswords, text: str
    ) -> None:
        assert await unreachable.contains(Password(text)) is False
