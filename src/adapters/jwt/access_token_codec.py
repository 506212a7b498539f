"""Access tokens as signed JWTs."""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import jwt

from user_domain.errors import TokenExpired, TokenInvalid
from user_domain.ports.access_token_codec import AccessTokenCodec
from user_domain.value_objects.access_token import AccessTokenClaims, TokenSubject
from user_domain.value_objects.ids import SessionHandle, UserId

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.jwt.key_set import KeySet

_SHARED = "HS256"
_TYPES = frozenset({"at+jwt", "application/at+jwt"})  # RFC 9068 2.1 and 4
_FORBIDDEN_HEADERS = frozenset({"jku", "jwk", "x5u", "x5c", "crit"})
"""Ways to bring one's own key (RFC 8725 3.10), and extensions, of which this service knows none."""
_REQUIRED = ("iss", "sub", "exp", "iat", "nbf", "jti", "sid")
_COMPACT_JWS = re.compile(r"(?=.{1,4096}\Z)[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")  # RFC 7515 7.1: no padding
_HANDLE = re.compile(r"[0-9a-f]{32}")
_USER_ID = re.compile(r"[1-9][0-9]{0,9}")
_BACKDATE = timedelta(seconds=60)
"""`nbf` lies this far back: other services check it without leeway, and their clocks may be behind ours."""
_REMEMBERED = 4096
"""Verified tokens that are not verified again; some 2 MB. Verifying one takes 0.1 to 0.2 ms, knowing it 3 µs."""


@dataclass(frozen=True, slots=True)
class _Verified:
    """What a genuine token says, and from when until when it does; beyond `honoured_until` its key is not trusted."""

    subject: TokenSubject
    not_before: datetime
    expires_at: datetime
    honoured_until: datetime | None

    def at(self, moment: datetime) -> TokenSubject:
        if moment >= self.expires_at:
            raise TokenExpired
        if moment < self.not_before or (self.honoured_until is not None and moment >= self.honoured_until):
            raise TokenInvalid
        return self.subject


class JwtAccessTokenCodec(AccessTokenCodec):
    """Signs by `algorithm`: HS256 with a key that other services share (raw UTF-8 bytes), or with a key of the set,
    which is named by `kid`. Reads both, so that a change of algorithm logs nobody out.

    A token without `kid` is verified as HS256 with each of `secret_keys`, the first of which signs; one with `kid` with
    that key and the algorithm stored with it. No algorithm is ever taken from a token (RFC 8725 3.1). Under HS256 no
    `aud` is written without `audience`, because verifiers in production name none, and a token that carries one is
    refused; tokens of the key set are shaped by RFC 9068 and always have one. Times are whole seconds, as RFC 7519 has
    them in practice; `expires_at` is rounded down.
    """

    def __init__(
        self, *, algorithm: str, secret_keys: Sequence[str], key_set: KeySet, issuer: str, audience: str | None
    ) -> None:
        self._algorithm = algorithm
        self._secret_keys = [key.encode() for key in secret_keys]
        self._key_set = key_set
        self._issuer = issuer
        self._audience = audience
        self._audience_of_key_set = audience or issuer
        self._verified: OrderedDict[bytes, _Verified] = OrderedDict()
        self._generation = key_set.generation
        self._by_secret_key = _jwt(requiring=_REQUIRED)
        self._by_key_set = _jwt(requiring=(*_REQUIRED, "aud", "client_id"))

    def require_ready(self, *, at: datetime) -> None:
        if self._algorithm != _SHARED:
            self._key_set.signer(at)

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
        if self._algorithm == _SHARED:
            if self._audience is not None:
                payload["aud"] = self._audience
            return self._by_secret_key.encode(payload, self._secret_keys[0], _SHARED, headers={"typ": "at+jwt"})
        key, private_key = self._key_set.signer(claims.issued_at)
        # RFC 9068 2.2. Nobody registers clients here: there is one, the shop itself.
        payload |= {"aud": self._audience_of_key_set, "client_id": self._issuer}
        return self._by_key_set.encode(payload, private_key, key.algorithm, headers={"typ": "at+jwt", "kid": key.id})

    def read(self, token: str, *, at: datetime) -> TokenSubject:
        if self._generation != self._key_set.generation:
            self._generation = self._key_set.generation
            self._verified.clear()
        # By digest, so that no token is kept that somebody could find in memory and use.
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        verified = self._verified.get(digest)
        if verified is not None:
            self._verified.move_to_end(digest)
            return verified.at(at)
        verified = self._verify(token, at)
        subject = verified.at(at)
        self._verified[digest] = verified
        if len(self._verified) > _REMEMBERED:
            self._verified.popitem(last=False)
        return subject

    def _verify(self, token: str, at: datetime) -> _Verified:
        """What a token says that this service has signed as an access token, whenever that was."""
        if not _COMPACT_JWS.fullmatch(token):
            raise TokenInvalid  # PyJWT would read past what does not belong into one
        header = _header(token)
        if str(header.get("typ")).lower() not in _TYPES or not _FORBIDDEN_HEADERS.isdisjoint(header):
            raise TokenInvalid
        honoured_until = None
        if "kid" in header:
            key = self._key_set.verifier(header["kid"], at)
            if key is None:
                raise TokenInvalid
            honoured_until = key.honoured_until
            payload = self._decoded(self._by_key_set, token, key.verifying, key.algorithm, self._audience_of_key_set)
        else:
            payload = self._with_a_secret_key(token)
        subject, session = payload["sub"], payload["sid"]
        if not _USER_ID.fullmatch(subject) or not isinstance(session, str) or not _HANDLE.fullmatch(session):
            raise TokenInvalid
        return _Verified(
            TokenSubject(UserId(int(subject)), SessionHandle(session)),
            _moment(payload["nbf"]),
            _moment(payload["exp"]),
            honoured_until,
        )

    def _with_a_secret_key(self, token: str) -> dict[str, Any]:
        for secret_key in self._secret_keys:
            with suppress(TokenInvalid):
                return self._decoded(self._by_secret_key, token, secret_key, _SHARED, self._audience)
        raise TokenInvalid

    def _decoded(
        self, decoder: jwt.PyJWT, token: str, key: jwt.PyJWK | bytes, algorithm: str, audience: str | None
    ) -> dict[str, Any]:
        try:
            payload: dict[str, Any] = decoder.decode(
                token, key, algorithms=[algorithm], issuer=self._issuer, audience=audience
            )
        except Exception as error:  # PyJWT lets TypeError and others through on hostile tokens
            raise TokenInvalid from error
        return payload


def _jwt(*, requiring: Sequence[str]) -> jwt.PyJWT:
    return jwt.PyJWT(
        {
            "require": list(requiring),
            "enforce_minimum_key_length": True,
            "strict_aud": True,
            # The times are compared here, against the moment the caller gives.
            "verify_exp": False,
            "verify_nbf": False,
            "verify_iat": False,
        }
    )


def _header(token: str) -> dict[str, Any]:
    try:
        return jwt.get_unverified_header(token)
    except Exception as error:  # as above
        raise TokenInvalid from error


def _moment(seconds: object) -> datetime:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise TokenInvalid
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise TokenInvalid from error
