"""Mail that goes no further than a folder, for development without a mail server."""

from __future__ import annotations

import asyncio
import contextlib
import email.policy
import mailbox
import os
import re
import secrets
import time
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

_MOST = 200
_KEY = re.compile(r"[0-9]{20}\.(?P<id>[0-9a-f]{32})")
_MESSAGE_ID = re.compile(r"<(?P<id>[0-9a-f]{32})@[^<>\s]+>")


@dataclass(frozen=True, slots=True)
class KeptMail:
    """A mail as somebody reads it. Its parts hold tokens."""

    id: str
    recipient: str
    subject: str
    sent_at: datetime
    text: str = field(repr=False)
    html: str = field(repr=False)


class MailFolder:
    """The last 200 mails, in a Maildir that its owner alone can read. Nothing is created before the first one.

    Several processes may use it at once. A file is called after the moment it was kept and the mail's id, so the order
    of names is the order of mails.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    async def keep(self, message: EmailMessage) -> None:
        """Keep a mail; one with the same Message-ID is replaced. The oldest go when there are more than 200.

        Raises:
            OSError: the disk is full, or not ours to write to.
            ValueError: the Message-ID is not one of ours.
        """
        await asyncio.to_thread(self._keep, message)

    async def newest(self, limit: int = _MOST) -> list[KeptMail]:
        """The newest first."""
        return await asyncio.to_thread(self._newest, limit)

    async def find(self, mail_id: str) -> KeptMail | None:
        """A mail by what its Message-ID has before the @."""
        return await asyncio.to_thread(self._find, mail_id)

    def _keep(self, message: EmailMessage) -> None:
        match = _MESSAGE_ID.fullmatch(str(message["Message-ID"]))
        if match is None:
            raise ValueError("the Message-ID is not one of ours")
        for folder in (self._path, *(self._path / name for name in ("tmp", "new", "cur"))):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = f"{time.time_ns():020d}.{match['id']}"
        self._deliver(key, message.as_bytes())
        with contextlib.suppress(OSError):  # it is kept; another process may be tidying up as well
            self._tidy_up()

    def _deliver(self, key: str, content: bytes) -> None:
        """As `Maildir.add` does, but never with a mode that lets others read it."""
        part = self._path / "tmp" / f"{key}.{secrets.token_hex(8)}"
        try:
            with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                file.write(content)
            part.replace(self._path / "new" / key)
        except BaseException:
            part.unlink(missing_ok=True)
            raise

    def _tidy_up(self) -> None:
        """Remove older copies of a mail, whatever is too old, and what crashes left half written."""
        mails = self._box()
        seen: set[str] = set()
        for key in _keys(mails):
            if _id_of(key) in seen or len(seen) >= _MOST:
                mails.discard(key)
            seen.add(_id_of(key))
        mails.clean()

    def _newest(self, limit: int) -> list[KeptMail]:
        try:
            mails = self._box()
            found: dict[str, KeptMail] = {}
            for key in _keys(mails):
                if len(found) >= min(limit, _MOST):
                    break
                if _id_of(key) not in found and (mail := _read(mails, key)) is not None:
                    found[mail.id] = mail
        except (mailbox.NoSuchMailboxError, FileNotFoundError):  # nothing kept yet
            return []
        return list(found.values())

    def _find(self, mail_id: str) -> KeptMail | None:
        try:
            mails = self._box()
            # Compared, never made a path of: what is asked for comes out of a URL.
            keys = [key for key in _keys(mails) if _id_of(key) == mail_id]
        except (mailbox.NoSuchMailboxError, FileNotFoundError):  # nothing kept yet
            return None
        return next((mail for key in keys if (mail := _read(mails, key)) is not None), None)

    def _box(self) -> mailbox.Maildir:
        return mailbox.Maildir(self._path, create=False)


def _keys(mails: mailbox.Maildir) -> list[str]:
    """The names of our mails, the newest first."""
    return sorted((key for key in mails.keys() if _KEY.fullmatch(key)), reverse=True)  # noqa: SIM118 - not a mapping


def _id_of(key: str) -> str:
    return key.partition(".")[2]


def _read(mails: mailbox.Maildir, key: str) -> KeptMail | None:
    """A mail, unless another process has removed it meanwhile, or the power failed before it was on the disk."""
    try:
        message = BytesParser(EmailMessage, policy=email.policy.default).parsebytes(mails.get_bytes(key))
    except (KeyError, FileNotFoundError):
        return None
    recipient, date = message["To"], message["Date"]
    if recipient is None or date is None:
        return None
    return KeptMail(
        id=_id_of(key),
        recipient=", ".join(address.addr_spec for address in recipient.addresses),
        subject=str(message["Subject"]),
        sent_at=date.datetime,
        text=_part(message, "plain"),
        html=_part(message, "html"),
    )


def _part(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    return "" if part is None else str(part.get_content())
