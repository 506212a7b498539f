"""The worker: sends mail as it comes."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import structlog

from user_domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from entrypoints.worker.bell import Bell
    from user_domain.ports.clock import Clock
    from user_domain.use_cases.mail.deliver_mail import DeliverMail, Delivery

_log = structlog.get_logger(__name__)

_SENDERS = 4
_SHORTEST_IDLE = 0.25  # seconds, as all below
_LEAST_PAUSE = 0.05
_GRACE = 15.0


class Worker:
    """Sends what is due, several mails at a time, until told to stop. Where nothing is due it waits for the bell, for
    the next mail's time, or for a while that grows with each time nothing came, up to `longest_idle` seconds.
    """

    def __init__(self, *, deliver_mail: DeliverMail, clock: Clock, bell: Bell, longest_idle: float) -> None:
        self._deliver_mail = deliver_mail
        self._clock = clock
        self._bell = bell
        self._longest_idle = longest_idle
        self._stopping = False

    async def run(self) -> None:
        """Work until `stop`, and to the end of what was begun then."""
        async with asyncio.TaskGroup() as group:
            for _ in range(_SENDERS):
                group.create_task(self._send_mail())

    def stop(self) -> None:
        """Begin nothing more."""
        self._stopping = True
        self._bell.ring()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Works while the block runs, and a grace period after it for what was begun. What is not done by then is cut
        off, and done by another worker when the lease is over.
        """
        task = asyncio.create_task(self.run())
        try:
            yield
        finally:
            self.stop()
            try:
                await asyncio.wait({task}, timeout=_GRACE)
            finally:  # also where somebody does not wait that long
                task.cancel()
                await asyncio.wait({task})

    async def _send_mail(self) -> None:
        idle = _SHORTEST_IDLE
        while not self._stopping:
            rings = self._bell.rings
            delivery = await self._delivered()
            if delivery is not None and delivery.found:
                idle = _SHORTEST_IDLE
                continue
            pause = idle
            if delivery is not None and delivery.next_due is not None:
                pause = min(idle, max(_LEAST_PAUSE, (delivery.next_due - self._clock.now()).total_seconds()))
            await self._bell.wait(since=rings, seconds=pause)
            idle = min(2 * idle, self._longest_idle)

    async def _delivered(self) -> Delivery | None:
        """What came of an attempt; None where it could not even be made."""
        try:
            delivery = await self._deliver_mail.execute()
        except Unavailable as error:
            _log.warning("no mail can be taken from the queue", code=error.code)
            return None
        except Exception:  # noqa: BLE001 - the queue goes on; the mail is due again when its lease is over
            _log.exception("unexpected error while sending a mail")
            return None
        if delivery.error is not None:
            _log.warning(
                "mail not sent",
                mail_id=delivery.mail_id,
                kind=delivery.kind,
                error=delivery.error,
                is_dead=delivery.is_dead,
            )
        return delivery
