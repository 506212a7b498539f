"""See whether one's address is verified."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.user import User
    from user_domain.ports.user_queries import UserQueries


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationStatus:
    """How the verification of a user's present address stands, and when it was last asked for by mail."""

    user: User
    sent_at: datetime | None


class GetVerificationStatus:
    """People see how the verification of their own address stands."""

    def __init__(self, *, users: UserQueries) -> None:
        self._users = users

    async def execute(self, actor: User) -> VerificationStatus:
        """The actor's status."""
        return VerificationStatus(user=actor, sent_at=await self._users.verification_sent_at(actor.id))
