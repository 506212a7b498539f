"""A mailer that keeps what it is given."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from user_domain.ports.mailer import Mailer, MailNotSent

if TYPE_CHECKING:
    from user_domain.value_objects.letter import Letter


class InMemoryMailer(Mailer):
    """Keeps the letters themselves, and writes nothing."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self._refusals: deque[MailNotSent] = deque()

    async def send(self, letter: Letter) -> None:
        if self._refusals:
            raise self._refusals.popleft()
        self.letters.append(letter)

    def refuse(self, *errors: MailNotSent) -> None:
        """Let the next letters not be taken, each for the next of these reasons."""
        self._refusals.extend(errors)
