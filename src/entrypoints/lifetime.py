"""What has to be opened before the service can work, and closed after it."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import structlog

from adapters.http.breached_passwords import HttpBreachedPasswords
from adapters.postgres.mail_listener import MailListener
from entrypoints.background import repeated
from entrypoints.key_watch import KeyWatch
from entrypoints.settings import MailTransport
from entrypoints.worker.purger import Purger
from entrypoints.worker.upkeep import upkeep
from entrypoints.worker.worker import Worker
from user_domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from entrypoints.application import Application
    from entrypoints.container import Container
    from user_domain.ports.session_activity import SessionActivity

_log = structlog.get_logger(__name__)

_LONGEST_IDLE = 30.0
"""Seconds between two looks into an idle queue by a worker that is woken when something comes."""

_IDLE_UNWOKEN = 2.0
"""The same for a worker that other processes cannot wake."""


_WRITE_DOWN_EVERY = 5.0
"""Seconds between two times that the use of sessions is written down."""


@asynccontextmanager
async def opened(container: Container) -> AsyncIterator[Application]:
    """The application, connected to its database, for as long as the block. Nothing is opened before."""
    async with AsyncExitStack() as stack:
        database = container.database()
        await database.open()
        stack.push_async_callback(database.close)
        stack.callback(container.password_hasher().close)
        stack.callback(container.password_strength().close)
        breached = container.breached_passwords()
        if isinstance(breached, HttpBreachedPasswords):
            stack.push_async_callback(breached.close)
        yield container.application()


@asynccontextmanager
async def watching_keys(container: Container) -> AsyncIterator[None]:
    """With the key set kept in order and up to date beside the block."""
    tend, key_set, bell = container.application().tend_signing_keys, container.key_set(), container.key_bell()
    watch = KeyWatch(tend=tend, key_set=key_set, bell=bell)
    async with watch.running():
        yield


@asynccontextmanager
async def working(container: Container) -> AsyncIterator[None]:
    """With what nobody waits for done beside the block: the upkeep of the service, the
    purge, and where mail can leave, that."""
    async with AsyncExitStack() as stack:
        settings = container.settings()
        if settings.audit_signing_key is None:
            _log.warning("entries of the audit trail wait unsealed: AUDIT_SIGNING_KEY is not set")
        for chore in upkeep(container.application(), seal_every=settings.audit_seal_seconds):
            await stack.enter_async_context(chore.running())
        await stack.enter_async_context(purging(container))
        await stack.enter_async_context(_sending_mail(container))
        yield


@asynccontextmanager
async def _sending_mail(container: Container) -> AsyncIterator[None]:
    settings = container.settings()
    if settings.mail_transport is MailTransport.NONE:
        _log.warning("mail waits: SMTP_URL is not set")
        yield
        return
    if settings.leads_nowhere:
        _log.warning("links in mails lead to this machine: PUBLIC_URL is not set")
    application, bell = container.application(), container.mail_bell()
    # Who listens needs a connection that lasts, which a pooler in transaction mode does not give.
    direct = settings.direct_conninfo
    worker = Worker(
        deliver_mail=application.deliver_mail,
        clock=application.clock,
        bell=bell,
        longest_idle=_IDLE_UNWOKEN if direct is None else _LONGEST_IDLE,
    )
    async with AsyncExitStack() as stack:
        if direct is not None:
            await stack.enter_async_context(MailListener(direct, bell.ring).listening())
        await stack.enter_async_context(worker.running())
        yield


@asynccontextmanager
async def purging(container: Container) -> AsyncIterator[None]:
    """With what is past its time thrown away beside the block, whether mail can leave or not."""
    async with Purger(purge=container.application().purge_old_records).running():
        yield


@asynccontextmanager
async def noting_activity(container: Container) -> AsyncIterator[None]:
    """Writes down when sessions were used, now and then, and once more at the end of the block."""
    activity = container.session_activity()

    async def write_down() -> float:
        await _write_down(activity)
        return _WRITE_DOWN_EVERY

    try:
        async with repeated(write_down):
            yield
    finally:
        await _write_down(activity)


async def _write_down(activity: SessionActivity) -> None:
    try:
        await activity.write_down()
    except Unavailable as error:
        _log.warning("when sessions were used was not written down", code=error.code)
    except Exception:  # noqa: BLE001 - the next time may be better
        _log.exception("unexpected error while writing down when sessions were used")
