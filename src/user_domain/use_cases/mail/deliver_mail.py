"""Send a mail that is due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from user_domain.policies import mail_delivery
from user_domain.ports.mail_queue import MailTaken
from user_domain.ports.mailer import MailDeferred, MailRejected
from user_domain.value_objects.letter import Letter

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.ports.clock import Clock
    from user_domain.ports.device_parser import DeviceParser
    from user_domain.ports.mail_queue import ClaimedMail, MailQueue
    from user_domain.ports.mailer import Mailer
    from user_domain.ports.one_time_token_codec import OneTimeTokenCodec
    from user_domain.ports.secret_source import SecretSource
    from user_domain.steps.requested_mail import RequestedMail
    from user_domain.value_objects.ids import MailId
    from user_domain.value_objects.letter import MailKind
    from user_domain.value_objects.one_time_token import TokenPurpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What came of an attempt. Nothing was `found` where no mail is due; then `next_due` says when one will be, as far
    as is known. `error` says why a mail was not taken, and `is_dead` that it will not be tried again.
    """

    found: bool
    next_due: datetime | None = None
    mail_id: MailId | None = None
    kind: MailKind | None = None
    error: str | None = None
    is_dead: bool = False


class DeliverMail:
    """The worker takes the mail that has been due the longest and hands it over. Any number of workers do so at once.

    Each step is committed before the next begins, and none holds a transaction open. Whoever dies in the middle leaves
    a mail that is due again when the lease is over: it is sent at least once, with the same Message-ID and tokens.
    """

    def __init__(
        self,
        *,
        queue: MailQueue,
        mailer: Mailer,
        requested_mail: RequestedMail,
        codec: OneTimeTokenCodec,
        devices: DeviceParser,
        secrets: SecretSource,
        clock: Clock,
    ) -> None:
        self._queue = queue
        self._mailer = mailer
        self._requested_mail = requested_mail
        self._codec = codec
        self._devices = devices
        self._secrets = secrets
        self._clock = clock

    async def execute(self) -> Delivery:
        """Send one mail, or find that none is due."""
        now = self._clock.now()
        claimed = await self._queue.claim(at=now, until=now + mail_delivery.LEASE)
        if claimed is None:
            return Delivery(found=False, next_due=await self._queue.next_due())
        if claimed.attempt > mail_delivery.MAX_ATTEMPTS:  # every worker that took it has died of it
            return await self._give_up(claimed, "no attempt came to an end")
        try:
            letter = await self._letter(claimed)
            if letter is not None:
                await self._mailer.send(letter)
        except MailTaken:
            return Delivery(found=True)
        except MailRejected as refusal:
            return await self._give_up(claimed, refusal.reason)
        except MailDeferred as refusal:
            return await self._defer(claimed, refusal.reason)
        except Exception as fault:
            await self._defer(claimed, type(fault).__name__)
            raise
        await self._queue.remove(claimed)
        return Delivery(found=True, mail_id=letter.id, kind=letter.kind) if letter else Delivery(found=True)

    async def _defer(self, claimed: ClaimedMail, error: str) -> Delivery:
        if claimed.attempt >= mail_delivery.MAX_ATTEMPTS:
            return await self._give_up(claimed, error)
        pause = mail_delivery.pause(claimed.attempt, jitter=self._secrets.jitter())
        await self._queue.postpone(claimed, until=self._clock.now() + pause, error=error)
        return Delivery(found=True, mail_id=claimed.mail.id, kind=claimed.mail.kind, error=error)

    async def _give_up(self, claimed: ClaimedMail, error: str) -> Delivery:
        await self._queue.bury(claimed, at=self._clock.now(), error=error)
        return Delivery(found=True, mail_id=claimed.mail.id, kind=claimed.mail.kind, error=error, is_dead=True)

    async def _letter(self, claimed: ClaimedMail) -> Letter | None:
        """What to send; None where the mail has become pointless: nobody has the address, or the link it is about
        would open nothing any more.

        Raises:
            MailRejected: its link has expired, or no key there is gives the tokens of its links.
        """
        mail, user, tokens = claimed.mail, claimed.user, claimed.tokens
        if user is None:
            addressed = await self._requested_mail.look_up(mail)
            if addressed is None:
                return None
            user, tokens = addressed
        for purpose in mail.kind.purposes[:1]:
            about = next((token for token in tokens if token.purpose is purpose), None)
            if about is None or about.used_at is not None or about.voided_at is not None:
                return None
            if not about.is_good(self._clock.now()):
                raise MailRejected("its link has expired")
        texts: dict[TokenPurpose, str] = {}
        for token in tokens:
            text = self._codec.derive_again(token.id, token.digest)
            if text is None:
                raise MailRejected("no key gives its tokens")
            texts[token.purpose] = text
        suspension = user.suspension if user.suspension and user.suspension.at == mail.occurred_at else None
        return Letter(
            id=mail.id,
            kind=mail.kind,
            recipient=mail.recipient,
            name=user.name,
            locale=user.locale,
            tokens=texts,
            occurred_at=mail.occurred_at,
            ip_address=mail.client.ip_address,
            device=await self._devices.parse(mail.client.user_agent),
            registered_at=user.created_at,
            role=user.role,
            suspended_until=suspension.until if suspension else None,
        )
