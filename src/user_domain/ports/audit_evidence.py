"""Everything that the audit trail is verified by."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from user_domain.entities.audit_seal import Retirement, Seal, SealedEntry
    from user_domain.value_objects.ids import AuditEntryId


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many entries wait for a seal, and which of those that should are not there."""

    entries: int
    missing: tuple[AuditEntryId, ...]


@dataclass(frozen=True, slots=True)
class Unaccounted:
    """Entries that are neither sealed nor wait for a seal; and entries, gone or not, that are said to be under a seal
    which does not exist or is of another month.
    """

    entries: tuple[AuditEntryId, ...]
    leaves: tuple[AuditEntryId, ...]


class AuditEvidence(Protocol):
    """The trail and its seals as they are stored, whoever wrote them: nothing is left out for looking wrong. Answers
    what was committed before the question was put; locks nothing, so seals are added in the meantime.
    """

    @abstractmethod
    async def seals(self, *, after: int, limit: int) -> list[Seal]:
        """The seals with higher numbers, in their order, no more than so many; but where a number is there more than
        once, all that have it.
        """

    @abstractmethod
    async def sealed_entries(self, seals: Sequence[Seal]) -> list[SealedEntry]:
        """What is recorded of the entries under some seals of one month, by seal and then by position."""

    @abstractmethod
    async def months(self) -> list[date]:
        """Every month of which there is an entry or something recorded of one, in order, by its first day."""

    @abstractmethod
    async def unaccounted(self, month: date, *, limit: int) -> Unaccounted:
        """What of a month nothing accounts for, no more than so many of each."""

    @abstractmethod
    async def waiting(self, *, limit: int) -> Waiting:
        """What waits for a seal; of what is missing no more than so many."""

    @abstractmethod
    async def retirements(self) -> list[Retirement]:
        """The months that were given up, in order."""
