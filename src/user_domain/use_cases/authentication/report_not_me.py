"""Say that something was done by somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, AuditEntry
from user_domain.entities.session import EndReason
from user_domain.steps.one_time_tokens import POWERS
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.one_time_token import TokenPurpose

if TYPE_CHECKING:
    from user_domain.ports.clock import Clock
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.steps.one_time_tokens import OneTimeTokens
    from user_domain.steps.postbox import Postbox
    from user_domain.value_objects.client_info import ClientInfo


class ReportNotMe:
    """Whoever got a security mail stops whoever it was: all sessions end, tokens that give power over the account are
    void, and a new password is needed. Where the address is the account's own and known to be, a mail with a link for
    that follows; to somebody whose address a stranger registered, it does not.
    """

    def __init__(
        self, *, unit_of_work: UnitOfWorkFactory, tokens: OneTimeTokens, postbox: Postbox, clock: Clock
    ) -> None:
        self._unit_of_work = unit_of_work
        self._tokens = tokens
        self._postbox = postbox
        self._clock = clock

    async def execute(self, *, token: str, client: ClientInfo) -> None:
        """Shut the account until its password is reset.

        Raises:
            OneTimeTokenInvalid, OneTimeTokenExpired: the token does not do that, or not any more.
        """
        now = self._clock.now()
        async with self._unit_of_work() as work:
            found, account = await self._tokens.find(work, token, TokenPurpose.NOT_ME)
            await self._tokens.use(work, found, at=now, client=client)
            user = account.user.with_reset_required(at=now)
            await work.users.save(user)
            await work.sessions.end_all(user.id, at=now, reason=EndReason.NOT_ME)
            await work.tokens.void(user.id, POWERS, at=now)
            await work.audit.append(AuditEntry.about_oneself(AuditAction.USER_NOT_ME, user.id, at=now, client=client))
            if user.is_email_verified and user.email == found.email:
                await self._postbox.post(work, MailKind.RESET_REQUIRED, user, at=now, client=client)
            await work.commit()
