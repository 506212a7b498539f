"""/auth: going on with a session, seeing where one is logged in, and ending that."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response, status

from entrypoints.http.dependencies import ApplicationDependency, Client, CurrentLogin, CursorsDependency
from entrypoints.http.pagination import next_link
from entrypoints.http.problems import InvalidCursor
from entrypoints.http.routers.presenting import session_resource
from entrypoints.http.schemas.auth import RefreshRequest, Tokens
from entrypoints.http.schemas.common import IdInPath
from entrypoints.http.schemas.problem import ACCESS_PROBLEMS, BEARER_PROBLEMS, BODY_PROBLEMS, responses
from entrypoints.http.schemas.sessions import SessionResource, SessionsEnded
from user_domain.errors import (
    InvalidInput,
    RefreshTokenInvalid,
    RefreshTokenReused,
    SessionNotFound,
    StorageUnavailable,
)
from user_domain.value_objects.ids import SessionId

router = APIRouter(prefix="/auth", tags=["sessions"])


@router.post(
    "/refresh",
    summary="Go on with a session",
    responses=responses(*BODY_PROBLEMS, RefreshTokenInvalid, RefreshTokenReused, *ACCESS_PROBLEMS, StorageUnavailable),
)
async def refresh(body: RefreshRequest, application: ApplicationDependency, client: Client) -> Tokens:
    """Get the next tokens for a refresh token, which is spent by that. Spent again within ten seconds, while the next
    one is not, it gets the same one again (an answer that was lost, two tabs); later than that the session ends.
    """
    tokens = await application.refresh_session.execute(refresh_token=body.refresh_token, client=client)
    return Tokens.of(tokens)


@router.post("/logout-all", summary="Log out everywhere", responses=responses(*BEARER_PROBLEMS, InvalidInput))
async def log_out_everywhere(
    *,
    login: CurrentLogin,
    application: ApplicationDependency,
    client: Client,
    keep_current: Annotated[bool, Query(description="Whether this session goes on.")] = False,
) -> SessionsEnded:
    """End all sessions, or all but this one. Their tokens are refused from the next request on, everywhere."""
    ended = await application.log_out_everywhere.execute(login, keep_current=keep_current, client=client)
    where = "everywhere else" if keep_current else "everywhere"
    return SessionsEnded(message=f"You are logged out {where}.", sessions_ended=ended)


@router.get(
    "/sessions",
    summary="Where am I logged in",
    responses=responses(*BEARER_PROBLEMS, InvalidCursor, InvalidInput),
)
async def list_own_sessions(
    *,
    request: Request,
    response: Response,
    login: CurrentLogin,
    application: ApplicationDependency,
    cursors: CursorsDependency,
    limit: Annotated[int, Query(ge=1, le=200)] = 200,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> list[SessionResource]:
    """One's sessions that live, the newest first. `Link` leads to the next page."""
    listing = f"sessions of {login.user.id}"
    before = None if cursor is None else SessionId(int(cursors.read(listing, cursor)))
    listed = await application.list_own_sessions.execute(login, limit=limit + 1, before=before)
    page = listed[:limit]
    if len(listed) > limit:
        last = str(page[-1].session.id)
        response.headers["Link"] = next_link(request, limit=limit, cursor=cursors.write(listing, last))
    return [session_resource(one, login) for one in page]


@router.delete(
    "/sessions/{session_id}",
    summary="End one of one's sessions",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=responses(*BEARER_PROBLEMS, SessionNotFound, InvalidInput),
)
async def end_own_session(
    session_id: Annotated[IdInPath, Path(ge=1, le=2**63 - 1)],
    login: CurrentLogin,
    application: ApplicationDependency,
    client: Client,
) -> None:
    """Log out one device. Its tokens are refused from the next request on, everywhere."""
    await application.end_own_session.execute(login, SessionId(session_id), client=client)
