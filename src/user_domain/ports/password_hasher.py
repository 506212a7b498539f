"""Password hashing."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, NewType, Protocol

if TYPE_CHECKING:
    from user_domain.value_objects.password import Password

PasswordHash = NewType("PasswordHash", str)
"""A stored hash that names its own algorithm and cost (PHC string or modular crypt format)."""


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether a password is the right one, and whether its hash should be made anew at today's cost."""

    matches: bool
    outdated: bool = False


class PasswordHasher(Protocol):
    """Turns passwords into hashes that take work to reverse. Never blocks the event loop."""

    @abstractmethod
    async def hash(self, password: Password) -> PasswordHash:
        """Hash with today's algorithm and cost; the same password gives another hash every time.

        Raises:
            Overloaded: too much hashing waits already; nothing was computed.
        """

    @abstractmethod
    async def verify(self, password: Password, password_hash: PasswordHash | None) -> Verification:
        """Compare in constant time. The whole password counts, however long.

        Without a hash (nobody has that account) the same work is done as for one made today, and nothing matches:
        an answer's time must not tell who has an account. A hash that cannot be read matches nothing.
        `outdated` is only ever true of a match.

        Raises:
            Overloaded: too much hashing waits already; nothing was computed.
        """
