"""Signing keys in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from user_domain.ports.signing_key_repository import SigningKeyRepository
from user_domain.testing.in_memory.signing_key_queries import in_order

if TYPE_CHECKING:
    from user_domain.entities.signing_key import SigningKey
    from user_domain.testing.in_memory.database import State
    from user_domain.value_objects.ids import KeyId


class InMemorySigningKeyRepository(SigningKeyRepository):
    """Keys in a unit of work's copy of the state, which nobody else changes meanwhile: there is nothing to lock."""

    def __init__(self, state: State) -> None:
        self._keys = state.signing_keys

    async def lock_all(self) -> list[SigningKey]:
        return in_order(self._keys)

    async def add(self, key: SigningKey) -> None:
        self._keys[key.id] = key

    async def save(self, key: SigningKey) -> None:
        stored = self._keys.get(key.id)
        if stored is not None:
            self._keys[key.id] = replace(stored, retires_at=key.retires_at, sealed_private_key=key.sealed_private_key)

    async def remove(self, key_id: KeyId) -> None:
        self._keys.pop(key_id, None)
