"""Tell other services which tokens are good no longer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from user_domain.ports.revocation_queries import RevocationPosition

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from user_domain.ports.clock import Clock
    from user_domain.ports.revocation_queries import Revocation, RevocationQueries

PAGE = 1_000
"""Revocations in one answer: 85 kB, and some 20 ms in which the process does nothing else. More come only when many
people are logged out at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationFeed:
    """One answer. `next_page` leads to the rest where there is more; then, or later, everything from `next_since` on
    is to be asked for. A reader that forgets what it was told `window` ago forgets nothing that a token can name.
    """

    revocations: tuple[Revocation, ...]
    next_page: RevocationPosition | None
    next_since: datetime
    window: timedelta


class ListRevocations:
    """Other services learn which sessions were ended and which users cut off while tokens of theirs may be about. Who
    those services are is for the entry point to know: they hold a secret of their own and are nobody's user.

    A revocation carries the time it was decided and is seen when its transaction commits, on a clock that may differ
    from others. So `next_since` lies a `margin` back: whatever commits by then is told, what was told comes again, and
    readers keep sets. `next_since` belongs to the first page: what commits while somebody reads on is not lost either.
    """

    def __init__(
        self, *, revocations: RevocationQueries, clock: Clock, token_lifetime: timedelta, margin: timedelta
    ) -> None:
        self._revocations = revocations
        self._clock = clock
        self._margin = margin
        self._window = token_lifetime + margin  # readers' clocks differ as well, and they may allow a token for that

    async def execute(self, *, since: datetime | None = None, page: RevocationPosition | None = None) -> RevocationFeed:
        """What was taken back since a moment, as far back as that matters; or behind where a page ended."""
        now = self._clock.now()
        oldest = now - self._window
        start = page or RevocationPosition(max(since or oldest, oldest))
        found = await self._revocations.after(start, limit=PAGE + 1)
        told = found[:PAGE]
        return RevocationFeed(
            revocations=tuple(told),
            next_page=told[-1].position if len(found) > PAGE else None,
            next_since=now - self._margin,
            window=self._window,
        )
