"""Prove that a new e-mail address is one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, AuditEntry
from user_domain.errors import EmailAlreadyRegistered, OneTimeTokenInvalid
from user_domain.steps.refusal import refuse_for
from user_domain.value_objects.one_time_token import TokenPurpose

if TYPE_CHECKING:
    from user_domain.entities.user import User
    from user_domain.policies.access import AccessPolicy
    from user_domain.ports.clock import Clock
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.steps.email_change import EmailChange
    from user_domain.steps.one_time_tokens import OneTimeTokens
    from user_domain.value_objects.client_info import ClientInfo


class ConfirmEmailChange:
    """Whoever reads the new address's mail makes it the account's, which is then verified. The old address is told
    and can undo it. Of several users who want one address the first to confirm gets it.
    """

    def __init__(
        self,
        *,
        unit_of_work: UnitOfWorkFactory,
        tokens: OneTimeTokens,
        access: AccessPolicy,
        email_change: EmailChange,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._access = access
        self._tokens = tokens
        self._email_change = email_change
        self._clock = clock

    async def execute(self, *, token: str, client: ClientInfo) -> User:
        """The user with the new address.

        Raises:
            OneTimeTokenInvalid, OneTimeTokenExpired: the token does not do that, or not any more.
            AccountBlocked, AccountSuspended: the account is shut; the token is not used up.
            EmailAlreadyRegistered: somebody else has the address by now; the attempt is in the audit trail, and the
                token is not used up.
        """
        now = self._clock.now()
        async with self._unit_of_work() as work:
            found, account = await self._tokens.find(work, token, TokenPurpose.CONFIRM_EMAIL_CHANGE)
            await self._tokens.require_good(work, found, at=now, client=client)
            user = account.user
            locks = self._access.locks(user, at=now)  # a new address would be a way back in
            await refuse_for(locks, work, AuditAction.EMAIL_CHANGE_REFUSED, user.id, at=now, client=client)
            await work.tokens.mark_used(found.id, at=now)
            if user.pending_email != found.email:
                raise OneTimeTokenInvalid
            try:
                changed = await self._email_change.decree(work, user, found.email, actor=user, at=now, client=client)
            except EmailAlreadyRegistered as error:
                refusal = AuditEntry.about_oneself(
                    AuditAction.EMAIL_CHANGE_REFUSED, user.id, at=now, client=client, reason=error.code
                )
            else:
                await work.users.save(changed)
                await work.commit()
                return changed
        # In a unit of work of its own: the one above, which had used up the token, is rolled back.
        async with self._unit_of_work() as work:
            await work.audit.append(refusal)
            await work.commit()
        raise EmailAlreadyRegistered
