"""Evidence that leaves out what looks wrong, or makes up what does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from user_domain.policies.audit_proof import month_of
from user_domain.ports.audit_evidence import Unaccounted, Waiting
from user_domain.testing.in_memory import InMemoryAuditEvidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from user_domain.entities.audit_seal import Retirement, Seal, SealedEntry

_EVERYTHING = 1_000_000

# --- Seals ----------------------------------------------------------------------------------------------------------


class BeginsWithTheOneBefore(InMemoryAuditEvidence):
    async def seals(self, *, after: int, limit: int) -> list[Seal]:
        return await super().seals(after=after - 1, limit=limit)


class ShowsEverySeal(InMemoryAuditEvidence):
    async def seals(self, *, after: int, limit: int) -> list[Seal]:
        return await super().seals(after=after, limit=_EVERYTHING)


class NewestSealsFirst(InMemoryAuditEvidence):
    async def seals(self, *, after: int, limit: int) -> list[Seal]:
        return (await super().seals(after=after, limit=_EVERYTHING))[::-1][:limit]


class ShowsWhatLooksRight(InMemoryAuditEvidence):
    async def seals(self, *, after: int, limit: int) -> list[Seal]:
        return [seal for seal in await super().seals(after=after, limit=limit) if seal.statement.number > 0]


class WaitsForTheSealer(InMemoryAuditEvidence):
    async def seals(self, *, after: int, limit: int) -> list[Seal]:
        if self._database.lock.locked():
            raise AssertionError
        return await super().seals(after=after, limit=limit)


# --- What is under them ---------------------------------------------------------------------------------------------


class ShowsWhatIsRead(InMemoryAuditEvidence):
    """As a record that knows no null: the digest is another one."""

    async def sealed_entries(self, seals: Sequence[Seal]) -> list[SealedEntry]:
        return [
            replace(one, entry=one.entry and replace(one.entry, reason=one.entry.reason or ""))
            for one in await super().sealed_entries(seals)
        ]


class ShowsNoEntries(InMemoryAuditEvidence):
    async def sealed_entries(self, seals: Sequence[Seal]) -> list[SealedEntry]:
        return [replace(one, entry=None) for one in await super().sealed_entries(seals)]


class InTheOrderOfPlaces(InMemoryAuditEvidence):
    async def sealed_entries(self, seals: Sequence[Seal]) -> list[SealedEntry]:
        return sorted(await super().sealed_entries(seals), key=lambda one: (one.position, one.seal))


class ShowsAllInBetween(InMemoryAuditEvidence):
    async def sealed_entries(self, seals: Sequence[Seal]) -> list[SealedEntry]:
        numbers = [seal.statement.number for seal in seals]
        found = await super().seals(after=min(numbers) - 1, limit=max(numbers) - min(numbers) + 1)
        return await super().sealed_entries([one for one in found if one.statement.month == seals[0].statement.month])


# --- Months ---------------------------------------------------------------------------------------------------------


class AlwaysHasAMonth(InMemoryAuditEvidence):
    async def months(self) -> list[date]:
        return await super().months() or [date(2026, 3, 1)]


class KnowsSealedMonthsOnly(InMemoryAuditEvidence):
    async def months(self) -> list[date]:
        return sorted({month_of(sealed.leaf.at) for sealed in self._database.committed.leaves.values()})


class SuspectsWhatWaits(InMemoryAuditEvidence):
    async def unaccounted(self, month: date, *, limit: int) -> Unaccounted:
        state = self._database.committed
        found = await super().unaccounted(month, limit=limit)
        waiting = [number for number, entry in state.numbered_audit() if number not in state.leaves]
        return replace(found, entries=tuple(waiting[:limit]))


class TrustsEveryRecord(InMemoryAuditEvidence):
    async def unaccounted(self, month: date, *, limit: int) -> Unaccounted:
        return Unaccounted((), ())


class SuspectsWithoutEnd(InMemoryAuditEvidence):
    async def unaccounted(self, month: date, *, limit: int) -> Unaccounted:
        return await super().unaccounted(month, limit=_EVERYTHING)


# --- What waits, and what was given up ------------------------------------------------------------------------------


class CountsUpToTheLimit(InMemoryAuditEvidence):
    async def waiting(self, *, limit: int) -> Waiting:
        found = await super().waiting(limit=limit)
        return replace(found, entries=min(found.entries, limit))


class InTheOrderOfRetiring(InMemoryAuditEvidence):
    async def retirements(self) -> list[Retirement]:
        return list(self._database.committed.retirements)
