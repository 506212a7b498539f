"""Audit trails that lose or turn over what was written, or keep what they should not; and keys that erase too little or
too much.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from user_domain.testing.builders import NOW
from user_domain.testing.in_memory.audit_trail import InMemoryAuditTrail
from user_domain.testing.in_memory.personal_keys import InMemoryPersonalKeys
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.ids import AuditEntryId, UserId

if TYPE_CHECKING:
    from user_domain.entities.audit_entry import AuditEntry
    from user_domain.testing.in_memory.database import State

# --- Trails ---------------------------------------------------------------------------------------------------------


class ForgetsWhatChanged(InMemoryAuditTrail):
    async def append(self, entry: AuditEntry) -> None:
        await super().append(replace(entry, changes=()))


class NewestFirst(InMemoryAuditTrail):
    async def append(self, entry: AuditEntry) -> None:
        self._entries.insert(0, entry)


class KnowsThisMonthOnly(InMemoryAuditTrail):
    async def append(self, entry: AuditEntry) -> None:
        if (entry.at.year, entry.at.month) == (NOW.year, NOW.month):
            await super().append(entry)


class KnowsUsersOnly(InMemoryAuditTrail):
    """As with a foreign key: what happened to somebody since erased would have no place."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self._accounts = state.accounts

    async def append(self, entry: AuditEntry) -> None:
        if entry.actor_id is None or entry.actor_id in self._accounts:
            await super().append(entry)


class KeepsEverything(InMemoryAuditTrail):
    """Also of people who have no key."""

    async def append(self, entry: AuditEntry) -> None:
        self._entries.append(replace(entry, unknown_address=None))


class KeepsOriginsOfActorsOnly(InMemoryAuditTrail):
    async def append(self, entry: AuditEntry) -> None:
        await super().append(entry if entry.actor_id else replace(entry, client=ClientInfo()))


class KeepsWhatWasTyped(InMemoryAuditTrail):
    async def append(self, entry: AuditEntry) -> None:
        await super().append(entry)
        self._entries[-1] = replace(self._entries[-1], unknown_address=entry.unknown_address)


class _Digests(InMemoryAuditTrail):
    """Digests what was typed in another way."""

    def _digest(self, entry: AuditEntry, address: bytes) -> bytes:
        raise NotImplementedError

    async def append(self, entry: AuditEntry) -> None:
        await super().append(entry)
        if entry.unknown_address is not None:
            digest = self._digest(entry, entry.unknown_address.encode(errors="surrogatepass"))
            self._state.address_digests[AuditEntryId(len(self._entries))] = digest.hex()


class DigestsForEver(_Digests):
    """Whoever has a list of addresses finds one in the whole trail."""

    def _digest(self, entry: AuditEntry, address: bytes) -> bytes:
        return hashlib.sha256(address).digest()


class DigestsWithANonce(_Digests):
    def _digest(self, entry: AuditEntry, address: bytes) -> bytes:
        return hashlib.sha256(b"%d" % len(self._entries) + address).digest()


class DigestsNothing(_Digests):
    def _digest(self, entry: AuditEntry, address: bytes) -> bytes:
        return entry.at.isoformat()[:7].encode() + address


class TellsOfAnAddressOnly(InMemoryAuditTrail):
    async def append(self, entry: AuditEntry) -> None:
        await super().append(entry if entry.unknown_address is None else replace(entry, client=ClientInfo()))


# --- Keys -----------------------------------------------------------------------------------------------------------


class DestroysNothing(InMemoryPersonalKeys):
    async def destroy(self, user_id: UserId) -> None:
        pass


class DestroysEntries(InMemoryPersonalKeys):
    async def destroy(self, user_id: UserId) -> None:
        await super().destroy(user_id)
        self._state.audit[:] = [entry for entry in self._state.audit if entry.whose_origin != user_id]


class RewritesThePast(InMemoryPersonalKeys):
    """Makes entries unreadable instead of keys: the seals do not fit any more, and what comes later is kept."""

    async def destroy(self, user_id: UserId) -> None:
        self._state.audit[:] = [
            replace(
                entry,
                client=ClientInfo() if entry.whose_origin == user_id else entry.client,
                changes=() if entry.whose_changes == user_id else entry.changes,
            )
            for entry in self._state.audit
        ]


class WantsThereToBeAKey(InMemoryPersonalKeys):
    async def destroy(self, user_id: UserId) -> None:
        if user_id in self._state.erased:
            raise LookupError(user_id)
        await super().destroy(user_id)


class WantsThereToBeAUser(InMemoryPersonalKeys):
    async def destroy(self, user_id: UserId) -> None:
        self._state.accounts[user_id]
        await super().destroy(user_id)


class DestroysEverybody(InMemoryPersonalKeys):
    async def destroy(self, user_id: UserId) -> None:
        self._state.erased.update({user_id, *self._state.accounts})


class DestroysThoseToCome(InMemoryPersonalKeys):
    async def destroy(self, user_id: UserId) -> None:
        self._state.erased.update(UserId(user_id + number) for number in range(100))


class DestroysDigests(InMemoryPersonalKeys):
    async def destroy(self, user_id: UserId) -> None:
        await super().destroy(user_id)
        self._state.address_digests.clear()
