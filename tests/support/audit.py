"""Reading the audit trail back; the service itself only writes it so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, AuditEntry, FieldChange
from user_domain.value_objects.client_info import ClientInfo

if TYPE_CHECKING:
    from adapters.postgres.database import Database


async def read_audit_trail(database: Database) -> list[AuditEntry]:
    """Every entry, in the order of writing."""
    async with database.connection() as connection:
        rows = await connection.execute("select *, host(ip_address) as ip from audit_entries order by id")
        return [
            AuditEntry(
                action=AuditAction(row["action"]),
                at=row["at"],
                actor_id=row["actor_id"],
                target_id=row["target_id"],
                client=ClientInfo(ip_address=row["ip"], user_agent=row["user_agent"], request_id=row["request_id"]),
                reason=row["reason"],
                changes=tuple(
                    FieldChange(field, change["before"], change["after"])
                    for field, change in (row["changes"] or {}).items()
                ),
            )
            async for row in rows
        ]
