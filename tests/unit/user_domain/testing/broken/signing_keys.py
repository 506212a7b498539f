"""Key sets that lose, mix up or repeat keys, and makers of keys that anybody can use."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING

from user_domain.entities.signing_key import KeyPair
from user_domain.testing.builders import a_signing_key
from user_domain.testing.in_memory import InMemorySigningKeyMaker, InMemorySigningKeyQueries
from user_domain.testing.in_memory.signing_key_repository import InMemorySigningKeyRepository
from user_domain.value_objects.ids import KeyId

if TYPE_CHECKING:
    from user_domain.entities.signing_key import SigningKey
    from user_domain.testing.in_memory.database import InMemoryDatabase


# --- The repository -------------------------------------------------------------------------------------------------


class RoundsTimes(InMemorySigningKeyRepository):
    async def add(self, key: SigningKey) -> None:
        await super().add(replace(key, activates_at=key.activates_at.replace(microsecond=0)))


class RewritesWhatIsPublished(InMemorySigningKeyRepository):
    """As a column of JSON does."""

    async def add(self, key: SigningKey) -> None:
        await super().add(replace(key, public_jwk=json.dumps(json.loads(key.public_jwk))))


class LocksInTheOrderOfMaking(InMemorySigningKeyRepository):
    async def lock_all(self) -> list[SigningKey]:
        return sorted(await super().lock_all(), key=lambda key: key.created_at)


class SavesNoSeal(InMemorySigningKeyRepository):
    async def save(self, key: SigningKey) -> None:
        stored = self._keys.get(key.id, key)
        await super().save(replace(key, sealed_private_key=stored.sealed_private_key))


class SavesEverything(InMemorySigningKeyRepository):
    async def save(self, key: SigningKey) -> None:
        if key.id in self._keys:
            self._keys[key.id] = key


class SavesWhatIsGone(InMemorySigningKeyRepository):
    async def save(self, key: SigningKey) -> None:
        await super().save(key)
        self._keys.setdefault(key.id, key)


class RemovesTheFirst(InMemorySigningKeyRepository):
    async def remove(self, key_id: KeyId) -> None:
        for first in list(self._keys)[:1]:
            del self._keys[first]


class RemovesNothing(InMemorySigningKeyRepository):
    async def remove(self, key_id: KeyId) -> None:
        pass


# --- The queries ----------------------------------------------------------------------------------------------------


class MakesKeysUp(InMemorySigningKeyQueries):
    async def all(self) -> list[SigningKey]:
        return await super().all() or [a_signing_key()]


class ShowsKeysInTheOrderOfMaking(InMemorySigningKeyQueries):
    async def all(self) -> list[SigningKey]:
        return sorted(await super().all(), key=lambda key: key.created_at)


class RemembersKeys(InMemorySigningKeyQueries):
    def __init__(self, database: InMemoryDatabase) -> None:
        super().__init__(database)
        self._remembered: list[SigningKey] = []

    async def all(self) -> list[SigningKey]:
        self._remembered = self._remembered or await super().all()
        return self._remembered


class WaitsForWriters(InMemorySigningKeyQueries):
    async def all(self) -> list[SigningKey]:
        if self._database.lock.locked():
            raise AssertionError
        await asyncio.sleep(0)
        return await super().all()


# --- The maker ------------------------------------------------------------------------------------------------------


class KnowsOneAlgorithm(InMemorySigningKeyMaker):
    async def make(self, algorithm: str) -> KeyPair:
        return replace(await super().make(algorithm), algorithm="ES256")


class MakesOneKey(InMemorySigningKeyMaker):
    async def make(self, algorithm: str) -> KeyPair:
        key_id = KeyId("the-key")
        sealed = f"{self._seals[0]}:private {key_id}".encode()
        return KeyPair(id=key_id, algorithm=algorithm, public_jwk='{"kid":"the-key"}', sealed_private_key=sealed)


class PublishesEverything(InMemorySigningKeyMaker):
    async def make(self, algorithm: str) -> KeyPair:
        pair = await super().make(algorithm)
        return replace(pair, public_jwk=json.dumps({"kid": pair.id, "d": pair.sealed_private_key.hex()}))


class PublishesAnotherName(InMemorySigningKeyMaker):
    async def make(self, algorithm: str) -> KeyPair:
        pair = await super().make(algorithm)
        return replace(pair, public_jwk=json.dumps({"kid": f"{pair.id}-public"}))


class SealsAnewEveryTime(InMemorySigningKeyMaker):
    def reseal(self, key: SigningKey) -> bytes | None:
        sealed = super().reseal(key)
        return sealed and self._seals[0].encode() + b":" + sealed.partition(b":")[2].replace(b"private", b"PRIVATE")


class LeavesOldSeals(InMemorySigningKeyMaker):
    def reseal(self, key: SigningKey) -> bytes | None:
        return super().reseal(key) and key.sealed_private_key


class SealsNothing(InMemorySigningKeyMaker):
    """Whoever reads the store can sign."""

    def reseal(self, key: SigningKey) -> bytes | None:
        _, _, content = key.sealed_private_key.partition(b":")
        return self._seals[0].encode() + b":" + content


class ChecksNothing(InMemorySigningKeyMaker):
    """As encryption without authentication."""

    def reseal(self, key: SigningKey) -> bytes | None:
        seal, _, content = key.sealed_private_key.decode().partition(":")
        return f"{self._seals[0]}:{content}".encode() if seal in self._seals or not content.isascii() else b""


class LooksAtTheSealOnly(InMemorySigningKeyMaker):
    def reseal(self, key: SigningKey) -> bytes | None:
        seal, _, content = key.sealed_private_key.decode().partition(":")
        return f"{self._seals[0]}:{content}".encode() if seal in self._seals else None
