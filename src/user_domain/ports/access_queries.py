"""Why somebody gets in or does not, for reading."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.user import User
    from user_domain.value_objects.client_info import ClientInfo
    from user_domain.value_objects.ids import UserId


class LoginOutcome(StrEnum):
    """What came of an attempt to log in: let in, a wrong password, or a right one that was refused all the same. The
    last word of its action in the audit trail.
    """

    SUCCESS = "success"
    FAILURE = "failure"
    DENIED = "denied"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginAttempt:
    """Somebody tried to log in to an account. `reason` is the code of the error it was refused with."""

    at: datetime
    outcome: LoginOutcome
    client: ClientInfo
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRecord:
    """What decides whether a user gets in, and the attempts made last, the newest first."""

    user: User
    live_sessions: int
    attempts: tuple[LoginAttempt, ...]


class AccessQueries(Protocol):
    """Answers what was committed before the question was put; locks nothing."""

    @abstractmethod
    async def record_of(
        self, user_id: UserId, *, at: datetime, seen_after: datetime | None, attempts: int
    ) -> AccessRecord | None:
        """A user as of one moment, with how many sessions are live at `at` and were seen after `seen_after` (as
        `SessionRepository.lock_holder` counts them), and the newest attempts to log in to the account, no more than so
        many; of one moment that which was written last comes first. None: there is no such user. It costs the same
        however long the audit trail is.
        """
