"""Something happens while a use case is at work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from user_domain.ports.user_queries import UserQueries

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from user_domain.entities.user import User
    from user_domain.ports.user_queries import LoginCandidate
    from user_domain.ports.user_repository import Account
    from user_domain.value_objects.client_info import ClientInfo
    from user_domain.value_objects.email_address import EmailAddress
    from user_domain.value_objects.ids import UserId


class AfterReading(UserQueries):
    """Answers as others do; each of the events happens once, right after an account was read with its password hash."""

    def __init__(self, users: UserQueries, *events: Callable[[], Awaitable[object]]) -> None:
        self._users = users
        self._events = list(events)

    async def by_id(self, user_id: UserId) -> User | None:
        return await self._users.by_id(user_id)

    async def account_by_email(self, email: EmailAddress) -> Account | None:
        account = await self._users.account_by_email(email)
        await self._happen()
        return account

    async def account_by_id(self, user_id: UserId) -> Account | None:
        account = await self._users.account_by_id(user_id)
        await self._happen()
        return account

    async def login_candidate(self, email: EmailAddress, *, client: ClientInfo) -> LoginCandidate | None:
        candidate = await self._users.login_candidate(email, client=client)
        await self._happen()
        return candidate

    async def email_is_taken(self, email: EmailAddress, *, by_others_than: UserId, at: datetime) -> bool:
        return await self._users.email_is_taken(email, by_others_than=by_others_than, at=at)

    async def verification_sent_at(self, user_id: UserId) -> datetime | None:
        return await self._users.verification_sent_at(user_id)

    async def _happen(self) -> None:
        if self._events:
            await self._events.pop(0)()


class OutOfReach:
    """Stands for a store that must not be asked at all."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever was asked for
        pytest.fail(f"{name} was asked for")

    def __call__(self) -> Any:  # noqa: ANN401 - as a unit of work is made
        pytest.fail("a unit of work was asked for")
