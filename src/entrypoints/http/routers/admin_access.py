"""/admin: why somebody gets in or does not."""

from __future__ import annotations

from fastapi import APIRouter

from entrypoints.http.dependencies import ApplicationDependency, CurrentLogin
from entrypoints.http.routers.users import UserIdInPath
from entrypoints.http.schemas.access import AccessDecisionResource
from entrypoints.http.schemas.problem import BEARER_PROBLEMS, responses
from user_domain.errors import Forbidden, InvalidInput, UserNotFound
from user_domain.value_objects.ids import UserId

router = APIRouter(prefix="/admin/users", tags=["administration"])


@router.get(
    "/{user_id}/access-decision",
    summary="Why a user can log in or cannot",
    responses=responses(*BEARER_PROBLEMS, Forbidden, UserNotFound, InvalidInput),
)
async def explain_access(
    user_id: UserIdInPath, login: CurrentLogin, application: ApplicationDependency
) -> AccessDecisionResource:
    """What login would say to the right password now, from the rules that login runs; all reasons, not just the first.
    And the attempts to log in that were made last.
    """
    decision = await application.explain_access.execute(UserId(user_id), actor=login.user)
    return AccessDecisionResource.of(decision)
