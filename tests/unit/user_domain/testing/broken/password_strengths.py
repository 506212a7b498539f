"""Estimates that let common passwords pass, refuse good ones, or mix people up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.errors import Overloaded
from user_domain.testing.in_memory.password_strength import InMemoryPasswordStrength

if TYPE_CHECKING:
    from collections.abc import Sequence

    from user_domain.value_objects.password import Password


class CountsCharactersOnly(InMemoryPasswordStrength):
    async def score(self, password: Password, *, personal: Sequence[str]) -> int:
        return min(len(password.value) // 4, 4)


class FindsEverythingWeak(InMemoryPasswordStrength):
    async def score(self, password: Password, *, personal: Sequence[str]) -> int:
        return min(await super().score(password, personal=personal), 1)


class DoesNotKnowWhoAsks(InMemoryPasswordStrength):
    async def score(self, password: Password, *, personal: Sequence[str]) -> int:
        return await super().score(password, personal=[])


class KnowsOneWordOnly(InMemoryPasswordStrength):
    async def score(self, password: Password, *, personal: Sequence[str]) -> int:
        return await super().score(password, personal=personal[:1])


class RemembersEveryWord(InMemoryPasswordStrength):
    def __init__(self) -> None:
        self._words: list[str] = []

    async def score(self, password: Password, *, personal: Sequence[str]) -> int:
        self._words += personal
        return await super().score(password, personal=self._words)


class CountsOn(InMemoryPasswordStrength):
    """As many points as there are characters for them."""

    async def score(self, password: Password, *, personal: Sequence[str]) -> int:
        return await super().score(password, personal=personal) + (len(password.value) > 1000)


class RefusesWhatIsNoText(InMemoryPasswordStrength):
    async def score(self, password: Password, *, personal: Sequence[str]) -> int:
        try:
            password.value.encode()
        except UnicodeEncodeError:
            raise Overloaded from None
        return await super().score(password, personal=personal)
