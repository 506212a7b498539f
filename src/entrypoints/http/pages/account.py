"""Where the links in mails lead. The token is the only authority: no cookie, and no script has to run.

GET shows a form and changes nothing, because mail scanners and previews follow links. POST does what the form says.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Annotated

import structlog
from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse

from entrypoints.http.dependencies import ApplicationDependency, Client
from entrypoints.http.languages import preferred
from entrypoints.http.pages.rendering import html_page
from entrypoints.http.pages.texts import LANGUAGES, of_error, of_violation, password_rules
from entrypoints.http.problems import problem_response, split_path
from user_domain.errors import DomainError, InvalidInput, OneTimeTokenInvalid, OneTimeTokenRefused, Unavailable
from user_domain.policies.password import MIN_LENGTH
from user_domain.use_cases.passwords.reset_password import ResetPasswordCommand

router = APIRouter(include_in_schema=False)

_log = structlog.get_logger(__name__)
_TOKEN = re.compile(r"[A-Za-z0-9._~=-]{1,200}")
_WORTH_ANOTHER_TRY = {
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
}

# Empty where they are missing, or where the body is no form at all.
_Token = Annotated[str, Form()]
_NewPassword = Annotated[str, Form()]


@router.get("/verify-email")
@router.get("/reset-password")
@router.get("/confirm-email-change")
@router.get("/undo-email-change")
@router.get("/not-me")
async def show(request: Request, token: str = "") -> HTMLResponse:
    """The form. It asks nothing of the application, so it cannot tell whether the token is good."""
    if not token:
        return _page(request, "incomplete.html", status=HTTPStatus.BAD_REQUEST)
    if not _TOKEN.fullmatch(token):
        return _refusal(request, token, OneTimeTokenInvalid())
    return _page(request, "form.html", _form_facts(_language(request), token))


@router.post("/verify-email")
async def verify_email(
    request: Request, application: ApplicationDependency, client: Client, token: _Token = ""
) -> HTMLResponse:
    """Confirm that the address is the reader's."""
    return await _answer(request, token, lambda: application.verify_email.execute(token=token, client=client))


@router.post("/reset-password")
async def reset_password(
    request: Request,
    application: ApplicationDependency,
    client: Client,
    token: _Token = "",
    new_password: _NewPassword = "",
) -> HTMLResponse:
    """Set a new password without the old one."""
    command = ResetPasswordCommand(token=token, new_password=new_password, client=client)
    return await _answer(request, token, lambda: application.reset_password.execute(command))


@router.post("/confirm-email-change")
async def confirm_email_change(
    request: Request, application: ApplicationDependency, client: Client, token: _Token = ""
) -> HTMLResponse:
    """Make the new address the one of the account."""
    return await _answer(request, token, lambda: application.confirm_email_change.execute(token=token, client=client))


@router.post("/undo-email-change")
async def undo_email_change(
    request: Request, application: ApplicationDependency, client: Client, token: _Token = ""
) -> HTMLResponse:
    """Give the account its old address back."""
    return await _answer(request, token, lambda: application.undo_email_change.execute(token=token, client=client))


@router.post("/not-me")
async def report_not_me(
    request: Request, application: ApplicationDependency, client: Client, token: _Token = ""
) -> HTMLResponse:
    """Lock out whoever did what the mail told of."""
    return await _answer(request, token, lambda: application.report_not_me.execute(token=token, client=client))


async def _answer(request: Request, token: str, perform: Callable[[], Awaitable[object]]) -> HTMLResponse:
    if not _TOKEN.fullmatch(token):
        return _refusal(request, token, OneTimeTokenInvalid())
    try:
        await perform()
    except DomainError as error:
        if isinstance(error, Unavailable):
            cause = type(error.__cause__).__name__ if error.__cause__ else None
            _log.warning("unavailable", code=error.code, cause=cause)
        return _refusal(request, token, error)
    return _page(request, "done.html")


def _refusal(request: Request, token: str, error: DomainError) -> HTMLResponse:
    """Status and waiting time are those of the API. The form comes again where it may still be of use."""
    problem = problem_response(request, error)
    headers = {name: problem.headers[name] for name in ("Retry-After",) if name in problem.headers}
    language = _language(request)
    message = of_error(error, language)
    if problem.status_code in _WORTH_ANOTHER_TRY:
        found = error.violations if isinstance(error, InvalidInput) else ()
        facts = _form_facts(language, token, message, [of_violation(violation, language) for violation in found])
        return _page(request, "form.html", facts, status=problem.status_code, headers=headers)
    facts = {"message": message, "link_is_over": isinstance(error, OneTimeTokenRefused)}
    return _page(request, "refused.html", facts, status=problem.status_code, headers=headers)


def _form_facts(
    language: str, token: str, message: str | None = None, violations: Sequence[str] = ()
) -> dict[str, object]:
    return {
        "token": token,
        "message": message,
        "violations": violations,
        "rules": password_rules(language),
        "min_length": MIN_LENGTH,
    }


def _page(
    request: Request,
    template: str,
    facts: Mapping[str, object] | None = None,
    *,
    status: int = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    _, path = split_path(request.scope)
    return html_page(
        template,
        {"name": path.strip("/"), **(facts or {})},
        language=_language(request),
        status=status,
        headers={"Vary": "Accept-Language", **(headers or {})},
    )


def _language(request: Request) -> str:
    return preferred(request.headers.get("accept-language"), LANGUAGES) or LANGUAGES[0]
