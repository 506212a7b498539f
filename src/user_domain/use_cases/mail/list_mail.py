"""See which mails have not left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.policies.authorization import require_admin

if TYPE_CHECKING:
    from user_domain.entities.mail import UnsentMail
    from user_domain.entities.user import User
    from user_domain.ports.mail_queries import MailQueries
    from user_domain.value_objects.ids import MailId


class ListMail:
    """Admins, and the operator (no actor), see what waits or is dead, and why; never what it says."""

    def __init__(self, *, mails: MailQueries) -> None:
        self._mails = mails

    async def execute(self, *, actor: User | None, limit: int, after: MailId | None = None) -> list[UnsentMail]:
        """The mails, those decided first coming first.

        Raises:
            Forbidden: the actor is no admin.
        """
        if actor is not None:
            require_admin(actor)
        return await self._mails.unsent(limit=limit, after=after)
