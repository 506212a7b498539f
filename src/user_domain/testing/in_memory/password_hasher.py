"""A hasher that costs nothing."""

from __future__ import annotations

import hashlib
from itertools import count
from typing import TYPE_CHECKING

from user_domain.ports.password_hasher import PasswordHash, PasswordHasher, Verification

if TYPE_CHECKING:
    from user_domain.value_objects.password import Password


class InMemoryPasswordHasher(PasswordHasher):
    """Salted SHA-256 with a generation instead of a cost. For tests only: it takes no work to reverse, and is never
    overloaded. `calls` counts the hashes computed, to show that two paths do the same work.
    """

    def __init__(self, *, generation: int = 1) -> None:
        self._generation = generation
        self._salts = count(1)
        self.calls = 0

    async def hash(self, password: Password) -> PasswordHash:
        return self._digest(self._generation, next(self._salts), password)

    async def verify(self, password: Password, password_hash: PasswordHash | None) -> Verification:
        try:
            generation, salt, _ = (password_hash or "").split("$")
            matches = self._digest(int(generation), int(salt), password) == password_hash
        except ValueError:
            self.calls += 1
            return Verification(matches=False)
        return Verification(matches=matches, outdated=matches and int(generation) != self._generation)

    def _digest(self, generation: int, salt: int, password: Password) -> PasswordHash:
        self.calls += 1
        digest = hashlib.sha256(f"{generation}${salt}${password.value}".encode("utf-8", "surrogatepass")).hexdigest()
        return PasswordHash(f"{generation}${salt}${digest}")
