"""Where months of the audit trail go that are given up."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import date

    from user_domain.entities.audit_seal import Seal, SealedEntry


@dataclass(frozen=True, slots=True)
class Sheet:
    """A seal, and everything that is under it, as it was stored."""

    seal: Seal
    entries: tuple[SealedEntry, ...]


class AuditArchive(Protocol):
    """Keeps months to the letter, still encrypted: who was erased cannot be read there either."""

    @abstractmethod
    async def write(self, month: date, sheets: AsyncIterator[Sheet]) -> bytes:
        """Keep a month, in place of what was kept of it before; the SHA-256 of the archive, which is the same for the
        same sheets. Where this fails, or the sheets do, nothing has changed. When it returns the month is durable.

        Raises:
            ArchiveUnavailable: it cannot be kept there.
        """

    @abstractmethod
    async def digest(self, month: date) -> bytes | None:
        """The SHA-256 of what is kept of a month, as `write` answered it; None where nothing is.

        Raises:
            ArchiveUnavailable: it cannot be read.
        """

    @abstractmethod
    def read(self, month: date) -> AsyncIterator[Sheet]:
        """What is kept of a month, in the order of writing; nothing where nothing is.

        Raises:
            ArchiveUnavailable: it cannot be read, or was damaged.
        """
