"""/admin/mail: what has not left."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from entrypoints.http.dependencies import ApplicationDependency, Client, CurrentLogin, CursorsDependency
from entrypoints.http.pagination import next_link
from entrypoints.http.problems import InvalidCursor
from entrypoints.http.schemas.auth import Message
from entrypoints.http.schemas.mail import UnsentMailResource
from entrypoints.http.schemas.problem import BEARER_PROBLEMS, responses
from user_domain.errors import Forbidden, InvalidInput, MailNotFound
from user_domain.value_objects.ids import MailId

router = APIRouter(prefix="/admin/mail", tags=["administration"])

_LIST = "mail"


@router.get(
    "",
    summary="Mail that waits or is dead",
    responses=responses(*BEARER_PROBLEMS, Forbidden, InvalidCursor, InvalidInput),
)
async def list_mail(
    *,
    request: Request,
    response: Response,
    login: CurrentLogin,
    application: ApplicationDependency,
    cursors: CursorsDependency,
    limit: Annotated[int, Query(ge=1, le=200)] = 200,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> list[UnsentMailResource]:
    """What has not left yet, oldest first; never what it says. `Link` leads to the next page."""
    after = None if cursor is None else MailId(cursors.read(_LIST, cursor))
    mails = await application.list_mail.execute(actor=login.user, limit=limit + 1, after=after)
    page = mails[:limit]
    if len(mails) > limit:
        response.headers["Link"] = next_link(request, limit=limit, cursor=cursors.write(_LIST, page[-1].mail.id))
    return [UnsentMailResource.of(mail) for mail in page]


@router.post(
    "/{mail_id}/retry",
    summary="Send a mail now",
    responses=responses(*BEARER_PROBLEMS, Forbidden, MailNotFound, InvalidInput),
)
async def retry_mail(
    mail_id: Annotated[str, Path(pattern="^[0-9a-f]{32}$")],
    login: CurrentLogin,
    application: ApplicationDependency,
    client: Client,
) -> Message:
    """Have a mail tried again at once, dead or waiting, as if it had never been tried."""
    await application.retry_mail.execute(MailId(mail_id), actor=login.user, client=client)
    return Message(message="The mail is on its way again.")
