"""Finding out whose address a requested mail goes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, AuditEntry
from user_domain.ports.mailer import MailRejected
from user_domain.value_objects.letter import MailKind

if TYPE_CHECKING:
    from user_domain.entities.mail import Mail
    from user_domain.entities.one_time_token import OneTimeToken
    from user_domain.entities.user import User
    from user_domain.ports.clock import Clock
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.ports.user_queries import UserQueries
    from user_domain.steps.postbox import Postbox

_ACTIONS = {
    MailKind.VERIFY_EMAIL_AGAIN: AuditAction.USER_VERIFICATION_REQUEST,
    MailKind.RESET_PASSWORD: AuditAction.PASSWORD_RESET_REQUEST,
}


class RequestedMail:
    """Somebody asked for a mail to an address, and was told nothing. Only here, when it is to be sent, it is found out
    who that is, and only for them a token is issued.
    """

    def __init__(self, *, users: UserQueries, unit_of_work: UnitOfWorkFactory, postbox: Postbox, clock: Clock) -> None:
        self._users = users
        self._unit_of_work = unit_of_work
        self._postbox = postbox
        self._clock = clock

    async def look_up(self, mail: Mail) -> tuple[User, tuple[OneTimeToken, ...]] | None:
        """The user, and the tokens issued for the mail, which from now on is the user's. None where nobody has the
        address, or where it asks to verify what is verified.

        Raises:
            MailRejected: it was asked for so long ago that nobody waits for it any more.
            MailTaken: another sender has looked it up in the meantime.
        """
        now = self._clock.now()
        found = await self._users.account_by_email(mail.recipient)
        if found is None:
            return None
        if now >= mail.occurred_at + mail.kind.purposes[0].lifetime:  # its link would be over, had it left in time
            raise MailRejected("asked for too long ago")
        async with self._unit_of_work() as work:
            account = await work.users.lock(found.user.id)
            if account is None or account.user.email != mail.recipient:
                return None
            user = account.user
            if mail.kind is MailKind.VERIFY_EMAIL_AGAIN and user.is_email_verified:
                return None
            tokens = await self._postbox.address(work, mail, user, at=now)
            await work.audit.append(
                AuditEntry(action=_ACTIONS[mail.kind], at=now, actor_id=None, target_id=user.id, client=mail.client)
            )
            await work.commit()
        return user, tokens
