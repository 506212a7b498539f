"""No collection of breached passwords."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.ports.breached_passwords import BreachedPasswords

if TYPE_CHECKING:
    from user_domain.value_objects.password import Password


class UncheckedBreachedPasswords(BreachedPasswords):
    """Where an operator wants nobody to be asked: as if no password had ever been breached."""

    async def contains(self, password: Password) -> bool:  # noqa: ARG002 - part of the port
        return False
