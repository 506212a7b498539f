"""Codecs whose tokens get lost, can be made up, or are worth nothing after the key was replaced."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

from user_domain.errors import RefreshTokenInvalid, StorageUnavailable
from user_domain.testing.in_memory.refresh_token_codec import InMemoryRefreshTokenCodec
from user_domain.value_objects.ids import SessionHandle
from user_domain.value_objects.refresh_token import RefreshToken

if TYPE_CHECKING:
    from collections.abc import Iterator


class ForgetsTheGeneration(InMemoryRefreshTokenCodec):
    def read(self, text: str) -> RefreshToken:
        return replace(super().read(text), generation=0)


class ReadsNineDigits(InMemoryRefreshTokenCodec):
    def read(self, text: str) -> RefreshToken:
        token = super().read(text)
        if token.generation >= 10**9:
            raise RefreshTokenInvalid
        return token


class DrawsTexts(InMemoryRefreshTokenCodec):
    def __init__(self, *, key_number: int = 1) -> None:
        super().__init__(key_number=key_number)
        self._numbers: Iterator[int] = count(1)

    def issue(self, token: RefreshToken) -> str:
        return f"{next(self._numbers)}-{super().issue(token)}"


class CountsTo255(InMemoryRefreshTokenCodec):
    def issue(self, token: RefreshToken) -> str:
        return super().issue(replace(token, generation=token.generation % 256))


class LooksAtTheEnd(InMemoryRefreshTokenCodec):
    def issue(self, token: RefreshToken) -> str:
        return super().issue(replace(token, session=SessionHandle(token.session[30:] * 16)))


class TextsWithPadding(InMemoryRefreshTokenCodec):
    def issue(self, token: RefreshToken) -> str:
        return f"{super().issue(token)}="


class ShortCodes(InMemoryRefreshTokenCodec):
    def issue(self, token: RefreshToken) -> str:
        return super().issue(token)[:44]


class ReadsWithoutACode(InMemoryRefreshTokenCodec):
    def read(self, text: str) -> RefreshToken:
        match = re.match("([0-9a-f]{32})-([0-9]{1,10})-", text)
        if match is None:
            raise RefreshTokenInvalid
        return RefreshToken(SessionHandle(match[1]), int(match[2]))


class ComparesTheBeginning(InMemoryRefreshTokenCodec):
    def read(self, text: str) -> RefreshToken:
        token = ReadsWithoutACode().read(text)
        if self.issue(token)[:-1] == text[: len(self.issue(token)) - 1]:
            return token
        return super().read(text)


class TrimsSpaces(InMemoryRefreshTokenCodec):
    def read(self, text: str) -> RefreshToken:
        return super().read(text.strip())


class IgnoresWhatFollows(InMemoryRefreshTokenCodec):
    def read(self, text: str) -> RefreshToken:
        return super().read(text[: len(self.issue(ReadsWithoutACode().read(text)))])


class IgnoresCase(InMemoryRefreshTokenCodec):
    def read(self, text: str) -> RefreshToken:
        return super().read(text.lower())


class KnowsTwoAlphabets(InMemoryRefreshTokenCodec):
    def read(self, text: str) -> RefreshToken:
        return super().read(text.replace("+", "-"))


class SignsTheSessionOnly(InMemoryRefreshTokenCodec):
    def issue(self, token: RefreshToken) -> str:
        handle, _, code = super().issue(replace(token, generation=0)).split("-")
        return f"{handle}-{token.generation}-{code}"

    def read(self, text: str) -> RefreshToken:
        token = ReadsWithoutACode().read(text)
        if self.issue(token) != text:
            raise RefreshTokenInvalid
        return token


class ReadsNonsense(InMemoryRefreshTokenCodec):
    def read(self, text: str) -> RefreshToken:
        return super().read(text) if text else RefreshToken(SessionHandle("0" * 32), 0)


class FailsOnWhatIsNotAscii(InMemoryRefreshTokenCodec):
    def read(self, text: str) -> RefreshToken:
        if not text.isascii():
            raise StorageUnavailable
        return super().read(text)


class FailsOnWhatIsTooLong(InMemoryRefreshTokenCodec):
    def read(self, text: str) -> RefreshToken:
        if len(text) > 100_000:
            raise StorageUnavailable
        return super().read(text)


class ForgetsReplacedKeys(InMemoryRefreshTokenCodec):
    def read(self, text: str) -> RefreshToken:
        token = super().read(text)
        if self.issue(token) != text:
            raise RefreshTokenInvalid
        return token


class GoesOnWithTheReplacedKey(InMemoryRefreshTokenCodec):
    def issue(self, token: RefreshToken) -> str:
        return InMemoryRefreshTokenCodec(key_number=1).issue(token)


class KnowsKeysToCome(InMemoryRefreshTokenCodec):
    def read(self, text: str) -> RefreshToken:
        return InMemoryRefreshTokenCodec(key_number=self._key_number + 1).read(text)
