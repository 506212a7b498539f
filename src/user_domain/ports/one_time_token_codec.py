"""One-time tokens, as they are mailed."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from user_domain.value_objects.ids import OneTimeTokenId


class OneTimeTokenCodec(Protocol):
    """Derives a token from its id by a secret key, so that no token has to be stored to be mailed. Plain, not async:
    it computes, and never waits."""

    @abstractmethod
    def derive(self, token_id: OneTimeTokenId) -> str:
        """The token of a new id: at least 128 bits nobody without the key can guess, in URL-safe characters. The same
        id gives the same token, and no other id does."""

    @abstractmethod
    def derive_again(self, token_id: OneTimeTokenId, digest: bytes) -> str | None:
        """The token of an id whose digest is stored, also when it was derived by a key that has been replaced since;
        None where no key gives it."""
