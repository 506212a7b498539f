"""Activity in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from user_domain.policies.session import SEEN_TO
from user_domain.ports.session_activity import SessionActivity

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.testing.in_memory.database import InMemoryDatabase
    from user_domain.value_objects.ids import SessionHandle


class InMemorySessionActivity(SessionActivity):
    """Keeps the latest moment of each session until it is written down."""

    def __init__(self, database: InMemoryDatabase) -> None:
        self._database = database
        self._noted: dict[SessionHandle, datetime] = {}
        self._present: set[tuple[SessionHandle, datetime]] = set()

    def note(self, handle: SessionHandle, *, at: datetime) -> None:
        self._noted[handle] = max(at, self._noted.get(handle, at))
        self._present.add((handle, at))

    async def write_down(self) -> None:
        noted, self._noted = self._noted, {}
        present, self._present = self._present, set()
        async with self._database.lock:
            state = self._database.committed
            sessions = state.sessions
            state.presence |= {(sessions[handle].user_id, at) for handle, at in present if handle in sessions}
            for handle, at in noted.items():
                session = sessions.get(handle)
                if session is not None and session.is_live(at) and at - session.last_seen_at >= SEEN_TO:
                    sessions[handle] = replace(session, last_seen_at=at)
                    state.lapsed.discard(handle)
