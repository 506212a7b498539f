"""One-time tokens that can be used twice, that outlive what should end them, or that are mixed up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from user_domain.testing.in_memory.one_time_token_repository import InMemoryOneTimeTokenRepository
from user_domain.value_objects.one_time_token import TokenPurpose

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from user_domain.entities.one_time_token import OneTimeToken
    from user_domain.testing.in_memory.database import State
    from user_domain.value_objects.ids import OneTimeTokenId, UserId


class AddForgetsTheAddress(InMemoryOneTimeTokenRepository):
    """As if it always were the user's."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self._accounts = state.accounts

    async def add(self, token: OneTimeToken) -> None:
        await super().add(replace(token, email=self._accounts[token.user_id].user.email))


class AddsAtTheEnd(InMemoryOneTimeTokenRepository):
    """Collects what is to be added, and sends it with nothing but the commit."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self._before = dict(state.tokens)

    async def lock(self, digest: bytes) -> OneTimeToken | None:
        return next((token for token in self._before.values() if token.digest == digest), None)


class FindsAnyToken(InMemoryOneTimeTokenRepository):
    async def lock(self, digest: bytes) -> OneTimeToken | None:
        return await super().lock(digest) or next(iter(self._tokens.values()), None)


class HidesUsedTokens(InMemoryOneTimeTokenRepository):
    async def lock(self, digest: bytes) -> OneTimeToken | None:
        token = await super().lock(digest)
        return token if token and token.used_at is None else None


class HidesVoidTokens(InMemoryOneTimeTokenRepository):
    async def lock(self, digest: bytes) -> OneTimeToken | None:
        token = await super().lock(digest)
        return token if token and token.voided_at is None else None


class UsesNothingUp(InMemoryOneTimeTokenRepository):
    async def mark_used(self, token_id: OneTimeTokenId, *, at: datetime) -> None:
        pass


class UsesAllOfThem(InMemoryOneTimeTokenRepository):
    async def mark_used(self, token_id: OneTimeTokenId, *, at: datetime) -> None:
        for other in list(self._tokens):
            await super().mark_used(other, at=at)


class VoidsNothing(InMemoryOneTimeTokenRepository):
    async def void(
        self,
        user_id: UserId,
        purposes: Collection[TokenPurpose],
        *,
        at: datetime,
        issued_since: datetime | None = None,
    ) -> None:
        pass


class VoidsEveryPurpose(InMemoryOneTimeTokenRepository):
    async def void(
        self,
        user_id: UserId,
        purposes: Collection[TokenPurpose],
        *,
        at: datetime,
        issued_since: datetime | None = None,
    ) -> None:
        await super().void(user_id, list(TokenPurpose), at=at, issued_since=issued_since)


class VoidsForEverybody(InMemoryOneTimeTokenRepository):
    async def void(
        self,
        user_id: UserId,
        purposes: Collection[TokenPurpose],
        *,
        at: datetime,
        issued_since: datetime | None = None,
    ) -> None:
        for owner in {token.user_id for token in self._tokens.values()}:
            await super().void(owner, purposes, at=at, issued_since=issued_since)


class VoidsSinceEver(InMemoryOneTimeTokenRepository):
    async def void(
        self,
        user_id: UserId,
        purposes: Collection[TokenPurpose],
        *,
        at: datetime,
        issued_since: datetime | None = None,
    ) -> None:
        await super().void(user_id, purposes, at=at)


class VoidsWhatCameAfter(InMemoryOneTimeTokenRepository):
    """But for what was issued at that very moment."""

    async def void(
        self,
        user_id: UserId,
        purposes: Collection[TokenPurpose],
        *,
        at: datetime,
        issued_since: datetime | None = None,
    ) -> None:
        spared = {token.id: token for token in self._tokens.values() if token.issued_at == issued_since}
        await super().void(user_id, purposes, at=at, issued_since=issued_since)
        self._tokens.update(spared)


class VoidsWhatIsOver(InMemoryOneTimeTokenRepository):
    """Once more."""

    async def void(
        self,
        user_id: UserId,
        purposes: Collection[TokenPurpose],
        *,
        at: datetime,
        issued_since: datetime | None = None,
    ) -> None:
        await super().void(user_id, purposes, at=at, issued_since=issued_since)
        for token in list(self._tokens.values()):
            if token.user_id == user_id and token.purpose in purposes:
                self._tokens[token.id] = replace(token, voided_at=at)


class VoidsWhatIsAddedLater(InMemoryOneTimeTokenRepository):
    """As if what is collected went to the store in another order."""

    _voided: frozenset[TokenPurpose] = frozenset()

    async def void(
        self,
        user_id: UserId,
        purposes: Collection[TokenPurpose],
        *,
        at: datetime,
        issued_since: datetime | None = None,
    ) -> None:
        self._voided |= set(purposes)
        await super().void(user_id, purposes, at=at, issued_since=issued_since)

    async def add(self, token: OneTimeToken) -> None:
        await super().add(replace(token, voided_at=token.issued_at) if token.purpose in self._voided else token)
