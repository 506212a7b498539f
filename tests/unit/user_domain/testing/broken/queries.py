"""Queries that answer from memory, at the wrong time, or about somebody else."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from user_domain.entities.session import Session
from user_domain.ports.session_queries import Login
from user_domain.testing.builders import a_new_session, a_user
from user_domain.testing.in_memory import InMemoryDatabase, InMemorySessionQueries, InMemoryUserQueries
from user_domain.value_objects.ids import SessionId

if TYPE_CHECKING:
    from user_domain.entities.user import User
    from user_domain.ports.user_repository import Account
    from user_domain.value_objects.email_address import EmailAddress
    from user_domain.value_objects.ids import SessionHandle, UserId


# --- Users ----------------------------------------------------------------------------------------------------------


class FindsWhoeverCameFirst(InMemoryUserQueries):
    async def by_id(self, user_id: UserId) -> User | None:
        return next((account.user for account in self._database.committed.accounts.values()), None)

    async def account_by_email(self, email: EmailAddress) -> Account | None:
        return next(iter(self._database.committed.accounts.values()), None)


class MakesUsersUp(InMemoryUserQueries):
    async def by_id(self, user_id: UserId) -> User | None:
        return await super().by_id(user_id) or a_user(id=user_id)


class DoesNotAnswerWhileSomebodyWrites(InMemoryUserQueries):
    async def by_id(self, user_id: UserId) -> User | None:
        return None if self._database.lock.locked() else await super().by_id(user_id)


class RemembersUsers(InMemoryUserQueries):
    def __init__(self, database: InMemoryDatabase) -> None:
        super().__init__(database)
        self._remembered: dict[UserId, User | None] = {}

    async def by_id(self, user_id: UserId) -> User | None:
        if user_id not in self._remembered:
            self._remembered[user_id] = await super().by_id(user_id)
        return self._remembered[user_id]


class RemembersAccounts(InMemoryUserQueries):
    def __init__(self, database: InMemoryDatabase) -> None:
        super().__init__(database)
        self._remembered: dict[EmailAddress, Account] = {}

    async def account_by_email(self, email: EmailAddress) -> Account | None:
        account = self._remembered.get(email) or await super().account_by_email(email)
        if account is not None:
            self._remembered[email] = account
        return account


class RemembersWhoWasNotThere(InMemoryUserQueries):
    def __init__(self, database: InMemoryDatabase) -> None:
        super().__init__(database)
        self._missing: set[EmailAddress] = set()

    async def account_by_email(self, email: EmailAddress) -> Account | None:
        account = None if email in self._missing else await super().account_by_email(email)
        if account is None:
            self._missing.add(email)
        return account


# --- Sessions -------------------------------------------------------------------------------------------------------


class NamesAnotherUser(InMemorySessionQueries):
    async def login_by_handle(self, handle: SessionHandle) -> Login | None:
        login = await super().login_by_handle(handle)
        return login and replace(login, user=a_user())


class MakesSessionsUp(InMemorySessionQueries):
    async def login_by_handle(self, handle: SessionHandle) -> Login | None:
        user = a_user()
        new = a_new_session(user.id, handle=handle)
        made_up = Session(id=SessionId(1), ended_at=None, end_reason=None, **asdict(new))
        return await super().login_by_handle(handle) or Login(user, made_up)


class HidesEndedSessions(InMemorySessionQueries):
    async def login_by_handle(self, handle: SessionHandle) -> Login | None:
        login = await super().login_by_handle(handle)
        return login if login and login.session.ended_at is None else None


class NeverSawASessionEnd(InMemorySessionQueries):
    async def login_by_handle(self, handle: SessionHandle) -> Login | None:
        login = await super().login_by_handle(handle)
        return login and replace(login, session=replace(login.session, ended_at=None, end_reason=None))


class AnswersEverybodyLikeTheFirst(InMemorySessionQueries):
    """Gathers look-ups to make one round trip of them, and hands the answers out to the wrong callers."""

    _asked: SessionHandle | None = None

    async def login_by_handle(self, handle: SessionHandle) -> Login | None:
        self._asked = self._asked or handle
        await asyncio.sleep(0)
        return await super().login_by_handle(self._asked)


class RemembersSessions(InMemorySessionQueries):
    def __init__(self, database: InMemoryDatabase) -> None:
        super().__init__(database)
        self._remembered: dict[SessionHandle, Login | None] = {}

    async def login_by_handle(self, handle: SessionHandle) -> Login | None:
        if handle not in self._remembered:
            self._remembered[handle] = await super().login_by_handle(handle)
        return self._remembered[handle]
