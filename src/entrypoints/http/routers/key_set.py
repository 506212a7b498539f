"""/.well-known/jwks.json: the public keys."""

from __future__ import annotations

import hashlib

from fastapi import APIRouter, Request, Response, status

from entrypoints.http.conditional import is_known
from entrypoints.http.dependencies import ApplicationDependency, KeySetDependency
from entrypoints.http.schemas.key_set import JsonWebKeySet
from entrypoints.http.schemas.problem import responses
from user_domain.errors import StorageUnavailable

router = APIRouter(tags=["service"])

_CACHE_CONTROL = "public, max-age=300"
"""Far shorter than a key is published before it signs; and after an emergency a stolen key is believed no longer."""


@router.get(
    "/.well-known/jwks.json",
    summary="The keys to verify access tokens with",
    response_model=JsonWebKeySet,
    response_model_exclude_none=True,
    responses=responses(StorageUnavailable)
    | {304: {"description": "Nothing has changed: `If-None-Match` names what there is"}},
)
async def json_web_key_set(
    request: Request, response: Response, key_set: KeySetDependency, application: ApplicationDependency
) -> JsonWebKeySet | Response:
    """The public keys (RFC 7517), those to come and those that have signed tokens still about included. Under HS256
    there are none. Keep them for five minutes; look again, at most every 30 seconds, when a token names another key.
    """
    published = JsonWebKeySet.model_validate({"keys": key_set.published(application.clock.now())})
    # A key never changes, so their names say it all.
    digest = hashlib.sha256(" ".join(key.kid for key in published.keys).encode()).hexdigest()
    headers = {"Cache-Control": _CACHE_CONTROL, "ETag": f'"{digest[:32]}"'}
    if is_known(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    response.headers.update(headers)
    return published
