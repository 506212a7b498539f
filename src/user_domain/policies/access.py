"""May this person in, and why not?

The one decision that login, bearer authentication and password reset share: whoever hands out or honours a token asks
here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from user_domain.errors import AccountBlocked, AccountSuspended, EmailNotVerified, PasswordResetRequired
from user_domain.value_objects.account_status import AccountStatus

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.user import User
    from user_domain.errors import AccessDenied


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessPolicy:
    """The rules; whether people must have verified their address is for whoever runs the service to say."""

    verified_email_required: bool = False

    def denials(self, user: User, *, at: datetime) -> tuple[AccessDenied, ...]:
        """Every reason to keep the person out at a moment, the gravest first; empty where there is none."""
        reasons = list(self.locks(user, at=at))
        if self.verified_email_required and not user.is_email_verified:
            reasons.append(EmailNotVerified())
        if user.password_reset_required_at is not None:
            reasons.append(PasswordResetRequired())
        return tuple(reasons)

    def locks(self, user: User, *, at: datetime) -> tuple[AccessDenied, ...]:
        """Those of the denials that only an admin or time can lift, and nothing the person does."""
        reasons: list[AccessDenied] = []
        if user.block is not None:
            reasons.append(AccountBlocked())
        if user.suspension is not None and user.suspension.holds(at):
            reasons.append(AccountSuspended(user.suspension.until))
        return tuple(reasons)

    def status(self, user: User, *, at: datetime) -> AccountStatus:
        """The word for how the account stands at a moment."""
        for reason in self.denials(user, at=at):
            match reason:
                case AccountBlocked():
                    return AccountStatus.BLOCKED
                case AccountSuspended():
                    return AccountStatus.SUSPENDED
                case EmailNotVerified():
                    return AccountStatus.PENDING_VERIFICATION
        return AccountStatus.ACTIVE
