"""A short list of breached passwords."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.ports.breached_passwords import BreachedPasswords

if TYPE_CHECKING:
    from user_domain.value_objects.password import Password


class InMemoryBreachedPasswords(BreachedPasswords):
    """Has the given passwords. Set `reachable` to False, and it cannot be asked."""

    def __init__(self, *passwords: str) -> None:
        self._passwords = frozenset(passwords)
        self.reachable = True

    async def contains(self, password: Password) -> bool:
        return self.reachable and password.value in self._passwords
