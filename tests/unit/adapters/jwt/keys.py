"""A key set in memory, with real keys in it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from adapters.jwt.access_token_codec import JwtAccessTokenCodec
from adapters.jwt.key_set import KeySet
from adapters.jwt.signing_key_maker import CryptographySigningKeyMaker
from user_domain.entities.signing_key import SigningKey
from user_domain.testing.builders import NOW
from user_domain.testing.in_memory import InMemoryDatabase, InMemorySigningKeyQueries, InMemoryUnitOfWork

if TYPE_CHECKING:
    from collections.abc import Sequence

TOKEN_LIFETIME = timedelta(minutes=30)
MONTH = timedelta(days=30)
ISSUER = "user-service"
SEAL = bytes(32)


class Keys:
    """The stored keys, and a process that knows them as of its last look."""

    def __init__(self) -> None:
        self.database = InMemoryDatabase()
        self.asked_for_unknown = 0
        self.maker = CryptographySigningKeyMaker(keys=[SEAL])
        self.key_set = self.known_to(self.maker)

    def known_to(self, maker: CryptographySigningKeyMaker, *, algorithm: str | None = "ES256") -> KeySet:
        """Another process, which has not looked yet."""
        queries = InMemorySigningKeyQueries(self.database)
        return KeySet(
            keys=queries, maker=maker, algorithm=algorithm, token_lifetime=TOKEN_LIFETIME, on_unknown=self.on_unknown
        )

    def on_unknown(self) -> None:
        self.asked_for_unknown += 1

    async def add(self, algorithm: str, *, begins: timedelta = -timedelta(hours=1)) -> SigningKey:
        """A key that signs for a month, from an hour ago unless told otherwise; known at once."""
        pair = await self.maker.make(algorithm)
        key = SigningKey.admit(pair, at=NOW, activates_at=NOW + begins, signs_for=MONTH)
        await self.store(key)
        return key

    async def store(self, *keys: SigningKey) -> None:
        """Add or replace keys; known at once."""
        async with InMemoryUnitOfWork(self.database) as work:
            for key in keys:
                await work.signing_keys.add(key)
            await work.commit()
        await self.key_set.reload()

    async def remove(self, key: SigningKey) -> None:
        """Take a key away; known at once."""
        async with InMemoryUnitOfWork(self.database) as work:
            await work.signing_keys.remove(key.id)
            await work.commit()
        await self.key_set.reload()

    def codec(
        self, algorithm: str = "ES256", *, secret_keys: Sequence[str] = (), audience: str | None = None
    ) -> JwtAccessTokenCodec:
        """A codec that signs so."""
        return JwtAccessTokenCodec(
            algorithm=algorithm, secret_keys=secret_keys, key_set=self.key_set, issuer=ISSUER, audience=audience
        )
