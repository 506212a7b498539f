"""Writing, sealing, verifying and tampering with the audit trail of a database."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, LiteralString

from psycopg import sql

from adapters.ed25519.audit_signer import Ed25519AuditSigner
from adapters.ed25519.keys import private_key_from
from adapters.ed25519.signature_verifier import Ed25519SignatureVerifier
from tests.support.composition import AUDIT_SIGNING_KEY
from tests.support.store import store_on
from user_domain.testing.builders import NOW, an_audit_entry
from user_domain.testing.in_memory import InMemoryClock
from user_domain.use_cases.audit.seal_audit_trail import SealAuditTrail
from user_domain.use_cases.audit.verify_audit_trail import VerifyAuditTrail
from user_domain.value_objects.ids import UserId

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime

    from adapters.postgres.database import Connection, Database, Row
    from user_domain.ports.unit_of_work import UnitOfWork
    from user_domain.testing.contracts.store import Store
    from user_domain.use_cases.audit.seal_audit_trail import Sealed
    from user_domain.use_cases.audit.verify_audit_trail import AuditFindings

PRIVATE_KEY = private_key_from(AUDIT_SIGNING_KEY.read_bytes())
SIGNER = Ed25519AuditSigner(PRIVATE_KEY)


async def sent(work: UnitOfWork) -> None:
    """Have everything done that a unit of work was told, without a commit; else it waits for one."""
    await work.users.lock(UserId(0))  # nobody


@dataclass(frozen=True, slots=True)
class SealedTrail:
    """The trail of a database, as those see it who write, seal and verify."""

    database: Database
    store: Store
    clock: InMemoryClock

    @classmethod
    def of(cls, database: Database) -> SealedTrail:
        """As one process."""
        return cls(database, store_on(database), InMemoryClock())

    async def write(self, count: int = 1, *, at: datetime = NOW, **facts: Any) -> list[int]:
        """Commit some entries; their numbers."""
        async with self.store.unit_of_work() as work:
            for _ in range(count):
                await work.audit.append(an_audit_entry(at=at, **facts))
            await work.commit()
        newest = await self.rows("select id from audit_entries order by id desc limit %(count)s", count=count)
        return sorted(row["id"] for row in newest)

    async def seal(self) -> Sealed:
        """Seal once."""
        return await SealAuditTrail(unit_of_work=self.store.unit_of_work, signer=SIGNER, clock=self.clock).execute()

    async def seal_all(self) -> dict[int, bytes]:
        """Seal until nothing waits; the heads of the seals by their numbers."""
        heads: dict[int, bytes] = {}
        is_done = False
        while not is_done:
            sealed = await self.seal()
            heads |= {seal.statement.number: seal.statement.head for seal in sealed.seals}
            is_done = sealed.is_done
        return heads

    async def verify(self, heads: Mapping[int, bytes] | None = None) -> AuditFindings:
        """With the public key."""
        verify = VerifyAuditTrail(
            evidence=self.store.evidence, signatures=Ed25519SignatureVerifier([PRIVATE_KEY.public_key()])
        )
        return await verify.execute(heads=heads or {}, tell=lambda _progress: None)

    async def faults(self, heads: Mapping[int, bytes] | None = None) -> list[str]:
        """What is wrong, in the order it is told: the kind, and what it is about."""
        found = (await self.verify(heads)).faults
        return [
            " ".join([fault.kind.name, *(f"{number}" for number in (fault.seal, fault.entry) if number is not None)])
            for fault in found
        ]

    async def rows(self, query: LiteralString, **parameters: Any) -> list[Row]:
        """What a query finds."""
        return await self.database.fetch_all(query, parameters)

    async def tamper(self, *statements: LiteralString, **parameters: Any) -> None:
        """As a superuser who goes past every trigger."""
        async with self.tampering() as connection:
            for statement in statements:
                await connection.execute(statement, parameters)

    @asynccontextmanager
    async def tampering(self) -> AsyncIterator[Connection]:
        """The same, with a connection to do it on; committed at the end."""
        async with self.database.connection() as connection, connection.transaction():
            await connection.execute("set local session_replication_role = replica")
            yield connection


async def partitions_of(connection: Connection, table: str) -> list[sql.Identifier]:
    """A table, and all its partitions."""
    query = "select inhrelid::regclass::text as name from pg_inherits where inhparent = %(table)s::regclass order by 1"
    found = await (await connection.execute(query, {"table": table})).fetchall()
    return [sql.Identifier(name) for name in (table, *(row["name"] for row in found))]
