"""/admin/users: who there is."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response, status

from entrypoints.http.dependencies import ApplicationDependency, CurrentLogin, CursorsDependency
from entrypoints.http.pagination import next_link
from entrypoints.http.problems import InvalidCursor
from entrypoints.http.schemas.admin_directory import Paging, UserListQuery
from entrypoints.http.schemas.admin_users import AdminUserResource
from entrypoints.http.schemas.problem import BEARER_PROBLEMS, responses
from user_domain.errors import Forbidden, InvalidInput
from user_domain.ports.user_directory import UserCriteria, UserOrder, UserPosition
from user_domain.value_objects.account_status import SHUT
from user_domain.value_objects.ids import UserId

if TYPE_CHECKING:
    from entrypoints.application import Application
    from user_domain.use_cases.administration.list_users import UserPage

router = APIRouter(prefix="/admin/users", tags=["administration"])

_BLOCKED = "blocked users"

_RESPONSES: dict[int | str, dict[str, Any]] = {
    status.HTTP_200_OK: {
        "headers": {
            "Link": {
                "description": 'Where the next page is (RFC 8288, `rel="next"`); absent on the last one.',
                "schema": {"type": "string"},
                "example": '</admin/users?limit=200&cursor=Hc0xVbq…>; rel="next"',
            },
            "X-Total-Count": {
                "description": "How many there are in all, where `count` asks for it.",
                "schema": {"type": "integer"},
                "example": 1234,
            },
        }
    },
    **responses(*BEARER_PROBLEMS, Forbidden, InvalidCursor, InvalidInput),
}


@router.get("", summary="Who there is", responses=_RESPONSES)
async def list_users(
    *,
    request: Request,
    response: Response,
    login: CurrentLogin,
    application: ApplicationDependency,
    cursors: CursorsDependency,
    query: Annotated[UserListQuery, Query()],
) -> list[AdminUserResource]:
    """All users or those that are looked for, the newest first unless `sort` says otherwise. A cursor is good for the
    list it came from, at any `limit`.
    """
    named = query.listing()
    listing = f"users {json.dumps(named, sort_keys=True)}"
    page = await application.list_users.execute(
        actor=login.user,
        criteria=query.criteria(),
        order=query.sort,
        limit=query.limit,
        after=None if query.cursor is None else _position(cursors.read(listing, query.cursor), query.sort),
        counting=query.count,
    )
    if page.next_page is not None:
        cursor = cursors.write(listing, _text(page.next_page))
        response.headers["Link"] = next_link(request, **named, limit=query.limit, cursor=cursor)
    return _shown(page, application, response)


@router.get("/blocked", summary="Who is blocked or suspended", responses=_RESPONSES)
async def list_blocked_users(
    *,
    request: Request,
    response: Response,
    login: CurrentLogin,
    application: ApplicationDependency,
    cursors: CursorsDependency,
    query: Annotated[Paging, Query()],
) -> list[AdminUserResource]:
    """Users who are blocked or suspended now, those with the highest id first. A suspension that is over is none."""
    order = UserOrder.ID_DESCENDING
    page = await application.list_users.execute(
        actor=login.user,
        criteria=UserCriteria(statuses=SHUT),
        order=order,
        limit=query.limit,
        after=None if query.cursor is None else _position(cursors.read(_BLOCKED, query.cursor), order),
        counting=query.count,
    )
    if page.next_page is not None:
        cursor = cursors.write(_BLOCKED, _text(page.next_page))
        response.headers["Link"] = next_link(request, limit=query.limit, cursor=cursor)
    return _shown(page, application, response)


def _shown(page: UserPage, application: Application, response: Response) -> list[AdminUserResource]:
    if page.total is not None:
        response.headers["X-Total-Count"] = str(page.total)
    return [
        AdminUserResource.seen_by_admins(user, status=application.access.status(user, at=page.at), at=page.at)
        for user in page.users
    ]


def _text(position: UserPosition) -> str:
    key = position.sorted_by.isoformat() if isinstance(position.sorted_by, datetime) else position.sorted_by
    return f"{position.id} {key or ''}"


def _position(text: str, order: UserOrder) -> UserPosition:
    user_id, _, key = text.partition(" ")
    is_moment = order.field in {"created_at", "last_login"}
    return UserPosition(UserId(int(user_id)), datetime.fromisoformat(key) if key and is_moment else key or None)
