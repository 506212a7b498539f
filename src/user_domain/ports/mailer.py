"""Mail, on its way out."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from user_domain.value_objects.letter import Letter


class MailNotSent(Exception):
    """A mail was not taken. `reason` is kept and shown to operators: a few words or a status code, and nothing of the
    mail, its recipient or what a server said in its own words, which may repeat them.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class MailDeferred(MailNotSent):
    """Not now; another attempt may succeed."""


class MailRejected(MailNotSent):
    """Never; another attempt would be refused in the same way."""


class Mailer(Protocol):
    """Hands mails over to whoever carries them."""

    @abstractmethod
    async def send(self, letter: Letter) -> None:
        """Write the letter in its reader's language and hand it over; when this returns it is somebody else's to
        deliver. The same letter may come twice, after a crash: both times it has the same Message-ID. Never blocks the
        event loop, and gives up within 30 seconds.

        Raises:
            MailDeferred: it was not taken, but may be later.
            MailRejected: it will never be taken.
        """
