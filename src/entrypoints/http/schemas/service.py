"""The service about itself, on the wire."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from entrypoints.http.schemas.common import Timestamp


class ServiceInfo(BaseModel):
    """What this is and where to go from here."""

    name: str
    version: str
    links: dict[str, str]


class DatabaseCheck(BaseModel):
    """Whether the database answers, and how fast."""

    status: Literal["healthy", "unhealthy"]
    latency_ms: float | None


class Health(BaseModel):
    """Whether the service can do its job."""

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


class DatabaseHealth(BaseModel):
    """Whether the database answers. Says nothing of where it is or what it said."""

    service: str
    status: Literal["healthy", "unhealthy"]
    latency_ms: float | None
    pool: PoolState
    timestamp: Timestamp


class Probe(BaseModel):
    """An orchestrator's question, answered."""

    status: Literal["alive", "ready", "not_ready"]
