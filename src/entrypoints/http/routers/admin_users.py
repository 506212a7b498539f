"""/admin/users/{id} and /admin/create-user: what admins see of one user, and do to the account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Query, Request, Response, status

from entrypoints.http.dependencies import (
    ApplicationDependency,
    Client,
    CurrentLogin,
    CursorsDependency,
    ExpectedVersions,
)
from entrypoints.http.pagination import next_link
from entrypoints.http.problems import InvalidCursor
from entrypoints.http.routers.presenting import admin_user_resource
from entrypoints.http.schemas.admin_users import (
    AdminUserResource,
    BlockRequest,
    CreatedUserResource,
    CreateUserRequest,
    RoleName,
    RoleRequest,
    StatusPeriodResource,
    SuspendRequest,
    UserChanged,
)
from entrypoints.http.schemas.common import IdInPath
from entrypoints.http.schemas.problem import BEARER_PROBLEMS, BODY_PROBLEMS, HASHING_PROBLEMS, responses
from entrypoints.http.schemas.users import etag
from user_domain.errors import (
    CannotActOnAdmin,
    CannotActOnSelf,
    EmailAlreadyRegistered,
    Forbidden,
    InvalidInput,
    LastAdmin,
    PreconditionFailed,
    UserNotFound,
    Violation,
)
from user_domain.use_cases.administration.block_user import BlockUserCommand
from user_domain.use_cases.administration.change_role import ChangeRoleCommand
from user_domain.use_cases.administration.create_user import CreateUserCommand
from user_domain.use_cases.administration.require_password_reset import RequirePasswordResetCommand
from user_domain.use_cases.administration.suspend_user import SuspendUserCommand
from user_domain.use_cases.administration.unblock_user import UnblockUserCommand
from user_domain.value_objects.ids import StatusChangeId, UserId
from user_domain.value_objects.role import Role

if TYPE_CHECKING:
    from entrypoints.application import Application
    from user_domain.entities.user import User

router = APIRouter(prefix="/admin", tags=["administration"])

UserIdInPath = Annotated[IdInPath, Path(ge=1, le=2**31 - 1)]

_SEEING = (*BEARER_PROBLEMS, Forbidden, UserNotFound, InvalidInput)
_ACTING = (*_SEEING, CannotActOnSelf, PreconditionFailed)
_CONTROLLING = (*_ACTING, CannotActOnAdmin)

# Who sends no body at all means one without fields.
_NO_REASON, _NOTHING_ELSE, _NO_ROLE = BlockRequest(), SuspendRequest(), RoleRequest()


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


@router.post("/users/{user_id}/block", summary="Block an account", responses=responses(*_CONTROLLING, *BODY_PROBLEMS))
async def block_user(
    *,
    user_id: UserIdInPath,
    body: BlockRequest = _NO_REASON,
    response: Response,
    login: CurrentLogin,
    application: ApplicationDependency,
    client: Client,
    expected_versions: ExpectedVersions,
) -> UserChanged:
    """Shut an account until an admin opens it again. All its sessions end at once, everywhere. The person is told that
    by mail, but not why. Once more for the same reason changes nothing. `If-Match` makes it conditional.
    """
    user = await application.block_user.execute(
        BlockUserCommand(
            actor=login.user,
            user_id=UserId(user_id),
            reason=body.reason,
            expected_versions=expected_versions,
            client=client,
        )
    )
    return _changed("The account is blocked.", user, application, response)


@router.post("/users/{user_id}/unblock", summary="Open an account again", responses=responses(*_CONTROLLING))
async def unblock_user(
    *,
    user_id: UserIdInPath,
    response: Response,
    login: CurrentLogin,
    application: ApplicationDependency,
    client: Client,
    expected_versions: ExpectedVersions,
) -> UserChanged:
    """Lift block and suspension; a body is not looked at. Where there is neither nothing changes. `If-Match` makes it
    conditional.
    """
    user = await application.unblock_user.execute(
        UnblockUserCommand(
            actor=login.user, user_id=UserId(user_id), expected_versions=expected_versions, client=client
        )
    )
    return _changed("The account is open.", user, application, response)


@router.post(
    "/users/{user_id}/suspend", summary="Suspend an account", responses=responses(*_CONTROLLING, *BODY_PROBLEMS)
)
async def suspend_user(
    *,
    user_id: UserIdInPath,
    body: SuspendRequest = _NOTHING_ELSE,
    response: Response,
    login: CurrentLogin,
    application: ApplicationDependency,
    client: Client,
    expected_versions: ExpectedVersions,
) -> UserChanged:
    """Shut an account for a while: with `until` the suspension lifts itself. All its sessions end at once, everywhere.
    The person is told until when by mail, but not why. A block that there is stays. `If-Match` makes it conditional.
    """
    user = await application.suspend_user.execute(
        SuspendUserCommand(
            actor=login.user,
            user_id=UserId(user_id),
            reason=body.reason,
            until=body.until,
            expected_versions=expected_versions,
            client=client,
        )
    )
    return _changed("The account is suspended.", user, application, response)


@router.put(
    "/users/{user_id}/role",
    summary="Change a role",
    responses=responses(*_ACTING, *BODY_PROBLEMS, LastAdmin),
)
async def change_role(
    *,
    user_id: UserIdInPath,
    body: RoleRequest = _NO_ROLE,
    new_role: Annotated[RoleName | None, Query(description="Instead of the body.")] = None,
    response: Response,
    login: CurrentLogin,
    application: ApplicationDependency,
    client: Client,
    expected_versions: ExpectedVersions,
) -> UserChanged:
    """Make a user an admin, or an admin a user; not oneself, and never the last admin who can log in. Sessions go on,
    with the powers of the new role from the next request on. The person is told by mail. `If-Match` makes it
    conditional.
    """
    user = await application.change_role.execute(
        ChangeRoleCommand(
            actor=login.user,
            user_id=UserId(user_id),
            role=_one_role(body.role, new_role),
            expected_versions=expected_versions,
            client=client,
        )
    )
    return _changed("The role is changed.", user, application, response)


@router.post(
    "/users/{user_id}/require-password-reset",
    summary="Ask for a new password",
    responses=responses(*_CONTROLLING),
)
async def require_password_reset(
    *,
    user_id: UserIdInPath,
    response: Response,
    login: CurrentLogin,
    application: ApplicationDependency,
    client: Client,
    expected_versions: ExpectedVersions,
) -> UserChanged:
    """Have a user choose a new password: all sessions end at once, everywhere, and nobody logs in before that is done
    by the link which is mailed. Once more sends another link, and the one before opens nothing any more. `If-Match`
    makes it conditional.
    """
    user = await application.require_password_reset.execute(
        RequirePasswordResetCommand(
            actor=login.user, user_id=UserId(user_id), expected_versions=expected_versions, client=client
        )
    )
    return _changed("A new password is required; the link is on its way.", user, application, response)


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


def _changed(message: str, user: User, application: Application, response: Response) -> UserChanged:
    response.headers["ETag"] = etag(user)
    return UserChanged.model_construct(message=message, user=admin_user_resource(user, application))


def _one_role(in_body: RoleName | None, in_query: RoleName | None) -> Role:
    """The role that was named in the one place or the other.

    Raises:
        InvalidInput: it was named nowhere, or two of them were.
    """
    named = {role for role in (in_body, in_query) if role is not None}
    match sorted(named):
        case [role]:
            return Role(role)
        case []:
            raise InvalidInput([Violation("role", "required", "role: This field is required.")])
        case _:
            message = "The body names another role than the address; please name one."
            raise InvalidInput([Violation("new_role", "contradiction", message)])
