"""The outbox in PostgreSQL, for writing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres.rows import from_hex, from_mail
from adapters.postgres.statements import statements
from user_domain.ports.mail_outbox import MailOutbox

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.transaction import Transaction
    from user_domain.entities.mail import Mail
    from user_domain.value_objects.ids import MailId

_SQL = statements("outgoing_mails")


class PostgresMailOutbox(MailOutbox):
    """The table `outgoing_mails`. `has_mail` says whether something in it is to be sent now."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self.has_mail = False

    async def add(self, mail: Mail) -> None:
        self._transaction.enqueue(_SQL["add"], from_mail(mail))
        self._wake()

    async def address(self, mail: Mail) -> bool:
        return await self._transaction.fetch_one(_SQL["address"], from_mail(mail)) is not None

    async def revive(self, mail_id: MailId, *, at: datetime) -> bool:
        parameters = {"id": from_hex(mail_id), "at": at}
        if await self._transaction.fetch_one(_SQL["revive"], parameters) is None:
            return False
        self._wake()
        return True

    def _wake(self) -> None:
        self.has_mail = True
        self._transaction.enqueue(_SQL["wake"], {})
