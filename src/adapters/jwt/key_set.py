"""The signing keys, as one process knows them."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jwt
import structlog

from adapters.jwt.signing_key_maker import ALGORITHMS
from user_domain.errors import StorageUnavailable
from user_domain.policies import key_rotation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta

    from adapters.jwt.signing_key_maker import CryptographySigningKeyMaker, PrivateKey
    from user_domain.entities.signing_key import SigningKey
    from user_domain.ports.signing_key_queries import SigningKeyQueries

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownKey:
    """A key that tokens can be verified with, until the last of them has expired; and signed with, where its private
    half could be opened.
    """

    id: str
    algorithm: str
    honoured_until: datetime
    verifying: jwt.PyJWK
    private: PrivateKey | None = field(repr=False)


class KeySet:
    """Keeps the keys in memory, so that a token costs no round trip and a database that is away for a while keeps
    nobody out. Knows nothing before the first `reload`; then as much as at the last one.

    `algorithm` is what this process signs with; None where it signs with a shared secret. `on_unknown` is called when
    a token names a key that is not known, which may be a new one; anybody can make such tokens.
    """

    def __init__(
        self,
        *,
        keys: SigningKeyQueries,
        maker: CryptographySigningKeyMaker,
        algorithm: str | None,
        token_lifetime: timedelta,
        on_unknown: Callable[[], object] = lambda: None,
    ) -> None:
        self._queries = keys
        self._maker = maker
        self._algorithm = algorithm
        self._token_lifetime = token_lifetime
        self._on_unknown = on_unknown
        self._stored: Sequence[SigningKey] | None = None
        self._known: dict[str, KnownKey] = {}
        self._complained_of: set[str] = set()
        self._complained_at = -1
        self.generation = 0
        """Counts the changes: what was found out with other keys than these need not be so any more."""

    @property
    def is_loaded(self) -> bool:
        """Whether the keys are known at all."""
        return self._stored is not None

    async def reload(self) -> None:
        """Look which keys there are now.

        Raises:
            StorageUnavailable: nobody can tell; what was known stays.
        """
        stored = await self._queries.all()
        if stored != self._stored:
            # In a thread: the first signature with an RSA key takes some milliseconds more than those to come.
            self._known = await asyncio.to_thread(self._opened, stored)
            self._stored = stored
            self.generation += 1
            # What is gone may have been stolen, and is not to be found in memory either.
            self._maker.forget(all_but={key.id for key in stored})

    def signer(self, at: datetime) -> tuple[KnownKey, PrivateKey]:
        """What to sign with at a moment.

        Raises:
            StorageUnavailable: the keys are not known yet, or none of them signs now.
        """
        opened = {key.id: key.private for key in self._known.values() if key.private is not None}
        key = key_rotation.signer([key for key in self._loaded() if key.id in opened], at=at)
        if key is None:
            if self._complained_at != self.generation:  # once for each set of keys, not for each request
                self._complained_at = self.generation
                _log.error("no key signs access tokens now; see `user-service keys list`")
            raise StorageUnavailable
        return self._known[key.id], opened[key.id]

    def verifier(self, key_id: object, at: datetime) -> KnownKey | None:
        """The key of this id, as long as its tokens are honoured.

        Raises:
            StorageUnavailable: the keys are not known yet.
        """
        self._loaded()
        if not isinstance(key_id, str):
            return None
        key = self._known.get(key_id)
        if key is None:
            self._on_unknown()
            return None
        return key if at < key.honoured_until else None

    def published(self, at: datetime) -> list[dict[str, Any]]:
        """The public keys, for whoever verifies tokens (RFC 7517 5).

        Raises:
            StorageUnavailable: the keys are not known yet, and tokens are signed with them.
        """
        if self._stored is None and self._algorithm is None:
            return []  # who has only ever shared a secret may not even have access to keys
        return [json.loads(key.public_jwk) for key in self._loaded() if at < key.honoured_until(self._token_lifetime)]

    def _loaded(self) -> Sequence[SigningKey]:
        if self._stored is None:
            raise StorageUnavailable
        return self._stored

    def _opened(self, stored: Sequence[SigningKey]) -> dict[str, KnownKey]:
        return {key.id: self._open(key) for key in stored if key.algorithm in ALGORITHMS}

    def _open(self, key: SigningKey) -> KnownKey:
        private = self._maker.open(key)
        if private is not None:
            jwt.encode({}, private, key.algorithm)
        elif key.id not in self._complained_of:
            self._complained_of.add(key.id)
            _log.error("a signing key is sealed with neither MASTER_KEY nor MASTER_KEY_PREVIOUS", kid=key.id)
        return KnownKey(
            id=key.id,
            algorithm=key.algorithm,
            honoured_until=key.honoured_until(self._token_lifetime),
            verifying=jwt.PyJWK.from_json(key.public_jwk, key.algorithm),
            private=private,
        )
