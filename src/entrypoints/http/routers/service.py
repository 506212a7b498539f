"""The service about itself: what it is, and how it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response, status

from entrypoints.http.schemas.service import DatabaseCheck, DatabaseHealth, Health, PoolState, Probe, ServiceInfo
from user_domain.errors import StorageUnavailable

if TYPE_CHECKING:
    from entrypoints.http.health import HealthChecks

NAME = "user-service"

router = APIRouter(tags=["service"])


def _checks(request: Request) -> HealthChecks:
    checks: HealthChecks = request.app.state.health
    return checks


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
async def health(request: Request, response: Response) -> Health:
    """Everything the service needs, checked; 503 when it cannot do its job."""
    checks = _checks(request)
    database = await checks.database()
    able = database is not None and database.schema_is_current
    if not able:
        _unavailable(response)
    return Health(
        status="healthy" if able else "unhealthy",
        service=NAME,
        version=request.app.version,
        timestamp=request.app.state.application.clock.now(),
        uptime_seconds=checks.uptime_seconds(),
        database=DatabaseCheck(
            status="healthy" if database else "unhealthy", latency_ms=database.latency_ms if database else None
        ),
        checks={"database": "ok" if database else "failed", "schema": "ok" if able else "failed"},
    )


@router.get("/health/database", summary="Does the database answer?", responses={503: {"model": DatabaseHealth}})
async def database_health(request: Request, response: Response) -> DatabaseHealth:
    """Whether the database answers within 2 seconds, and how busy the connections to it are."""
    checks = _checks(request)
    database, use = await checks.database(), checks.pool_use()
    if database is None:
        _unavailable(response)
    return DatabaseHealth(
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
async def ready(request: Request, response: Response) -> Probe:
    """Readiness: the database answers and has the schema this version needs."""
    database = await _checks(request).database()
    if database is not None and database.schema_is_current:
        return Probe(status="ready")
    _unavailable(response)
    return Probe(status="not_ready")
