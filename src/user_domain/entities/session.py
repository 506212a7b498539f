"""The session: one login of one device."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from user_domain.value_objects.client_info import ClientInfo
    from user_domain.value_objects.ids import SessionHandle, SessionId, UserId


class EndReason(StrEnum):
    """Why a session was ended before its time. Stored as text: a member may be added, never respelled."""

    LOGOUT = "logout"
    LOGOUT_ALL = "logout_all"
    REVOKED = "revoked"
    REVOKED_BY_ADMIN = "revoked_by_admin"
    EVICTED = "evicted"
    MOVED = "moved"
    REFRESH_TOKEN_REUSED = "refresh_token_reused"  # noqa: S105 - a reason
    PASSWORD_CHANGE = "password_change"  # noqa: S105 - a reason
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a reason
    EMAIL_CHANGE_UNDO = "email_change_undo"
    NOT_ME = "not_me"
    ACCOUNT_BLOCKED = "account_blocked"
    ACCOUNT_SUSPENDED = "account_suspended"
    PASSWORD_RESET_REQUIRED = "password_reset_required"  # noqa: S105 - a reason
    OTHER = "other"

    @classmethod
    def _missing_(cls, value: object) -> EndReason:  # noqa: ARG003 - enum calls it so
        """A newer release beside this one may end sessions for reasons this one does not know; over is over."""
        return cls.OTHER


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """A session as started, before the store has given a number."""

    handle: SessionHandle
    user_id: UserId
    started_at: datetime
    expires_at: datetime
    ip_address: str | None
    user_agent: str | None

    @classmethod
    def start(
        cls, handle: SessionHandle, user_id: UserId, *, at: datetime, lifetime: timedelta, client: ClientInfo
    ) -> NewSession:
        """A session from now on, for as long as `lifetime` unless it is refreshed."""
        return cls(
            handle=handle,
            user_id=user_id,
            started_at=at,
            expires_at=at + lifetime,
            ip_address=client.ip_address,
            user_agent=client.user_agent,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A stored session. It is live until it is ended or reaches `expires_at`, whichever is first; how long it may lie
    idle is for whoever runs the service to say (`policies.session`).

    `last_seen_at` is when it was used, to about a minute. `refresh_generation` counts the refresh tokens that came
    before the one that is current now, and `refreshed_at` is since when that is so.
    """

    id: SessionId
    handle: SessionHandle
    user_id: UserId
    started_at: datetime
    expires_at: datetime
    last_seen_at: datetime
    refresh_generation: int
    refreshed_at: datetime
    ended_at: datetime | None
    end_reason: EndReason | None
    ip_address: str | None
    user_agent: str | None

    @classmethod
    def started(cls, session_id: SessionId, new: NewSession) -> Session:
        """The session that a new one becomes when the store has given it a number."""
        return cls(
            id=session_id,
            handle=new.handle,
            user_id=new.user_id,
            started_at=new.started_at,
            expires_at=new.expires_at,
            last_seen_at=new.started_at,
            refresh_generation=0,
            refreshed_at=new.started_at,
            ended_at=None,
            end_reason=None,
            ip_address=new.ip_address,
            user_agent=new.user_agent,
        )

    def is_live(self, at: datetime) -> bool:
        """Whether tokens of this session are honoured at a moment."""
        return self.ended_at is None and at < self.expires_at
