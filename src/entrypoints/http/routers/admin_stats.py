"""/admin/stats: how many there are of everything."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from entrypoints.http.dependencies import ApplicationDependency, CurrentLogin
from entrypoints.http.schemas.problem import BEARER_PROBLEMS, responses
from entrypoints.http.schemas.statistics import DayStatistics, Statistics
from user_domain.errors import Forbidden, InvalidInput

router = APIRouter(prefix="/admin/stats", tags=["administration"])


@router.get("", summary="How many there are now", responses=responses(*BEARER_PROBLEMS, Forbidden))
async def get_statistics(login: CurrentLogin, application: ApplicationDependency) -> Statistics:
    """Users by how they stand, sessions, and what has happened today. Exact; `active_sessions` may be a minute old."""
    return Statistics.of(await application.get_statistics.execute(actor=login.user))


@router.get(
    "/timeseries",
    summary="What happened day by day",
    responses=responses(*BEARER_PROBLEMS, Forbidden, InvalidInput),
)
async def get_timeseries(
    login: CurrentLogin,
    application: ApplicationDependency,
    days: Annotated[int, Query(ge=1, le=366)] = 30,
) -> list[DayStatistics]:
    """The last days up to today, the oldest first, those without events included. Days begin and end by the time zone
    `STATS_TIMEZONE`.
    """
    return [DayStatistics.of(day) for day in await application.get_timeseries.execute(actor=login.user, days=days)]
