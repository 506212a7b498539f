"""The seals of the audit trail, for writing."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from user_domain.entities.audit_seal import Leaf, Retirement, Seal


@dataclass(frozen=True, slots=True)
class Sealing:
    """The last seal there is, and entries that no seal covers yet."""

    last: Seal | None
    waiting: tuple[Leaf, ...]


class AuditSeals(Protocol):
    """The chain of seals, within a unit of work. Nobody who writes an entry waits for whoever seals, or makes that one
    wait: an entry whose unit of work is not committed yet is found another time.
    """

    @abstractmethod
    async def begin(self, *, limit: int) -> Sealing | None:
        """Be the only one who seals, until the unit of work ends; with entries that wait for a seal, in no order, no
        more than so many. None: somebody else is at it already.
        """

    @abstractmethod
    async def add(self, seal: Seal, leaves: Sequence[Leaf]) -> None:
        """Add a seal over entries that waited, in their order under the seal. Nothing is ever changed or taken away."""

    @abstractmethod
    async def retire(self, retirement: Retirement) -> bool:
        """Give up a month: its entries, what is recorded of them under seals, and what the keys of its strangers are
        made of; the retirement stays, and the seals do. Whether that was done: not where an entry of the month waits
        for a seal, or one was sealed since. Needs the rights of whoever owns the trail.
        """
