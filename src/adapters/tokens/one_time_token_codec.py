"""One-time tokens as message authentication codes."""

from __future__ import annotations

import base64
import hmac
from typing import TYPE_CHECKING

from user_domain.ports.one_time_token_codec import OneTimeTokenCodec
from user_domain.value_objects.one_time_token import digest as digest_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from user_domain.value_objects.ids import OneTimeTokenId

_LABEL = b"one-time-token\0"  # so that no other use of the same key ever gives the same code


class HmacOneTimeTokenCodec(OneTimeTokenCodec):
    """HMAC-SHA-256 of the token's id (RFC 2104), as 43 characters of base64url (RFC 4648 5).

    `keys` begins with the one that new tokens are derived by; those it replaced follow.
    """

    def __init__(self, *, keys: Sequence[bytes]) -> None:
        self._current, *self._replaced = keys

    def derive(self, token_id: OneTimeTokenId) -> str:
        return _derive(self._current, token_id)

    def derive_again(self, token_id: OneTimeTokenId, digest: bytes) -> str | None:
        for key in (self._current, *self._replaced):
            text = _derive(key, token_id)
            if hmac.compare_digest(digest_of(text), digest):
                return text
        return None


def _derive(key: bytes, token_id: OneTimeTokenId) -> str:
    code = hmac.digest(key, _LABEL + token_id.encode("utf-8", "surrogatepass"), "sha256")
    return base64.urlsafe_b64encode(code).decode().rstrip("=")
