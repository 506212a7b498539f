"""The service about itself: what it is, and how it is."""

from __future__ import annotations

import time

from fastapi import APIRouter, Request, Response, status

from entrypoints.http.dependencies import DatabaseHealthDependency
from entrypoints.http.schemas.service import DatabaseCheck, DatabaseHealthReport, Health, PoolState, Probe, ServiceInfo
from user_domain.errors import StorageUnavailable

NAME = "user-service"

router = APIRouter(tags=["service"])


def _unavailable(response: Response) -> None:
    response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    response.headers["Retry-After"] = str(StorageUnavailable.retry_after)


@router.get("/", summary="What this is")
@router.get("/info", summary="What this is")
async def info(request: Request) -> ServiceInfo:
    """Name, version, and where to go from here."""
    root_path = request.scope.get("root_path", "")
    links = {"health": f"{root_path}/health"}
    if request.app.openapi_url:
        links |= {"docs": f"{root_path}/docs", "openapi": f"{root_path}/openapi.json"}
    return ServiceInfo(name=NAME, version=request.app.version, links=links)


@router.get("/health", summary="Can the service do its job?", responses={503: {"model": Health}})
async def health(request: Request, response: Response, database_health: DatabaseHealthDependency) -> Health:
    """Everything the service needs, checked; 503 when it cannot do its job."""
    database = await database_health.ask()
    has_schema, can_sign = database is not None and database.schema_is_current, request.app.state.can_sign()
    able = has_schema and can_sign
    if not able:
        _unavailable(response)
    mail_leaves, audit_is_sealed = request.app.state.mail_leaves, request.app.state.audit_is_sealed
    return Health(
        status="unhealthy" if not able else "healthy" if mail_leaves and audit_is_sealed else "degraded",
        service=NAME,
        version=request.app.version,
        timestamp=request.app.state.application.clock.now(),
        uptime_seconds=round(time.monotonic() - request.app.state.started, 1),
        database=DatabaseCheck(
            status="healthy" if database else "unhealthy", latency_ms=database.latency_ms if database else None
        ),
        checks={
            "database": "ok" if database else "failed",
            "schema": "ok" if has_schema else "failed",
            "signing": "ok" if can_sign else "failed",
            "mail": "ok" if mail_leaves else "failed",
            "audit": "ok" if audit_is_sealed else "failed",
        },
    )


@router.get("/health/database", summary="Does the database answer?", responses={503: {"model": DatabaseHealthReport}})
async def check_database(
    request: Request, response: Response, database_health: DatabaseHealthDependency
) -> DatabaseHealthReport:
    """Whether the database answers within 2 seconds, and how busy the connections to it are."""
    database, use = await database_health.ask(), database_health.pool_use()
    if database is None:
        _unavailable(response)
    return DatabaseHealthReport(
        service=NAME,
        status="healthy" if database else "unhealthy",
        latency_ms=database.latency_ms if database else None,
        pool=PoolState(size=use.size, available=use.available, waiting=use.waiting),
        timestamp=request.app.state.application.clock.now(),
    )


@router.get("/health/live", summary="Is the process alive?")
async def live() -> Probe:
    """Liveness: touches nothing, so that a database outage does not restart the service."""
    return Probe(status="alive")


@router.get("/health/ready", summary="Should requests be sent here?", responses={503: {"model": Probe}})
async def ready(request: Request, response: Response, database_health: DatabaseHealthDependency) -> Probe:
    """Readiness: the database answers and has the schema this version needs, and access tokens can be signed."""
    database = await database_health.ask()
    if database is not None and database.schema_is_current and request.app.state.can_sign():
        return Probe(status="ready")
    _unavailable(response)
    return Probe(status="not_ready")
