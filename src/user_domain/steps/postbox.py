"""Deciding to send a mail."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from user_domain.entities.mail import Mail
from user_domain.ports.mail_queue import MailTaken

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.one_time_token import OneTimeToken
    from user_domain.entities.user import User
    from user_domain.ports.secret_source import SecretSource
    from user_domain.ports.unit_of_work import UnitOfWork
    from user_domain.steps.one_time_tokens import OneTimeTokens
    from user_domain.value_objects.client_info import ClientInfo
    from user_domain.value_objects.email_address import EmailAddress
    from user_domain.value_objects.letter import MailKind


class Postbox:
    """Puts mails, and the tokens of their links, into a unit of work."""

    def __init__(self, *, tokens: OneTimeTokens, secrets: SecretSource) -> None:
        self._tokens = tokens
        self._secrets = secrets

    async def post(
        self,
        work: UnitOfWork,
        kind: MailKind,
        user: User,
        *,
        at: datetime,
        client: ClientInfo,
        to: EmailAddress | None = None,
    ) -> None:
        """Mail a user, at the user's address or at another one. The user is locked, or new in this unit of work."""
        mail = self._mail(kind, to or user.email, at=at, client=client)
        await work.outbox.add((await self._addressed(work, mail, user, at=at))[0])

    async def request(
        self, work: UnitOfWork, kind: MailKind, email: EmailAddress, *, at: datetime, client: ClientInfo
    ) -> None:
        """Mail whoever has an address, if anybody: here that is not looked at, so nobody learns it from us."""
        await work.outbox.add(self._mail(kind, email, at=at, client=client))

    async def address(self, work: UnitOfWork, mail: Mail, user: User, *, at: datetime) -> tuple[OneTimeToken, ...]:
        """Make a requested mail a user's, now that it is known whose address that is; the tokens issued for it.

        Raises:
            MailTaken: another sender has done that already; its tokens are the ones that count.
        """
        addressed, tokens = await self._addressed(work, mail, user, at=at)
        if not await work.outbox.address(addressed):
            raise MailTaken
        return tokens

    def _mail(self, kind: MailKind, recipient: EmailAddress, *, at: datetime, client: ClientInfo) -> Mail:
        return Mail(
            id=self._secrets.mail_id(),
            kind=kind,
            recipient=recipient,
            user_id=None,
            token_ids=(),
            occurred_at=at,
            client=client,
        )

    async def _addressed(
        self, work: UnitOfWork, mail: Mail, user: User, *, at: datetime
    ) -> tuple[Mail, tuple[OneTimeToken, ...]]:
        tokens = tuple(
            [await self._tokens.issue(work, purpose, user.id, mail.recipient, at=at) for purpose in mail.kind.purposes]
        )
        return replace(mail, user_id=user.id, token_ids=tuple(token.id for token in tokens)), tokens
