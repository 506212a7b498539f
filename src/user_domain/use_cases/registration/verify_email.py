"""Verify an e-mail address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, AuditEntry
from user_domain.value_objects.one_time_token import TokenPurpose

if TYPE_CHECKING:
    from user_domain.ports.clock import Clock
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.steps.one_time_tokens import OneTimeTokens
    from user_domain.value_objects.client_info import ClientInfo


class VerifyEmail:
    """Whoever reads the account's mail shows it by the token in it. Twice is as good as once: mail programs and people
    try again.
    """

    def __init__(self, *, unit_of_work: UnitOfWorkFactory, tokens: OneTimeTokens, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._tokens = tokens
        self._clock = clock

    async def execute(self, *, token: str, client: ClientInfo) -> None:
        """Verify the address that the token was mailed to.

        Raises:
            OneTimeTokenInvalid, OneTimeTokenExpired: the token does not do that, or not any more.
        """
        now = self._clock.now()
        async with self._unit_of_work() as work:
            found, account = await self._tokens.find(work, token, TokenPurpose.VERIFY_EMAIL)
            user = account.user
            if found.used_at is not None and found.email == user.email and user.is_email_verified:
                return
            await self._tokens.use(work, found, at=now, client=client)
            await work.users.save(user.with_verified_email(found.email, at=now))
            await work.audit.append(
                AuditEntry.about_oneself(AuditAction.USER_VERIFY_EMAIL, user.id, at=now, client=client)
            )
            await work.commit()
