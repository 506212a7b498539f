"""Rosters that count the wrong admins, or count them at the wrong moment."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from user_domain.policies.access import AccessPolicy
from user_domain.ports.admin_roster import RosterPlace
from user_domain.testing.in_memory.admin_roster import InMemoryAdminRoster

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from user_domain.entities.user import User
    from user_domain.ports.user_repository import UserRepository
    from user_domain.testing.in_memory.database import State
    from user_domain.value_objects.ids import UserId


class _Counts(InMemoryAdminRoster):
    """Counts others."""

    def _candidates(self) -> Iterable[User]:
        return [account.user for account in self._state.accounts.values()]

    def _counts(self, user: User, policy: AccessPolicy, *, of: UserId, at: datetime) -> bool:
        return user.is_admin and user.id != of and not policy.denials(user, at=at)

    async def lock(self, user_id: UserId, *, at: datetime, verified_email_required: bool) -> RosterPlace | None:
        place = await super().lock(user_id, at=at, verified_email_required=verified_email_required)
        policy = AccessPolicy(verified_email_required=verified_email_required)
        counted = [user for user in self._candidates() if self._counts(user, policy, of=user_id, at=at)]
        return place and replace(place, other_admins=len(counted))


class CountsOneself(_Counts):
    def _counts(self, user: User, policy: AccessPolicy, *, of: UserId, at: datetime) -> bool:
        return user.is_admin and not policy.denials(user, at=at)


class CountsEverybody(_Counts):
    def _counts(self, user: User, policy: AccessPolicy, *, of: UserId, at: datetime) -> bool:
        return user.id != of and not policy.denials(user, at=at)


class CountsWhoIsKeptOut(_Counts):
    def _counts(self, user: User, policy: AccessPolicy, *, of: UserId, at: datetime) -> bool:
        return user.is_admin and user.id != of


class TakesEverySuspensionForOne(_Counts):
    def _counts(self, user: User, policy: AccessPolicy, *, of: UserId, at: datetime) -> bool:
        return super()._counts(user, policy, of=of, at=at) and user.suspension is None


class AlwaysWantsAVerifiedAddress(_Counts):
    def _counts(self, user: User, policy: AccessPolicy, *, of: UserId, at: datetime) -> bool:
        return super()._counts(user, policy, of=of, at=at) and user.is_email_verified


class CountsWithoutTheLock(_Counts):
    """What was there when the unit of work began."""

    def __init__(self, state: State, users: UserRepository) -> None:
        super().__init__(state, users)
        self._before = state.copy()

    def _candidates(self) -> Iterable[User]:
        return [account.user for account in self._before.accounts.values()]


class MakesPlacesUp(InMemoryAdminRoster):
    async def lock(self, user_id: UserId, *, at: datetime, verified_email_required: bool) -> RosterPlace | None:
        place = await super().lock(user_id, at=at, verified_email_required=verified_email_required)
        return place or RosterPlace(next(iter(self._state.accounts.values())), 0)


class LocksNobody(InMemoryAdminRoster):
    async def lock(self, user_id: UserId, *, at: datetime, verified_email_required: bool) -> RosterPlace | None:
        account = self._state.accounts.get(user_id)
        return RosterPlace(account, 1) if account else None
