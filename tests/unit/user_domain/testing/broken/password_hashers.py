"""Password hashers that take the wrong password for the right one, or give the right one away."""

from __future__ import annotations

from dataclasses import replace

from user_domain.ports.password_hasher import PasswordHash, Verification
from user_domain.testing.in_memory import InMemoryPasswordHasher
from user_domain.value_objects.password import Password


class MatchesNothing(InMemoryPasswordHasher):
    async def verify(self, password: Password, password_hash: PasswordHash | None) -> Verification:
        return Verification(matches=False)


class MatchesAnything(InMemoryPasswordHasher):
    async def verify(self, password: Password, password_hash: PasswordHash | None) -> Verification:
        return replace(await super().verify(password, password_hash), matches=password_hash is not None)


class MatchesNobody(InMemoryPasswordHasher):
    async def verify(self, password: Password, password_hash: PasswordHash | None) -> Verification:
        return await super().verify(password, password_hash or await self.hash(password))


class MatchesWhatItCannotRead(InMemoryPasswordHasher):
    async def verify(self, password: Password, password_hash: PasswordHash | None) -> Verification:
        unreadable = password_hash is not None and password_hash.count("$") != 2
        return Verification(matches=True) if unreadable else await super().verify(password, password_hash)


class NeverOutdated(InMemoryPasswordHasher):
    async def verify(self, password: Password, password_hash: PasswordHash | None) -> Verification:
        return replace(await super().verify(password, password_hash), outdated=False)


class OutdatedThoughWrong(InMemoryPasswordHasher):
    async def verify(self, password: Password, password_hash: PasswordHash | None) -> Verification:
        verification = await super().verify(password, password_hash)
        return verification if verification.matches else Verification(matches=False, outdated=True)


class Unsalted(InMemoryPasswordHasher):
    async def hash(self, password: Password) -> PasswordHash:
        return self._digest(self._generation, 0, password)


class AppendsThePassword(InMemoryPasswordHasher):
    async def hash(self, password: Password) -> PasswordHash:
        return PasswordHash(f"{await super().hash(password)}{password.value}")


class StopsAfter72Bytes(InMemoryPasswordHasher):
    def _digest(self, generation: int, salt: int, password: Password) -> PasswordHash:
        return super()._digest(generation, salt, Password(password.value.encode()[:72].decode(errors="ignore")))


class StopsAtNul(InMemoryPasswordHasher):
    def _digest(self, generation: int, salt: int, password: Password) -> PasswordHash:
        return super()._digest(generation, salt, Password(password.value.partition("\0")[0]))


class TrimsSpaces(InMemoryPasswordHasher):
    def _digest(self, generation: int, salt: int, password: Password) -> PasswordHash:
        return super()._digest(generation, salt, Password(password.value.strip()))
