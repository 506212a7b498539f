"""See what happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from user_domain.policies.authorization import require_admin
from user_domain.ports.audit_queries import AuditPosition

if TYPE_CHECKING:
    from user_domain.entities.audit_entry import RecordedEntry
    from user_domain.entities.user import User
    from user_domain.ports.audit_queries import AuditCriteria, AuditQueries


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some entries of the trail, and where the next page begins, if there is one."""

    entries: list[RecordedEntry]
    next_page: AuditPosition | None


class ListAuditEntries:
    """Admins see what happened, all of it or what they look for, the newest first."""

    def __init__(self, *, trail: AuditQueries) -> None:
        self._trail = trail

    async def execute(
        self, *, actor: User, criteria: AuditCriteria, limit: int, after: AuditPosition | None = None
    ) -> AuditPage:
        """A page of it.

        Raises:
            Forbidden: the actor is no admin.
        """
        require_admin(actor)
        found = await self._trail.page(criteria, limit=limit + 1, after=after)
        entries = found[:limit]
        next_page = AuditPosition(entries[-1].entry.at, entries[-1].id) if len(found) > limit else None
        return AuditPage(entries, next_page)
