"""The audit entry: one thing that happened, for good."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.value_objects.client_info import ClientInfo
    from user_domain.value_objects.ids import AuditEntryId, UserId


class AuditAction(StrEnum):
    """What happened, as `subject:action[:outcome]`. Stored as text: a member may be added, never respelled."""

    USER_REGISTER = "user:register"
    USER_REGISTER_REFUSED = "user:register:refused"
    USER_PROFILE_CHANGE = "user:profile-change"
    USER_PROFILE_CHANGE_REFUSED = "user:profile-change:refused"
    USER_VERIFICATION_REQUEST = "user:verification-request"
    USER_VERIFY_EMAIL = "user:verify-email"
    USER_NOT_ME = "user:not-me"
    USER_CREATE = "user:create"
    USER_CREATE_REFUSED = "user:create:refused"
    USER_BLOCK = "user:block"
    USER_BLOCK_REFUSED = "user:block:refused"
    USER_UNBLOCK = "user:unblock"
    USER_UNBLOCK_REFUSED = "user:unblock:refused"
    USER_SUSPEND = "user:suspend"
    USER_SUSPEND_REFUSED = "user:suspend:refused"
    USER_ROLE_CHANGE = "user:role-change"
    USER_ROLE_CHANGE_REFUSED = "user:role-change:refused"
    USER_REQUIRE_PASSWORD_RESET = "user:require-password-reset"  # noqa: S105 - an action
    USER_REQUIRE_PASSWORD_RESET_REFUSED = "user:require-password-reset:refused"  # noqa: S105 - an action
    EMAIL_CHANGE_REQUEST = "email:change-request"
    EMAIL_CHANGE_REQUEST_REFUSED = "email:change-request:refused"
    EMAIL_CHANGE = "email:change"
    EMAIL_CHANGE_REFUSED = "email:change:refused"
    EMAIL_CHANGE_UNDO = "email:change-undo"
    PASSWORD_RESET_REQUEST = "password:reset-request"  # noqa: S105 - an action
    PASSWORD_RESET = "password:reset"  # noqa: S105 - an action
    PASSWORD_RESET_REFUSED = "password:reset:refused"  # noqa: S105 - an action
    PASSWORD_CHANGE = "password:change"  # noqa: S105 - an action
    PASSWORD_CHANGE_REFUSED = "password:change:refused"  # noqa: S105 - an action
    TOKEN_REFUSED = "token:redeem:refused"  # noqa: S105 - an action
    SESSION_LOGIN_SUCCESS = "session:login:success"
    SESSION_LOGIN_FAILURE = "session:login:failure"
    SESSION_LOGIN_DENIED = "session:login:denied"
    SESSION_LOGOUT = "session:logout"
    SESSION_LOGOUT_ALL = "session:logout-all"
    SESSION_REVOKE = "session:revoke"
    SESSION_EVICT = "session:evict"
    SESSION_MOVE_REFUSED = "session:move:refused"
    SESSION_REFRESH_REUSED = "session:refresh:reused"
    SESSION_REFRESH_DENIED = "session:refresh:denied"
    OPERATION_FORBIDDEN = "operation:call:forbidden"
    ADMIN_CREATE = "admin:create"
    ADMIN_PROMOTE = "admin:promote"
    AUDIT_RETAIN = "audit:retain"
    AUDIT_EXPORT = "audit:export"
    MAIL_RETRY = "mail:retry"
    KEY_ROTATE = "key:rotate"
    KEY_EMERGENCY_ROTATE = "key:emergency-rotate"
    KEY_RESEAL = "key:reseal"
    KEY_REMOVE = "key:remove"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field before and after. Never a secret."""

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Who did what to whom, when and from where.

    `actor_id` is None where nobody was recognised or an operator acted from the command line; `target_id` is None
    where no account was concerned (a login with an unknown address). `reason` is the code of the error an attempt
    was refused with. `unknown_address` is what somebody typed where nobody has that address: people type passwords
    there, so the trail keeps a digest of it that tells no more than whether it came again.
    """

    action: AuditAction
    at: datetime
    actor_id: UserId | None
    target_id: UserId | None
    client: ClientInfo
    reason: str | None = None
    changes: tuple[FieldChange, ...] = ()
    unknown_address: str | None = field(default=None, repr=False)

    @classmethod
    def about_oneself(
        cls, action: AuditAction, user_id: UserId, *, at: datetime, client: ClientInfo, reason: str | None = None
    ) -> AuditEntry:
        """Something that people did to their own account."""
        return cls(action=action, at=at, actor_id=user_id, target_id=user_id, client=client, reason=reason)

    @property
    def whose_origin(self) -> UserId | None:
        """Whom the client tells something of: who acted, or else whose account it was about."""
        return self.target_id if self.actor_id is None else self.actor_id

    @property
    def whose_changes(self) -> UserId | None:
        """Whom the changes tell something of: whose account it is, or else who acted."""
        return self.actor_id if self.target_id is None else self.target_id


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEntry:
    """An entry as the trail has it. `address_digest` stands for an unknown address, in hex; it is the same for the same
    address within a month (UTC). `is_erased` says that something of the entry cannot be read any more, as the person
    was erased: then it has no origin, or no changes.
    """

    id: AuditEntryId
    entry: AuditEntry
    address_digest: str | None = None
    is_erased: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """An entry as it is stored, to the letter: what a seal is over. `origin` and `changes` are encrypted, the tags
    digests; so it tells of nobody, and can be checked without any key.
    """

    id: AuditEntryId
    at: datetime
    action: str
    actor_id: UserId | None
    target_id: UserId | None
    reason: str | None
    origin: bytes | None = field(repr=False)
    changes: bytes | None = field(repr=False)
    ip_tag: bytes | None
    address_tag: bytes | None
