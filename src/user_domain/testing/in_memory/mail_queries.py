"""Unsent mail in memory, for reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.ports.mail_queries import MailQueries

if TYPE_CHECKING:
    from user_domain.entities.mail import UnsentMail
    from user_domain.testing.in_memory.database import InMemoryDatabase
    from user_domain.value_objects.ids import MailId


class InMemoryMailQueries(MailQueries):
    """Looks through the committed mails."""

    def __init__(self, database: InMemoryDatabase) -> None:
        self._database = database

    async def unsent(self, *, limit: int, after: MailId | None = None) -> list[UnsentMail]:
        mails = self._database.committed.mails
        return [mails[mail_id] for mail_id in sorted(mails) if after is None or mail_id > after][:limit]
