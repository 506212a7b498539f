"""/admin/audit: what happened, and what proves it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response, status
from fastapi.responses import StreamingResponse

from entrypoints.audit_csv import as_csv
from entrypoints.csv_format import CONTENT_TYPE, MEDIA_TYPE
from entrypoints.http.dependencies import ApplicationDependency, Client, CurrentLogin, CursorsDependency
from entrypoints.http.media_types import preferred_media_type
from entrypoints.http.pagination import next_link
from entrypoints.http.problems import InvalidCursor
from entrypoints.http.schemas.audit import (
    CSV_EXAMPLE,
    AuditEntryResource,
    AuditQuery,
    AuditSealResource,
)
from entrypoints.http.schemas.problem import BEARER_PROBLEMS, responses
from user_domain.errors import Forbidden, InvalidInput
from user_domain.ports.audit_queries import AuditPosition
from user_domain.value_objects.ids import AuditEntryId

if TYPE_CHECKING:
    pass

router = APIRouter(prefix="/admin/audit", tags=["administration"])

_SEALS = "audit seals"
_JSON = "application/json"


def _next(path: str) -> dict[str, Any]:
    return {
        "description": 'Where the next page is (RFC 8288, `rel="next"`); absent on the last one.',
        "schema": {"type": "string"},
        "example": f'<{path}?limit=200&cursor=Hc0xVbq…>; rel="next"',
    }


@router.get(
    "",
    summary="What happened",
    response_model=list[AuditEntryResource],
    responses={
        status.HTTP_200_OK: {
            "headers": {
                "Link": _next("/admin/audit"),
                "Vary": {
                    "description": "The answer depends on `Accept`.",
                    "schema": {"type": "string"},
                    "example": "Accept",
                },
                "Content-Disposition": {
                    "description": "A name for the file, of CSV.",
                    "schema": {"type": "string"},
                    "example": 'attachment; filename="audit-20260314T150926Z.csv"',
                },
            },
            "content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": CSV_EXAMPLE}},
        },
        **responses(*BEARER_PROBLEMS, Forbidden, InvalidCursor, InvalidInput),
    },
)
async def list_audit_entries(
    *,
    request: Request,
    response: Response,
    login: CurrentLogin,
    application: ApplicationDependency,
    cursors: CursorsDependency,
    client: Client,
    query: Annotated[AuditQuery, Query()],
) -> list[AuditEntryResource] | Response:
    """What happened, or what is looked for of it, the newest first. A cursor is good for the list it came from, at any
    `limit`.

    With `Accept: text/csv` everything that is looked for comes at once, however much it is: a line of names, then a
    line for each entry, as RFC 4180 has it. `limit` and `cursor` mean nothing there. What a spreadsheet would take for
    a formula has an apostrophe in front of it. The export is an entry of the trail itself (`audit:export`). Should the
    service fail in the middle, the answer breaks off: only one that was received to its end is whole.
    """
    accepted = ", ".join(request.headers.getlist("accept"))
    if preferred_media_type(accepted, (_JSON, MEDIA_TYPE)) == MEDIA_TYPE:
        batches = await application.export_audit_entries.execute(
            actor=login.user, criteria=query.criteria(), client=client
        )
        name = f"audit-{application.clock.now().astimezone(UTC):%Y%m%dT%H%M%SZ}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Vary": "Accept"}
        return StreamingResponse(as_csv(batches), media_type=CONTENT_TYPE, headers=headers)
    named = query.listing()
    listing = f"audit {json.dumps(named, sort_keys=True)}"
    page = await application.list_audit_entries.execute(
        actor=login.user,
        criteria=query.criteria(),
        limit=query.limit,
        after=None if query.cursor is None else _position(cursors.read(listing, query.cursor)),
    )
    response.headers["Vary"] = "Accept"
    if page.next_page is not None:
        cursor = cursors.write(listing, _text(page.next_page))
        response.headers["Link"] = next_link(request, **named, limit=query.limit, cursor=cursor)
    return [AuditEntryResource.of(entry) for entry in page.entries]


@router.get(
    "/seals",
    summary="What proves it",
    responses={
        status.HTTP_200_OK: {"headers": {"Link": _next("/admin/audit/seals")}},
        **responses(*BEARER_PROBLEMS, Forbidden, InvalidCursor, InvalidInput),
    },
)
async def list_audit_seals(
    *,
    request: Request,
    response: Response,
    login: CurrentLogin,
    application: ApplicationDependency,
    cursors: CursorsDependency,
    limit: Annotated[int, Query(ge=1, le=200)] = 200,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> list[AuditSealResource]:
    """The signed seals of the trail, in their order; each is over some entries and the seal before it. An auditor
    checks a signature with the public key alone; whoever keeps a head knows everything up to there.
    """
    after = 0 if cursor is None else int(cursors.read(_SEALS, cursor))
    seals = await application.list_audit_seals.execute(actor=login.user, limit=limit + 1, after=after)
    page = seals[:limit]
    if len(seals) > limit:
        following = cursors.write(_SEALS, str(page[-1].statement.number))
        response.headers["Link"] = next_link(request, limit=limit, cursor=following)
    return [AuditSealResource.of(seal) for seal in page]


def _text(position: AuditPosition) -> str:
    return f"{position.id} {position.at.isoformat()}"


def _position(text: str) -> AuditPosition:
    entry_id, _, at = text.partition(" ")
    return AuditPosition(datetime.fromisoformat(at), AuditEntryId(int(entry_id)))
