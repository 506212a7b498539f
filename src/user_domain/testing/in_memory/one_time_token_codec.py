"""Tokens that anybody can derive."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from user_domain.ports.one_time_token_codec import OneTimeTokenCodec
from user_domain.value_objects.one_time_token import digest as digest_of

if TYPE_CHECKING:
    from user_domain.value_objects.ids import OneTimeTokenId


class InMemoryOneTimeTokenCodec(OneTimeTokenCodec):
    """SHA-256 with a generation instead of a key; it knows the generations before its own. For tests only: nothing of
    it is secret.
    """

    def __init__(self, *, generation: int = 1) -> None:
        self._generation = generation

    def derive(self, token_id: OneTimeTokenId) -> str:
        return self._derive(self._generation, token_id)

    def derive_again(self, token_id: OneTimeTokenId, digest: bytes) -> str | None:
        tokens = (self._derive(generation, token_id) for generation in range(self._generation, 0, -1))
        return next((token for token in tokens if digest_of(token) == digest), None)

    def _derive(self, generation: int, token_id: OneTimeTokenId) -> str:
        return hashlib.sha256(f"{generation}${token_id}".encode("utf-8", "surrogatepass")).hexdigest()
