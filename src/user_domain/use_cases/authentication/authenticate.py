"""Recognise who holds an access token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.errors import SessionEnded, TokenInvalid, TokenMissing

if TYPE_CHECKING:
    from user_domain.policies.access import AccessPolicy
    from user_domain.ports.access_token_codec import AccessTokenCodec
    from user_domain.ports.clock import Clock
    from user_domain.ports.session_queries import Login, SessionQueries


class Authenticate:
    """Whoever holds a genuine token of a live session is its user, as that user is now: role and standing come from
    the store, not from the token, so that every change of them counts from the next request on.
    """

    def __init__(
        self, *, access_tokens: AccessTokenCodec, sessions: SessionQueries, access: AccessPolicy, clock: Clock
    ) -> None:
        self._access_tokens = access_tokens
        self._sessions = sessions
        self._access = access
        self._clock = clock

    async def execute(self, token: str | None) -> Login:
        """The user and the session.

        Raises:
            TokenMissing, TokenInvalid, TokenExpired: there is no good token.
            SessionEnded: the token is good and its session is over.
            AccessDenied: the session lives and the access policy says no; the gravest reason.
        """
        if token is None:
            raise TokenMissing
        now = self._clock.now()
        subject = self._access_tokens.read(token, at=now)
        login = await self._sessions.login_by_handle(subject.session)
        if login is None or not login.session.is_live(now):
            raise SessionEnded
        if login.user.id != subject.user_id:
            raise TokenInvalid
        for reason in self._access.denials(login.user, at=now):
            raise reason
        return login
