"""Access tokens as signed JWTs."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from user_domain.errors import TokenExpired, TokenInvalid
from user_domain.ports.access_token_codec import AccessTokenCodec
from user_domain.value_objects.access_token import AccessTokenClaims, TokenSubject
from user_domain.value_objects.ids import SessionHandle, UserId

_ALGORITHM = "HS256"
_TYPES = frozenset({"at+jwt", "application/at+jwt"})  # RFC 9068 2.1 and 4
_COMPACT_JWS = re.compile(r"(?=.{1,4096}\Z)[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")  # RFC 7515 7.1: no padding
_HANDLE = re.compile(r"[0-9a-f]{32}")
_USER_ID = re.compile(r"[1-9][0-9]{0,9}")
_BACKDATE = timedelta(seconds=60)
"""`nbf` lies this far back: other services check it without leeway, and their clocks may be behind ours."""


class JwtAccessTokenCodec(AccessTokenCodec):
    """HS256 with a key that other services share (raw UTF-8 bytes), so that they can verify tokens themselves.

    The algorithm is pinned here and never read from a token (RFC 8725 3.1). Without `audience` no `aud` is written,
    because verifiers in production name none, and a token that carries one is refused. Times are whole seconds, as
    RFC 7519 has them in practice; `expires_at` is rounded down.
    """

    def __init__(self, *, key: str, issuer: str, audience: str | None) -> None:
        self._key = key.encode()
        self._issuer = issuer
        self._audience = audience
        self._jwt = jwt.PyJWT(
            {
                "require": ["iss", "sub", "exp", "iat", "nbf", "jti", "sid"],
                "enforce_minimum_key_length": True,
                # The times are compared below, against the moment the caller gives.
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            }
        )

    def issue(self, claims: AccessTokenClaims) -> str:
        payload: dict[str, Any] = {
            "iss": self._issuer,
            "sub": str(claims.user_id),
            "exp": int(claims.expires_at.timestamp()),
            "iat": int(claims.issued_at.timestamp()),
            "nbf": int((claims.issued_at - _BACKDATE).timestamp()),
            "jti": claims.token_id,
            "sid": claims.session,
            "email": claims.email.value,
            "name": claims.name.value,
            "role": claims.role.value,
        }
        if self._audience is not None:
            payload["aud"] = self._audience
        return self._jwt.encode(payload, self._key, _ALGORITHM, headers={"typ": "at+jwt"})

    def read(self, token: str, *, at: datetime) -> TokenSubject:
        payload = self._verified(token)
        expires_at, not_before = _moment(payload["exp"]), _moment(payload["nbf"])
        if at >= expires_at:
            raise TokenExpired
        subject, session = payload["sub"], payload["sid"]
        if at < not_before or not _USER_ID.fullmatch(subject):
            raise TokenInvalid
        if not isinstance(session, str) or not _HANDLE.fullmatch(session):
            raise TokenInvalid
        return TokenSubject(UserId(int(subject)), SessionHandle(session))

    def _verified(self, token: str) -> dict[str, Any]:
        """The claims of a token that this service has signed as an access token."""
        if not _COMPACT_JWS.fullmatch(token):
            raise TokenInvalid  # PyJWT would read past what does not belong into one
        try:
            decoded = self._jwt.decode_complete(
                token, self._key, algorithms=[_ALGORITHM], issuer=self._issuer, audience=self._audience
            )
        except Exception as error:  # PyJWT lets TypeError and others through on hostile tokens
            raise TokenInvalid from error
        if str(decoded["header"].get("typ")).lower() not in _TYPES:
            raise TokenInvalid
        payload: dict[str, Any] = decoded["payload"]
        return payload


def _moment(seconds: object) -> datetime:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise TokenInvalid
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise TokenInvalid from error
