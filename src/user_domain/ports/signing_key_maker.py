"""Making signing keys, and keeping them sealed."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from user_domain.entities.signing_key import KeyPair, SigningKey


class SigningKeyMaker(Protocol):
    """Makes key pairs, and seals the private halves so that whoever reads the store cannot sign."""

    @abstractmethod
    async def make(self, algorithm: str) -> KeyPair:
        """A key pair that nobody has had before. May take a second, and belongs outside of units of work."""

    @abstractmethod
    def reseal(self, key: SigningKey) -> bytes | None:
        """The private half, sealed as new ones are: the very same bytes where it is. None where this process cannot
        open it, and so cannot sign with it. Quick, and waits for nothing."""
