"""How an account stands."""

from enum import StrEnum


class AccountStatus(StrEnum):
    """The word for how an account stands at a moment; derived from facts, never stored."""

    ACTIVE = "active"
    BLOCKED = "blocked"
    SUSPENDED = "suspended"
    PENDING_VERIFICATION = "pending_verification"
    """The address is not verified, and the service lets in only those whose address is."""


SHUT = frozenset({AccountStatus.BLOCKED, AccountStatus.SUSPENDED})
"""An admin shut the account, and it still is."""
