"""Mail, as it is decided."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.mail import Mail
    from user_domain.value_objects.ids import MailId


class MailOutbox(Protocol):
    """What is to be mailed, within a unit of work: a mail stands or falls with the change it tells of."""

    @abstractmethod
    async def add(self, mail: Mail) -> None:
        """Put a mail into the queue; whoever sends is woken by the commit."""

    @abstractmethod
    async def address(self, mail: Mail) -> bool:
        """Make the queued request with this id a user's mail, with its tokens. True for exactly one of any number of
        callers; False where it is gone or somebody's by now, and then nothing changes."""

    @abstractmethod
    async def revive(self, mail_id: MailId, *, at: datetime) -> bool:
        """Make a mail due now, dead or waiting, with all its attempts before it; whoever sends is woken by the commit.
        False where it is not there any more."""
