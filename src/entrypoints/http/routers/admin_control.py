"""/admin/users/{id}/…: what admins do to somebody's account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, TypedDict

from fastapi import APIRouter, Depends, Query, Response

from entrypoints.http.dependencies import ApplicationDependency, Client, CurrentLogin, ExpectedVersions
from entrypoints.http.routers.presenting import admin_user_resource
from entrypoints.http.routers.users import UserIdInPath
from entrypoints.http.schemas.admin_users import BlockRequest, RoleName, RoleRequest, SuspendRequest, UserChanged
from entrypoints.http.schemas.problem import BEARER_PROBLEMS, BODY_PROBLEMS, responses
from entrypoints.http.schemas.users import etag
from user_domain.errors import (
    CannotActOnAdmin,
    CannotActOnSelf,
    Forbidden,
    InvalidInput,
    LastAdmin,
    PreconditionFailed,
    UserNotFound,
    Violation,
)
from user_domain.use_cases.administration.block_user import BlockUserCommand
from user_domain.use_cases.administration.change_role import ChangeRoleCommand
from user_domain.use_cases.administration.require_password_reset import RequirePasswordResetCommand
from user_domain.use_cases.administration.suspend_user import SuspendUserCommand
from user_domain.use_cases.administration.unblock_user import UnblockUserCommand
from user_domain.value_objects.ids import UserId
from user_domain.value_objects.role import Role

if TYPE_CHECKING:
    from entrypoints.application import Application
    from user_domain.entities.user import User
    from user_domain.value_objects.client_info import ClientInfo

router = APIRouter(prefix="/admin", tags=["administration"])

_ACTING = (*BEARER_PROBLEMS, Forbidden, UserNotFound, InvalidInput, CannotActOnSelf, PreconditionFailed)
_CONTROLLING = (*_ACTING, CannotActOnAdmin)

# Who sends no body at all means one without fields.
_NO_REASON, _NOTHING_ELSE, _NO_ROLE = BlockRequest(), SuspendRequest(), RoleRequest()


class _Terms(TypedDict):
    actor: User
    user_id: UserId
    expected_versions: frozenset[int] | None
    client: ClientInfo


@dataclass(frozen=True, slots=True)
class _Act:
    """What an admin does to an account: the part that is the same whatever it is."""

    terms: _Terms
    application: Application
    response: Response

    def answer(self, message: str, user: User) -> UserChanged:
        """That it is done, and the user as it stands now."""
        self.response.headers["ETag"] = etag(user)
        return UserChanged.model_construct(message=message, user=admin_user_resource(user, self.application))


async def _act(
    *,
    user_id: UserIdInPath,
    response: Response,
    login: CurrentLogin,
    application: ApplicationDependency,
    client: Client,
    expected_versions: ExpectedVersions,
) -> _Act:
    terms = _Terms(actor=login.user, user_id=UserId(user_id), expected_versions=expected_versions, client=client)
    return _Act(terms, application, response)


@router.post("/users/{user_id}/block", summary="Block an account", responses=responses(*_CONTROLLING, *BODY_PROBLEMS))
async def block_user(act: Annotated[_Act, Depends(_act)], body: BlockRequest = _NO_REASON) -> UserChanged:
    """Shut an account until an admin opens it again. All its sessions end at once, everywhere. The person is told that
    by mail, but not why. Once more for the same reason changes nothing. `If-Match` makes it conditional.
    """
    user = await act.application.block_user.execute(BlockUserCommand(**act.terms, reason=body.reason))
    return act.answer("The account is blocked.", user)


@router.post("/users/{user_id}/unblock", summary="Open an account again", responses=responses(*_CONTROLLING))
async def unblock_user(act: Annotated[_Act, Depends(_act)]) -> UserChanged:
    """Lift block and suspension; a body is not looked at. Where there is neither nothing changes. `If-Match` makes it
    conditional.
    """
    user = await act.application.unblock_user.execute(UnblockUserCommand(**act.terms))
    return act.answer("The account is open.", user)


@router.post(
    "/users/{user_id}/suspend", summary="Suspend an account", responses=responses(*_CONTROLLING, *BODY_PROBLEMS)
)
async def suspend_user(act: Annotated[_Act, Depends(_act)], body: SuspendRequest = _NOTHING_ELSE) -> UserChanged:
    """Shut an account for a while: with `until` the suspension lifts itself. All its sessions end at once, everywhere.
    The person is told until when by mail, but not why. A block that there is stays. `If-Match` makes it conditional.
    """
    command = SuspendUserCommand(**act.terms, reason=body.reason, until=body.until)
    user = await act.application.suspend_user.execute(command)
    return act.answer("The account is suspended.", user)


@router.put(
    "/users/{user_id}/role",
    summary="Change a role",
    responses=responses(*_ACTING, *BODY_PROBLEMS, LastAdmin),
)
async def change_role(
    act: Annotated[_Act, Depends(_act)],
    body: RoleRequest = _NO_ROLE,
    new_role: Annotated[RoleName | None, Query(description="Instead of the body.")] = None,
) -> UserChanged:
    """Make a user an admin, or an admin a user; not oneself, and never the last admin who can log in. Sessions go on,
    with the powers of the new role from the next request on. The person is told by mail. `If-Match` makes it
    conditional.
    """
    command = ChangeRoleCommand(**act.terms, role=_one_role(body.role, new_role))
    user = await act.application.change_role.execute(command)
    return act.answer("The role is changed.", user)


@router.post(
    "/users/{user_id}/require-password-reset",
    summary="Ask for a new password",
    responses=responses(*_CONTROLLING),
)
async def require_password_reset(act: Annotated[_Act, Depends(_act)]) -> UserChanged:
    """Have a user choose a new password: all sessions end at once, everywhere, and nobody logs in before that is done
    by the link which is mailed. Once more sends another link, and the one before opens nothing any more. `If-Match`
    makes it conditional.
    """
    user = await act.application.require_password_reset.execute(RequirePasswordResetCommand(**act.terms))
    return act.answer("A new password is required; the link is on its way.", user)


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
