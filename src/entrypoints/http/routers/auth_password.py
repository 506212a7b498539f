"""/auth: passwords, forgotten and changed."""

from __future__ import annotations

from fastapi import APIRouter

from entrypoints.http.dependencies import ApplicationDependency, Client, CurrentLogin
from entrypoints.http.schemas.account import (
    ChangePasswordRequest,
    Done,
    EmailRequest,
    PasswordChanged,
    ResetPasswordRequest,
)
from entrypoints.http.schemas.problem import (
    BEARER_PROBLEMS,
    BODY_PROBLEMS,
    HASHING_PROBLEMS,
    ONE_TIME_TOKEN_PROBLEMS,
    responses,
)
from user_domain.errors import AccountBlocked, AccountSuspended, StorageUnavailable, WrongPassword
from user_domain.use_cases.passwords.change_password import ChangePasswordCommand
from user_domain.use_cases.passwords.reset_password import ResetPasswordCommand

router = APIRouter(prefix="/auth", tags=["passwords"])


@router.post(
    "/forgot-password",
    summary="Ask for a password reset",
    responses=responses(*BODY_PROBLEMS, StorageUnavailable),
)
async def forgot_password(body: EmailRequest, application: ApplicationDependency, client: Client) -> Done:
    """Have a link mailed that lets one choose a new password. The answer is the same for every address."""
    await application.forgot_password.execute(email=body.email, client=client)
    return Done(message="If there is an account with this address, a mail with a link is on its way.")


@router.post(
    "/reset-password",
    summary="Choose a new password with a mailed token",
    responses=responses(*BODY_PROBLEMS, *ONE_TIME_TOKEN_PROBLEMS, AccountBlocked, AccountSuspended, *HASHING_PROBLEMS),
)
async def reset_password(body: ResetPasswordRequest, application: ApplicationDependency, client: Client) -> Done:
    """Set a new password, by the token from the mail. All sessions end; nobody is logged in by it."""
    command = ResetPasswordCommand(token=body.token, new_password=body.new_password, client=client)
    await application.reset_password.execute(command)
    return Done(message="Your password is changed and every session has ended. Please log in.")


@router.post(
    "/change-password",
    summary="Change one's password",
    responses=responses(*BEARER_PROBLEMS, *BODY_PROBLEMS, WrongPassword, *HASHING_PROBLEMS),
)
async def change_password(
    body: ChangePasswordRequest, login: CurrentLogin, application: ApplicationDependency, client: Client
) -> PasswordChanged:
    """Choose another password, with the current one. All other sessions end."""
    ended = await application.change_password.execute(
        ChangePasswordCommand(
            login=login, current_password=body.current_password, new_password=body.new_password, client=client
        )
    )
    return PasswordChanged(message="Your password is changed.", sessions_ended=ended)
