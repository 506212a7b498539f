"""Verification, password and e-mail address, on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from entrypoints.http.schemas.common import MAX_TRIED_PASSWORD, Request, Timestamp
from user_domain.policies.password import MAX_LENGTH, MIN_LENGTH
from user_domain.value_objects.email_address import EmailAddress

if TYPE_CHECKING:
    from user_domain.use_cases.registration.get_verification_status import VerificationStatus

_TOKEN = "q0sXkQp6mJ0q3mRr7n1o5VnQ3h3yJb0m2v0YcW9aZ1E"  # noqa: S105 - an example that opens nothing


class EmailRequest(Request):
    """Which address it is about."""

    model_config = ConfigDict(json_schema_extra={"example": {"email": "john@example.com"}})

    email: str = Field(json_schema_extra={"format": "email", "maxLength": EmailAddress.MAX_LENGTH})


class OneTimeTokenRequest(Request):
    """The token from a mail."""

    model_config = ConfigDict(json_schema_extra={"example": {"token": _TOKEN}})

    token: str = Field(repr=False)


class ResetPasswordRequest(Request):
    """The token from the mail, and the new password."""

    model_config = ConfigDict(json_schema_extra={"example": {"token": _TOKEN, "new_password": "OtherPass456?"}})

    token: str = Field(repr=False)
    new_password: str = Field(
        repr=False, json_schema_extra={"format": "password", "minLength": MIN_LENGTH, "maxLength": MAX_LENGTH}
    )


class ChangePasswordRequest(Request):
    """The password as it is, and as it shall be."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"current_password": "SecurePass123!", "new_password": "OtherPass456?"}}
    )

    current_password: str = Field(repr=False, max_length=MAX_TRIED_PASSWORD, json_schema_extra={"format": "password"})
    new_password: str = Field(
        repr=False, json_schema_extra={"format": "password", "minLength": MIN_LENGTH, "maxLength": MAX_LENGTH}
    )


class Done(BaseModel):
    """A sentence for the person. `success` is always true: what fails is a problem."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"message": "Please look into your mail.", "success": True}}
    )

    message: str
    success: bool = True


class EmailVerified(Done):
    """The address is verified."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"message": "Your e-mail address is confirmed.", "success": True, "is_verified": True}
        }
    )

    is_verified: bool = True


class PasswordChanged(BaseModel):
    """The password is another one."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"message": "Your password is changed.", "sessions_ended": 2}}
    )

    message: str
    sessions_ended: int = Field(description="How many other sessions that ended.")


class VerificationStatusResource(BaseModel):
    """How the verification of an address stands."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "user_id": 7,
                "email": "john@example.com",
                "is_verified": False,
                "verification_sent_at": "2026-03-14T15:09:26.535897Z",
            }
        }
    )

    user_id: int
    email: str
    is_verified: bool
    verification_sent_at: Timestamp | None

    @classmethod
    def of(cls, status: VerificationStatus) -> VerificationStatusResource:
        """The status of a user."""
        return cls(
            user_id=status.user.id,
            email=status.user.email.value,
            is_verified=status.user.is_email_verified,
            verification_sent_at=status.sent_at,
        )
