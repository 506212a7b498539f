"""Lists of the audit trail with gaps and repetitions, that look for something else, or tell too much of the erased."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import RecordedEntry
from user_domain.ports.audit_queries import AuditCriteria, AuditPosition
from user_domain.testing.builders import NOW, an_audit_entry
from user_domain.testing.in_memory import InMemoryAuditQueries
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.ids import AuditEntryId

if TYPE_CHECKING:
    from user_domain.testing.in_memory.database import InMemoryDatabase

ALL = AuditCriteria()
_EVERYTHING = 1_000_000


class _Reads(InMemoryAuditQueries):
    """Answers in another way: `_all` has everything that is looked for, the newest first."""

    async def page(
        self, criteria: AuditCriteria, *, limit: int, after: AuditPosition | None = None
    ) -> list[RecordedEntry]:
        found = await self._all(criteria)
        if after is not None:
            found = [recorded for recorded in found if self._is_after(recorded, after)]
        return found[:limit]

    async def _all(self, criteria: AuditCriteria) -> list[RecordedEntry]:
        return [self._told(recorded) for recorded in await super().page(criteria, limit=_EVERYTHING)]

    def _told(self, recorded: RecordedEntry) -> RecordedEntry:
        return recorded

    def _is_after(self, recorded: RecordedEntry, after: AuditPosition) -> bool:
        return (recorded.entry.at, recorded.id) < (after.at, after.id)


# --- What is told, and in which order -------------------------------------------------------------------------------


class MakesEntriesUp(_Reads):
    async def _all(self, criteria: AuditCriteria) -> list[RecordedEntry]:
        return await super()._all(criteria) or [RecordedEntry(id=AuditEntryId(1), entry=an_audit_entry())]


class ForgetsWhatWasThereBefore(_Reads):
    def _told(self, recorded: RecordedEntry) -> RecordedEntry:
        changes = tuple(replace(change, before=None) for change in recorded.entry.changes)
        return replace(recorded, entry=replace(recorded.entry, changes=changes))


class OldestFirst(_Reads):
    async def _all(self, criteria: AuditCriteria) -> list[RecordedEntry]:
        return (await super()._all(criteria))[::-1]


class LastWrittenFirst(_Reads):
    async def _all(self, criteria: AuditCriteria) -> list[RecordedEntry]:
        return sorted(await super()._all(criteria), key=lambda recorded: -recorded.id)


class FirstOfAMomentFirst(_Reads):
    async def _all(self, criteria: AuditCriteria) -> list[RecordedEntry]:
        in_order = sorted(await super()._all(criteria), key=lambda recorded: recorded.id)
        return sorted(in_order, key=lambda recorded: recorded.entry.at, reverse=True)


class FirstMonthFirstByAddress(_Reads):
    """Looks through one month after the other, and does not merge what it finds."""

    async def _all(self, criteria: AuditCriteria) -> list[RecordedEntry]:
        found = await super()._all(criteria)
        if criteria.ip_address is None:
            return found
        return sorted(found, key=lambda recorded: (recorded.entry.at.year, recorded.entry.at.month))


class IgnoresTheLimit(_Reads):
    async def page(
        self, criteria: AuditCriteria, *, limit: int, after: AuditPosition | None = None
    ) -> list[RecordedEntry]:
        return await super().page(criteria, limit=_EVERYTHING, after=after)


class SkipsTheRestOfAMoment(_Reads):
    def _is_after(self, recorded: RecordedEntry, after: AuditPosition) -> bool:
        return recorded.entry.at < after.at


class RepeatsTheMoment(_Reads):
    def _is_after(self, recorded: RecordedEntry, after: AuditPosition) -> bool:
        is_later = (recorded.entry.at, -recorded.id) < (after.at, -after.id)
        return is_later or super()._is_after(recorded, after)


class CountsWhatItGave(InMemoryAuditQueries):
    """As with an offset."""

    def __init__(self, database: InMemoryDatabase) -> None:
        super().__init__(database)
        self._given = 0

    async def page(
        self, criteria: AuditCriteria, *, limit: int, after: AuditPosition | None = None
    ) -> list[RecordedEntry]:
        start = 0 if after is None else self._given
        found = (await super().page(criteria, limit=_EVERYTHING))[start : start + limit]
        self._given = start + len(found)
        return found


class RemembersTheTrail(_Reads):
    def __init__(self, database: InMemoryDatabase) -> None:
        super().__init__(database)
        self._remembered: list[RecordedEntry] = []

    async def _all(self, criteria: AuditCriteria) -> list[RecordedEntry]:
        self._remembered = self._remembered or await super()._all(criteria)
        return self._remembered


class WaitsForWriters(_Reads):
    async def _all(self, criteria: AuditCriteria) -> list[RecordedEntry]:
        if self._database.lock.locked():
            raise AssertionError
        return await super()._all(criteria)


# --- What is looked for ---------------------------------------------------------------------------------------------


class TakesWhoeverIsNamed(_Reads):
    async def _all(self, criteria: AuditCriteria) -> list[RecordedEntry]:
        found = await super()._all(replace(criteria, actor_id=None))
        wanted = criteria.actor_id
        return [one for one in found if wanted in {None, one.entry.actor_id, one.entry.target_id}]


class FindsActionsByTheirBeginning(_Reads):
    async def _all(self, criteria: AuditCriteria) -> list[RecordedEntry]:
        found = await super()._all(replace(criteria, action=None))
        return [one for one in found if criteria.action is None or one.entry.action.startswith(criteria.action)]


class IncludesTheEnd(_Reads):
    async def _all(self, criteria: AuditCriteria) -> list[RecordedEntry]:
        found = await super()._all(replace(criteria, until=None))
        return [one for one in found if criteria.until is None or one.entry.at <= criteria.until]


class ExcludesTheBeginning(_Reads):
    async def _all(self, criteria: AuditCriteria) -> list[RecordedEntry]:
        return [one for one in await super()._all(criteria) if one.entry.at != criteria.since]


class KnowsAddressesOfThisMonth(_Reads):
    """As if a tag were the same in every month, or known for one of them."""

    async def _all(self, criteria: AuditCriteria) -> list[RecordedEntry]:
        found = await super()._all(criteria)
        this_month = [one for one in found if (one.entry.at.year, one.entry.at.month) == (NOW.year, NOW.month)]
        return found if criteria.ip_address is None else this_month


class FindsAddressesByTheirBeginning(_Reads):
    async def _all(self, criteria: AuditCriteria) -> list[RecordedEntry]:
        wanted = criteria.ip_address or ""
        found = await super()._all(replace(criteria, ip_address=None))
        return [one for one in found if (one.entry.client.ip_address or "").startswith(wanted)]


class LosesTheFirstDay(_Reads):
    """Its months by address begin a moment too late."""

    async def _all(self, criteria: AuditCriteria) -> list[RecordedEntry]:
        found = await super()._all(criteria)
        return [one for one in found if criteria.ip_address is None or one.entry.at.day > 1]


class ByAddressLooksForNothingElse(_Reads):
    async def _all(self, criteria: AuditCriteria) -> list[RecordedEntry]:
        if criteria.ip_address is not None:
            return await super()._all(AuditCriteria(ip_address=criteria.ip_address))
        return await super()._all(criteria)


# --- People who were erased -----------------------------------------------------------------------------------------


class _Unerased(_Reads):
    """Has what an entry tells, and of whom that was erased."""

    def _told(self, recorded: RecordedEntry) -> RecordedEntry:
        state = self._database.committed
        entry = state.audit[recorded.id - 1]
        erased = (entry.whose_origin in state.erased, entry.whose_changes in state.erased)
        hides_origin, hides_changes = self._hides(*erased)
        told = replace(
            entry,
            client=ClientInfo() if hides_origin else entry.client,
            changes=() if hides_changes else entry.changes,
        )
        return replace(recorded, entry=told, is_erased=told != entry)

    def _hides(self, origin: bool, changes: bool) -> tuple[bool, bool]:
        raise NotImplementedError


class ErasesNothing(_Unerased):
    def _hides(self, origin: bool, changes: bool) -> tuple[bool, bool]:
        return False, False


class ErasesWholeEntries(_Unerased):
    def _hides(self, origin: bool, changes: bool) -> tuple[bool, bool]:
        return origin or changes, origin or changes


class ErasesWhoWasConcerned(_Unerased):
    """And never who acted upon somebody."""

    def _hides(self, origin: bool, changes: bool) -> tuple[bool, bool]:
        return origin and changes, changes


class ErasesEverybodyAtOnce(_Unerased):
    def _hides(self, origin: bool, changes: bool) -> tuple[bool, bool]:
        return (bool(self._database.committed.erased),) * 2


class DoesNotSaySo(_Reads):
    def _told(self, recorded: RecordedEntry) -> RecordedEntry:
        return replace(recorded, is_erased=False)


class SaysSoOfAllThatNamesThem(_Reads):
    def _told(self, recorded: RecordedEntry) -> RecordedEntry:
        named = {recorded.entry.actor_id, recorded.entry.target_id}
        return replace(recorded, is_erased=not named.isdisjoint(self._database.committed.erased))


class LeavesOutTheErased(_Reads):
    async def _all(self, criteria: AuditCriteria) -> list[RecordedEntry]:
        return [recorded for recorded in await super()._all(criteria) if not recorded.is_erased]


class FindsNoAddressOfTheErased(_Reads):
    async def _all(self, criteria: AuditCriteria) -> list[RecordedEntry]:
        found = await super()._all(criteria)
        return [recorded for recorded in found if criteria.ip_address is None or not recorded.is_erased]
