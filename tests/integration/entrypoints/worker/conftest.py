"""For tests of the worker: it runs in processes of its own, what it sends is queued by a service in this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.entrypoints.worker.stage import Queue, queue_in
from tests.support.http import FreeHasher, compose_http, running
from tests.support.smtp_server import smtp_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tests.support.http import Service
    from tests.support.smtp_server import SmtpServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SmtpServer]:
    """Where the mail goes."""
    with smtp_server(tmp_path / "smtp") as server:
        yield server


@pytest.fixture
async def api(conninfo: str) -> AsyncIterator[Service]:
    """Who queues mail, and sends none."""
    async with running(compose_http(conninfo, hasher=FreeHasher())) as service:
        yield service


@pytest.fixture
async def queue(conninfo: str) -> AsyncIterator[Queue]:
    """What waits."""
    async with queue_in(conninfo) as queue:
        yield queue
