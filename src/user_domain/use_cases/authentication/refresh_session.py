"""Go on with a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, AuditEntry
from user_domain.entities.session import EndReason
from user_domain.errors import RefreshTokenInvalid, RefreshTokenReused, StorageUnavailable
from user_domain.policies.refresh import Worth, worth
from user_domain.ports.session_refreshes import RefreshTerms
from user_domain.steps.refusal import refuse_for
from user_domain.value_objects.letter import MailKind

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.policies.access import AccessPolicy
    from user_domain.policies.session import SessionPolicy
    from user_domain.ports.clock import Clock
    from user_domain.ports.refresh_token_codec import RefreshTokenCodec
    from user_domain.ports.session_activity import SessionActivity
    from user_domain.ports.session_queries import Login
    from user_domain.ports.session_refreshes import Refresh, SessionRefreshes
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.steps.postbox import Postbox
    from user_domain.steps.session_end import SessionEnd
    from user_domain.steps.session_tokens import SessionTokens
    from user_domain.value_objects.client_info import ClientInfo
    from user_domain.value_objects.token_pair import TokenPair

_TRIES = 3
"""A token that is good and does not advance its session was overtaken by the same token; asked again, the store shows
what became of that. More than twice in a row is no race but a fault."""


class RefreshSession:
    """Whoever holds the current refresh token of a live session gets the next one, unless the access policy keeps the
    person out. One spent before that, but for a moment's grace, is in two hands: the session ends, and its user is
    told.
    """

    def __init__(
        self,
        *,
        refresh_tokens: RefreshTokenCodec,
        refreshes: SessionRefreshes,
        unit_of_work: UnitOfWorkFactory,
        access: AccessPolicy,
        session_policy: SessionPolicy,
        session_tokens: SessionTokens,
        session_end: SessionEnd,
        activity: SessionActivity,
        postbox: Postbox,
        clock: Clock,
    ) -> None:
        self._refresh_tokens = refresh_tokens
        self._refreshes = refreshes
        self._unit_of_work = unit_of_work
        self._access = access
        self._session_policy = session_policy
        self._session_tokens = session_tokens
        self._session_end = session_end
        self._activity = activity
        self._postbox = postbox
        self._clock = clock

    async def execute(self, *, refresh_token: str, client: ClientInfo) -> TokenPair:
        """The session's next tokens; for a token that is repeated within its grace, the ones it got before.

        Raises:
            RefreshTokenInvalid: it is none of ours, or its session is over.
            RefreshTokenReused: it was spent before; the session is over now.
            AccessDenied: the access policy says no, the gravest reason; the token is not spent.
            StorageUnavailable: there is no key to sign with; the token is not spent.
        """
        token = self._refresh_tokens.read(refresh_token)
        for _ in range(_TRIES):
            now = self._clock.now()
            self._session_tokens.require_ready(at=now)
            refresh = await self._refreshes.advance(token, self._terms(now))
            if refresh is None or not (refresh.has_advanced or self._is_live(refresh, at=now)):
                raise RefreshTokenInvalid
            user, session = refresh.login.user, refresh.login.session
            value = Worth.CURRENT if refresh.has_advanced else worth(session, token.generation, at=now)
            if value is Worth.UNKNOWN:
                raise RefreshTokenInvalid
            if value is Worth.REUSED:
                await self._end_for_safety(refresh.login, at=now, client=client)
                raise RefreshTokenReused
            if self._session_policy.has_moved(session, client):
                await self._session_end.end(session, EndReason.MOVED, client=client)
                raise RefreshTokenInvalid
            if denials := self._access.denials(user, at=now):
                action = AuditAction.SESSION_REFRESH_DENIED
                async with self._unit_of_work() as work:
                    await refuse_for(denials, work, action, user.id, at=now, client=client)
            if refresh.has_advanced or value is Worth.REPEATED:
                self._activity.note(session.handle, at=now)
                return self._session_tokens.issue(user, session, generation=session.refresh_generation, at=now)
        raise StorageUnavailable

    def _terms(self, at: datetime) -> RefreshTerms:
        policy = self._session_policy
        return RefreshTerms(
            at=at,
            sliding=policy.sliding,
            absolute=policy.absolute,
            seen_after=policy.seen_after(at),
            verified_email_required=self._access.verified_email_required,
        )

    def _is_live(self, refresh: Refresh, *, at: datetime) -> bool:
        return self._session_policy.is_live(refresh.login.session, at)

    async def _end_for_safety(self, login: Login, *, at: datetime, client: ClientInfo) -> None:
        async with self._unit_of_work() as work:
            account = await work.users.lock(login.user.id)
            reason = EndReason.REFRESH_TOKEN_REUSED
            if account is None or not await work.sessions.end(login.session.handle, at=at, reason=reason):
                return
            user = account.user
            await work.audit.append(
                AuditEntry.about_oneself(AuditAction.SESSION_REFRESH_REUSED, user.id, at=at, client=client)
            )
            await self._postbox.post(work, MailKind.REFRESH_TOKEN_REUSED, user, at=at, client=client)
            await work.commit()
