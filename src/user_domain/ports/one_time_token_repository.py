"""One-time tokens."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from user_domain.entities.one_time_token import OneTimeToken
    from user_domain.value_objects.ids import OneTimeTokenId, UserId
    from user_domain.value_objects.one_time_token import TokenPurpose


class OneTimeTokenRepository(Protocol):
    """The one-time tokens, within a unit of work. Whoever changes them has locked their user, which `lock` does too."""

    @abstractmethod
    async def add(self, token: OneTimeToken) -> None:
        """Store a token; the user must exist."""

    @abstractmethod
    async def lock(self, digest: bytes) -> OneTimeToken | None:
        """The token with this digest as committed last, used and voided ones included; its user is locked until the
        unit of work ends, so that of many who hold one token the first has used it when the next one sees it. None:
        there is no such token."""

    @abstractmethod
    async def mark_used(self, token_id: OneTimeTokenId, *, at: datetime) -> None:
        """Remember that a token was used."""

    @abstractmethod
    async def void(
        self,
        user_id: UserId,
        purposes: Collection[TokenPurpose],
        *,
        at: datetime,
        issued_since: datetime | None = None,
    ) -> None:
        """Make a user's tokens of these purposes useless, those that are neither used nor void yet; with
        `issued_since` only those issued at that moment or later."""
