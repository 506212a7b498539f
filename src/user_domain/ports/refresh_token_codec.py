"""Refresh tokens."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from user_domain.value_objects.refresh_token import RefreshToken


class RefreshTokenCodec(Protocol):
    """Writes and reads refresh tokens that nobody else can write, so that none has to be stored. Plain, not async: it
    computes, and never waits."""

    @abstractmethod
    def issue(self, token: RefreshToken) -> str:
        """The token as text: URL-safe characters, at least 128 bits of which nobody without the key can guess. The
        same token gives the same text, and no other token does."""

    @abstractmethod
    def read(self, text: str) -> RefreshToken:
        """What a text says, also one that was written under a key that has been replaced since.

        Raises:
            RefreshTokenInvalid: it was not written by this service.
        """
