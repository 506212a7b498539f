"""Who administers the service."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.ports.user_repository import Account
    from user_domain.value_objects.ids import UserId


@dataclass(frozen=True, slots=True)
class RosterPlace:
    """An account, and how many admins there are besides whom the access policy lets in."""

    account: Account
    other_admins: int


class AdminRoster(Protocol):
    """The admins, within a unit of work."""

    @abstractmethod
    async def lock(self, user_id: UserId, *, at: datetime, verified_email_required: bool) -> RosterPlace | None:
        """Lock a user as `UserRepository.lock` does, admin or not, and then count the *other* admins whom nothing keeps
        out at a moment: neither a block, nor a suspension that holds, nor a required reset, nor where that counts an
        address that is not verified. None: there is no such user.

        Whoever takes an admin away asks here first. One unit of work at a time has the roster, until it ends; the
        next one sees what it left. So of two admins who take each other away at the same instant one comes to find that
        nobody else is left.
        """
