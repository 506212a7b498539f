"""/auth: whose address is it, and changing it."""

from __future__ import annotations

from fastapi import APIRouter

from entrypoints.http.dependencies import ApplicationDependency, Client, CurrentLogin
from entrypoints.http.schemas.account import (
    Done,
    EmailRequest,
    EmailVerified,
    OneTimeTokenRequest,
    VerificationStatusResource,
)
from entrypoints.http.schemas.problem import BEARER_PROBLEMS, BODY_PROBLEMS, ONE_TIME_TOKEN_PROBLEMS, responses
from user_domain.errors import AccountBlocked, AccountSuspended, EmailAlreadyRegistered, RateLimited, StorageUnavailable

router = APIRouter(prefix="/auth", tags=["e-mail"])

_TOKEN_RESPONSES = responses(*BODY_PROBLEMS, *ONE_TIME_TOKEN_PROBLEMS)


@router.post("/verify-email", summary="Verify one's address", responses=_TOKEN_RESPONSES)
async def verify_email(body: OneTimeTokenRequest, application: ApplicationDependency, client: Client) -> EmailVerified:
    """Prove, by the token from the mail, that one reads it. Doing it again is no error."""
    await application.verify_email.execute(token=body.token, client=client)
    return EmailVerified(message="Your e-mail address is confirmed.")


@router.post(
    "/resend-verification",
    summary="Ask for another verification mail",
    responses=responses(*BODY_PROBLEMS, RateLimited, StorageUnavailable),
)
async def resend_verification(body: EmailRequest, application: ApplicationDependency, client: Client) -> Done:
    """Have the verification mail sent again, once in five minutes. The answer is the same for every address."""
    await application.resend_verification.execute(email=body.email, client=client)
    return Done(message="If there is an account with this address that is not confirmed yet, a mail is on its way.")


@router.get("/verification-status", summary="Is my address verified?", responses=responses(*BEARER_PROBLEMS))
async def verification_status(login: CurrentLogin, application: ApplicationDependency) -> VerificationStatusResource:
    """Whether one's address is verified, and when the last mail for that was sent."""
    return VerificationStatusResource.of(await application.get_verification_status.execute(login.user))


@router.post(
    "/confirm-email-change",
    summary="Confirm a new address",
    responses=responses(
        *BODY_PROBLEMS, *ONE_TIME_TOKEN_PROBLEMS, AccountBlocked, AccountSuspended, EmailAlreadyRegistered
    ),
)
async def confirm_email_change(body: OneTimeTokenRequest, application: ApplicationDependency, client: Client) -> Done:
    """Prove, by the token mailed to the new address, that it is one's own; from now on it is the account's."""
    await application.confirm_email_change.execute(token=body.token, client=client)
    return Done(message="Your e-mail address is changed.")


@router.post("/undo-email-change", summary="Take a change of address back", responses=_TOKEN_RESPONSES)
async def undo_email_change(body: OneTimeTokenRequest, application: ApplicationDependency, client: Client) -> Done:
    """Restore the old address, by the token mailed to it. All sessions end, and a new password is needed."""
    await application.undo_email_change.execute(token=body.token, client=client)
    return Done(
        message="Your e-mail address is restored and every session has ended. To choose a new password, follow the link"
        " in the mail that is on its way."
    )


@router.post("/not-me", summary="This was not me", responses=_TOKEN_RESPONSES)
async def report_not_me(body: OneTimeTokenRequest, application: ApplicationDependency, client: Client) -> Done:
    """Say, by the token from a security mail, that it was somebody else. All sessions end, and a new password is
    needed.
    """
    await application.report_not_me.execute(token=body.token, client=client)
    return Done(message="Every session has ended. Please choose a new password: ask for a password reset.")
