"""Everything that can go wrong in the domain.

    DomainError
    ├── InvalidInput                 validation_failed
    │   └── CurrentPasswordRequired  current_password_required
    ├── RuleViolated                 the request is understood, but a rule of the house forbids it for anyone
    │   ├── CannotActOnAdmin         cannot_act_on_admin
    │   └── CannotActOnSelf          cannot_act_on_self
    ├── OneTimeTokenRefused          the link from a mail is good for nothing
    │   ├── OneTimeTokenInvalid      token_invalid
    │   └── OneTimeTokenExpired      token_expired
    ├── AuthenticationFailed         we do not know who is asking
    │   ├── InvalidCredentials       invalid_credentials
    │   ├── TokenMissing             token_missing
    │   ├── TokenInvalid             token_invalid
    │   ├── TokenExpired             token_expired
    │   ├── SessionEnded             session_ended
    │   ├── RefreshTokenInvalid      refresh_token_invalid
    │   └── RefreshTokenReused       refresh_token_reused
    ├── AccessDenied                 we know who is asking, and the answer is no
    │   ├── Forbidden                forbidden
    │   ├── AccountBlocked           account_blocked
    │   ├── AccountSuspended         account_suspended
    │   ├── EmailNotVerified         email_not_verified
    │   ├── PasswordResetRequired    password_reset_required
    │   └── WrongPassword            wrong_password
    ├── NotFound
    │   ├── UserNotFound             user_not_found
    │   ├── SessionNotFound          session_not_found
    │   └── MailNotFound             mail_not_found
    ├── Conflict
    │   ├── EmailAlreadyRegistered   email_already_registered
    │   ├── SessionLimitReached      session_limit_reached
    │   ├── AlreadyAdmin             already_admin
    │   ├── LastAdmin                last_admin
    │   ├── SigningKeysNotUsed       signing_keys_not_used
    │   ├── NextKeyAlreadyPublished  next_key_already_published
    │   ├── AuditMonthDamaged        audit_month_damaged
    │   └── AuditMonthUnsealed       audit_month_unsealed
    ├── PreconditionFailed           precondition_failed
    ├── RateLimited                  rate_limited
    └── Unavailable                  nothing is wrong with the request; trying again later may help
        ├── StorageUnavailable       storage_unavailable
        ├── ArchiveUnavailable       archive_unavailable
        └── Overloaded               overloaded

Each leaf has a stable `code`, which is part of the public contract, and a `message` that can be shown to the person
as it stands: it never repeats what was sent in. How an error is presented (status, exit code) is not known here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime


class DomainError(Exception):
    """The root of the tree; catches everything the domain says no with."""

    code: ClassVar[str]
    message: ClassVar[str]

    def __init__(self, message: str | None = None) -> None:
        super().__init__(self.message if message is None else message)


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that one field breaks: `field` as the caller knows it, a stable `code`, a sentence for the person."""

    field: str
    code: str
    message: str


class InvalidInput(DomainError):
    """One or more fields break a rule. Every one of them is named, with what is wrong."""

    code = "validation_failed"
    message = "Please correct the fields that are marked."

    def __init__(self, violations: Iterable[Violation]) -> None:
        self.violations = tuple(violations)
        super().__init__(" ".join(violation.message for violation in self.violations) or None)


class CurrentPasswordRequired(InvalidInput):
    """An e-mail address changes only with the current password, and none was sent."""

    code = "current_password_required"
    message = "Please enter your current password to change your e-mail address."

    def __init__(self) -> None:
        super().__init__([Violation("current_password", "required", self.message)])


class RuleViolated(DomainError):
    """A rule of the house forbids this, whoever asks."""


class CannotActOnAdmin(RuleViolated):
    """Admins do not change, block or delete one another; take the admin role away first."""

    code = "cannot_act_on_admin"
    message = "This account belongs to an administrator and cannot be changed by another one."


class CannotActOnSelf(RuleViolated):
    """What admins do to accounts they do to those of others; to their own they are ordinary users."""

    code = "cannot_act_on_self"
    message = "You cannot do this to your own account."


class OneTimeTokenRefused(DomainError):
    """The token from a mail opens nothing. Only its holder is told; the account is not named."""


class OneTimeTokenInvalid(OneTimeTokenRefused):
    """The token was never issued, is for something else, was used already, or was replaced by a newer one."""

    code = "token_invalid"
    message = "This link is not valid any more. Please ask for a new one."


class OneTimeTokenExpired(OneTimeTokenRefused):
    """The token was good once, but its time is over."""

    code = "token_expired"
    message = "This link has expired. Please ask for a new one."


class AuthenticationFailed(DomainError):
    """Nobody was recognised."""


class InvalidCredentials(AuthenticationFailed):
    """E-mail and password do not belong together. Which of the two is wrong is never told."""

    code = "invalid_credentials"
    message = "The e-mail address or the password is wrong."


class TokenMissing(AuthenticationFailed):
    """The operation needs an access token and none was sent."""

    code = "token_missing"
    message = "Please log in first."


class TokenInvalid(AuthenticationFailed):
    """The access token was not issued by this service, was altered, or is not an access token at all."""

    code = "token_invalid"
    message = "This access token is not valid. Please log in again."


class TokenExpired(AuthenticationFailed):
    """The access token was genuine, but its time is over."""

    code = "token_expired"
    message = "Your access token has expired. Please log in again."


class SessionEnded(AuthenticationFailed):
    """The token is genuine, but its session is over: logged out, ended by somebody, or expired."""

    code = "session_ended"
    message = "Your session has ended. Please log in again."


class RefreshTokenInvalid(AuthenticationFailed):
    """The refresh token was not issued by this service, or its session is over."""

    code = "refresh_token_invalid"
    message = "Your session has ended. Please log in again."


class RefreshTokenReused(AuthenticationFailed):
    """The refresh token was spent before, so somebody else may have it: its whole session was ended."""

    code = "refresh_token_reused"
    message = "Your session was ended for your safety. Please log in again."


class AccessDenied(DomainError):
    """The person is known and may not do this."""


class Forbidden(AccessDenied):
    """The person's role does not allow this, or the record belongs to somebody else."""

    code = "forbidden"
    message = "You are not allowed to do this."


class AccountBlocked(AccessDenied):
    """An administrator blocked the account until further notice."""

    code = "account_blocked"
    message = "Your account has been blocked. Please contact support."


class AccountSuspended(AccessDenied):
    """An administrator suspended the account; the message says until when, where that is known."""

    code = "account_suspended"
    message = "Your account is suspended. Please contact support."

    def __init__(self, until: datetime | None = None) -> None:
        self.until = until
        super().__init__(f"Your account is suspended until {_in_utc(until)}." if until else None)


class EmailNotVerified(AccessDenied):
    """The service lets in only people who have confirmed their e-mail address, and this one has not."""

    code = "email_not_verified"
    message = "Please confirm your e-mail address first: follow the link in the mail we sent you."


class PasswordResetRequired(AccessDenied):
    """The password must be replaced, by way of a mailed link, before anybody gets in."""

    code = "password_reset_required"
    message = "Please choose a new password first: ask for a password reset and follow the link in the mail."


class WrongPassword(AccessDenied):
    """The current password, asked for before an important change, is another one."""

    code = "wrong_password"
    message = "The current password is wrong."


class NotFound(DomainError):
    """What was asked for does not exist."""


class UserNotFound(NotFound):
    """There is no user with this id."""

    code = "user_not_found"
    message = "There is no such user."


class SessionNotFound(NotFound):
    """There is no session with this id among those the caller may see."""

    code = "session_not_found"
    message = "There is no such session."


class MailNotFound(NotFound):
    """There is no unsent mail with this id."""

    code = "mail_not_found"
    message = "There is no such mail waiting."


class Conflict(DomainError):
    """The request is fine by itself and contradicts what is stored."""


class EmailAlreadyRegistered(Conflict):
    """Another account has this e-mail address."""

    code = "email_already_registered"
    message = "There is already an account with this e-mail address."


class SessionLimitReached(Conflict):
    """The account has as many sessions as are allowed; one of them has to end first."""

    code = "session_limit_reached"
    message = "You are logged in on too many devices. Please log out on one of them first."


class AlreadyAdmin(Conflict):
    """The user to promote is an administrator already; nothing was changed."""

    code = "already_admin"
    message = "This user is already an administrator."


class LastAdmin(Conflict):
    """Without this administrator there would be none who can log in; make somebody else one first."""

    code = "last_admin"
    message = "This is the last administrator. Please make somebody else one first."


class SigningKeysNotUsed(Conflict):
    """There is no key to rotate: access tokens are signed with a shared secret."""

    code = "signing_keys_not_used"
    message = "Access tokens are signed with a shared secret here, not with a key set: there is no key to rotate."


class NextKeyAlreadyPublished(Conflict):
    """The key to sign with next is published already: another one would take its place before it is of any use."""

    code = "next_key_already_published"
    message = "The next key is published already and takes over by itself."

    def __init__(self, begins: datetime | None = None) -> None:
        super().__init__(f"{self.message[:-1]}, at {_in_utc(begins)}." if begins else None)


class AuditMonthDamaged(Conflict):
    """A month of the audit trail is not as it was sealed. It is kept, so that what happened can be found out."""

    code = "audit_month_damaged"
    message = "This month of the audit trail is not as it was sealed; see `user-service audit verify`."

    def __init__(self, month: date | None = None) -> None:
        super().__init__(
            f"{month:%Y-%m} of the audit trail is not as it was sealed; see audit verify." if month else None
        )


class AuditMonthUnsealed(Conflict):
    """Entries of a month of the audit trail wait for a seal, or came while the month was being given up."""

    code = "audit_month_unsealed"
    message = "Entries of this month of the audit trail wait for a seal; please try again when they have one."

    def __init__(self, month: date | None = None) -> None:
        super().__init__(f"Entries of {month:%Y-%m} wait for a seal; try again when they have one." if month else None)


class PreconditionFailed(DomainError):
    """The record changed since the caller read it; read it again and decide anew."""

    code = "precondition_failed"
    message = "This was changed by somebody else in the meantime. Please reload and try again."


class RateLimited(DomainError):
    """This was done too often, or too soon again. `retry_after` says when it may be done again, in whole seconds."""

    code = "rate_limited"
    message = "Too many requests. Please wait a moment and try again."

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__()


class Unavailable(DomainError):
    """The service cannot answer now. `retry_after` is a hint, in whole seconds, when to try again."""

    retry_after: ClassVar[int] = 1


class StorageUnavailable(Unavailable):
    """The database did not answer, or not in time. A write that fails this way may or may not have happened."""

    code = "storage_unavailable"
    message = "The service is temporarily unavailable. Please try again in a moment."


class ArchiveUnavailable(Unavailable):
    """The archive of the audit trail cannot be written or read. Nothing was given up."""

    code = "archive_unavailable"
    message = "The archive cannot be used now."


class Overloaded(Unavailable):
    """More work is waiting than can be done in time; this request was turned away before it cost anything."""

    code = "overloaded"
    message = "The service is very busy. Please try again in a moment."


def _in_utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
