"""Mail that has not left, for those who look after it."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from user_domain.entities.mail import UnsentMail
    from user_domain.value_objects.ids import MailId


class MailQueries(Protocol):
    """Answers what was committed before the question was put; locks nothing."""

    @abstractmethod
    async def unsent(self, *, limit: int, after: MailId | None = None) -> list[UnsentMail]:
        """Mails that wait or are dead, in the order of their ids, beginning after one of them. Every page costs the
        same."""
