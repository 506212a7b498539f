"""Say why somebody can log in now, or cannot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from user_domain.errors import UserNotFound
from user_domain.policies.authorization import require_admin

if TYPE_CHECKING:
    from user_domain.entities.user import User
    from user_domain.errors import DomainError
    from user_domain.policies.access import AccessPolicy
    from user_domain.policies.session import SessionPolicy
    from user_domain.ports.access_queries import AccessQueries, LoginAttempt
    from user_domain.ports.clock import Clock
    from user_domain.value_objects.ids import UserId

RECENT = 20
"""Attempts to log in that are shown: enough to see what somebody is struggling with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessDecision:
    """What a login with the right password would be refused with, the gravest reason first; nothing where it would
    succeed. And the attempts made last, the newest first.
    """

    reasons: tuple[DomainError, ...]
    recent_attempts: tuple[LoginAttempt, ...]

    @property
    def is_allowed(self) -> bool:
        """Whether the right password gets in."""
        return not self.reasons


class ExplainAccess:
    """Admins see what login decides about anybody, themselves and other admins included, by the very policies that
    login asks. Looking is no acting: it is nobody's attempt, and not written down.
    """

    def __init__(
        self, *, access_records: AccessQueries, access: AccessPolicy, session_policy: SessionPolicy, clock: Clock
    ) -> None:
        self._access_records = access_records
        self._access = access
        self._session_policy = session_policy
        self._clock = clock

    async def execute(self, user_id: UserId, *, actor: User) -> AccessDecision:
        """The decision as of now.

        Raises:
            Forbidden: the actor is no admin.
            UserNotFound: there is no such user.
        """
        require_admin(actor)
        now = self._clock.now()
        record = await self._access_records.record_of(
            user_id, at=now, seen_after=self._session_policy.seen_after(now), attempts=RECENT
        )
        if record is None:
            raise UserNotFound
        full = self._session_policy.refusal(surplus=record.live_sessions - self._session_policy.kept)
        return AccessDecision(
            reasons=(*self._access.denials(record.user, at=now), *([full] if full else [])),
            recent_attempts=record.attempts,
        )
