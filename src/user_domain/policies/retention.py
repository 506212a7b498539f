"""How long what is over is kept. The audit trail is not here: it has rules of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

SESSIONS = timedelta(days=90)
"""After a session is over: what device and network an account was used with says which login is new to it, and where
somebody was logged in is what people and admins look up after an incident.
"""

TOKENS = timedelta(days=30)
"""After a one-time token has expired, which is within a week of its issue, also where it was used or void before: until
then a second try of it has an answer of its own, an undo keeps its address reserved, and afterwards support can still
see that it was sent. Never before it has expired.
"""

DEAD_MAILS = timedelta(days=90)
"""After a mail has died: long enough for somebody to look at it and have it tried again. What it was to tell is of no
use to anybody by then.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPolicy:
    """The rules, for a service whose sessions live for `longest_session` at most, and whose verifiers are told for
    `revocation_window` that a session was ended: no session goes before that.
    """

    longest_session: timedelta
    revocation_window: timedelta

    def sessions_over_by(self, at: datetime) -> datetime:
        """Sessions that were over by this moment may go."""
        return at - max(SESSIONS, self.revocation_window)

    def sessions_started_by(self, at: datetime) -> datetime:
        """Of sessions that nobody ended those that started by this moment were over by the other one, however often
        they were refreshed. One that was refreshed seldom waits until here too: when a session starts never changes,
        so it can be looked up without a cost to each refresh.
        """
        return self.sessions_over_by(at) - self.longest_session

    def tokens_expired_by(self, at: datetime) -> datetime:
        """One-time tokens that had expired by this moment may go."""
        return at - TOKENS

    def mails_dead_by(self, at: datetime) -> datetime:
        """Mails that were dead by this moment may go."""
        return at - DEAD_MAILS

    def pauses_over_by(self, at: datetime) -> datetime:
        """Pauses that were over by this moment may go: they keep nobody from anything any more."""
        return at
