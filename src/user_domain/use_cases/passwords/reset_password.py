"""Choose a new password with a mailed token."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, AuditEntry
from user_domain.entities.session import EndReason
from user_domain.steps.one_time_tokens import POWERS
from user_domain.steps.refusal import refuse_for
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.one_time_token import TokenPurpose
from user_domain.value_objects.password import Password

if TYPE_CHECKING:
    from user_domain.entities.one_time_token import OneTimeToken
    from user_domain.entities.user import User
    from user_domain.policies.access import AccessPolicy
    from user_domain.ports.clock import Clock
    from user_domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
    from user_domain.steps.new_password import NewPassword
    from user_domain.steps.one_time_tokens import OneTimeTokens
    from user_domain.steps.postbox import Postbox
    from user_domain.value_objects.client_info import ClientInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetPasswordCommand:
    """The token from the mail, the new password as typed, and where that came from."""

    token: str = field(repr=False)
    new_password: str = field(repr=False)
    client: ClientInfo


class ResetPassword:
    """Whoever reads the account's mail chooses a new password, once per token. Every session ends, and nobody is
    logged in by it; other tokens that give power over the account are void, a pending change of address is off, and
    the address counts as verified. An account that an admin has shut stays as it is.
    """

    def __init__(
        self,
        *,
        unit_of_work: UnitOfWorkFactory,
        tokens: OneTimeTokens,
        new_password: NewPassword,
        access: AccessPolicy,
        postbox: Postbox,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._tokens = tokens
        self._new_password = new_password
        self._access = access
        self._postbox = postbox
        self._clock = clock

    async def execute(self, command: ResetPasswordCommand) -> None:
        """Set the password.

        Raises:
            OneTimeTokenInvalid, OneTimeTokenExpired: the token does not do that, or not any more.
            AccountBlocked, AccountSuspended: the account is shut; the token is not used up.
            InvalidInput: the password may not be chosen; the token is not used up.
            Overloaded: too much hashing waits already.
        """
        # Looked at before any hashing, so that a stranger's guess costs next to nothing; used up after it, because no
        # lock is held while hashing.
        async with self._unit_of_work() as work:
            _, user = await self._find(work, command)
        password = Password.typed(command.new_password)
        password_hash = await self._new_password.hash(password, name=user.name, email=user.email, field="new_password")
        async with self._unit_of_work() as work:
            token, user = await self._find(work, command)
            now = self._clock.now()
            await work.tokens.mark_used(token.id, at=now)
            await work.users.set_password_hash(user.id, password_hash, at=now)
            user = user.with_password_reset(at=now)
            await work.users.save(user)
            await work.tokens.void(user.id, POWERS, at=now)
            entry = AuditEntry.about_oneself(AuditAction.PASSWORD_RESET, user.id, at=now, client=command.client)
            await work.audit.append(entry)
            await self._postbox.post(work, MailKind.PASSWORD_CHANGED, user, at=now, client=command.client)
            await work.sessions.end_all(user.id, at=now, reason=EndReason.PASSWORD_RESET)
            await work.commit()

    async def _find(self, work: UnitOfWork, command: ResetPasswordCommand) -> tuple[OneTimeToken, User]:
        """The token, found good, and its user, whose account nobody has shut."""
        now, client = self._clock.now(), command.client
        token, account = await self._tokens.find(work, command.token, TokenPurpose.RESET_PASSWORD)
        await self._tokens.require_good(work, token, at=now, client=client)
        user = account.user
        locks = self._access.locks(user, at=now)
        await refuse_for(locks, work, AuditAction.PASSWORD_RESET_REFUSED, user.id, at=now, client=client)
        return token, user
