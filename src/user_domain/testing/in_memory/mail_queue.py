"""The queue of mails in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from user_domain.ports.mail_queue import ClaimedMail, MailQueue

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.testing.in_memory.database import InMemoryDatabase


class InMemoryMailQueue(MailQueue):
    """Works on the committed mails, between units of work."""

    def __init__(self, database: InMemoryDatabase) -> None:
        self._database = database

    async def claim(self, *, at: datetime, until: datetime) -> ClaimedMail | None:
        async with self._database.lock:
            state = self._database.committed
            due = [m for m in state.mails.values() if m.dead_at is None and m.next_attempt_at <= at]
            if not due:
                return None
            first = min(due, key=lambda m: (m.next_attempt_at, m.mail.id))
            claimed = replace(first, attempts=first.attempts + 1, next_attempt_at=until)
            state.mails[first.mail.id] = claimed
            mail = first.mail
            return ClaimedMail(
                mail=mail,
                attempt=claimed.attempts,
                until=until,
                user=state.accounts[mail.user_id].user if mail.user_id is not None else None,
                tokens=tuple(state.tokens[token_id] for token_id in mail.token_ids if token_id in state.tokens),
            )

    async def remove(self, claimed: ClaimedMail) -> None:
        async with self._database.lock:
            self._database.committed.mails.pop(claimed.mail.id, None)

    async def postpone(self, claimed: ClaimedMail, *, until: datetime, error: str) -> None:
        await self._change(claimed, next_attempt_at=until, error=error)

    async def bury(self, claimed: ClaimedMail, *, at: datetime, error: str) -> None:
        await self._change(claimed, dead_at=at, error=error)

    async def next_due(self) -> datetime | None:
        waiting = [m.next_attempt_at for m in self._database.committed.mails.values() if m.dead_at is None]
        return min(waiting, default=None)

    async def _change(self, claimed: ClaimedMail, **facts: Any) -> None:
        async with self._database.lock:
            mails = self._database.committed.mails
            mail = mails.get(claimed.mail.id)
            if mail is not None and (mail.attempts, mail.next_attempt_at) == (claimed.attempt, claimed.until):
                mails[mail.mail.id] = replace(mail, **facts)
