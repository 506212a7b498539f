"""The part of the contract of `AuditSeals` that is about months that are given up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from user_domain.entities.audit_seal import Retirement, RetirementStatement
from user_domain.ports.audit_queries import AuditCriteria
from user_domain.testing.builders import CLIENT, an_audit_entry

if TYPE_CHECKING:
    from user_domain.testing.contracts.store import Store

MAY, JUNE, JULY = (datetime(2019, month, 1, tzinfo=UTC) for month in (5, 6, 7))
LAST_OF_MAY = JUNE - timedelta(microseconds=1)


def _retirement(month: datetime, *, last_seal: int, entries: int) -> Retirement:
    statement = RetirementStatement(
        month=month.date(),
        retired_at=JULY + timedelta(days=400, microseconds=1),
        last_seal=last_seal,
        entries=entries,
        archive_digest=bytes(range(32)),
        key_id="contract-key",
    )
    return Retirement(statement, b"contract-signature")


async def _retire(store: Store, retirement: Retirement) -> bool:
    async with store.unit_of_work() as work:
        assert await work.seals.begin(limit=0) is not None
        is_done = await work.seals.retire(retirement)
        await work.commit()
    return is_done


async def _record(store: Store, *moments: datetime) -> None:
    for at in moments:
        await store.record(an_audit_entry(at=at, reason=f"{at:%B}"))


async def _told(store: Store, ip_address: str | None = None) -> set[str | None]:
    """The months that the trail still tells of."""
    found = await store.audit.page(AuditCriteria(ip_address=ip_address), limit=100)
    return {recorded.entry.reason for recorded in found}


class RetirementOfAuditMonths:
    """Needs a fixture `store`, which may take entries away."""

    async def test_a_month_that_is_given_up_is_gone_and_its_seals_are_not(self, store: Store) -> None:
        await _record(store, MAY, JUNE, LAST_OF_MAY, JULY)
        seals = await store.seal()
        kept = await store.evidence.sealed_entries(seals[1:2])
        retirement = _retirement(MAY, last_seal=1, entries=2)
        assert await _retire(store, retirement)
        assert await _told(store) == await _told(store, CLIENT.ip_address) == {"June", "July"}
        assert await store.evidence.seals(after=0, limit=10) == seals
        assert await store.evidence.sealed_entries(seals[:1]) == []
        assert await store.evidence.sealed_entries(seals[1:2]) == kept
        assert await store.evidence.retirements() == [retirement]
        assert (await store.evidence.waiting(limit=10)).entries == 0
        assert MAY.date() not in await store.evidence.months()

    async def test_a_month_of_which_something_waits_is_not_given_up(self, store: Store) -> None:
        await _record(store, MAY)
        await store.seal()
        await _record(store, LAST_OF_MAY)
        assert not await _retire(store, _retirement(MAY, last_seal=1, entries=1))
        assert await store.evidence.retirements() == []
        assert await _told(store) == {"May"}
        await store.seal()
        assert await _retire(store, _retirement(MAY, last_seal=2, entries=2))

    async def test_what_waits_of_other_months_is_in_nobodys_way(self, store: Store) -> None:
        await _record(store, MAY)
        await store.seal()
        await _record(store, JUNE)
        assert await _retire(store, _retirement(MAY, last_seal=1, entries=1))
        assert (await store.evidence.waiting(limit=10)).entries == 1
        (seal,) = await store.seal()
        assert (seal.statement.number, seal.statement.month) == (2, date(2019, 6, 1))

    async def test_a_month_that_was_sealed_since_is_not_given_up(self, store: Store) -> None:
        for _ in range(2):
            await _record(store, MAY)
            await store.seal()
        assert not await _retire(store, _retirement(MAY, last_seal=1, entries=1))
        assert await store.evidence.retirements() == []
        assert await _told(store) == {"May"}

    async def test_without_a_commit_it_was_not_given_up(self, store: Store) -> None:
        await _record(store, MAY)
        seals = await store.seal()
        before = await store.evidence.sealed_entries(seals)
        async with store.unit_of_work() as work:
            assert await work.seals.begin(limit=0) is not None
            assert await work.seals.retire(_retirement(MAY, last_seal=1, entries=1))
        assert await store.evidence.sealed_entries(seals) == before
        assert await store.evidence.retirements() == []
        assert await _told(store, CLIENT.ip_address) == {"May"}
