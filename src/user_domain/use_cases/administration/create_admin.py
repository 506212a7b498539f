"""Create an administrator."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.role import Role

if TYPE_CHECKING:
    from user_domain.entities.user import User
    from user_domain.steps.account_opening import AccountOpening


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateAdminCommand:
    """The new administrator's details, as typed."""

    name: str
    email: str
    mobile: str
    password: str = field(repr=False)
    locale: str | None = None


class CreateAdmin:
    """Whoever operates the service creates an administrator; the address counts as verified from the start."""

    def __init__(self, *, opening: AccountOpening) -> None:
        self._opening = opening

    async def execute(self, command: CreateAdminCommand) -> User:
        """The new administrator.

        Raises:
            InvalidInput: every rule that is broken, in any field; or the password is too common.
            EmailAlreadyRegistered: somebody has this address; `PromoteToAdmin` makes an existing user an admin.
            Overloaded: too much hashing waits already.
        """
        return await self._opening.open(
            command, role=Role.ADMIN, action=AuditAction.ADMIN_CREATE, actor=None, client=ClientInfo()
        )
