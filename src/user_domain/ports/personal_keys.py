"""What makes people readable in the audit trail."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from user_domain.value_objects.ids import UserId


class PersonalKeys(Protocol):
    """The keys that the audit trail is encrypted with, within a unit of work: one for each user, made with the user."""

    @abstractmethod
    async def destroy(self, user_id: UserId) -> None:
        """Make everything unreadable that the trail tells of a user besides the number: where that user acted from, and
        what was changed, by whomever. Entries stay, and so does what seals them. Nothing of the kind is kept of the
        user from then on; another process may keep for ten minutes what nobody can read any more. Of a user who has no
        key nothing happens.
        """
