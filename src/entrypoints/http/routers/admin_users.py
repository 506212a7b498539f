"""/admin/users/{id} and /admin/create-user: what admins see of one user, and opening an account."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response, status

from entrypoints.http.dependencies import ApplicationDependency, Client, CurrentLogin, CursorsDependency
from entrypoints.http.pagination import next_link
from entrypoints.http.problems import InvalidCursor
from entrypoints.http.routers.presenting import admin_user_resource
from entrypoints.http.routers.users import UserIdInPath
from entrypoints.http.schemas.admin_users import (
    AdminUserResource,
    CreatedUserResource,
    CreateUserRequest,
    StatusPeriodResource,
)
from entrypoints.http.schemas.problem import BEARER_PROBLEMS, BODY_PROBLEMS, HASHING_PROBLEMS, responses
from entrypoints.http.schemas.users import etag
from user_domain.errors import EmailAlreadyRegistered, Forbidden, InvalidInput, UserNotFound
from user_domain.use_cases.administration.create_user import CreateUserCommand
from user_domain.value_objects.ids import StatusChangeId, UserId
from user_domain.value_objects.role import Role

router = APIRouter(prefix="/admin", tags=["administration"])

_SEEING = (*BEARER_PROBLEMS, Forbidden, UserNotFound, InvalidInput)


@router.get("/users/{user_id}", summary="See a user as admins do", responses=responses(*_SEEING))
async def see_user(
    user_id: UserIdInPath, response: Response, login: CurrentLogin, application: ApplicationDependency
) -> AdminUserResource:
    """A user, oneself included, with who has shut the account, why and until when."""
    user = await application.see_user.execute(actor=login.user, user_id=UserId(user_id))
    response.headers["ETag"] = etag(user)
    return admin_user_resource(user, application)


@router.get(
    "/users/{user_id}/status-history",
    summary="How an account stood",
    responses=responses(*_SEEING, InvalidCursor),
)
async def list_status_history(
    *,
    user_id: UserIdInPath,
    request: Request,
    response: Response,
    login: CurrentLogin,
    application: ApplicationDependency,
    cursors: CursorsDependency,
    limit: Annotated[int, Query(ge=1, le=200)] = 200,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> list[StatusPeriodResource]:
    """When admins blocked, suspended and unblocked an account, as periods, the newest first; what is not in it is
    registration, and whatever else nobody but the person did. `Link` leads to the next page.
    """
    listing = f"status history of {user_id}"
    after = None if cursor is None else StatusChangeId(int(cursors.read(listing, cursor)))
    periods = await application.list_status_history.execute(
        actor=login.user, user_id=UserId(user_id), limit=limit + 1, after=after
    )
    page = periods[:limit]
    if len(periods) > limit:
        last = str(page[-1].change.id)
        response.headers["Link"] = next_link(request, limit=limit, cursor=cursors.write(listing, last))
    return [StatusPeriodResource.of(period) for period in page]


@router.post(
    "/create-user",
    summary="Open an account for somebody",
    status_code=status.HTTP_201_CREATED,
    responses=responses(*BEARER_PROBLEMS, Forbidden, *BODY_PROBLEMS, EmailAlreadyRegistered, *HASHING_PROBLEMS),
)
async def create_user(
    *,
    body: CreateUserRequest,
    request: Request,
    response: Response,
    login: CurrentLogin,
    application: ApplicationDependency,
    client: Client,
) -> CreatedUserResource:
    """Open an account for somebody else, whose address counts as verified. The person is told by mail, but not the
    password.
    """
    user = await application.create_user.execute(
        CreateUserCommand(
            actor=login.user,
            name=body.name,
            email=body.email,
            mobile=body.mobile,
            password=body.password,
            locale=body.locale,
            role=Role(body.role),
            client=client,
        )
    )
    response.headers["Location"] = f"{request.scope.get('root_path', '')}/admin/users/{user.id}"
    response.headers["ETag"] = etag(user)
    fields = dict(admin_user_resource(user, application))
    return CreatedUserResource.model_construct(**fields, message="The account is open.")
