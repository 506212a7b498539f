"""See what the audit trail is proven by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.policies.authorization import require_admin

if TYPE_CHECKING:
    from user_domain.entities.audit_seal import Seal
    from user_domain.entities.user import User
    from user_domain.ports.audit_evidence import AuditEvidence


class ListAuditSeals:
    """Admins see the seals, and hand them to whoever verifies the trail or keeps its heads. They tell of nobody."""

    def __init__(self, *, evidence: AuditEvidence) -> None:
        self._evidence = evidence

    async def execute(self, *, actor: User, limit: int, after: int = 0) -> list[Seal]:
        """The seals with higher numbers, in their order, no more than so many.

        Raises:
            Forbidden: the actor is no admin.
        """
        require_admin(actor)
        return await self._evidence.seals(after=after, limit=limit)
