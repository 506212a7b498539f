"""See where one is logged in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.session import Session
    from user_domain.policies.session import SessionPolicy
    from user_domain.ports.clock import Clock
    from user_domain.ports.device_parser import DeviceParser
    from user_domain.ports.session_queries import Login, SessionQueries
    from user_domain.value_objects.device import Device
    from user_domain.value_objects.ids import SessionId


@dataclass(frozen=True, slots=True)
class ListedSession:
    """A session, what it is used with, and when it ends unless it is used or refreshed."""

    session: Session
    device: Device
    ends_at: datetime


class ListOwnSessions:
    """People see the sessions of theirs that live."""

    def __init__(
        self, *, sessions: SessionQueries, session_policy: SessionPolicy, devices: DeviceParser, clock: Clock
    ) -> None:
        self._sessions = sessions
        self._session_policy = session_policy
        self._devices = devices
        self._clock = clock

    async def execute(self, login: Login, *, limit: int, before: SessionId | None = None) -> list[ListedSession]:
        """A page of them, the newest first."""
        now = self._clock.now()
        found = await self._sessions.live_of_user(
            login.user.id, at=now, seen_after=self._session_policy.seen_after(now), limit=limit, before=before
        )
        return [
            ListedSession(
                session,
                await self._devices.parse(session.user_agent),
                self._session_policy.ends_at(session.expires_at, last_seen_at=session.last_seen_at),
            )
            for session in found
        ]
