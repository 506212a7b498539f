"""Codecs whose tokens get lost, can be guessed, or are worth nothing after the key was replaced."""

from __future__ import annotations

from itertools import count

from user_domain.testing.in_memory.one_time_token_codec import InMemoryOneTimeTokenCodec
from user_domain.value_objects.ids import OneTimeTokenId
from user_domain.value_objects.one_time_token import digest as digest_of


class DrawsTokens(InMemoryOneTimeTokenCodec):
    def __init__(self, *, generation: int = 1) -> None:
        super().__init__(generation=generation)
        self._numbers = count(1)

    def derive(self, token_id: OneTimeTokenId) -> str:
        return super().derive(OneTimeTokenId(f"{token_id}{next(self._numbers)}"))


class OneTokenForAll(InMemoryOneTimeTokenCodec):
    def _derive(self, generation: int, token_id: OneTimeTokenId) -> str:
        return super()._derive(generation, OneTimeTokenId("0" * 32))


class LooksAtTheBeginning(InMemoryOneTimeTokenCodec):
    def _derive(self, generation: int, token_id: OneTimeTokenId) -> str:
        return super()._derive(generation, OneTimeTokenId(token_id[:30]))


class ShortTokens(InMemoryOneTimeTokenCodec):
    def _derive(self, generation: int, token_id: OneTimeTokenId) -> str:
        return super()._derive(generation, token_id)[:16]


class TokensWithPadding(InMemoryOneTimeTokenCodec):
    def _derive(self, generation: int, token_id: OneTimeTokenId) -> str:
        return f"{super()._derive(generation, token_id)}="


class DerivesOnlyOnce(InMemoryOneTimeTokenCodec):
    def derive_again(self, token_id: OneTimeTokenId, digest: bytes) -> str | None:
        return None


class DoesNotCompare(InMemoryOneTimeTokenCodec):
    def derive_again(self, token_id: OneTimeTokenId, digest: bytes) -> str | None:
        return super().derive_again(token_id, digest) or self.derive(token_id)


class ComparesTheBeginning(InMemoryOneTimeTokenCodec):
    def derive_again(self, token_id: OneTimeTokenId, digest: bytes) -> str | None:
        token = self.derive(token_id)
        return super().derive_again(token_id, digest) or (token if digest_of(token).startswith(digest) else None)


class ForgetsReplacedKeys(InMemoryOneTimeTokenCodec):
    def derive_again(self, token_id: OneTimeTokenId, digest: bytes) -> str | None:
        token = self.derive(token_id)
        return token if digest_of(token) == digest else None


class NeedsNoKey(InMemoryOneTimeTokenCodec):
    def _derive(self, generation: int, token_id: OneTimeTokenId) -> str:
        return super()._derive(1, token_id)


class GoesOnWithTheReplacedKey(InMemoryOneTimeTokenCodec):
    def derive(self, token_id: OneTimeTokenId) -> str:
        return self._derive(1, token_id)


class KnowsKeysToCome(InMemoryOneTimeTokenCodec):
    def derive_again(self, token_id: OneTimeTokenId, digest: bytes) -> str | None:
        return InMemoryOneTimeTokenCodec(generation=self._generation + 1).derive_again(token_id, digest)
