"""The audit trail in PostgreSQL, for reading."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from adapters.postgres import audit_listing
from adapters.postgres.audit_listing import TaggedMonth
from adapters.postgres.rows import to_recorded_entry
from adapters.postgres.statements import statements
from user_domain.ports.audit_queries import AuditQueries

if TYPE_CHECKING:
    from datetime import date

    from adapters.postgres.audit_cipher import AuditCipher
    from adapters.postgres.audit_keys import AuditKeys
    from adapters.postgres.database import Database, Row
    from user_domain.entities.audit_entry import RecordedEntry
    from user_domain.ports.audit_queries import AuditCriteria, AuditPosition

_SQL = statements("audit")
_AT_ONCE = 20
"""How many entries are decrypted on the event loop; more take longer than it should wait."""


class PostgresAuditQueries(AuditQueries):
    """One autocommit statement for a page, which brings along what the keys are made of, so that nothing is read of
    people who were erased; by IP address one more for what that is called in which month.
    """

    def __init__(self, database: Database, audit_keys: AuditKeys) -> None:
        self._database = database
        self._audit_keys = audit_keys

    async def page(
        self, criteria: AuditCriteria, *, limit: int, after: AuditPosition | None = None
    ) -> list[RecordedEntry]:
        cipher = await self._audit_keys.cipher()
        months: list[TaggedMonth] = []
        if criteria.ip_address is not None:
            months = await self._months(cipher, criteria.ip_address, criteria, after)
            if not months:
                return []
        statement, parameters = audit_listing.page(criteria, after, limit=limit, months=months)
        rows = await self._database.fetch_all(statement, parameters)
        if len(rows) <= _AT_ONCE:
            return _read(rows, cipher)
        return await asyncio.to_thread(_read, rows, cipher)

    async def _months(
        self, cipher: AuditCipher, ip_address: str, criteria: AuditCriteria, after: AuditPosition | None
    ) -> list[TaggedMonth]:
        bounds = {"since": criteria.since, "until": after.at if after else criteria.until}
        return [
            TaggedMonth(
                begins=_midnight(month["month"]),
                ends=_midnight(month["next"]),
                tag=cipher.tag_ip_address(ip_address, month["salt"].bytes),
            )
            for month in await self._database.fetch_all(_SQL["months"], bounds)
        ]


def _read(rows: list[Row], cipher: AuditCipher) -> list[RecordedEntry]:
    return [to_recorded_entry(row, cipher) for row in rows]


def _midnight(on: date) -> datetime:
    return datetime.combine(on, time(), UTC)
