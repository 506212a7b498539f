"""Ask for a new password."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction
from user_domain.entities.session import EndReason
from user_domain.policies.authorization import require_admin
from user_domain.steps.one_time_tokens import POWERS
from user_domain.value_objects.letter import MailKind

if TYPE_CHECKING:
    from user_domain.entities.user import User
    from user_domain.ports.clock import Clock
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.steps.account_control import AccountControl
    from user_domain.value_objects.client_info import ClientInfo
    from user_domain.value_objects.ids import UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirePasswordResetCommand:
    """Whose password to have replaced. `expected_versions` are those the admin knows."""

    actor: User
    user_id: UserId
    expected_versions: frozenset[int] | None = None
    client: ClientInfo


class RequirePasswordReset:
    """Admins have a user choose a new password: all sessions end at once, everywhere, tokens that give power over the
    account are void, and nobody gets in before a reset, for which a mail brings the link. Once more sends another link,
    which takes the place of the one before.
    """

    def __init__(self, *, unit_of_work: UnitOfWorkFactory, control: AccountControl, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._control = control
        self._clock = clock

    async def execute(self, command: RequirePasswordResetCommand) -> User:
        """The user, who needs a new password.

        Raises:
            Forbidden: the actor is no admin, whether the user exists or not.
            UserNotFound: there is no such user.
            CannotActOnSelf, CannotActOnAdmin: the attempt is in the audit trail.
            PreconditionFailed: the user is not at an expected version.
        """
        require_admin(command.actor)
        refusal = AuditAction.USER_REQUIRE_PASSWORD_RESET_REFUSED
        async with self._unit_of_work() as work:
            before = await self._control.lock(work, command, refusal=refusal)
            now = self._clock.now()  # after the wait for the lock: it did not happen before what it follows
            user = before.with_reset_required(at=now)
            await work.users.save(user)
            await work.tokens.void(user.id, POWERS, at=now)
            await self._control.record(work, command, AuditAction.USER_REQUIRE_PASSWORD_RESET, at=now)
            await self._control.tell(work, MailKind.RESET_DEMANDED, user, command, at=now)
            await work.sessions.end_all(user.id, at=now, reason=EndReason.PASSWORD_RESET_REQUIRED)
            await work.commit()
        return user
