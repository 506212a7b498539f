"""/auth: registering, logging in and out, who am I."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response, status

from entrypoints.http.dependencies import ApplicationDependency, Client, CurrentLogin
from entrypoints.http.languages import accepted_locale
from entrypoints.http.routers.presenting import user_resource
from entrypoints.http.schemas.auth import LoginRequest, Message, TokenForm, Tokens
from entrypoints.http.schemas.problem import (
    ACCESS_PROBLEMS,
    BEARER_PROBLEMS,
    BODY_PROBLEMS,
    HASHING_PROBLEMS,
    responses,
)
from entrypoints.http.schemas.users import RegisterRequest, UserResource, etag
from user_domain.errors import EmailAlreadyRegistered, InvalidCredentials, SessionLimitReached
from user_domain.use_cases.authentication.log_in import LogInCommand
from user_domain.use_cases.registration.register import RegisterCommand

router = APIRouter(prefix="/auth", tags=["auth"])

_LOGIN_PROBLEMS = responses(
    *BODY_PROBLEMS, InvalidCredentials, *ACCESS_PROBLEMS, SessionLimitReached, *HASHING_PROBLEMS
)


@router.get("/me", summary="Who am I", responses=responses(*BEARER_PROBLEMS))
async def me(response: Response, login: CurrentLogin, application: ApplicationDependency) -> UserResource:
    """The person who is logged in. Costs one look-up: other services may ask on every request."""
    response.headers["ETag"] = etag(login.user)
    return user_resource(login.user, application)


@router.post(
    "/register",
    summary="Open an account",
    status_code=status.HTTP_201_CREATED,
    responses=responses(*BODY_PROBLEMS, EmailAlreadyRegistered, *HASHING_PROBLEMS),
)
async def register(
    body: RegisterRequest, request: Request, response: Response, application: ApplicationDependency, client: Client
) -> UserResource:
    """Open an account for oneself. A mail asks to verify the address, in `locale`, else in the language of the browser
    (`Accept-Language`), which is kept as the user's.
    """
    browsers = accepted_locale(request.headers.get("accept-language"))
    user = await application.register.execute(
        RegisterCommand(
            name=body.name,
            email=body.email,
            mobile=body.mobile,
            password=body.password,
            locale=body.locale or (str(browsers) if browsers else None),
            client=client,
        )
    )
    response.headers["Location"] = f"{request.scope.get('root_path', '')}/users/{user.id}"
    response.headers["ETag"] = etag(user)
    return user_resource(user, application)


@router.post("/login", summary="Log in", responses=_LOGIN_PROBLEMS)
async def log_in(body: LoginRequest, application: ApplicationDependency, client: Client) -> Tokens:
    """Start a session with e-mail address and password."""
    command = LogInCommand(email=body.email, password=body.password, client=client)
    return Tokens.of(await application.log_in.execute(command))


@router.post("/token", summary="Log in (OAuth 2 password form)", responses=_LOGIN_PROBLEMS)
async def token(form: Annotated[TokenForm, Form()], application: ApplicationDependency, client: Client) -> Tokens:
    """The same as `/auth/login`, as an OAuth 2 form: what the Authorize button of Swagger UI sends."""
    command = LogInCommand(email=form.username, password=form.password, client=client)
    return Tokens.of(await application.log_in.execute(command))


@router.post("/logout", summary="Log out", responses=responses(*BEARER_PROBLEMS))
async def log_out(login: CurrentLogin, application: ApplicationDependency, client: Client) -> Message:
    """End this session. Its tokens are refused from the next request on, everywhere."""
    await application.log_out.execute(login, client=client)
    return Message(message="You are logged out.")
