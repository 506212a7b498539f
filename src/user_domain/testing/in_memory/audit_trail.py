"""The audit trail in memory, for writing."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from user_domain.policies.audit_proof import month_of
from user_domain.ports.audit_trail import AuditTrail
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.ids import AuditEntryId

if TYPE_CHECKING:
    from user_domain.entities.audit_entry import AuditEntry
    from user_domain.testing.in_memory.database import State
    from user_domain.value_objects.ids import UserId


class InMemoryAuditTrail(AuditTrail):
    """Entries in a unit of work's copy of the state, in clear: nothing is encrypted, nor are digests keyed."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._entries = state.audit

    async def append(self, entry: AuditEntry) -> None:
        kept = replace(
            entry,
            client=entry.client if self._has_key(entry.whose_origin) else ClientInfo(),
            changes=entry.changes if self._has_key(entry.whose_changes) else (),
            unknown_address=None,
        )
        self._entries.append(kept)
        if entry.unknown_address is not None:
            digest = hashlib.sha256(
                f"{month_of(entry.at)} {entry.unknown_address}".encode(errors="surrogatepass")
            ).hexdigest()
            self._state.address_digests[AuditEntryId(len(self._entries))] = digest

    def _has_key(self, user_id: UserId | None) -> bool:
        return user_id is None or (user_id in self._state.accounts and user_id not in self._state.erased)
