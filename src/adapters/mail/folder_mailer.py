"""Mail for development: kept in a folder, and told of."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from user_domain.ports.mailer import MailDeferred, Mailer

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.mail.folder import MailFolder
    from adapters.mail.rendering import LetterWriter
    from user_domain.value_objects.letter import Letter


class FolderMailer(Mailer):
    """Keeps every mail in a folder and announces it in a line, with its link if it has one. That is as good as the mail
    itself: not for where strangers read the log.
    """

    def __init__(self, *, folder: MailFolder, writer: LetterWriter, announce: Callable[[str], None]) -> None:
        self._folder = folder
        self._writer = writer
        self._announce = announce

    async def send(self, letter: Letter) -> None:
        message = await asyncio.to_thread(self._writer.write, letter)
        try:
            await self._folder.keep(message)
        except OSError:
            raise MailDeferred("cannot be kept") from None
        subject, link = self._writer.subject(letter), self._writer.main_link(letter)
        self._announce(f"Mail to {letter.recipient}: {subject}" + (f"  {link}" if link else ""))
