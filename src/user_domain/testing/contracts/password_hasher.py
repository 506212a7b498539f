"""The contract of `PasswordHasher`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from user_domain.ports.password_hasher import PasswordHash, Verification
from user_domain.testing.contracts.contract import Contract
from user_domain.value_objects.password import Password

if TYPE_CHECKING:
    from user_domain.ports.password_hasher import PasswordHasher

RIGHT = Password("correct Horse 1 battery")
WRONG = Password("correct Horse 1 batterx")


class PasswordHasherContract(Contract):
    """Needs a fixture `hasher`, and a fixture `outdated_hash`: a hash of `RIGHT` that was made at another cost."""

    async def test_the_right_password_matches(self, hasher: PasswordHasher) -> None:
        assert await hasher.verify(RIGHT, await hasher.hash(RIGHT)) == Verification(matches=True)

    async def test_another_password_does_not_match(self, hasher: PasswordHasher) -> None:
        assert await hasher.verify(WRONG, await hasher.hash(RIGHT)) == Verification(matches=False)

    async def test_the_same_password_never_gives_the_same_hash(self, hasher: PasswordHasher) -> None:
        assert await hasher.hash(RIGHT) != await hasher.hash(RIGHT)

    async def test_a_hash_does_not_contain_the_password(self, hasher: PasswordHasher) -> None:
        assert RIGHT.value not in await hasher.hash(RIGHT)

    async def test_without_a_hash_nothing_matches(self, hasher: PasswordHasher) -> None:
        assert await hasher.verify(RIGHT, None) == Verification(matches=False)

    async def test_a_hash_made_at_another_cost_matches_and_is_outdated(
        self, hasher: PasswordHasher, outdated_hash: PasswordHash
    ) -> None:
        assert await hasher.verify(RIGHT, outdated_hash) == Verification(matches=True, outdated=True)
        assert await hasher.verify(WRONG, outdated_hash) == Verification(matches=False)

    @pytest.mark.parametrize("prefix_length", [71, 72, 73, 127])
    async def test_every_character_of_a_long_password_counts(self, hasher: PasswordHasher, prefix_length: int) -> None:
        password_hash = await hasher.hash(Password("a" * prefix_length + "b"))
        assert not (await hasher.verify(Password("a" * prefix_length + "c"), password_hash)).matches
        assert not (await hasher.verify(Password("a" * prefix_length), password_hash)).matches

    @pytest.mark.parametrize(
        "text", ["pässwörd 1A", "密码密码密码1!", "🦄" * 40, "a\0b", " spaces count ", "lone \ud800"]
    )
    async def test_any_text_can_be_a_password(self, hasher: PasswordHasher, text: str) -> None:
        password_hash = await hasher.hash(Password(text))
        assert (await hasher.verify(Password(text), password_hash)).matches
        assert not (await hasher.verify(Password(text[:-1]), password_hash)).matches

    @pytest.mark.parametrize(
        "unreadable", ["", "plain text", "$argon2id$v=19$m=19456,t=2,p=1$broken", "$2b$12$short", "$9$unknown"]
    )
    async def test_a_hash_that_cannot_be_read_matches_nothing(self, hasher: PasswordHasher, unreadable: str) -> None:
        assert await hasher.verify(RIGHT, PasswordHash(unreadable)) == Verification(matches=False)
