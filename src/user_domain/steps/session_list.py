"""What a session is to people who look at a list of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from user_domain.entities.session import Session
    from user_domain.policies.session import SessionPolicy
    from user_domain.ports.device_parser import DeviceParser
    from user_domain.value_objects.device import Device


@dataclass(frozen=True, slots=True)
class ListedSession:
    """A session, what it is used with, when it ends unless it is used or refreshed, and whether it lives."""

    session: Session
    device: Device
    ends_at: datetime
    is_live: bool


class SessionList:
    """Puts sessions the way people see them."""

    def __init__(self, *, session_policy: SessionPolicy, devices: DeviceParser) -> None:
        self._session_policy = session_policy
        self._devices = devices

    async def of(self, sessions: Iterable[Session], *, at: datetime) -> list[ListedSession]:
        """The same sessions in the same order, as they stand at a moment."""
        return [
            ListedSession(
                session,
                await self._devices.parse(session.user_agent),
                ends_at=self._session_policy.ends_at(session.expires_at, last_seen_at=session.last_seen_at),
                is_live=self._session_policy.is_live(session, at),
            )
            for session in sessions
        ]
