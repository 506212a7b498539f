"""Signing keys, for writing."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from user_domain.entities.signing_key import SigningKey
    from user_domain.value_objects.ids import KeyId


class SigningKeyRepository(Protocol):
    """The key set, within a unit of work."""

    @abstractmethod
    async def lock_all(self) -> list[SigningKey]:
        """Every key, in the order in which they begin to sign, as it is now; locked for the rest of the unit of work,
        and so is the set: of any number of callers the others wait, and see what was committed meanwhile. Nobody who
        only reads waits."""

    @abstractmethod
    async def add(self, key: SigningKey) -> None:
        """A key of whose id there is none yet."""

    @abstractmethod
    async def save(self, key: SigningKey) -> None:
        """When a key retires, and how its private half is sealed; nothing else of it changes. A key that is not there
        stays so."""

    @abstractmethod
    async def remove(self, key_id: KeyId) -> None:
        """A key is gone; one that is gone already stays so."""
