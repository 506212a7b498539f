"""The status change: that an admin has shut an account, or opened it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.value_objects.account_status import AccountStatus
    from user_domain.value_objects.ids import StatusChangeId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStatusChange:
    """A status change, before the store has given a number. `until` is when what began `since` was meant to end by
    itself, as far as that was known then; `by` is the admin.
    """

    user_id: UserId
    status: AccountStatus
    since: datetime
    until: datetime | None
    by: UserId | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChange:
    """A stored status change. Of two changes of one user the later one has the larger number."""

    id: StatusChangeId
    user_id: UserId
    status: AccountStatus
    since: datetime
    until: datetime | None
    by: UserId | None
    reason: str | None

    @classmethod
    def recorded(cls, change_id: StatusChangeId, new: NewStatusChange) -> StatusChange:
        """The change that a new one becomes when the store has given it a number."""
        return cls(
            id=change_id,
            user_id=new.user_id,
            status=new.status,
            since=new.since,
            until=new.until,
            by=new.by,
            reason=new.reason,
        )
