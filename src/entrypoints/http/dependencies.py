"""What routes ask for: the application, who is calling, and from where."""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Header, Request
from fastapi.openapi.models import HTTPBearer, OAuth2, OAuthFlowPassword, OAuthFlows
from fastapi.security.base import SecurityBase

from adapters.jwt.key_set import KeySet
from adapters.postgres.health import DatabaseHealth
from entrypoints.application import Application
from entrypoints.http.pagination import Cursors
from entrypoints.http.problems import PathNotFound
from user_domain.errors import TokenInvalid, TokenMissing
from user_domain.ports.session_queries import Login
from user_domain.value_objects.client_info import ClientInfo

if TYPE_CHECKING:
    from pydantic import SecretStr
    from starlette.datastructures import Headers


_VERSION_TAG = re.compile(r'"([0-9]{1,10})"')


async def _application(request: Request) -> Application:
    application: Application = request.app.state.application
    return application


async def client_of(request: Request) -> ClientInfo:
    """Where a request came from."""
    return ClientInfo.seen(
        ip_address=request.client.host if request.client else None,
        user_agent=request.headers.get("user-agent"),
        request_id=request.state.request_id,
    )


class _BearerLogin(SecurityBase):
    """Recognises the caller by the access token (RFC 6750 2.1, the Authorization header only); one look-up.

    To Swagger UI it is an OAuth 2 password flow, so that its Authorize button works.
    """

    def __init__(self) -> None:
        self.scheme_name = "bearer"
        # Relative, so that it holds behind a gateway's prefix too.
        self.model = OAuth2(flows=OAuthFlows(password=OAuthFlowPassword(tokenUrl="auth/token", scopes={})))

    async def __call__(self, request: Request) -> Login:
        application = await _application(request)
        login = await application.authenticate.execute(_bearer_token(request.headers), client=await client_of(request))
        request.state.user = login.user  # for whoever has to say that this user was refused something
        return login


def _bearer_token(headers: Headers) -> str | None:
    """The one token that was sent.

    Raises:
        TokenInvalid: there are two: whoever looked at the other one before us must not have looked in vain.
    """
    sent = headers.getlist("authorization")
    if len(sent) > 1:
        raise TokenInvalid
    scheme, _, token = sent[0].partition(" ") if sent else ("", "", "")
    return token.strip() or None if scheme.lower() == "bearer" else None


class _FeedReader(SecurityBase):
    """Lets in who shows the token of the revocation feed: another service, nobody's user. Where none is set there is
    nothing to see.
    """

    def __init__(self) -> None:
        self.scheme_name = "revocation-feed"
        self.model = HTTPBearer(
            description="REVOCATION_FEED_TOKEN; no access token opens this, and it opens nothing else."
        )

    async def __call__(self, request: Request) -> None:
        expected: SecretStr | None = request.app.state.revocation_feed_token
        if expected is None:
            raise PathNotFound
        token = _bearer_token(request.headers)
        if token is None:
            raise TokenMissing
        if not hmac.compare_digest(token.encode(), expected.get_secret_value().encode()):
            raise TokenInvalid


async def _expected_versions(if_match: Annotated[str | None, Header()] = None) -> frozenset[int] | None:
    """The versions that If-Match (RFC 9110 13.1.1) names; None where any will do. Tags that this service has never
    given, weak ones included, match no version.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    tags = (_VERSION_TAG.fullmatch(tag.strip()) for tag in if_match.split(","))
    return frozenset(int(tag[1]) for tag in tags if tag)


async def _database_health(request: Request) -> DatabaseHealth:
    health: DatabaseHealth = request.app.state.database_health
    return health


async def _cursors(request: Request) -> Cursors:
    cursors: Cursors = request.app.state.cursors
    return cursors


async def _key_set(request: Request) -> KeySet:
    key_set: KeySet = request.app.state.key_set
    return key_set


CursorsDependency = Annotated[Cursors, Depends(_cursors)]
KeySetDependency = Annotated[KeySet, Depends(_key_set)]
DatabaseHealthDependency = Annotated[DatabaseHealth, Depends(_database_health)]
ApplicationDependency = Annotated[Application, Depends(_application)]
Client = Annotated[ClientInfo, Depends(client_of)]
CurrentLogin = Annotated[Login, Depends(_BearerLogin())]
ExpectedVersions = Annotated[frozenset[int] | None, Depends(_expected_versions)]
feed_reader = _FeedReader()
