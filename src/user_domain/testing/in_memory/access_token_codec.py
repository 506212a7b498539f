"""Tokens that are tickets into a dictionary."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from user_domain.errors import TokenExpired, TokenInvalid
from user_domain.ports.access_token_codec import AccessTokenCodec
from user_domain.value_objects.access_token import TokenSubject

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.value_objects.access_token import AccessTokenClaims


_numbers = count(1)


class InMemoryAccessTokenCodec(AccessTokenCodec):
    """Knows what it has issued, and nothing else. The tokens can be guessed and are no use to another process."""

    def __init__(self) -> None:
        self._number = next(_numbers)
        self._issued: dict[str, AccessTokenClaims] = {}

    def require_ready(self, *, at: datetime) -> None:
        """Anybody can issue these, at any time."""

    def issue(self, claims: AccessTokenClaims) -> str:
        token = f"ticket.{self._number}.{len(self._issued)}"
        self._issued[token] = claims
        return token

    def read(self, token: str, *, at: datetime) -> TokenSubject:
        claims = self._issued.get(token)
        if claims is None:
            raise TokenInvalid
        if at >= claims.expires_at:
            raise TokenExpired
        return TokenSubject(claims.user_id, claims.session)
