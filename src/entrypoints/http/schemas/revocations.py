"""The revocation feed on the wire."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from entrypoints.http.schemas.common import Timestamp
from user_domain.ports.revocation_queries import CutOffUser, EndedSession

if TYPE_CHECKING:
    from user_domain.use_cases.authentication.list_revocations import RevocationFeed

_RFC_3339_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", re.ASCII)
_EXAMPLE = "2026-03-14T15:09:26.535897Z"


def _as_written_here(text: object) -> object:
    # pydantic would also read a number, a date alone, or a time without a zone.
    if not isinstance(text, str) or not _RFC_3339_UTC.fullmatch(text):
        message = "not a moment"
        raise ValueError(message)
    return text


Since = Annotated[
    datetime,
    BeforeValidator(_as_written_here),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": [_EXAMPLE]}),
]
"""A moment as this API writes it."""


class EndedSessionResource(BaseModel):
    """A session that is over: no token with this `sid` is good any more."""

    sid: str
    ended_at: Timestamp


class CutOffUserResource(BaseModel):
    """A user who was shut out: no token with this `sub` is good whose `iat` is before the second of `not_before`."""

    sub: str
    not_before: Timestamp


class RevocationsResource(BaseModel):
    """What was taken back. The same entries may come again: keep sets."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "sessions": [{"sid": "0196f3c2a1b04f6e8d7c5b4a39281706", "ended_at": _EXAMPLE}],
                "users": [{"sub": "7", "not_before": _EXAMPLE}],
                "next_cursor": None,
                "next_since": "2026-03-14T15:08:27.114003Z",
                "window_seconds": 1860,
            }
        }
    )

    sessions: list[EndedSessionResource]
    users: list[CutOffUserResource]
    next_cursor: str | None = Field(None, description="There is more: ask at once, with this as `cursor`.")
    next_since: Timestamp = Field(
        description="What to ask for next time, as `since`. Where there were several pages, that of the first."
    )
    window_seconds: int = Field(description="How long after it was told an entry can be forgotten.")

    @classmethod
    def of(cls, feed: RevocationFeed, *, next_cursor: str | None) -> RevocationsResource:
        """One answer of the feed."""
        told = feed.revocations
        return cls(
            sessions=[
                EndedSessionResource(sid=one.handle, ended_at=one.ended_at)
                for one in told
                if isinstance(one, EndedSession)
            ],
            users=[
                CutOffUserResource(sub=str(one.user_id), not_before=one.not_before)
                for one in told
                if isinstance(one, CutOffUser)
            ],
            next_cursor=next_cursor,
            next_since=feed.next_since,
            window_seconds=int(feed.window / timedelta(seconds=1)),
        )


def feed_tag(feed: RevocationFeed) -> str | None:
    """The ETag of an answer. A weak one: `next_since` moves on though nothing else has changed. None where there is
    more: that the first page is the same says nothing of those behind it.
    """
    if feed.next_page is not None:
        return None
    told = (
        f"{one.handle} {one.ended_at}" if isinstance(one, EndedSession) else f"{one.user_id} {one.not_before}"
        for one in feed.revocations
    )
    content = "\n".join([str(feed.window), *told])
    return f'W/"{hashlib.sha256(content.encode()).hexdigest()[:32]}"'
