"""Take a change of e-mail address back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, AuditEntry, FieldChange
from user_domain.entities.session import EndReason
from user_domain.steps.one_time_tokens import POWERS
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.one_time_token import TokenPurpose

if TYPE_CHECKING:
    from user_domain.entities.user import User
    from user_domain.ports.clock import Clock
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.steps.one_time_tokens import OneTimeTokens
    from user_domain.steps.postbox import Postbox
    from user_domain.value_objects.client_info import ClientInfo


class UndoEmailChange:
    """Whoever reads the old address's mail gets the account back: the address is restored, all sessions end, tokens
    issued since the change are void, and a new password is needed, for which a mail comes to the restored address.

    Undoing an earlier change stays possible, since whoever had the account first has the better right to it.
    """

    def __init__(
        self, *, unit_of_work: UnitOfWorkFactory, tokens: OneTimeTokens, postbox: Postbox, clock: Clock
    ) -> None:
        self._unit_of_work = unit_of_work
        self._tokens = tokens
        self._postbox = postbox
        self._clock = clock

    async def execute(self, *, token: str, client: ClientInfo) -> User:
        """The user with the old address.

        Raises:
            OneTimeTokenInvalid, OneTimeTokenExpired: the token does not do that, or not any more.
            EmailAlreadyRegistered: the reservation ended in this very moment, and somebody took the address.
        """
        async with self._unit_of_work() as work:
            found, account = await self._tokens.find(work, token, TokenPurpose.UNDO_EMAIL_CHANGE)
            now = self._clock.now()  # after the wait for the lock: what was issued before it counts as earlier
            await self._tokens.use(work, found, at=now, client=client)
            user = account.user
            if found.email != user.email:
                await work.users.change_email(user.id, found.email, at=now)
            restored = user.with_verified_email(found.email, at=now).with_reset_required(at=now)
            await work.users.save(restored)
            await work.sessions.end_all(user.id, at=now, reason=EndReason.EMAIL_CHANGE_UNDO)
            await work.tokens.void(user.id, POWERS, at=now)
            await work.tokens.void(
                user.id,
                {TokenPurpose.UNDO_EMAIL_CHANGE, TokenPurpose.NOT_ME},
                at=now,
                issued_since=found.issued_at,
            )
            change = FieldChange("email", user.email.value, found.email.value)
            await work.audit.append(
                AuditEntry(
                    action=AuditAction.EMAIL_CHANGE_UNDO,
                    at=now,
                    actor_id=user.id,
                    target_id=user.id,
                    client=client,
                    changes=(change,),
                )
            )
            await self._postbox.post(work, MailKind.RESET_REQUIRED, restored, at=now, client=client)
            await work.commit()
        return restored
