"""The store under test."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from user_domain.ports.password_hasher import PasswordHash
from user_domain.testing.builders import a_new_session, a_new_user

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from user_domain.entities.audit_entry import AuditEntry
    from user_domain.entities.session import NewSession
    from user_domain.entities.user import NewUser, User
    from user_domain.ports.session_queries import SessionQueries
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.ports.user_queries import UserQueries

T = TypeVar("T")

HASH = PasswordHash("$contract$a-hash")
"""Stands for a hash; stores do not look into it."""


async def together(*coroutines: Coroutine[Any, Any, T]) -> list[T]:
    """Run them at the same time. When one fails the others are cancelled, so that none is left holding a lock."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(coroutine) for coroutine in coroutines]
    return [task.result() for task in tasks]


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Adapters that share one empty database, and a way to read the audit trail back, in the order of writing."""

    unit_of_work: UnitOfWorkFactory
    users: UserQueries
    sessions: SessionQueries
    audit_entries: Callable[[], Awaitable[list[AuditEntry]]]

    async def with_user(self, new: NewUser | None = None) -> User:
        """Commit a user."""
        async with self.unit_of_work() as work:
            user = await work.users.add(new or a_new_user(), HASH)
            await work.commit()
        return user

    async def with_session(self, user: User) -> NewSession:
        """Commit a session of a user."""
        session = a_new_session(user.id)
        async with self.unit_of_work() as work:
            await work.sessions.add(session)
            await work.commit()
        return session
