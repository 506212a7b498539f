"""Logging in and out, on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from entrypoints.http.schemas.common import MAX_TRIED_PASSWORD, Request

if TYPE_CHECKING:
    from user_domain.value_objects.token_pair import TokenPair


class LoginRequest(Request):
    """What a person types to log in."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"email": "john@example.com", "password": "SecurePass123!"}}
    )

    email: str
    password: str = Field(repr=False, max_length=MAX_TRIED_PASSWORD, json_schema_extra={"format": "password"})


class TokenForm(Request):
    """The OAuth 2 password grant (RFC 6749 4.3.2); the client fields are accepted and mean nothing here."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"grant_type": "password", "username": "john@example.com", "password": "SecurePass123!"}
        }
    )

    username: str = Field(description="The e-mail address.")
    password: str = Field(repr=False, max_length=MAX_TRIED_PASSWORD, json_schema_extra={"format": "password"})
    grant_type: Literal["password"] = "password"
    scope: str = ""
    client_id: str | None = None
    client_secret: str | None = Field(None, repr=False)


class RefreshRequest(Request):
    """The refresh token that came last."""

    model_config = ConfigDict(json_schema_extra={"example": {"refresh_token": "Qm9vdHN0cmFwcGluZyBhIHNlc3Npb24…"}})

    refresh_token: str = Field(repr=False)


class Tokens(BaseModel):
    """The way in, and the way to stay."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "access_token": "eyJhbGciOi…",
                "token_type": "bearer",
                "expires_in": 1800,
                "refresh_token": "Qm9vdHN0cmFwcGluZyBhIHNlc3Npb24…",
                "refresh_expires_in": 2592000,
            }
        }
    )

    access_token: str = Field(repr=False)
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - a kind of token, not one
    expires_in: int = Field(description="Seconds until the access token expires.")
    refresh_token: str = Field(repr=False, description="Good once, for `/auth/refresh`, which answers the next one.")
    refresh_expires_in: int = Field(description="Seconds until the session ends, unless it is refreshed.")

    @classmethod
    def of(cls, tokens: TokenPair) -> Tokens:
        """The tokens a session goes on with."""
        return cls(
            access_token=tokens.access_token,
            expires_in=int(tokens.expires_in.total_seconds()),
            refresh_token=tokens.refresh_token,
            refresh_expires_in=int(tokens.refresh_expires_in.total_seconds()),
        )


class Message(BaseModel):
    """A sentence for the person."""

    model_config = ConfigDict(json_schema_extra={"example": {"message": "You are logged out."}})

    message: str
