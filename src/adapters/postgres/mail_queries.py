"""Unsent mail in PostgreSQL, for reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres.rows import KINDS, from_hex, to_unsent_mail
from adapters.postgres.statements import statements
from user_domain.ports.mail_queries import MailQueries

if TYPE_CHECKING:
    from adapters.postgres.database import Database
    from user_domain.entities.mail import UnsentMail
    from user_domain.value_objects.ids import MailId

_SQL = statements("outgoing_mails")


class PostgresMailQueries(MailQueries):
    """One autocommit statement for each question."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def unsent(self, *, limit: int, after: MailId | None = None) -> list[UnsentMail]:
        parameters = {"limit": limit, "after": from_hex(after) if after else None, "kinds": KINDS}
        return [to_unsent_mail(row) for row in await self._database.fetch_all(_SQL["unsent"], parameters)]
