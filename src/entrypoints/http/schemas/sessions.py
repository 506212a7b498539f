"""Sessions on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from entrypoints.http.schemas.common import Timestamp
from user_domain.entities.session import EndReason

if TYPE_CHECKING:
    from user_domain.steps.session_list import ListedSession


class SessionResource(BaseModel):
    """A session: one login of one device."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 42,
                "user_id": 7,
                "login_time": "2026-03-14T15:09:26.535897Z",
                "last_seen": "2026-03-15T08:00:00.000000Z",
                "logout_time": None,
                "expires_at": "2026-04-13T15:09:26.535897Z",
                "ip_address": "203.0.113.7",
                "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0",
                "device": "Firefox on Linux",
                "is_active": True,
                "is_current": True,
                "end_reason": None,
            }
        }
    )

    id: int
    user_id: int
    login_time: Timestamp
    last_seen: Timestamp = Field(description="To about a minute.")
    logout_time: Timestamp | None = Field(
        None, description="When it was ended; null for one that lives or has expired."
    )
    expires_at: Timestamp = Field(description="When it ends, unless it is used or refreshed.")
    ip_address: str | None
    user_agent: str | None
    device: str | None = Field(description="Browser and system in words, as far as they are known.")
    is_active: bool
    is_current: bool = Field(description="Whether it is the one this request came with.")
    end_reason: EndReason | None = None

    @classmethod
    def of(cls, listed: ListedSession, *, is_current: bool) -> SessionResource:
        """The session, and how it stands. Not validated again: it comes from the domain."""
        session = listed.session
        return cls.model_construct(
            id=session.id,
            user_id=session.user_id,
            login_time=session.started_at,
            last_seen=session.last_seen_at,
            logout_time=session.ended_at,
            expires_at=listed.ends_at,
            ip_address=session.ip_address,
            user_agent=session.user_agent,
            device=listed.device.in_words,
            is_active=listed.is_live,
            is_current=is_current,
            end_reason=session.end_reason,
        )


class SessionsEnded(BaseModel):
    """How many sessions were ended."""

    model_config = ConfigDict(json_schema_extra={"example": {"message": "You are logged out.", "sessions_ended": 3}})

    message: str
    sessions_ended: int
