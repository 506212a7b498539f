"""Collections that find nothing, too much, or nobody to ask."""

from __future__ import annotations

import asyncio

from user_domain.errors import StorageUnavailable
from user_domain.testing.in_memory.breached_passwords import InMemoryBreachedPasswords
from user_domain.value_objects.password import Password


class FindsNothing(InMemoryBreachedPasswords):
    async def contains(self, password: Password) -> bool:
        return False


class FindsWhatCanBeEncoded(InMemoryBreachedPasswords):
    async def contains(self, password: Password) -> bool:
        return await super().contains(Password(password.value.encode(errors="ignore").decode()))


class IgnoresCase(InMemoryBreachedPasswords):
    async def contains(self, password: Password) -> bool:
        return self.reachable and password.value.casefold() in {known.casefold() for known in self._passwords}


class FindsBeginnings(InMemoryBreachedPasswords):
    """As one that compares the prefix of the hash, and not the rest."""

    async def contains(self, password: Password) -> bool:
        return self.reachable and any(known[:5] == password.value[:5] for known in self._passwords)


class AnswersOnlyOneAtATime(InMemoryBreachedPasswords):
    """Whoever asks while another one waits gets the other one's answer."""

    async def contains(self, password: Password) -> bool:
        self._asked = password
        await asyncio.sleep(0)
        return await super().contains(self._asked)


class FailsClosed(InMemoryBreachedPasswords):
    async def contains(self, password: Password) -> bool:
        return not self.reachable or await super().contains(password)


class PassesTheOutageOn(InMemoryBreachedPasswords):
    async def contains(self, password: Password) -> bool:
        if not self.reachable:
            raise StorageUnavailable
        return await super().contains(password)
