"""Mail, waiting to be sent."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.mail import Mail
    from user_domain.entities.one_time_token import OneTimeToken
    from user_domain.entities.user import User


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedMail:
    """A mail to send now, with what its text is made of. `attempt` counts from 1, `until` is the end of the lease: both
    together tell one claim from another, since a mail that is revived is counted anew. `user` is None where the mail
    goes to whoever has the address."""

    mail: Mail
    attempt: int
    until: datetime
    user: User | None
    tokens: tuple[OneTimeToken, ...]


class MailTaken(Exception):
    """Somebody else has the mail by now, because this sender took too long; it is theirs to deal with."""


class MailQueue(Protocol):
    """The mails that have not left. Any number of senders work on it at once. What one of them says of a mail that
    another one has claimed since, because the first took too long, changes nothing; except that what has left has left.
    """

    @abstractmethod
    async def claim(self, *, at: datetime, until: datetime) -> ClaimedMail | None:
        """Take the mail that has been due the longest; None where none is. Nobody else gets it before `until`; then, if
        nothing was heard of it, somebody else does: whoever had it may be dead. Committed when this returns; takers
        never wait for one another."""

    @abstractmethod
    async def remove(self, claimed: ClaimedMail) -> None:
        """The mail has left, or is not needed any more; whoever has claimed it since finds it gone."""

    @abstractmethod
    async def postpone(self, claimed: ClaimedMail, *, until: datetime, error: str) -> None:
        """The mail was not taken; it is due again at `until`."""

    @abstractmethod
    async def bury(self, claimed: ClaimedMail, *, at: datetime, error: str) -> None:
        """The mail will not be taken: it is dead, and kept until somebody decides."""

    @abstractmethod
    async def next_due(self) -> datetime | None:
        """When the next mail is due, which may be in the past; None where none waits."""
