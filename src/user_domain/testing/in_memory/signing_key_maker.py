"""Signing keys that sign nothing."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from user_domain.entities.signing_key import KeyPair
from user_domain.ports.signing_key_maker import SigningKeyMaker
from user_domain.value_objects.ids import KeyId

if TYPE_CHECKING:
    from user_domain.entities.signing_key import SigningKey

_numbers = count(1)


class InMemorySigningKeyMaker(SigningKeyMaker):
    """Seals by writing a name in front: its own, the first of `seals`. It opens what bears any of them."""

    def __init__(self, *seals: str) -> None:
        self._seals = seals or ("today",)

    async def make(self, algorithm: str) -> KeyPair:
        key_id = KeyId(f"key-{next(_numbers):06d}")
        return KeyPair(
            id=key_id,
            algorithm=algorithm,
            public_jwk=f'{{"kid":"{key_id}"}}',
            sealed_private_key=f"{self._seals[0]}:private {key_id}".encode(),
        )

    def reseal(self, key: SigningKey) -> bytes | None:
        seal, _, content = key.sealed_private_key.decode("utf-8", "replace").partition(":")
        # A private half that belongs to another key is none.
        if seal not in self._seals or content != f"private {key.id}":
            return None
        return f"{self._seals[0]}:{content}".encode()
