"""What is to be mailed."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from user_domain.value_objects.one_time_token import TokenPurpose

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from user_domain.value_objects.device import Device
    from user_domain.value_objects.email_address import EmailAddress
    from user_domain.value_objects.ids import MailId
    from user_domain.value_objects.locale import Locale
    from user_domain.value_objects.person_name import PersonName
    from user_domain.value_objects.role import Role


class MailKind(StrEnum):
    """What a mail is about. Stored as text: a member may be added, never respelled."""

    VERIFY_EMAIL = "verify_email"
    VERIFY_EMAIL_AGAIN = "verify_email_again"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - a kind of mail
    RESET_REQUIRED = "reset_required"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a kind of mail
    CONFIRM_EMAIL_CHANGE = "confirm_email_change"
    EMAIL_CHANGED = "email_changed"
    NEW_LOGIN = "new_login"
    REFRESH_TOKEN_REUSED = "refresh_token_reused"  # noqa: S105 - a kind of mail
    ACCOUNT_CREATED = "account_created"
    ACCOUNT_BLOCKED = "account_blocked"
    ACCOUNT_SUSPENDED = "account_suspended"
    ACCOUNT_UNBLOCKED = "account_unblocked"
    ROLE_CHANGED = "role_changed"
    RESET_DEMANDED = "reset_demanded"

    @property
    def purposes(self) -> tuple[TokenPurpose, ...]:
        """What the links in it are for, the one it is about first; none in a mail that only tells of something."""
        return _PURPOSES[self]


_PURPOSES = {
    MailKind.VERIFY_EMAIL: (TokenPurpose.VERIFY_EMAIL, TokenPurpose.NOT_ME),
    MailKind.VERIFY_EMAIL_AGAIN: (TokenPurpose.VERIFY_EMAIL, TokenPurpose.NOT_ME),
    MailKind.RESET_PASSWORD: (TokenPurpose.RESET_PASSWORD,),
    MailKind.RESET_REQUIRED: (TokenPurpose.RESET_PASSWORD,),
    MailKind.PASSWORD_CHANGED: (TokenPurpose.NOT_ME,),
    MailKind.CONFIRM_EMAIL_CHANGE: (TokenPurpose.CONFIRM_EMAIL_CHANGE,),
    MailKind.EMAIL_CHANGED: (TokenPurpose.UNDO_EMAIL_CHANGE,),
    MailKind.NEW_LOGIN: (TokenPurpose.NOT_ME,),
    MailKind.REFRESH_TOKEN_REUSED: (TokenPurpose.NOT_ME,),
    MailKind.ACCOUNT_CREATED: (),
    MailKind.ACCOUNT_BLOCKED: (),
    MailKind.ACCOUNT_SUSPENDED: (),
    MailKind.ACCOUNT_UNBLOCKED: (),
    MailKind.ROLE_CHANGED: (),
    MailKind.RESET_DEMANDED: (TokenPurpose.RESET_PASSWORD,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail with everything its text needs. It exists only on its way to a mailer, because it holds the tokens.

    `occurred_at`, `ip_address` and `device` say when, from where and with what the thing was done that it tells of;
    `registered_at` when the reader's account was opened. `role` is the reader's now; `suspended_until` is the end of
    the suspension that the letter tells of, where that is known and still so.
    """

    id: MailId
    kind: MailKind
    recipient: EmailAddress
    name: PersonName
    locale: Locale | None
    tokens: Mapping[TokenPurpose, str] = field(repr=False)
    occurred_at: datetime
    ip_address: str | None
    device: Device
    registered_at: datetime
    role: Role
    suspended_until: datetime | None
