"""Something happens while a use case is at work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.ports.user_queries import UserQueries

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from user_domain.entities.user import User
    from user_domain.ports.user_repository import Account
    from user_domain.value_objects.email_address import EmailAddress
    from user_domain.value_objects.ids import UserId


class AfterReading(UserQueries):
    """Answers as others do; each of the events happens once, right after an account was read by its address."""

    def __init__(self, users: UserQueries, *events: Callable[[], Awaitable[object]]) -> None:
        self._users = users
        self._events = list(events)

    async def by_id(self, user_id: UserId) -> User | None:
        return await self._users.by_id(user_id)

    async def account_by_email(self, email: EmailAddress) -> Account | None:
        account = await self._users.account_by_email(email)
        if self._events:
            await self._events.pop(0)()
        return account
