"""What an access token says, and for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.value_objects.access_token import AccessTokenClaims

if TYPE_CHECKING:
    from datetime import timedelta

    from user_domain.entities.session import NewSession
    from user_domain.entities.user import User


def claims(user: User, session: NewSession, *, token_id: str, lifetime: timedelta) -> AccessTokenClaims:
    """The claims of a session's first token: never good for longer than the session."""
    return AccessTokenClaims(
        token_id=token_id,
        user_id=user.id,
        session=session.handle,
        email=user.email,
        name=user.name,
        role=user.role,
        issued_at=session.started_at,
        expires_at=min(session.started_at + lifetime, session.expires_at),
    )
