"""What was taken back lately, for services that verify access tokens themselves."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from user_domain.value_objects.ids import SessionHandle, UserId

if TYPE_CHECKING:
    from datetime import datetime

_BEFORE_ANY_HANDLE, _BEHIND_EVERY_HANDLE = SessionHandle("0" * 32), SessionHandle("f" * 32)
_BEFORE_ANY_USER = UserId(0)


@dataclass(frozen=True, slots=True, order=True)
class RevocationPosition:
    """A place in the order of revocations: by time, then sessions by handle, then users by number."""

    at: datetime
    handle: SessionHandle = _BEFORE_ANY_HANDLE
    user_id: UserId = _BEFORE_ANY_USER


@dataclass(frozen=True, slots=True)
class EndedSession:
    """A session that was ended before its time: no token that names it is good any more."""

    handle: SessionHandle
    ended_at: datetime

    @property
    def position(self) -> RevocationPosition:
        """Its place."""
        return RevocationPosition(self.ended_at, self.handle)


@dataclass(frozen=True, slots=True)
class CutOffUser:
    """A user whom an admin or a report has cut off: no token issued before that moment is good any more."""

    user_id: UserId
    not_before: datetime

    @property
    def position(self) -> RevocationPosition:
        """The user's place: behind the sessions of the same moment."""
        return RevocationPosition(self.not_before, _BEHIND_EVERY_HANDLE, self.user_id)


Revocation: TypeAlias = EndedSession | CutOffUser


class RevocationQueries(Protocol):
    """Answers what was committed before the question was put; locks nothing."""

    @abstractmethod
    async def after(self, position: RevocationPosition, *, limit: int) -> list[Revocation]:
        """The revocations behind a position, in the order of their own, and no more than `limit`. Every page costs the
        same, however many there are.

        A user is among them by the latest of: blocked, suspended, told to reset the password, as far as the account
        still says so; that a suspension is over by now changes nothing about the tokens issued before it. Sessions
        that merely expired are not: their tokens did so with them.

        What is committed later may lie before a position that was read already: the time of a revocation is when it
        was decided.
        """
