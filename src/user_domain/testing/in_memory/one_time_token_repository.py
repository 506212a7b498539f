"""One-time tokens in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from user_domain.ports.one_time_token_repository import OneTimeTokenRepository

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from user_domain.entities.one_time_token import OneTimeToken
    from user_domain.testing.in_memory.database import State
    from user_domain.value_objects.ids import OneTimeTokenId, UserId
    from user_domain.value_objects.one_time_token import TokenPurpose


class InMemoryOneTimeTokenRepository(OneTimeTokenRepository):
    """Tokens in a unit of work's copy of the state, which nobody else changes meanwhile: there is nothing to lock."""

    def __init__(self, state: State) -> None:
        self._tokens = state.tokens

    async def add(self, token: OneTimeToken) -> None:
        self._tokens[token.id] = token

    async def lock(self, digest: bytes) -> OneTimeToken | None:
        return next((token for token in self._tokens.values() if token.digest == digest), None)

    async def mark_used(self, token_id: OneTimeTokenId, *, at: datetime) -> None:
        self._tokens[token_id] = replace(self._tokens[token_id], used_at=at)

    async def void(
        self,
        user_id: UserId,
        purposes: Collection[TokenPurpose],
        *,
        at: datetime,
        issued_since: datetime | None = None,
    ) -> None:
        for token in list(self._tokens.values()):
            if (
                token.user_id == user_id
                and token.purpose in purposes
                and token.used_at is None
                and token.voided_at is None
                and (issued_since is None or token.issued_at >= issued_since)
            ):
                self._tokens[token.id] = replace(token, voided_at=at)
