"""Mail by SMTP (RFC 5321), by aiosmtplib."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING

import aiosmtplib

from adapters.mail.smtp_settings import StartTls
from user_domain.ports.mailer import MailDeferred, Mailer, MailNotSent, MailRejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.mail.rendering import LetterWriter
    from adapters.mail.smtp_settings import SmtpSettings
    from user_domain.value_objects.letter import Letter

_QUIT_SECONDS = 1
_ENHANCED = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}(?![0-9.])")  # RFC 3463 2
_HOST_NAME = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
"""Out of anything else, which may be stored though nobody can register with it, aiosmtplib would guess an address."""
_OURS_TO_MEND = frozenset({530, 534, 535, 538})  # RFC 4954 6: about our login, whatever they are an answer to
_REFUSALS = (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPRecipientRefused, aiosmtplib.SMTPDataError)
_FAILURES: tuple[tuple[type[Exception], str], ...] = (
    (ssl.SSLCertVerificationError, "certificate not trusted"),
    (ssl.SSLError, "TLS failed"),
    (TimeoutError, "timeout"),
    (aiosmtplib.SMTPServerDisconnected, "connection lost"),
    (OSError, "no connection"),
)
"""The first that is among what led to an error names it."""


class SmtpMailer(Mailer):
    """Hands every mail over on a connection of its own, within `timeout` seconds, and certificates are verified.

    A mail is rejected only if the server refuses it for good. Whatever an operator can mend (a password, a certificate,
    a server that is down) defers it.
    """

    def __init__(self, *, settings: SmtpSettings, writer: LetterWriter, timeout: float = 20) -> None:
        self._settings = settings
        self._writer = writer
        self._timeout = timeout
        self._tls: ssl.SSLContext | None = None

    async def send(self, letter: Letter) -> None:
        if not _MAILBOX.fullmatch(letter.recipient.value):
            raise MailRejected("not an address")
        client = aiosmtplib.SMTP(
            hostname=self._settings.host,
            port=self._settings.port,
            local_hostname=_own_name(),
            timeout=None,  # there is one for all of it
            use_tls=self._settings.implicit_tls,
            start_tls=False,  # see _secure
        )
        try:
            async with asyncio.timeout(self._timeout):
                sender, content = await asyncio.to_thread(self._written, letter)
                await client.connect(tls_context=await asyncio.to_thread(self._tls_context))
                await self._secure(client)
                if self._settings.user is not None:
                    await client.login(self._settings.user, self._settings.password or "")
                await client.mail(sender)
                await client.rcpt(letter.recipient.value)
                await client.data(content)
            await _take_leave(client)
        except MailNotSent:
            raise
        except (aiosmtplib.SMTPException, OSError) as error:  # a TimeoutError is an OSError
            raise _not_sent(error) from None  # a server's own words may repeat the mail
        finally:
            client.close()

    async def _secure(self, client: aiosmtplib.SMTP) -> None:
        """Encrypt the connection, unless it is or need not be."""
        if self._settings.implicit_tls or self._settings.starttls is StartTls.NEVER:
            return
        with suppress(aiosmtplib.SMTPHeloError):  # a server that old has no STARTTLS, and is greeted anew for the mail
            await client.ehlo()
        if client.supports_extension("starttls"):
            await client.starttls()
        elif self._settings.starttls is StartTls.REQUIRED:
            raise MailDeferred("STARTTLS not offered")

    def _written(self, letter: Letter) -> tuple[str, bytes]:
        message = self._writer.write(letter)
        return message["From"].addresses[0].addr_spec, message.as_bytes()

    def _tls_context(self) -> ssl.SSLContext:
        if self._tls is None:
            try:
                self._tls = ssl.create_default_context(cafile=self._settings.ca_file)
            except (OSError, ValueError):
                raise MailDeferred("the CA file cannot be read") from None
        return self._tls


async def _take_leave(client: aiosmtplib.SMTP) -> None:
    """Say QUIT. The mail is theirs already, so nothing that happens now makes it unsent."""
    with suppress(aiosmtplib.SMTPException, OSError):
        async with asyncio.timeout(_QUIT_SECONDS):
            await client.quit()


def _own_name() -> str:
    """What to greet with (RFC 5321 4.1.1.1), as far as this machine knows without asking DNS, which may take long."""
    name = socket.gethostname()
    return name if _HOST_NAME.fullmatch(name) else "[127.0.0.1]"


def _not_sent(error: Exception) -> MailNotSent:
    if isinstance(error, aiosmtplib.SMTPResponseException):
        final = isinstance(error, _REFUSALS) and 500 <= error.code <= 599 and error.code not in _OURS_TO_MEND  # noqa: PLR2004 - RFC 5321 4.2.1
        return MailRejected(_status(error)) if final else MailDeferred(_status(error))
    for kind, reason in _FAILURES:
        if any(isinstance(cause, kind) for cause in _causes(error)):
            return MailDeferred(reason)
    return MailDeferred("login not offered")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and what led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _status(error: aiosmtplib.SMTPResponseException) -> str:
    """`550 5.1.1`: the numbers of an answer, none of its words."""
    if not 200 <= error.code <= 599:  # noqa: PLR2004 - RFC 5321 4.2.1
        return "unreadable answer"
    enhanced = _ENHANCED.match(error.message)
    return f"{error.code} {enhanced[0]}" if enhanced else str(error.code)
