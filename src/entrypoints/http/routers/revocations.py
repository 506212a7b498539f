"""/revocations: what services that verify access tokens themselves need to know."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Response, status

from entrypoints.http.conditional import is_known
from entrypoints.http.dependencies import ApplicationDependency, CursorsDependency, feed_reader
from entrypoints.http.problems import InvalidCursor, PathNotFound
from entrypoints.http.schemas.problem import responses
from entrypoints.http.schemas.revocations import RevocationsResource, Since, feed_tag
from user_domain.errors import InvalidInput, StorageUnavailable, TokenInvalid, TokenMissing
from user_domain.ports.revocation_queries import RevocationPosition
from user_domain.value_objects.ids import SessionHandle, UserId

router = APIRouter(tags=["service"])

_LIST = "revocations"


@router.get(
    "/revocations",
    summary="Which tokens are good no longer",
    dependencies=[Depends(feed_reader)],
    response_model=RevocationsResource,
    responses={
        status.HTTP_304_NOT_MODIFIED: {"description": "Nothing has changed since the answer with that ETag."},
        **responses(TokenMissing, TokenInvalid, PathNotFound, InvalidCursor, InvalidInput, StorageUnavailable),
    },
)
async def revocations(
    *,
    application: ApplicationDependency,
    cursors: CursorsDependency,
    since: Annotated[Since | None, Query()] = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Sessions ended and users cut off `since` a moment, or while tokens of theirs may be about. For services that
    verify tokens themselves: ask every second, with the `since` and the ETag of the last answer. The token is
    `REVOCATION_FEED_TOKEN`; without one this path is not there.
    """
    page = None if cursor is None else _position(cursors.read(_LIST, cursor))
    feed = await application.list_revocations.execute(since=since, page=page)
    tag = feed_tag(feed)
    headers = {"Cache-Control": "private, no-cache"} | ({"ETag": tag} if tag else {})
    if tag and is_known(if_none_match, tag):
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    next_cursor = cursors.write(_LIST, _text(feed.next_page)) if feed.next_page else None
    body = RevocationsResource.of(feed, next_cursor=next_cursor).model_dump_json()
    return Response(body, headers=headers, media_type="application/json")


def _text(position: RevocationPosition) -> str:
    return f"{position.at.isoformat()} {position.handle} {position.user_id}"


def _position(text: str) -> RevocationPosition:
    at, handle, user_id = text.split(" ")
    return RevocationPosition(datetime.fromisoformat(at), SessionHandle(handle), UserId(int(user_id)))
