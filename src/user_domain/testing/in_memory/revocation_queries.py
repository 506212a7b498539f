"""Revocations in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.ports.revocation_queries import CutOffUser, EndedSession, Revocation, RevocationQueries

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from user_domain.entities.user import User
    from user_domain.ports.revocation_queries import RevocationPosition
    from user_domain.testing.in_memory.database import InMemoryDatabase


class InMemoryRevocationQueries(RevocationQueries):
    """Looks through the committed sessions and users."""

    def __init__(self, database: InMemoryDatabase) -> None:
        self._database = database

    async def after(self, position: RevocationPosition, *, limit: int) -> list[Revocation]:
        behind = (one for one in self._all() if one.position > position)
        return sorted(behind, key=lambda one: one.position)[:limit]

    def _all(self) -> Iterator[Revocation]:
        state = self._database.committed
        for session in state.sessions.values():
            if session.ended_at is not None:
                yield EndedSession(session.handle, session.ended_at)
        for account in state.accounts.values():
            if moments := _cut_off(account.user):
                yield CutOffUser(account.user.id, max(moments))


def _cut_off(user: User) -> list[datetime]:
    restrictions = (restriction.at for restriction in (user.block, user.suspension) if restriction)
    return [*restrictions, *filter(None, [user.password_reset_required_at])]
