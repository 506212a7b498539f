"""The one-time token: what a mailed link is good for, once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from user_domain.errors import OneTimeTokenExpired, OneTimeTokenInvalid

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.value_objects.email_address import EmailAddress
    from user_domain.value_objects.ids import OneTimeTokenId, UserId
    from user_domain.value_objects.one_time_token import TokenPurpose


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTimeToken:
    """Bound to a user, a purpose and the address it is mailed to. The token itself is not kept, only its digest.

    For a change of address `email` is the new one, for undoing it the old one, which stays reserved for the user as
    long as the token is good.
    """

    id: OneTimeTokenId
    purpose: TokenPurpose
    user_id: UserId
    email: EmailAddress
    digest: bytes = field(repr=False)
    issued_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    voided_at: datetime | None = None

    def is_good(self, at: datetime) -> bool:
        """Whether it may be used at a moment."""
        return self.used_at is None and self.voided_at is None and at < self.expires_at

    def require_good(self, *, at: datetime) -> None:
        """Go on only if it may be used.

        Raises:
            OneTimeTokenInvalid: it was used already, or another one or a change has taken its place.
            OneTimeTokenExpired: it is genuine, but `at` is `expires_at` or later.
        """
        if self.used_at is not None or self.voided_at is not None:
            raise OneTimeTokenInvalid
        if at >= self.expires_at:
            raise OneTimeTokenExpired
