"""Users on the wire, as admins see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from entrypoints.http.schemas.common import Moment, Request, Timestamp
from entrypoints.http.schemas.users import RegisterRequest, UserResource
from user_domain.entities.user import Suspension
from user_domain.policies.standing import MAX_REASON
from user_domain.value_objects.account_status import AccountStatus

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.user import User
    from user_domain.policies.status_history import StatusPeriod

RoleName = Literal["user", "admin"]

_USER: dict[str, Any] = {
    "id": 7,
    "name": "John Doe",
    "email": "john@example.com",
    "mobile": "1234567890",
    "role": "user",
    "status": "suspended",
    "is_email_verified": True,
    "locale": "en",
    "created_at": "2026-03-14T15:09:26.535897Z",
    "updated_at": "2026-03-16T11:30:00.000000Z",
    "last_login": "2026-03-15T08:00:00.000000Z",
    "pending_email": "john.doe@example.com",
    "blocked_at": "2026-03-16T11:30:00.000000Z",
    "blocked_by": 1,
    "blocked_reason": "late payment",
    "blocked_until": "2026-03-23T00:00:00.000000Z",
    "version": 3,
}
_NEW_USER = {field: value for field, value in _USER.items() if not field.startswith(("blocked", "pending", "last"))} | {
    "name": "Jane Roe",
    "email": "jane.roe@example.com",
    "mobile": "+491701234567",
    "status": "active",
    "updated_at": "2026-03-14T15:09:26.535897Z",
    "version": 1,
}

# The length only documents; the domain enforces it, in its own words.
_REASON = Field(
    None,
    description="Why, for other admins; the person is not told.",
    json_schema_extra={"minLength": 1, "maxLength": MAX_REASON},
)


class AdminUserResource(UserResource):
    """A user, and who has shut the account, why and until when; of a block and a suspension at once, the block."""

    model_config = ConfigDict(json_schema_extra={"example": _USER})

    # None by default only so that examples may leave it out: an OpenAPI document shows no null.
    blocked_at: Timestamp | None = Field(None, description="Since when it is blocked or suspended.")
    blocked_by: int | None = Field(None, description="The admin who did it.")
    blocked_reason: str | None = None
    blocked_until: Timestamp | None = Field(
        None, description="When the suspension lifts itself; null: an admin has to."
    )
    version: int

    @classmethod
    def seen_by_admins(cls, user: User, *, status: AccountStatus, at: datetime) -> AdminUserResource:
        """The user as it stands at a moment. Not validated again: it comes from the domain."""
        shut = user.block or (user.suspension if user.suspension and user.suspension.holds(at) else None)
        return cls.model_construct(
            **dict(UserResource.of(user, status=status)),
            blocked_at=shut.at if shut else None,
            blocked_by=shut.by if shut else None,
            blocked_reason=shut.reason if shut else None,
            blocked_until=shut.until if isinstance(shut, Suspension) else None,
            version=user.version,
        )


class BlockRequest(Request):
    """Why an account is to be blocked."""

    model_config = ConfigDict(json_schema_extra={"example": {"reason": "spam"}})

    reason: str | None = _REASON


class SuspendRequest(Request):
    """Until when an account is to be suspended, and why."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"reason": "late payment", "until": "2099-03-23T00:00:00Z"}}
    )

    reason: str | None = _REASON
    until: Moment | None = Field(
        None, description="When the suspension lifts itself, RFC 3339 with an offset; without it an admin has to."
    )


class RoleRequest(Request):
    """What somebody is to be."""

    model_config = ConfigDict(json_schema_extra={"example": {"role": "admin"}})

    role: RoleName | None = Field(None, description="Here, or as `?new_role=`.")


class CreateUserRequest(RegisterRequest):
    """Somebody for whom an admin opens an account."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "Jane Roe",
                "email": "jane.roe@example.com",
                "mobile": "+49 170 1234567",
                "password": "SecurePass123!",
                "role": "user",
            }
        }
    )

    role: RoleName


class UserChanged(BaseModel):
    """What was done, and the user as it is now."""

    model_config = ConfigDict(json_schema_extra={"example": {"message": "The account is suspended.", "user": _USER}})

    message: str
    user: AdminUserResource


class CreatedUserResource(AdminUserResource):
    """The user whose account was opened."""

    model_config = ConfigDict(json_schema_extra={"example": _NEW_USER | {"message": "The account is open."}})

    last_login: Timestamp | None = None
    pending_email: str | None = None
    message: str


class StatusPeriodResource(BaseModel):
    """How an account stood for a while, since an admin changed that."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "status": "suspended",
                "since": "2026-03-16T11:30:00.000000Z",
                "until": "2026-03-23T00:00:00.000000Z",
                "by": 1,
                "reason": "late payment",
            }
        }
    )

    status: AccountStatus
    since: Timestamp
    until: Timestamp | None = Field(
        description="When it ended, or will end by itself; null where it goes on until somebody changes it."
    )
    by: int | None = Field(description="The admin who did it.")
    reason: str | None

    @classmethod
    def of(cls, period: StatusPeriod) -> StatusPeriodResource:
        """A period of the history."""
        change = period.change
        return cls(status=change.status, since=change.since, until=period.until, by=change.by, reason=change.reason)
