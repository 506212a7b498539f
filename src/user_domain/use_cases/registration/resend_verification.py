"""Ask for another verification mail."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING

from user_domain.errors import RateLimited
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.letter import MailKind

if TYPE_CHECKING:
    from user_domain.ports.clock import Clock
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.steps.postbox import Postbox
    from user_domain.value_objects.client_info import ClientInfo

COOL_DOWN = timedelta(minutes=5)


class ResendVerification:
    """Anyone asks for a verification mail to an address, once in five minutes. Whether somebody has that address, and
    has not verified it yet, is looked up when the mail is sent: answer and work are the same for every address.
    """

    def __init__(self, *, unit_of_work: UnitOfWorkFactory, postbox: Postbox, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._postbox = postbox
        self._clock = clock

    async def execute(self, *, email: str, client: ClientInfo) -> None:
        """Take the request.

        Raises:
            InvalidInput: this is no e-mail address.
            RateLimited: the last request for this address was less than five minutes ago.
        """
        address = EmailAddress.parse(email)
        now = self._clock.now()
        async with self._unit_of_work() as work:
            running = await work.cool_downs.start(f"verification:{address}", at=now, until=now + COOL_DOWN)
            if running is not None:
                raise RateLimited(math.ceil((running - now).total_seconds()))
            await self._postbox.request(work, MailKind.VERIFY_EMAIL_AGAIN, address, at=now, client=client)
            await work.commit()
