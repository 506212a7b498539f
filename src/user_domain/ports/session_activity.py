"""When sessions were used."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.value_objects.ids import SessionHandle


class SessionActivity(Protocol):
    """Collects what is seen and writes it down now and then, so that no request waits for it. What is noted and not
    yet written is lost with the process, and no loss: the next request is noted too. So is that of a session which
    somebody is refreshing or ending at that moment.

    Who was there on which day, by the calendar in force, comes from here too: a user is counted once a day, however
    many processes and sessions tell of it. There it is no loss that is accepted while the process lives: what somebody
    holds at that moment is written the next time."""

    @abstractmethod
    def note(self, handle: SessionHandle, *, at: datetime) -> None:
        """A session was used, so its user was there. Plain, not async: it never waits."""

    @abstractmethod
    async def write_down(self) -> None:
        """Write down what was noted. A session is written at most once a minute however many processes note it, and
        never to an earlier moment; one that is over or unknown is left out. A user was there also where the session is
        over by now.

        Raises:
            StorageUnavailable: what was noted is dropped then; it must not pile up.
        """
