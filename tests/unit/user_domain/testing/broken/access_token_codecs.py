"""Codecs that honour tokens they must not honour, or issue some that nobody can use."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from user_domain.errors import TokenExpired, TokenInvalid
from user_domain.testing.in_memory import InMemoryAccessTokenCodec
from user_domain.value_objects.access_token import TokenSubject
from user_domain.value_objects.ids import SessionHandle, UserId

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.value_objects.access_token import AccessTokenClaims


class SpeaksForSomebodyElse(InMemoryAccessTokenCodec):
    def read(self, token: str, *, at: datetime) -> TokenSubject:
        return TokenSubject(UserId(1), super().read(token, at=at).session)


class IssuesTokensWithSpaces(InMemoryAccessTokenCodec):
    def issue(self, claims: AccessTokenClaims) -> str:
        token = super().issue(claims)
        self._issued[f"Bearer {token}"] = claims
        return f"Bearer {token}"


class HonoursExpiredTokens(InMemoryAccessTokenCodec):
    def read(self, token: str, *, at: datetime) -> TokenSubject:
        try:
            return super().read(token, at=at)
        except TokenExpired:
            claims = self._issued[token]
            return TokenSubject(claims.user_id, claims.session)


class HonoursTheMomentOfExpiry(InMemoryAccessTokenCodec):
    def read(self, token: str, *, at: datetime) -> TokenSubject:
        return super().read(token, at=at - timedelta(microseconds=1))


class HonoursNonsense(InMemoryAccessTokenCodec):
    def read(self, token: str, *, at: datetime) -> TokenSubject:
        try:
            return super().read(token, at=at)
        except TokenInvalid:
            return TokenSubject(UserId(1), SessionHandle(token))


class IgnoresWhatFollows(InMemoryAccessTokenCodec):
    """As a decoder that stops where the token should end."""

    def read(self, token: str, *, at: datetime) -> TokenSubject:
        return super().read(next((issued for issued in self._issued if token.startswith(issued)), token), at=at)


class IgnoresCase(InMemoryAccessTokenCodec):
    def read(self, token: str, *, at: datetime) -> TokenSubject:
        return super().read(token.lower(), at=at)


class SignsNothing(InMemoryAccessTokenCodec):
    """The token says it all itself, and whoever can write may write one."""

    def issue(self, claims: AccessTokenClaims) -> str:
        return f"{claims.user_id}.{claims.session}.{claims.expires_at.timestamp()}"

    def read(self, token: str, *, at: datetime) -> TokenSubject:
        try:
            user_id, session, expires_at = token.split(".", 2)
            expired = at.timestamp() >= float(expires_at)
        except ValueError:
            raise TokenInvalid from None
        if expired:
            raise TokenExpired
        return TokenSubject(UserId(int(user_id)), SessionHandle(session))


class CountsLikeAnyOther(InMemoryAccessTokenCodec):
    """Tickets with numbers: another codec has issued the same."""

    def issue(self, claims: AccessTokenClaims) -> str:
        token = f"ticket.{len(self._issued)}"
        self._issued[token] = claims
        return token
