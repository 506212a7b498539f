"""The audit trail as CSV, for those who take it with them."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC
from typing import TYPE_CHECKING

from entrypoints.csv_format import csv_lines

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from user_domain.entities.audit_entry import RecordedEntry

COLUMNS = (
    "id",
    "at",
    "action",
    "actor_id",
    "target_id",
    "ip_address",
    "user_agent",
    "request_id",
    "reason",
    "changes",
    "address_digest",
    "is_erased",
)
"""What the API calls them, too."""


async def as_csv(batches: AsyncIterator[list[RecordedEntry]]) -> AsyncIterator[bytes]:
    """A line of names and one for each entry, a batch at a time, made off the event loop."""
    yield csv_lines([COLUMNS]).encode()
    async for batch in batches:
        yield await asyncio.to_thread(_lines, batch)


def _lines(batch: list[RecordedEntry]) -> bytes:
    return csv_lines(map(_row, batch)).encode()


def _row(recorded: RecordedEntry) -> list[str]:
    """What is null is empty, and changes are JSON, or empty where there are none."""
    entry, client = recorded.entry, recorded.entry.client
    changes = [{"field": change.field, "before": change.before, "after": change.after} for change in entry.changes]
    values = (
        recorded.id,
        f"{entry.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z",
        entry.action,
        entry.actor_id,
        entry.target_id,
        client.ip_address,
        client.user_agent,
        client.request_id,
        entry.reason,
        json.dumps(changes, ensure_ascii=False) if changes else None,
        recorded.address_digest,
        "true" if recorded.is_erased else "false",
    )
    return ["" if value is None else str(value) for value in values]
