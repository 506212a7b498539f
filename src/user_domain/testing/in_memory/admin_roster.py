"""Who administers, in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.policies.access import AccessPolicy
from user_domain.ports.admin_roster import AdminRoster, RosterPlace

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.ports.user_repository import UserRepository
    from user_domain.testing.in_memory.database import State
    from user_domain.value_objects.ids import UserId


class InMemoryAdminRoster(AdminRoster):
    """The admins in a unit of work's copy of the state, which nobody else changes meanwhile."""

    def __init__(self, state: State, users: UserRepository) -> None:
        self._state = state
        self._users = users

    async def lock(self, user_id: UserId, *, at: datetime, verified_email_required: bool) -> RosterPlace | None:
        account = await self._users.lock(user_id)
        policy = AccessPolicy(verified_email_required=verified_email_required)
        others = [
            user
            for user in (other.user for other in self._state.accounts.values())
            if user.is_admin and user.id != user_id and not policy.denials(user, at=at)
        ]
        return RosterPlace(account, len(others)) if account else None
