"""Pauses in PostgreSQL."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from adapters.postgres.statements import statements
from user_domain.ports.cool_downs import CoolDowns

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.transaction import Transaction

_SQL = statements("cool_downs")


class PostgresCoolDowns(CoolDowns):
    """The table `cool_downs`, in which names stand as HMAC-SHA-256 under a key that is not in the database."""

    def __init__(self, transaction: Transaction, *, key: bytes) -> None:
        self._transaction = transaction
        self._key = key

    async def start(self, name: str, *, at: datetime, until: datetime) -> datetime | None:
        key = hmac.digest(self._key, name.encode(), hashlib.sha256)
        if await self._transaction.fetch_one(_SQL["start"], {"key": key, "at": at, "until": until}):
            return None
        row = await self._transaction.fetch_one(_SQL["running"], {"key": key})
        return row["until"] if row else until
