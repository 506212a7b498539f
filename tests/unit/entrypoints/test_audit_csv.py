"""The audit trail as CSV."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from entrypoints.audit_csv import COLUMNS, as_csv
from entrypoints.http.schemas.audit import CSV_EXAMPLE, AuditEntryResource
from user_domain.entities.audit_entry import FieldChange, RecordedEntry
from user_domain.testing.builders import CLIENT, an_audit_entry
from user_domain.value_objects.ids import AuditEntryId, UserId

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


async def batches(*entries: RecordedEntry) -> AsyncIterator[list[RecordedEntry]]:
    for entry in entries:
        yield [entry]


async def rows(*entries: RecordedEntry) -> list[dict[str, str]]:
    text = b"".join([part async for part in as_csv(batches(*entries))]).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_columns_are_what_the_api_has() -> None:
    assert list(AuditEntryResource.model_fields) == list(COLUMNS)
    assert next(csv.reader(io.StringIO(CSV_EXAMPLE, newline=""))) == list(COLUMNS)


async def test_an_entry_is_a_line_with_everything() -> None:
    entry = an_audit_entry(
        actor_id=UserId(7), reason="=1+1", changes=(FieldChange("name", None, 'Zoë "Z"\n'),), client=CLIENT
    )
    (row,) = await rows(RecordedEntry(id=AuditEntryId(1), entry=entry, address_digest="ab", is_erased=True))
    assert row == {
        "id": "1",
        "at": "2026-03-14T15:09:26.535897Z",
        "action": "session:login:failure",
        "actor_id": "7",
        "target_id": "",
        "ip_address": CLIENT.ip_address,
        "user_agent": CLIENT.user_agent,
        "request_id": CLIENT.request_id,
        "reason": "'=1+1",
        "changes": '[{"field": "name", "before": null, "after": "Zoë \\"Z\\"\\n"}]',
        "address_digest": "ab",
        "is_erased": "true",
    }


async def test_of_no_entries_there_are_the_names() -> None:
    assert b"".join([part async for part in as_csv(batches())]).decode() == (
        ",".join(f'"{name}"' for name in COLUMNS) + "\r\n"
    )
