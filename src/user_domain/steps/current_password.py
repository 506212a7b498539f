"""Proving that one knows one's password, before an important change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.errors import WrongPassword
from user_domain.steps.refusal import refuse
from user_domain.value_objects.password import Password

if TYPE_CHECKING:
    from user_domain.entities.audit_entry import AuditAction
    from user_domain.entities.user import User
    from user_domain.ports.clock import Clock
    from user_domain.ports.password_hasher import PasswordHash, PasswordHasher
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.ports.user_queries import UserQueries
    from user_domain.value_objects.client_info import ClientInfo


class CurrentPassword:
    """Compares what somebody typed with the stored hash. Whoever makes the change compares the answer with the hash on
    the locked row, since it may have been replaced in the meantime.
    """

    def __init__(
        self, *, users: UserQueries, unit_of_work: UnitOfWorkFactory, hasher: PasswordHasher, clock: Clock
    ) -> None:
        self._users = users
        self._unit_of_work = unit_of_work
        self._hasher = hasher
        self._clock = clock

    async def prove(self, user: User, password: str, *, refusal: AuditAction, client: ClientInfo) -> PasswordHash:
        """The hash that the password matches.

        Raises:
            WrongPassword: it does not match; `refusal` is in the audit trail.
            Overloaded: too much hashing waits already.
        """
        account = await self._users.account_by_id(user.id)
        password_hash = account.password_hash if account else None
        verification = await self._hasher.verify(Password.typed(password), password_hash)
        if password_hash is None or not verification.matches:
            async with self._unit_of_work() as work:
                await refuse(WrongPassword(), work, refusal, user.id, at=self._clock.now(), client=client)
        return password_hash
