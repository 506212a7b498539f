"""Signing keys, for reading."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from user_domain.entities.signing_key import SigningKey


class SigningKeyQueries(Protocol):
    """Answers what was committed before the question was put; locks nothing."""

    @abstractmethod
    async def all(self) -> list[SigningKey]:
        """Every key there is, in the order in which they begin to sign."""
