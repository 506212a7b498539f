"""The tokens of a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.policies import access_token
from user_domain.value_objects.refresh_token import RefreshToken
from user_domain.value_objects.token_pair import TokenPair

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.session import NewSession, Session
    from user_domain.entities.user import User
    from user_domain.policies.session import SessionPolicy
    from user_domain.ports.access_token_codec import AccessTokenCodec
    from user_domain.ports.refresh_token_codec import RefreshTokenCodec
    from user_domain.ports.secret_source import SecretSource


class SessionTokens:
    """Makes an access token, and the refresh token of a generation. Nothing of either is stored. Whoever asks has
    asked the access policy before.
    """

    def __init__(
        self,
        *,
        access_tokens: AccessTokenCodec,
        refresh_tokens: RefreshTokenCodec,
        secrets: SecretSource,
        sessions: SessionPolicy,
    ) -> None:
        self._access_tokens = access_tokens
        self._refresh_tokens = refresh_tokens
        self._secrets = secrets
        self._sessions = sessions

    def require_ready(self, *, at: datetime) -> None:
        """Make sure that tokens could be issued at a moment: a token that was spent, or a session that was started,
        for an answer that never comes would be lost.

        Raises:
            StorageUnavailable: there is no key to sign with.
        """
        self._access_tokens.require_ready(at=at)

    def issue(self, user: User, session: NewSession | Session, *, generation: int, at: datetime) -> TokenPair:
        """The tokens a session goes on with."""
        claims = access_token.claims(
            user, session, token_id=self._secrets.token_id(), lifetime=self._sessions.token_lifetime, at=at
        )
        return TokenPair(
            access_token=self._access_tokens.issue(claims),
            expires_in=claims.expires_at - at,
            refresh_token=self._refresh_tokens.issue(RefreshToken(session.handle, generation)),
            refresh_expires_in=self._sessions.ends_at(session.expires_at, last_seen_at=at) - at,
        )
