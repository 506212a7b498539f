"""The contract of `AuditArchive`."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from user_domain.errors import ArchiveUnavailable
from user_domain.testing.builders import NOW, a_sheet, a_stored_entry
from user_domain.testing.contracts.contract import Contract
from user_domain.value_objects.ids import AuditEntryId, UserId

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from user_domain.ports.audit_archive import AuditArchive, Sheet

MONTH, OTHER_MONTH = date(2026, 3, 1), date(2026, 4, 1)


class _Boom(Exception):
    pass


async def given(*sheets: Sheet, then: Exception | None = None) -> AsyncIterator[Sheet]:
    """Sheets as they come from a store, which may fail after them."""
    for sheet in sheets:
        yield sheet
    if then is not None:
        raise then


async def kept(archive: AuditArchive, month: date = MONTH) -> list[Sheet]:
    """Everything that is kept of a month."""
    return [sheet async for sheet in archive.read(month)]


class AuditArchiveContract(Contract):
    """Needs a fixture `archive`, empty, and `full_archive`, where there is no room for anything."""

    async def test_a_month_comes_back_as_it_was(self, archive: AuditArchive) -> None:
        first = a_sheet(
            a_stored_entry(reason='a "reason"\n', actor_id=None, target_id=UserId(2**31 - 1), origin=bytes(range(256))),
            a_stored_entry(origin=None, changes=b"", ip_tag=None, address_tag=b"\x00"),
            a_stored_entry(id=AuditEntryId(2**62), at=NOW + timedelta(microseconds=1)),
        )
        sheets = [first, a_sheet(a_stored_entry(reason=""), after=first.seal)]
        await archive.write(MONTH, given(*sheets))
        assert await kept(archive) == sheets

    async def test_of_a_month_that_was_not_written_nothing_is_kept(self, archive: AuditArchive) -> None:
        await archive.write(MONTH, given(a_sheet(a_stored_entry())))
        assert await kept(archive, OTHER_MONTH) == []

    async def test_months_are_apart(self, archive: AuditArchive) -> None:
        one, other = a_sheet(a_stored_entry()), a_sheet(a_stored_entry(at=NOW + timedelta(days=31)))
        await archive.write(MONTH, given(one))
        await archive.write(OTHER_MONTH, given(other))
        assert (await kept(archive), await kept(archive, OTHER_MONTH)) == ([one], [other])

    async def test_the_same_has_the_same_digest_and_all_else_another(self, archive: AuditArchive) -> None:
        entry = a_stored_entry()
        one, other = a_sheet(entry), a_sheet(a_stored_entry(id=entry.id, reason="x"))
        digests = [await archive.write(MONTH, given(sheet)) for sheet in (one, other, one)]
        assert digests[0] == digests[2] != digests[1]
        assert {len(digest) for digest in digests} == {32}

    async def test_the_digest_can_be_asked_for_later(self, archive: AuditArchive) -> None:
        digest = await archive.write(MONTH, given(a_sheet(a_stored_entry())))
        assert (await archive.digest(MONTH), await archive.digest(OTHER_MONTH)) == (digest, None)

    async def test_writing_again_replaces_what_was_kept(self, archive: AuditArchive) -> None:
        before, after = a_sheet(a_stored_entry()), a_sheet(a_stored_entry(), a_stored_entry())
        await archive.write(MONTH, given(before))
        await archive.write(MONTH, given(after))
        assert await kept(archive) == [after]

    async def test_where_the_sheets_fail_nothing_has_changed(self, archive: AuditArchive) -> None:
        before = a_sheet(a_stored_entry())
        await archive.write(MONTH, given(before))
        for month in (MONTH, OTHER_MONTH):
            with pytest.raises(_Boom):
                await archive.write(month, given(a_sheet(a_stored_entry()), then=_Boom()))
        assert (await kept(archive), await kept(archive, OTHER_MONTH)) == ([before], [])

    async def test_where_there_is_no_room_that_is_said(self, full_archive: AuditArchive) -> None:
        with pytest.raises(ArchiveUnavailable):
            await full_archive.write(MONTH, given(a_sheet(a_stored_entry())))
