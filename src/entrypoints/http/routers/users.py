"""/users: profiles."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response

from entrypoints.http.dependencies import ApplicationDependency, Client, CurrentLogin, ExpectedVersions
from entrypoints.http.routers.presenting import user_resource
from entrypoints.http.schemas.common import IdInPath
from entrypoints.http.schemas.problem import BEARER_PROBLEMS, BODY_PROBLEMS, HASHING_PROBLEMS, responses
from entrypoints.http.schemas.users import ChangeProfileRequest, UserResource, etag
from user_domain.errors import (
    CannotActOnAdmin,
    CurrentPasswordRequired,
    EmailAlreadyRegistered,
    Forbidden,
    InvalidInput,
    PreconditionFailed,
    UserNotFound,
    WrongPassword,
)
from user_domain.use_cases.profile.change_profile import ChangeProfileCommand
from user_domain.value_objects.ids import UserId

router = APIRouter(prefix="/users", tags=["users"])


UserIdInPath = Annotated[IdInPath, Path(ge=1, le=2**31 - 1)]


@router.get(
    "/{user_id}",
    summary="See a user",
    responses=responses(*BEARER_PROBLEMS, Forbidden, UserNotFound, InvalidInput),
)
async def get_user(
    user_id: UserIdInPath, response: Response, login: CurrentLogin, application: ApplicationDependency
) -> UserResource:
    """One's own record, or for admins anybody's."""
    user = await application.get_user.execute(actor=login.user, user_id=UserId(user_id))
    response.headers["ETag"] = etag(user)
    return user_resource(user, application)


@router.put(
    "/{user_id}",
    summary="Change a profile",
    responses=responses(
        *BEARER_PROBLEMS,
        *BODY_PROBLEMS,
        CurrentPasswordRequired,
        Forbidden,
        WrongPassword,
        UserNotFound,
        EmailAlreadyRegistered,
        CannotActOnAdmin,
        PreconditionFailed,
        *HASHING_PROBLEMS,
    ),
)
async def change_profile(
    *,
    user_id: UserIdInPath,
    body: ChangeProfileRequest,
    response: Response,
    login: CurrentLogin,
    application: ApplicationDependency,
    client: Client,
    expected_versions: ExpectedVersions,
) -> UserResource:
    """Change name, mobile number, language or e-mail address; one's own, or for admins a user's. `If-Match` makes it
    conditional. One's own new address stays `pending_email` until the link mailed to it is used; an admin's change is
    immediate. Either way the old address is told, and can undo it for 7 days.
    """
    user = await application.change_profile.execute(
        ChangeProfileCommand(
            actor=login.user,
            user_id=UserId(user_id),
            name=body.name,
            mobile=body.mobile,
            locale=body.locale,
            email=body.email,
            current_password=body.current_password,
            expected_versions=expected_versions,
            client=client,
        )
    )
    response.headers["ETag"] = etag(user)
    return user_resource(user, application)
