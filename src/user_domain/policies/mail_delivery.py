"""When a mail that was not taken is tried again."""

from __future__ import annotations

from datetime import timedelta

LEASE = timedelta(minutes=2)
"""How long whoever has taken a mail may take to send it before another one does. A mailer gives up long before."""

MAX_ATTEMPTS = 20
"""After so many, which takes seven hours or so, a mail is dead: somebody has to look at it."""

_LONGEST = timedelta(hours=1)


def pause(attempts: int, *, jitter: float) -> timedelta:
    """How long to wait after a number of attempts: doubled each time, from 2 to 4 seconds at first, up to an hour.
    `jitter` from 0 to 1 spreads those that failed together.
    """
    longest = min(_LONGEST, timedelta(seconds=4) * (1 << min(attempts, MAX_ATTEMPTS) - 1))
    return longest / 2 + longest / 2 * jitter
