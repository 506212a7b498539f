"""Signing keys in memory, for reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.ports.signing_key_queries import SigningKeyQueries

if TYPE_CHECKING:
    from collections.abc import Mapping

    from user_domain.entities.signing_key import SigningKey
    from user_domain.testing.in_memory.database import InMemoryDatabase
    from user_domain.value_objects.ids import KeyId


def in_order(keys: Mapping[KeyId, SigningKey]) -> list[SigningKey]:
    """The keys, in the order in which they begin to sign."""
    return sorted(keys.values(), key=lambda key: (key.activates_at, key.id))


class InMemorySigningKeyQueries(SigningKeyQueries):
    """Looks through the committed keys."""

    def __init__(self, database: InMemoryDatabase) -> None:
        self._database = database

    async def all(self) -> list[SigningKey]:
        return in_order(self._database.committed.signing_keys)
