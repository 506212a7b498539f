"""Ask for a password reset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.letter import MailKind

if TYPE_CHECKING:
    from user_domain.ports.clock import Clock
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.steps.postbox import Postbox
    from user_domain.value_objects.client_info import ClientInfo


class ForgotPassword:
    """Anyone asks for a reset mail to an address. Whether somebody has that address is looked up when the mail is
    sent: the answer, and the work, is the same for every address.
    """

    def __init__(self, *, unit_of_work: UnitOfWorkFactory, postbox: Postbox, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._postbox = postbox
        self._clock = clock

    async def execute(self, *, email: str, client: ClientInfo) -> None:
        """Take the request.

        Raises:
            InvalidInput: this is no e-mail address.
        """
        address = EmailAddress.parse(email)
        async with self._unit_of_work() as work:
            await self._postbox.request(work, MailKind.RESET_PASSWORD, address, at=self._clock.now(), client=client)
            await work.commit()
