"""Refresh tokens as message authentication codes."""

from __future__ import annotations

import base64
import binascii
import hmac
import struct
from typing import TYPE_CHECKING

from user_domain.errors import RefreshTokenInvalid
from user_domain.ports.refresh_token_codec import RefreshTokenCodec
from user_domain.value_objects.ids import SessionHandle
from user_domain.value_objects.refresh_token import RefreshToken

if TYPE_CHECKING:
    from collections.abc import Sequence

_LABEL = b"refresh-token\0"  # so that no other use of the same key ever gives the same code
_CONTENT = struct.Struct(">16sI")  # the session's handle, the generation
_CODE_BYTES = 32
_LENGTH = 70  # characters of base64url for content and code


class HmacRefreshTokenCodec(RefreshTokenCodec):
    """Session and generation, and their HMAC-SHA-256 (RFC 2104), as 70 characters of base64url (RFC 4648 5).

    `keys` begins with the one that new tokens are written under; those it replaced follow.
    """

    def __init__(self, *, keys: Sequence[bytes]) -> None:
        self._keys = tuple(keys)

    def issue(self, token: RefreshToken) -> str:
        return _written(self._keys[0], _CONTENT.pack(bytes.fromhex(token.session), token.generation))

    def read(self, text: str) -> RefreshToken:
        try:
            raw = base64.b64decode(text + "==", altchars=b"-_", validate=True) if len(text) == _LENGTH else b""
        except (binascii.Error, ValueError):
            raw = b""
        if len(raw) != _CONTENT.size + _CODE_BYTES:
            raise RefreshTokenInvalid
        content = raw[: _CONTENT.size]
        # The whole text is compared, so there is one way to write a token (the last character holds four idle bits).
        if not any(hmac.compare_digest(_written(key, content), text) for key in self._keys):
            raise RefreshTokenInvalid
        handle, generation = _CONTENT.unpack(content)
        return RefreshToken(SessionHandle(handle.hex()), generation)


def _written(key: bytes, content: bytes) -> str:
    code = hmac.digest(key, _LABEL + content, "sha256")
    return base64.urlsafe_b64encode(content + code).decode().rstrip("=")
