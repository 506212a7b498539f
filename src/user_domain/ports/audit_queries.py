"""The audit trail, for reading."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.audit_entry import AuditAction, RecordedEntry
    from user_domain.value_objects.ids import AuditEntryId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditCriteria:
    """Which entries are looked for; None: any. From `since` on, and before `until`. An IP address finds entries whose
    origin is kept, whoever acted from there, also after that person was erased: for as long as their month is kept.
    """

    actor_id: UserId | None = None
    target_id: UserId | None = None
    action: AuditAction | None = None
    since: datetime | None = None
    until: datetime | None = None
    ip_address: str | None = None


@dataclass(frozen=True, slots=True)
class AuditPosition:
    """Where a page of the trail ended."""

    at: datetime
    id: AuditEntryId


class AuditQueries(Protocol):
    """Answers what was committed before the question was put; locks nothing."""

    @abstractmethod
    async def page(
        self, criteria: AuditCriteria, *, limit: int, after: AuditPosition | None = None
    ) -> list[RecordedEntry]:
        """The entries that are looked for, the newest first and of one moment those with the highest number; no more
        than so many, after a position. Every page costs the same. Entries of actions that this release does not know
        are left out.
        """
