"""The history of an account, as periods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from user_domain.entities.status_change import StatusChange


@dataclass(frozen=True, slots=True)
class StatusPeriod:
    """How an account stood for a while: from a change until a moment, or None where no end is known."""

    change: StatusChange
    until: datetime | None


def periods(changes: Sequence[StatusChange]) -> list[StatusPeriod]:
    """The periods that changes began, given and answered the newest first. A period ends when it was meant to, or when
    the next change came, whichever was earlier; and never before it began, should clocks of replicas differ.
    """
    ends = [None, *(change.since for change in changes)]
    return [StatusPeriod(change, _end(change, end)) for change, end in zip(changes, ends, strict=False)]


def _end(change: StatusChange, next_change: datetime | None) -> datetime | None:
    known = [moment for moment in (change.until, next_change) if moment is not None]
    return max(change.since, min(known)) if known else None
