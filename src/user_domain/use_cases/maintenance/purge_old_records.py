"""Throw away what is past its time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from user_domain.policies.retention import RetentionPolicy
    from user_domain.ports.clock import Clock
    from user_domain.ports.old_records import OldRecords

BATCH = 1_000
"""Records deleted at once: some hundredths of a second, so that whoever needs one of them, or a place in the log, waits
no longer than that.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """How many records went. `is_done` says that nothing is left to go, as far as nobody was working with it."""

    sessions: int
    tokens: int
    mails: int
    pauses: int
    is_done: bool

    @property
    def total(self) -> int:
        """All of them."""
        return self.sessions + self.tokens + self.mails + self.pauses


class PurgeOldRecords:
    """The worker throws away what the retention policy no longer keeps: one batch of each kind, each committed by
    itself. Whoever calls goes on until it is done, and leaves the database time in between. Any number of workers do
    so at once; one that dies in the middle leaves the rest to the next. The audit trail stays.
    """

    def __init__(self, *, records: OldRecords, retention: RetentionPolicy, clock: Clock) -> None:
        self._records = records
        self._retention = retention
        self._clock = clock

    async def execute(self) -> Purged:
        """Delete a batch of each kind."""
        now, records, retention = self._clock.now(), self._records, self._retention
        over_by = retention.sessions_over_by(now)
        ended = await records.delete_ended_sessions(ended_by=over_by, limit=BATCH)
        lapsed = await records.delete_lapsed_sessions(
            expired_by=over_by, started_by=retention.sessions_started_by(now), limit=BATCH
        )
        tokens = await records.delete_tokens(expired_by=retention.tokens_expired_by(now), limit=BATCH)
        mails = await records.delete_dead_mails(dead_by=retention.mails_dead_by(now), limit=BATCH)
        pauses = await records.delete_pauses(over_by=retention.pauses_over_by(now), limit=BATCH)
        return Purged(
            sessions=ended + lapsed,
            tokens=tokens,
            mails=mails,
            pauses=pauses,
            is_done=max(ended, lapsed, tokens, mails, pauses) < BATCH,
        )
