"""The seals of the audit trail in PostgreSQL, for writing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres.rows import from_retirement, from_seal, to_seal
from adapters.postgres.statements import statements
from user_domain.entities.audit_seal import Leaf
from user_domain.ports.audit_seals import AuditSeals, Sealing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.postgres.transaction import Transaction
    from user_domain.entities.audit_seal import Retirement, Seal

_SQL = statements("audit_seals")


class PostgresAuditSeals(AuditSeals):
    """The tables `audit_seals`, `audit_leaves` and `audit_unsealed`, behind an advisory lock."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def begin(self, *, limit: int) -> Sealing | None:
        # Three statements, one round trip: only one that starts after the lock is had sees what the sealer before did.
        claim, last, waiting = await self._transaction.fetch_each(
            (_SQL["claim"], {}), (_SQL["last"], {}), (_SQL["waiting"], {"limit": limit})
        )
        if claim is None or not claim["is_mine"] or waiting is None:
            return None
        columns = (waiting["ids"] or (), waiting["moments"] or (), waiting["leaves"] or ())
        return Sealing(to_seal(last) if last else None, tuple(map(Leaf, *columns)))

    async def add(self, seal: Seal, leaves: Sequence[Leaf]) -> None:
        self._transaction.enqueue(_SQL["add"], from_seal(seal))
        under_it = {
            "number": seal.statement.number,
            "ids": [leaf.entry_id for leaf in leaves],
            "moments": [leaf.at for leaf in leaves],
            "leaves": [leaf.digest for leaf in leaves],
        }
        self._transaction.enqueue(_SQL["add_leaves"], under_it)

    async def retire(self, retirement: Retirement) -> bool:
        row = await self._transaction.fetch_one(_SQL["retire"], from_retirement(retirement))
        if row is None or not row["is_done"]:
            return False
        self._transaction.enqueue(_SQL["add_retirement"], from_retirement(retirement))
        return True
