"""The audit trail in PostgreSQL, for writing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres.rows import from_audit_entry
from adapters.postgres.statements import statements
from user_domain.policies.audit_proof import month_of
from user_domain.ports.audit_trail import AuditTrail

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from adapters.postgres.audit_cipher import AuditCipher
    from adapters.postgres.audit_keys import AuditKeys
    from adapters.postgres.transaction import Transaction
    from user_domain.entities.audit_entry import AuditEntry
    from user_domain.value_objects.ids import UserId

_SQL = statements("audit")
_KEYS_SQL = statements("audit_keys")


class PostgresAuditTrail(AuditTrail):
    """The table `audit_entries`, partitioned by month. An entry costs no question of its own where the salts of those
    whom it tells of are known already: to lock a user is to learn it.
    """

    def __init__(self, transaction: Transaction, keys: AuditKeys, cipher: AuditCipher) -> None:
        self._transaction = transaction
        self._keys = keys
        self._cipher = cipher

    async def append(self, entry: AuditEntry) -> None:
        client, address = entry.client, entry.unknown_address
        concerned = {user_id for user_id in (entry.whose_origin, entry.whose_changes) if user_id is not None}
        salts = await self._salts(concerned)
        month = await self._salt_of_month(month_of(entry.at)) if self._needs_month(entry) else b""
        # Whoever is concerned and has no salt was erased, and nothing is kept of that.
        origin = month if entry.whose_origin is None else salts.get(entry.whose_origin)
        changes = month if entry.whose_changes is None else salts.get(entry.whose_changes)
        ip_address = client.ip_address if origin else None
        self._transaction.enqueue(
            _SQL["append"],
            {
                **from_audit_entry(entry),
                "origin": self._cipher.encrypt_origin(client, origin) if origin else None,
                "changes": self._cipher.encrypt_changes(entry.changes, changes) if changes else None,
                "ip_tag": self._cipher.tag_ip_address(ip_address, month) if ip_address else None,
                "address_tag": self._cipher.tag_address(address, month) if address is not None else None,
            },
        )

    @staticmethod
    def _needs_month(entry: AuditEntry) -> bool:
        is_nobodys = entry.whose_origin is None  # and then the changes are, too
        return is_nobodys or entry.client.ip_address is not None or entry.unknown_address is not None

    async def _salts(self, user_ids: set[UserId]) -> dict[UserId, bytes]:
        known = {user_id: salt for user_id in user_ids if (salt := self._keys.salt_of(user_id))}
        unknown = user_ids - known.keys()
        if not unknown:
            return known
        row = await self._transaction.fetch_one(_KEYS_SQL["salts"], {"users": sorted(unknown)})
        found = dict(zip(row["users"], row["salts"], strict=True)) if row and row["users"] else {}
        for user_id, salt in found.items():
            self._keys.learn(user_id, salt)
        return known | {user_id: salt.bytes for user_id, salt in found.items()}

    async def _salt_of_month(self, month: date) -> bytes:
        salt = self._keys.salt_of_month(month)
        if salt is not None:
            return salt
        asked = (_KEYS_SQL["month"], {"month": month})
        row = await self._transaction.fetch_one(*asked)
        if row is not None:
            self._keys.learn_month(month, row["salt"])
        else:  # made with this entry, and not to be relied on before the commit
            self._transaction.enqueue(_KEYS_SQL["add_month"], {"month": month})
            row = await self._transaction.fetch_one(*asked)
        if row is None:
            message = f"the salt of {month} was added, and is not there"
            raise LookupError(message)
        made: UUID = row["salt"]
        return made.bytes
