"""Sessions, for reading."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from user_domain.entities.session import Session
    from user_domain.entities.user import User
    from user_domain.value_objects.ids import SessionHandle


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

        This is the hot path: one round trip, and never an answer from before a commit that the caller has seen.
        """
