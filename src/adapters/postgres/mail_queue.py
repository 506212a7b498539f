"""The queue of mails in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres.rows import KINDS, from_hex, to_mail, to_token, to_user
from adapters.postgres.statements import statements
from user_domain.ports.mail_queue import ClaimedMail, MailQueue

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Database

_SQL = statements("outgoing_mails")


class PostgresMailQueue(MailQueue):
    """The table `outgoing_mails`. A lease is a time in the row, so no connection is held while a mail is being sent,
    and a pooler in between makes no difference.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, *, at: datetime, until: datetime) -> ClaimedMail | None:
        rows = await self._database.fetch_all(_SQL["claim"], {"at": at, "until": until, "kinds": KINDS})
        if not rows:
            return None
        first = rows[0]
        return ClaimedMail(
            mail=to_mail(first),
            attempt=first["attempts"],
            until=until,
            user=to_user(first) if first["id"] is not None else None,
            tokens=tuple(to_token(row) for row in rows if row["token_id"] is not None),
        )

    async def remove(self, claimed: ClaimedMail) -> None:
        await self._database.execute(_SQL["remove"], {"id": from_hex(claimed.mail.id)})

    async def postpone(self, claimed: ClaimedMail, *, until: datetime, error: str) -> None:
        await self._database.execute(_SQL["postpone"], {**_held(claimed), "until": until, "error": error})

    async def bury(self, claimed: ClaimedMail, *, at: datetime, error: str) -> None:
        await self._database.execute(_SQL["bury"], {**_held(claimed), "at": at, "error": error})

    async def next_due(self) -> datetime | None:
        row = await self._database.fetch_one(_SQL["next_due"], {"kinds": KINDS})
        return row["next_due"] if row else None


def _held(claimed: ClaimedMail) -> dict[str, object]:
    return {"id": from_hex(claimed.mail.id), "attempt": claimed.attempt, "lease": claimed.until}
