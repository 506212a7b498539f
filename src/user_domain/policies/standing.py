"""What it means for people that an admin shuts their account or opens it again."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import FieldChange
from user_domain.entities.status_change import NewStatusChange
from user_domain.entities.user import Suspension
from user_domain.errors import InvalidInput, Violation
from user_domain.value_objects.account_status import AccountStatus
from user_domain.value_objects.letter import MailKind

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.user import User
    from user_domain.value_objects.ids import UserId

MAX_REASON = 500
"""Characters; a note for other admins, no file."""

_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
# Unicode UAX #9: these turn the reading direction of whatever is printed after them.
_DIRECTION_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def reason(raw: str | None) -> str | None:
    """Why, as an admin typed it for other admins; None where nothing was said.

    Raises:
        InvalidInput: `too_short`, `too_long` or `invalid_characters`, for the field `reason`.
    """
    if raw is None:
        return None
    text = raw.strip()
    if not text:
        raise InvalidInput([Violation("reason", "too_short", "The reason is empty; leave it out if there is none.")])
    if len(text) > MAX_REASON:
        raise InvalidInput([Violation("reason", "too_long", f"The reason has more than {MAX_REASON} characters.")])
    if {unicodedata.category(c) for c in text} & _FORBIDDEN_CATEGORIES or not _DIRECTION_CONTROLS.isdisjoint(text):
        message = "The reason has characters that cannot be printed, such as line breaks."
        raise InvalidInput([Violation("reason", "invalid_characters", message)])
    return text


def require_future(until: datetime | None, *, at: datetime) -> None:
    """A suspension ends after it began.

    Raises:
        InvalidInput: `not_in_the_future`, for the field `until`.
    """
    if until is not None and until <= at:
        raise InvalidInput([Violation("until", "not_in_the_future", "The end of a suspension lies in the future.")])


def change(before: User, after: User, *, by: UserId, at: datetime) -> NewStatusChange | None:
    """The change as the history tells it; None where the account stands as before. What shuts an account most gravely
    is what counts: a suspension behind a block makes no difference, since they are lifted together.
    """
    shut = after.block or after.suspension_at(at)
    if shut == (before.block or before.suspension_at(at)):
        return None
    if after.block is not None:
        status, until = AccountStatus.BLOCKED, None
    elif isinstance(shut, Suspension):
        status, until = AccountStatus.SUSPENDED, shut.until
    else:
        status, until = AccountStatus.ACTIVE, None
    return NewStatusChange(
        user_id=after.id, status=status, since=at, until=until, by=by, reason=shut.reason if shut else None
    )


def news(before: User, after: User, *, at: datetime) -> MailKind | None:
    """What the person is to be told; None where nothing has changed that concerns them, such as the reason."""
    if after.block is not None:
        return MailKind.ACCOUNT_BLOCKED if before.block is None else None
    then, now = before.suspension_at(at), after.suspension_at(at)
    if now is not None:
        return MailKind.ACCOUNT_SUSPENDED if then is None or then.until != now.until else None
    return MailKind.ACCOUNT_UNBLOCKED if before.block is not None or then is not None else None


def changes(before: User, after: User) -> tuple[FieldChange, ...]:
    """What differs between two states of an account, for the audit trail."""
    old, new = _facts(before), _facts(after)
    return tuple(FieldChange(field, old[field], new[field]) for field in new if old[field] != new[field])


def _facts(user: User) -> dict[str, str | None]:
    block, suspension = user.block, user.suspension
    return {
        "blocked_at": _moment(block.at if block else None),
        "blocked_by": _number(block.by if block else None),
        "blocked_reason": block.reason if block else None,
        "suspended_at": _moment(suspension.at if suspension else None),
        "suspended_by": _number(suspension.by if suspension else None),
        "suspended_reason": suspension.reason if suspension else None,
        "suspended_until": _moment(suspension.until if suspension else None),
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="microseconds")


def _number(number: int | None) -> str | None:
    return None if number is None else str(number)
