"""/admin: where users are logged in, and ending that."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response, status

from entrypoints.http.dependencies import ApplicationDependency, Client, CurrentLogin, CursorsDependency
from entrypoints.http.pagination import next_link
from entrypoints.http.problems import InvalidCursor
from entrypoints.http.routers.presenting import session_resource
from entrypoints.http.routers.users import UserIdInPath
from entrypoints.http.schemas.common import IdInPath
from entrypoints.http.schemas.problem import BEARER_PROBLEMS, responses
from entrypoints.http.schemas.sessions import SessionResource, SessionsEnded
from user_domain.errors import Forbidden, InvalidInput, SessionNotFound, UserNotFound
from user_domain.value_objects.ids import SessionId, UserId

router = APIRouter(prefix="/admin", tags=["administration"])


@router.get(
    "/users/{user_id}/sessions",
    summary="Where a user is logged in",
    responses=responses(*BEARER_PROBLEMS, Forbidden, UserNotFound, InvalidCursor, InvalidInput),
)
async def list_user_sessions(
    *,
    user_id: UserIdInPath,
    request: Request,
    response: Response,
    login: CurrentLogin,
    application: ApplicationDependency,
    cursors: CursorsDependency,
    include_ended: Annotated[bool, Query(description="Also those that were ended, have expired or lie idle.")] = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 200,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> list[SessionResource]:
    """A user's sessions, the newest first: those that live, or all that are kept. `Link` leads to the next page."""
    listing = f"{'all' if include_ended else 'live'} sessions of {user_id}"
    before = None if cursor is None else SessionId(int(cursors.read(listing, cursor)))
    listed = await application.list_user_sessions.execute(
        UserId(user_id), actor=login.user, include_ended=include_ended, limit=limit + 1, before=before
    )
    page = listed[:limit]
    if len(listed) > limit:
        choice = {"include_ended": "true"} if include_ended else {}
        last = cursors.write(listing, str(page[-1].session.id))
        response.headers["Link"] = next_link(request, **choice, limit=limit, cursor=last)
    return [session_resource(one, login) for one in page]


@router.delete(
    "/sessions/{session_id}",
    summary="End a session",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=responses(*BEARER_PROBLEMS, Forbidden, SessionNotFound, InvalidInput),
)
async def end_user_session(
    session_id: Annotated[IdInPath, Path(ge=1, le=2**63 - 1)],
    login: CurrentLogin,
    application: ApplicationDependency,
    client: Client,
) -> None:
    """Log out one device of anybody's. Its tokens are refused from the next request on, everywhere. One that is over
    already stays as it is.
    """
    await application.end_user_session.execute(SessionId(session_id), actor=login.user, client=client)


@router.post(
    "/users/{user_id}/logout-all",
    summary="Log a user out everywhere",
    responses=responses(*BEARER_PROBLEMS, Forbidden, UserNotFound, InvalidInput),
)
async def log_user_out(
    user_id: UserIdInPath, login: CurrentLogin, application: ApplicationDependency, client: Client
) -> SessionsEnded:
    """End all sessions of a user. Their tokens are refused from the next request on, everywhere."""
    ended = await application.log_user_out.execute(UserId(user_id), actor=login.user, client=client)
    return SessionsEnded(message="The user is logged out everywhere.", sessions_ended=ended)
