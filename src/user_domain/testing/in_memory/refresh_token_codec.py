"""Refresh tokens that anybody can write."""

from __future__ import annotations

import hashlib
import re

from user_domain.errors import RefreshTokenInvalid
from user_domain.ports.refresh_token_codec import RefreshTokenCodec
from user_domain.value_objects.ids import SessionHandle
from user_domain.value_objects.refresh_token import RefreshToken

_TOKEN = re.compile(r"([0-9a-f]{32})-([0-9]{1,10})-[0-9a-f]{64}")


class InMemoryRefreshTokenCodec(RefreshTokenCodec):
    """SHA-256 with the number of a key instead of a key; it knows the numbers before its own. For tests only: nothing
    of it is secret.
    """

    def __init__(self, *, key_number: int = 1) -> None:
        self._key_number = key_number

    def issue(self, token: RefreshToken) -> str:
        return _written(self._key_number, token)

    def read(self, text: str) -> RefreshToken:
        match = _TOKEN.fullmatch(text)
        if match is not None:
            token = RefreshToken(SessionHandle(match[1]), int(match[2]))
            if any(_written(number, token) == text for number in range(self._key_number, 0, -1)):
                return token
        raise RefreshTokenInvalid


def _written(key_number: int, token: RefreshToken) -> str:
    content = f"{token.session}-{token.generation}"
    return f"{content}-{hashlib.sha256(f'{key_number}${content}'.encode()).hexdigest()}"
