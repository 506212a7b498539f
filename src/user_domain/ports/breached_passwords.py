"""Passwords that are known to attackers."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from user_domain.value_objects.password import Password


class BreachedPasswords(Protocol):
    """A collection of passwords from breaches (NIST 800-63B-4 3.1.1.2)."""

    @abstractmethod
    async def contains(self, password: Password) -> bool:
        """Whether the password is among them. Answers within a second: where the collection cannot be asked, False,
        since nobody shall be kept from choosing a password by somebody else's outage. Neither the password nor its
        whole hash is told to anybody."""
