"""The FastAPI application."""

from __future__ import annotations

import time
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import structlog
from fastapi import FastAPI
from fastapi.middleware import Middleware
from fastapi.openapi.utils import get_openapi
from fastapi_offline import FastAPIOffline
from starlette.middleware.cors import CORSMiddleware

from adapters.postgres.health import DatabaseHealth
from entrypoints import lifetime
from entrypoints.http import error_handlers
from entrypoints.http.client_address import ClientAddress
from entrypoints.http.middleware import BodyLimit, ErrorBoundary, HeadAsGet, RequestContext
from entrypoints.http.pages import account as account_pages
from entrypoints.http.pages import dev_mailbox
from entrypoints.http.pagination import Cursors
from entrypoints.http.routers import (
    admin_access,
    admin_audit,
    admin_control,
    admin_directory,
    admin_mail,
    admin_sessions,
    admin_stats,
    admin_users,
    auth,
    auth_email,
    auth_password,
    auth_sessions,
    key_set,
    problem_pages,
    revocations,
    service,
    users,
)
from entrypoints.http.schemas.problem import Problem
from entrypoints.settings import MailTransport
from user_domain.errors import StorageUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from entrypoints.container import Container
    from entrypoints.settings import Settings

_log = structlog.get_logger(__name__)

_CORS_REQUEST_HEADERS = (
    "Authorization",
    "Content-Type",
    "If-Match",
    "Idempotency-Key",
    "X-Device-Token",
    "X-Request-ID",
)
_CORS_RESPONSE_HEADERS = (
    "Link",
    "X-Total-Count",
    "ETag",
    "Location",
    "Retry-After",
    "RateLimit",
    "RateLimit-Policy",
    "X-Request-ID",
    "Idempotency-Replayed",
)


def create_app(container: Container) -> FastAPI:
    """The application on top of a composed service. Connections open when it starts and close when it stops."""
    settings = container.settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if not (settings.trusted_proxies or settings.is_development):
            _log.warning("behind a gateway everybody has the gateway's address: TRUSTED_PROXIES is not set")
        async with AsyncExitStack() as stack:
            app.state.application = await stack.enter_async_context(lifetime.opened(container))
            await stack.enter_async_context(lifetime.noting_activity(container))
            app.state.database_health = DatabaseHealth(container.database())
            app.state.cursors = Cursors(container.keys().keys("cursors"))
            app.state.mail_folder = container.mail_folder()
            app.state.mail_leaves = settings.mail_transport is not MailTransport.NONE
            app.state.audit_is_sealed = settings.audit_signing_key is not None
            app.state.revocation_feed_token = settings.revocation_feed_token
            app.state.key_set = container.key_set()
            app.state.can_sign = partial(_can_sign, container)
            await stack.enter_async_context(lifetime.watching_keys(container))
            app.state.started = time.monotonic()
            if settings.run_worker:
                await stack.enter_async_context(lifetime.working(container))
            yield

    # Swagger UI and ReDoc are served from here, not from a content network: they work behind closed doors.
    build = FastAPIOffline if settings.api_docs else FastAPI
    app: FastAPI = build(
        title="User service",
        version=version("user-service"),
        description=_DESCRIPTION,
        openapi_url="/openapi.json" if settings.api_docs else None,
        redirect_slashes=False,
        lifespan=lifespan,
        middleware=_middleware(settings),
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    error_handlers.install(app)
    # The hottest routes first: each route before it costs a request a microsecond.
    for module in (
        auth,
        users,
        auth_sessions,
        revocations,
        auth_email,
        auth_password,
        admin_directory,
        admin_users,  # whatever has a name below /admin/users comes before it, or would be taken for a number
        admin_control,
        admin_mail,
        admin_sessions,
        admin_access,
        admin_stats,
        admin_audit,
        key_set,
        service,
        problem_pages,
        account_pages,
    ):
        app.include_router(module.router)
    if settings.mail_transport is MailTransport.MAILBOX and settings.is_on_loopback:
        app.include_router(dev_mailbox.router)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    return app


def _can_sign(container: Container) -> bool:
    """Whether access tokens can be issued now."""
    try:
        container.access_tokens().require_ready(at=container.clock().now())
    except StorageUnavailable:
        return False
    return True


def _middleware(settings: Settings) -> list[Middleware]:
    stack = [Middleware(RequestContext), Middleware(ErrorBoundary), Middleware(HeadAsGet), Middleware(BodyLimit)]
    if settings.cors_origins:
        cors = Middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=("GET", "POST", "PUT", "DELETE"),
            allow_headers=_CORS_REQUEST_HEADERS,
            expose_headers=_CORS_RESPONSE_HEADERS,
            allow_credentials=False,  # bearer tokens, no cookies
        )
        stack.insert(1, cors)
    if settings.trusted_proxies:
        stack.insert(0, Middleware(ClientAddress, trusted=settings.trusted_proxies))
    return stack


def _openapi(app: FastAPI) -> dict[str, Any]:
    """FastAPI's document, with the schema of problems, which no route names as its model."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
        )
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas |= problem.pop("$defs") | {"Problem": problem}
        app.openapi_schema = document
    return app.openapi_schema


_DESCRIPTION = """
Registration, login, sessions, profiles, and accounts by mail.

Errors are problem details (RFC 9457). `detail` can be shown to a person as it stands; `code` is for programs, and
`/problems/{code}` says what it means.
"""
