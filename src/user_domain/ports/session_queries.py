"""Sessions, for reading."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.session import Session
    from user_domain.entities.user import User
    from user_domain.value_objects.ids import SessionHandle, SessionId, UserId


@dataclass(frozen=True, slots=True)
class Login:
    """A session and whose it is, as of one moment."""

    user: User
    session: Session


class SessionQueries(Protocol):
    """Answers what was committed before the question was put; locks nothing."""

    @abstractmethod
    async def login_by_handle(self, handle: SessionHandle) -> Login | None:
        """The session with this handle, ended ones included, and its user; None where there is none.

        This is the hot path: callers who come at the same time may share a look-up, but nobody gets an answer from
        before a commit that came before the question. A caller that is cancelled takes nobody else along.
        """

    @abstractmethod
    async def by_id(self, session_id: SessionId) -> Session | None:
        """The session with this number, ended ones included; None where there is none."""

    @abstractmethod
    async def live_of_user(
        self,
        user_id: UserId,
        *,
        at: datetime,
        seen_after: datetime | None,
        limit: int,
        before: SessionId | None = None,
    ) -> list[Session]:
        """The sessions of a user that are live at a moment and were seen after another, the newest first; those with a
        smaller number than `before`, where that is given."""

    @abstractmethod
    async def of_user(self, user_id: UserId, *, limit: int, before: SessionId | None = None) -> list[Session]:
        """All sessions of a user that there are, ended and expired ones included, the newest first; those with a
        smaller number than `before`, where that is given. Every page costs the same."""
