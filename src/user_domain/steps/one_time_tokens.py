"""Issuing one-time tokens, and taking them back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, AuditEntry
from user_domain.entities.one_time_token import OneTimeToken
from user_domain.errors import OneTimeTokenInvalid, OneTimeTokenRefused
from user_domain.value_objects.one_time_token import TokenPurpose, digest

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.ports.one_time_token_codec import OneTimeTokenCodec
    from user_domain.ports.secret_source import SecretSource
    from user_domain.ports.unit_of_work import UnitOfWork
    from user_domain.ports.user_repository import Account
    from user_domain.value_objects.client_info import ClientInfo
    from user_domain.value_objects.email_address import EmailAddress
    from user_domain.value_objects.ids import UserId

POWERS = frozenset(purpose for purpose in TokenPurpose if not purpose.is_protective)
"""What a change of address or password makes void: whatever gives its holder power over the account."""


class OneTimeTokens:
    """The life of a one-time token. Its user is locked whenever it changes."""

    def __init__(self, *, codec: OneTimeTokenCodec, secrets: SecretSource) -> None:
        self._codec = codec
        self._secrets = secrets

    async def issue(
        self, work: UnitOfWork, purpose: TokenPurpose, user_id: UserId, email: EmailAddress, *, at: datetime
    ) -> OneTimeToken:
        """A new token, which takes the place of older ones for the same purpose, unless they protect the user."""
        token_id = self._secrets.one_time_token_id()
        token = OneTimeToken(
            id=token_id,
            purpose=purpose,
            user_id=user_id,
            email=email,
            digest=digest(self._codec.derive(token_id)),
            issued_at=at,
            expires_at=at + purpose.lifetime,
        )
        if not purpose.is_protective:
            await work.tokens.void(user_id, {purpose}, at=at)
        await work.tokens.add(token)
        return token

    async def find(self, work: UnitOfWork, text: str, purpose: TokenPurpose) -> tuple[OneTimeToken, Account]:
        """The token and its user, locked. Whether the token is still good is not looked at.

        Raises:
            OneTimeTokenInvalid: no such token was issued for this purpose.
        """
        token = await work.tokens.lock(digest(text))
        if token is None or token.purpose is not purpose:
            raise OneTimeTokenInvalid
        account = await work.users.lock(token.user_id)
        if account is None:
            raise OneTimeTokenInvalid
        return token, account

    async def use(self, work: UnitOfWork, token: OneTimeToken, *, at: datetime, client: ClientInfo) -> None:
        """Use up a token.

        Raises:
            OneTimeTokenInvalid, OneTimeTokenExpired: as for `require_good`.
        """
        await self.require_good(work, token, at=at, client=client)
        await work.tokens.mark_used(token.id, at=at)

    async def require_good(self, work: UnitOfWork, token: OneTimeToken, *, at: datetime, client: ClientInfo) -> None:
        """Go on only if a token may be used; a refusal goes into the audit trail.

        Raises:
            OneTimeTokenInvalid, OneTimeTokenExpired: it is not good any more.
        """
        try:
            token.require_good(at=at)
        except OneTimeTokenRefused as error:
            await work.audit.append(
                AuditEntry(
                    action=AuditAction.TOKEN_REFUSED,
                    at=at,
                    actor_id=None,
                    target_id=token.user_id,
                    client=client,
                    reason=error.code,
                )
            )
            await work.commit()
            raise
