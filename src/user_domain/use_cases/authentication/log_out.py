"""Log out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.entities.session import EndReason

if TYPE_CHECKING:
    from user_domain.ports.session_queries import Login
    from user_domain.steps.session_end import SessionEnd
    from user_domain.value_objects.client_info import ClientInfo


class LogOut:
    """The holder of a live session ends it, everywhere and at once. Twice is as good as once."""

    def __init__(self, *, session_end: SessionEnd) -> None:
        self._session_end = session_end

    async def execute(self, login: Login, *, client: ClientInfo) -> None:
        """End the session of this login."""
        await self._session_end.end(login.session, EndReason.LOGOUT, client=client)
