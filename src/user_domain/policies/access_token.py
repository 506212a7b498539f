"""What an access token says, and for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.value_objects.access_token import AccessTokenClaims

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from user_domain.entities.session import NewSession, Session
    from user_domain.entities.user import User


def claims(
    user: User, session: NewSession | Session, *, token_id: str, lifetime: timedelta, at: datetime
) -> AccessTokenClaims:
    """The claims of a session's token: never good for longer than the session."""
    return AccessTokenClaims(
        token_id=token_id,
        user_id=user.id,
        session=session.handle,
        email=user.email,
        name=user.name,
        role=user.role,
        issued_at=at,
        expires_at=min(at + lifetime, session.expires_at),
    )
