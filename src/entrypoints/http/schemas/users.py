"""Users on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from entrypoints.http.schemas.common import MAX_TRIED_PASSWORD, Request, Timestamp
from user_domain.policies.password import MAX_LENGTH, MIN_LENGTH
from user_domain.value_objects.account_status import AccountStatus
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.person_name import PersonName
from user_domain.value_objects.role import Role

if TYPE_CHECKING:
    from user_domain.entities.user import User

# The lengths and formats below only document; the domain enforces them, in its own words.
_NAME = Field(json_schema_extra={"minLength": PersonName.MIN_LENGTH, "maxLength": PersonName.MAX_LENGTH})
_MOBILE = Field(description="8 to 15 digits with an optional +; spaces, dashes and brackets are ignored.")
_LOCALE = Field(None, description="A language tag such as `en` or `fr-CA` (RFC 5646).")


class RegisterRequest(Request):
    """What a person types to open an account."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "John Doe",
                "email": "john@example.com",
                "mobile": "1234567890",
                "password": "SecurePass123!",
            }
        }
    )

    name: str = _NAME
    email: str = Field(json_schema_extra={"format": "email", "maxLength": EmailAddress.MAX_LENGTH})
    mobile: str = _MOBILE
    password: str = Field(
        repr=False,
        description="Upper-case, lower-case, digit and special character; no part of the name or the e-mail address.",
        json_schema_extra={"format": "password", "minLength": MIN_LENGTH, "maxLength": MAX_LENGTH},
    )
    locale: str | None = _LOCALE


class ChangeProfileRequest(Request):
    """The fields to change; those left out stay as they are. One's own e-mail address changes only with the current
    password, and when the new one is confirmed.
    """

    model_config = ConfigDict(json_schema_extra={"example": {"name": "Jane Roe", "locale": "fr"}})

    name: str | None = Field(None, json_schema_extra=_NAME.json_schema_extra)
    mobile: str | None = Field(None, description=_MOBILE.description)
    locale: str | None = _LOCALE
    email: str | None = Field(None, json_schema_extra={"format": "email", "maxLength": EmailAddress.MAX_LENGTH})
    current_password: str | None = Field(
        None, repr=False, max_length=MAX_TRIED_PASSWORD, json_schema_extra={"format": "password"}
    )


class UserResource(BaseModel):
    """A user, as the person and admins see it."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 7,
                "name": "John Doe",
                "email": "john@example.com",
                "mobile": "1234567890",
                "role": "user",
                "status": "active",
                "is_email_verified": False,
                "locale": "en",
                "created_at": "2026-03-14T15:09:26.535897Z",
                "updated_at": "2026-03-14T15:09:26.535897Z",
                "last_login": "2026-03-15T08:00:00.000000Z",
                "pending_email": "john.doe@example.com",
            }
        }
    )

    id: int
    name: str
    email: str
    mobile: str
    role: Role
    status: AccountStatus
    is_email_verified: bool
    locale: str | None
    created_at: Timestamp
    updated_at: Timestamp
    last_login: Timestamp | None
    pending_email: str | None = Field(description="The address that the person wants instead, not yet confirmed.")

    @classmethod
    def of(cls, user: User, *, status: AccountStatus) -> UserResource:
        """The user, and how its account stands. Not validated again: it comes from the domain."""
        return cls.model_construct(
            id=user.id,
            name=user.name.value,
            email=user.email.value,
            mobile=user.mobile.value,
            role=user.role,
            status=status,
            is_email_verified=user.is_email_verified,
            locale=str(user.locale) if user.locale else None,
            created_at=user.created_at,
            updated_at=user.updated_at,
            last_login=user.last_login_at,
            pending_email=user.pending_email.value if user.pending_email else None,
        )


def etag(user: User) -> str:
    """The entity tag of a user resource (RFC 9110 8.8.3)."""
    return f'"{user.version}"'
