"""What the links in mails are good for."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from enum import StrEnum


class TokenPurpose(StrEnum):
    """What a one-time token lets its holder do. Stored as text: a member may be added, never respelled."""

    VERIFY_EMAIL = "verify-email"
    RESET_PASSWORD = "reset-password"  # noqa: S105 - a purpose, not a password
    CONFIRM_EMAIL_CHANGE = "confirm-email-change"
    UNDO_EMAIL_CHANGE = "undo-email-change"
    NOT_ME = "not-me"

    @property
    def lifetime(self) -> timedelta:
        """How long a token of this purpose is good. A reset is worth an account, so it is short (ASVS 5.0 6.5.5)."""
        return _LIFETIMES[self]

    @property
    def is_protective(self) -> bool:
        """Whether the token takes power away from whoever has the account rather than giving some. Such a token
        outlives changes of address and password, or an intruder would make those changes to be rid of it.
        """
        return self in {TokenPurpose.UNDO_EMAIL_CHANGE, TokenPurpose.NOT_ME}


_LIFETIMES = {
    TokenPurpose.VERIFY_EMAIL: timedelta(hours=24),
    TokenPurpose.RESET_PASSWORD: timedelta(hours=1),
    TokenPurpose.CONFIRM_EMAIL_CHANGE: timedelta(hours=24),
    TokenPurpose.UNDO_EMAIL_CHANGE: timedelta(days=7),
    TokenPurpose.NOT_ME: timedelta(days=7),
}


def digest(text: str) -> bytes:
    """What is stored of a one-time token: SHA-256, which is enough for 256 random bits (ASVS 5.0 11.4.2)."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
