"""May this person in, and why not?

The one decision that login and bearer authentication share: whoever hands out or honours a token asks here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.errors import AccountBlocked, AccountSuspended

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.user import User
    from user_domain.errors import AccessDenied


def denials(user: User, *, at: datetime) -> tuple[AccessDenied, ...]:
    """Every reason to keep the person out at a moment, the gravest first; empty where there is none."""
    reasons: list[AccessDenied] = []
    if user.block is not None:
        reasons.append(AccountBlocked())
    if user.suspension is not None and user.suspension.holds(at):
        reasons.append(AccountSuspended(user.suspension.until))
    return tuple(reasons)
