"""Recognise who holds an access token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.entities.session import EndReason
from user_domain.errors import SessionEnded, TokenInvalid, TokenMissing

if TYPE_CHECKING:
    from user_domain.policies.access import AccessPolicy
    from user_domain.policies.session import SessionPolicy
    from user_domain.ports.access_token_codec import AccessTokenCodec
    from user_domain.ports.clock import Clock
    from user_domain.ports.session_activity import SessionActivity
    from user_domain.ports.session_queries import Login, SessionQueries
    from user_domain.steps.session_end import SessionEnd
    from user_domain.value_objects.client_info import ClientInfo


class Authenticate:
    """Whoever holds a genuine token of a live session is its user, as that user is now: role and standing come from
    the store, not from the token, so that every change of them counts from the next request on. A session that is
    used from too far away ends.
    """

    def __init__(
        self,
        *,
        access_tokens: AccessTokenCodec,
        sessions: SessionQueries,
        access: AccessPolicy,
        session_policy: SessionPolicy,
        session_end: SessionEnd,
        activity: SessionActivity,
        clock: Clock,
    ) -> None:
        self._access_tokens = access_tokens
        self._sessions = sessions
        self._access = access
        self._session_policy = session_policy
        self._session_end = session_end
        self._activity = activity
        self._clock = clock

    async def execute(self, token: str | None, *, client: ClientInfo) -> Login:
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
        if login is None or not self._session_policy.is_live(login.session, now):
            raise SessionEnded
        if login.user.id != subject.user_id:
            raise TokenInvalid
        if self._session_policy.has_moved(login.session, client):
            await self._session_end.end(login.session, EndReason.MOVED, client=client)
            raise SessionEnded
        for reason in self._access.denials(login.user, at=now):
            raise reason
        if self._session_policy.is_worth_noting(login.session, now):
            self._activity.note(login.session.handle, at=now)
        return login
