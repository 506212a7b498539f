"""The service about itself, on the wire."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from entrypoints.http.schemas.common import Timestamp

_MOMENT = "2026-03-14T15:09:26.535897Z"


class ServiceInfo(BaseModel):
    """What this is and where to go from here."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"name": "user-service", "version": "0.1.0", "links": {"health": "/health", "docs": "/docs"}}
        }
    )

    name: str
    version: str
    links: dict[str, str]


class DatabaseCheck(BaseModel):
    """Whether the database answers, and how fast."""

    status: Literal["healthy", "unhealthy"]
    latency_ms: float | None


class Health(BaseModel):
    """Whether the service can do its job."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "status": "healthy",
                "service": "user-service",
                "version": "0.1.0",
                "timestamp": _MOMENT,
                "uptime_seconds": 86400.0,
                "database": {"status": "healthy", "latency_ms": 1.59},
                "checks": {"database": "ok", "schema": "ok", "signing": "ok", "mail": "ok", "audit": "ok"},
            }
        }
    )

    status: Literal["healthy", "degraded", "unhealthy"]
    service: str
    version: str
    timestamp: Timestamp
    uptime_seconds: float
    database: DatabaseCheck
    checks: dict[str, Literal["ok", "failed"]]


class PoolState(BaseModel):
    """How busy the connections to the database are."""

    size: int
    available: int
    waiting: int


class DatabaseHealthReport(BaseModel):
    """Whether the database answers. Says nothing of where it is or what it said."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "service": "user-service",
                "status": "healthy",
                "latency_ms": 1.59,
                "pool": {"size": 2, "available": 2, "waiting": 0},
                "timestamp": _MOMENT,
            }
        }
    )

    service: str
    status: Literal["healthy", "unhealthy"]
    latency_ms: float | None
    pool: PoolState
    timestamp: Timestamp


class Probe(BaseModel):
    """An orchestrator's question, answered."""

    model_config = ConfigDict(json_schema_extra={"example": {"status": "ready"}})

    status: Literal["alive", "ready", "not_ready"]
