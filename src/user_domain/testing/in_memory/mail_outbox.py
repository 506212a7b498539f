"""The outbox in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from user_domain.entities.mail import UnsentMail
from user_domain.ports.mail_outbox import MailOutbox

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.mail import Mail
    from user_domain.testing.in_memory.database import State
    from user_domain.value_objects.ids import MailId


class InMemoryMailOutbox(MailOutbox):
    """Mails in a unit of work's copy of the state. Nobody is woken: whoever sends looks again."""

    def __init__(self, state: State) -> None:
        self._mails = state.mails

    async def add(self, mail: Mail) -> None:
        self._mails[mail.id] = UnsentMail(
            mail=mail, attempts=0, next_attempt_at=mail.occurred_at, dead_at=None, error=None
        )

    async def address(self, mail: Mail) -> bool:
        queued = self._mails.get(mail.id)
        if queued is None or queued.mail.user_id is not None:
            return False
        addressed = replace(queued.mail, user_id=mail.user_id, token_ids=mail.token_ids)
        self._mails[mail.id] = replace(queued, mail=addressed)
        return True

    async def revive(self, mail_id: MailId, *, at: datetime) -> bool:
        if mail_id not in self._mails:
            return False
        self._mails[mail_id] = replace(self._mails[mail_id], attempts=0, next_attempt_at=at, dead_at=None)
        return True
