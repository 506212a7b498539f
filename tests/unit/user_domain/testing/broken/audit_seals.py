"""Seals that lose entries, are over them twice or over something else; and months that are given up carelessly."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Self

from user_domain.entities.audit_seal import Leaf, Seal
from user_domain.policies.audit_proof import next_statement
from user_domain.testing.builders import NOW, an_audit_entry
from user_domain.testing.in_memory import InMemoryUnitOfWork
from user_domain.testing.in_memory.audit_seals import InMemoryAuditSeals
from user_domain.testing.in_memory.audit_trail import InMemoryAuditTrail
from user_domain.value_objects.ids import AuditEntryId

if TYPE_CHECKING:
    from collections.abc import Sequence

    from user_domain.entities.audit_seal import Retirement
    from user_domain.ports.audit_seals import Sealing

_EVERYTHING = 1_000_000


class _Begins(InMemoryAuditSeals):
    """Tells something else of what waits."""

    async def begin(self, *, limit: int) -> Sealing | None:
        everything = await super().begin(limit=_EVERYTHING)
        assert everything is not None
        sealing = self._told(everything)
        return replace(sealing, waiting=sealing.waiting[:limit])

    def _told(self, sealing: Sealing) -> Sealing:
        raise NotImplementedError


# --- What waits -----------------------------------------------------------------------------------------------------


class StartsWithASeal(_Begins):
    def _told(self, sealing: Sealing) -> Sealing:
        nothing = Leaf(AuditEntryId(1), NOW, bytes(32))
        first = Seal(next_statement(None, [nothing], at=NOW, key_id="a key"), b"")
        return replace(sealing, last=sealing.last or first)


class NothingWaitsLong(_Begins):
    """What came before the last one that was sealed is taken for sealed: a late committer is lost."""

    def _told(self, sealing: Sealing) -> Sealing:
        last = max(self._state.leaves, default=0)
        return replace(sealing, waiting=tuple(leaf for leaf in sealing.waiting if leaf.entry_id > last))


class DigestsWhatIsRead(_Begins):
    def _told(self, sealing: Sealing) -> Sealing:
        return replace(sealing, waiting=tuple(replace(leaf, digest=b"read" * 8) for leaf in sealing.waiting))


class KnowsDaysOnly(_Begins):
    def _told(self, sealing: Sealing) -> Sealing:
        midnight = {"hour": 0, "minute": 0, "second": 0, "microsecond": 0}
        waiting = tuple(replace(leaf, at=leaf.at.replace(**midnight)) for leaf in sealing.waiting)  # type: ignore[arg-type]  # they are times
        return replace(sealing, waiting=waiting)


class SealsWhateverThereIs(InMemoryAuditSeals):
    async def begin(self, *, limit: int) -> Sealing | None:
        return await super().begin(limit=limit or _EVERYTHING)


class SealsEverything(InMemoryAuditSeals):
    async def begin(self, *, limit: int) -> Sealing | None:
        return await super().begin(limit=_EVERYTHING)


class ClosesTheTrail(InMemoryAuditSeals):
    """What is written beside the seals is lost."""

    async def begin(self, *, limit: int) -> Sealing | None:
        self._state.audit = list(self._state.audit)
        return await super().begin(limit=limit)


class EntriesAreSeenAtOnce(InMemoryUnitOfWork):
    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self._state.audit = self._database.committed.audit
        self.audit = InMemoryAuditTrail(self._state)
        return self


# --- What is sealed -------------------------------------------------------------------------------------------------


class NothingIsEverDone(InMemoryAuditSeals):
    """Entries wait for ever, and are sealed again and again."""

    async def add(self, seal: Seal, leaves: Sequence[Leaf]) -> None:
        self._state.seals.append(seal)


class RoundsTimes(InMemoryAuditSeals):
    async def add(self, seal: Seal, leaves: Sequence[Leaf]) -> None:
        statement = replace(seal.statement, sealed_at=seal.statement.sealed_at.replace(microsecond=0))
        await super().add(replace(seal, statement=statement), leaves)


class CutsSignatures(InMemoryAuditSeals):
    async def add(self, seal: Seal, leaves: Sequence[Leaf]) -> None:
        await super().add(replace(seal, signature=seal.signature[:64]), leaves)


class EverySealFollowsTheFirst(_Begins):
    def _told(self, sealing: Sealing) -> Sealing:
        return replace(sealing, last=self._state.seals[0] if self._state.seals else None)


class KeepsOneSealAtATime(InMemoryAuditSeals):
    async def add(self, seal: Seal, leaves: Sequence[Leaf]) -> None:
        if self._state.seals and self._state.seals[-1].statement.sealed_at == seal.statement.sealed_at:
            del self._state.seals[-1]
        await super().add(seal, leaves)


class SealsInTheOrderOfNumbers(InMemoryAuditSeals):
    async def add(self, seal: Seal, leaves: Sequence[Leaf]) -> None:
        await super().add(seal, sorted(leaves, key=lambda leaf: leaf.entry_id))


class SealsAreSeenAtOnce(InMemoryUnitOfWork):
    """And months are gone at once."""

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self.seals = InMemoryAuditSeals(self._database.committed)
        return self


# --- Months that are given up ---------------------------------------------------------------------------------------


class SaysItIsDone(InMemoryAuditSeals):
    async def retire(self, retirement: Retirement) -> bool:
        self._state.retirements.append(retirement)
        return True


class GivesUpSealsToo(InMemoryAuditSeals):
    async def retire(self, retirement: Retirement) -> bool:
        is_done = await super().retire(retirement)
        month = retirement.statement.month
        self._state.seals[:] = [seal for seal in self._state.seals if seal.statement.month != month]
        return is_done


class LooksAtNothing(InMemoryAuditSeals):
    """Gives up what waits, and what was sealed since."""

    async def retire(self, retirement: Retirement) -> bool:
        month = retirement.statement.month
        for number, entry in self._state.numbered_audit():
            if (entry.at.year, entry.at.month) == (month.year, month.month):
                self._state.given_up.add(number)
                self._state.leaves.pop(number, None)
        self._state.retirements.append(retirement)
        return True


class WaitsForEverySeal(InMemoryAuditSeals):
    async def retire(self, retirement: Retirement) -> bool:
        has_to_wait = any(number not in self._state.leaves for number, _ in self._state.numbered_audit())
        return not has_to_wait and await super().retire(retirement)


class RemembersARefusal(InMemoryAuditSeals):
    async def retire(self, retirement: Retirement) -> bool:
        is_done = await super().retire(retirement)
        if not is_done:
            self._state.audit.append(an_audit_entry(reason="refused"))
        return is_done
