"""Users on the wire, as admins see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ConfigDict, Field

from entrypoints.http.schemas.common import Timestamp
from entrypoints.http.schemas.users import UserResource
from user_domain.entities.user import Suspension

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.user import User
    from user_domain.value_objects.account_status import AccountStatus


class AdminUserResource(UserResource):
    """A user, and who has shut the account, why and until when; of a block and a suspension at once, the block."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
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
        }
    )

    blocked_at: Timestamp | None = Field(description="Since when it is blocked or suspended.")
    blocked_by: int | None = Field(description="The admin who did it.")
    blocked_reason: str | None
    blocked_until: Timestamp | None = Field(description="When the suspension lifts itself; null: an admin has to.")
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
