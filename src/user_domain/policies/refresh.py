"""What a refresh token is worth when the session did not advance by it."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.session import Session

REPEAT_WITHIN = timedelta(seconds=10)
"""How long the token spent last is good for the same successor: for an answer that was lost, and tabs that refresh at
the same instant. Whoever stole it has as long, and no longer than until the successor is used (RFC 9700 4.14.2)."""


class Worth(Enum):
    """What a genuine refresh token of a live session is worth."""

    CURRENT = auto()
    REPEATED = auto()
    REUSED = auto()
    UNKNOWN = auto()


def worth(session: Session, generation: int, *, at: datetime) -> Worth:
    """Judge a token by its generation: `CURRENT` opens the next one, `REPEATED` was spent a moment ago and its
    successor is not, `REUSED` was spent before that, and `UNKNOWN` was never given out by this database, which was
    restored from an older copy.
    """
    match session.refresh_generation - generation:
        case 0:
            return Worth.CURRENT
        case 1 if at < session.refreshed_at + REPEAT_WITHIN:
            return Worth.REPEATED
        case behind if behind > 0:
            return Worth.REUSED
        case _:
            return Worth.UNKNOWN
