"""See the signing keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from user_domain.entities.signing_key import SigningKey
    from user_domain.ports.signing_key_queries import SigningKeyQueries


class ListSigningKeys:
    """Whoever operates the service sees which keys there are."""

    def __init__(self, *, keys: SigningKeyQueries) -> None:
        self._keys = keys

    async def execute(self) -> list[SigningKey]:
        """Every key, in the order in which they begin to sign."""
        return await self._keys.all()
