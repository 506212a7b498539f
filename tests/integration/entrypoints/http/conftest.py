"""A service to ask, for tests of its HTTP face."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import structlog

from tests.support.http import compose_http, running
from tests.support.postgres import cloned_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    import httpx2

    from tests.support.http import Service


@pytest.fixture(autouse=True)
def _short_tracebacks() -> Iterator[None]:
    """Until somebody configures it, structlog takes seconds to draw one."""
    before = structlog.get_config()
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, plain])
    yield
    structlog.configure(**before)


@pytest.fixture
async def service(conninfo: str) -> AsyncIterator[Service]:
    """A running service on an empty database."""
    async with running(compose_http(conninfo)) as service:
        yield service


@pytest.fixture
def client(service: Service) -> httpx2.AsyncClient:
    """Who asks it."""
    return service.client


@pytest.fixture(scope="module")
async def lasting(postgres_admin: str) -> AsyncIterator[Service]:
    """A running service that a module's tests share, because they change nothing: it is started once."""
    with cloned_database(postgres_admin) as conninfo:
        async with running(compose_http(conninfo)) as service:
            yield service
