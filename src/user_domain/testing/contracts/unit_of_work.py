"""The contract of `UnitOfWork`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from user_domain.testing.builders import a_new_session, a_new_user, an_audit_entry
from user_domain.testing.contracts.contract import Contract
from user_domain.testing.contracts.store import HASH

if TYPE_CHECKING:
    from user_domain.entities.user import NewUser, User
    from user_domain.ports.unit_of_work import UnitOfWork
    from user_domain.testing.contracts.store import Store
    from user_domain.value_objects.ids import SessionHandle


class _Boom(Exception):
    pass


async def _write_everything(work: UnitOfWork, new: NewUser, other: User) -> SessionHandle:
    """A new user, a session of another one, an audit entry."""
    user = await work.users.add(new, HASH)
    session = a_new_session(other.id)
    await work.sessions.add(session)
    await work.audit.append(an_audit_entry(target_id=user.id))
    return session.handle


async def _seen(store: Store, new: NewUser, handle: SessionHandle) -> tuple[bool, bool, int]:
    """What others see: the user, the session, and how many audit entries."""
    user = await store.users.account_by_email(new.email)
    login = await store.sessions.login_by_handle(handle)
    return user is not None, login is not None, len(await store.audit_entries())


async def _write_and_fail(store: Store, new: NewUser) -> None:
    other = await store.with_user()
    async with store.unit_of_work() as work:
        await _write_everything(work, new, other)
        raise _Boom


class UnitOfWorkContract(Contract):
    """Needs a fixture `store`."""

    async def test_a_commit_makes_everything_stand(self, store: Store) -> None:
        new, other = a_new_user(), await store.with_user()
        async with store.unit_of_work() as work:
            handle = await _write_everything(work, new, other)
            await work.commit()
        assert await _seen(store, new, handle) == (True, True, 1)

    async def test_leaving_without_commit_leaves_nothing(self, store: Store) -> None:
        new, other = a_new_user(), await store.with_user()
        async with store.unit_of_work() as work:
            handle = await _write_everything(work, new, other)
        assert await _seen(store, new, handle) == (False, False, 0)

    async def test_an_exception_leaves_nothing_and_passes_through(self, store: Store) -> None:
        new = a_new_user()
        with pytest.raises(_Boom):
            await _write_and_fail(store, new)
        assert await store.users.account_by_email(new.email) is None
        assert await store.audit_entries() == []

    async def test_nobody_sees_anything_before_the_commit(self, store: Store) -> None:
        new, other = a_new_user(), await store.with_user()
        async with store.unit_of_work() as work:
            handle = await _write_everything(work, new, other)
            assert await _seen(store, new, handle) == (False, False, 0)
            await work.commit()
            assert await _seen(store, new, handle) == (True, True, 1)

    async def test_a_cancelled_unit_of_work_leaves_nothing_and_blocks_nobody(self, store: Store) -> None:
        new, other = a_new_user(), await store.with_user()
        inside = asyncio.Event()

        async def hang() -> None:
            async with store.unit_of_work() as work:
                await _write_everything(work, new, other)
                inside.set()
                await asyncio.Event().wait()

        task, waiter = asyncio.create_task(hang()), asyncio.create_task(inside.wait())
        await asyncio.wait({task, waiter}, return_when=asyncio.FIRST_COMPLETED)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        user = await store.with_user(new)
        assert await store.users.by_id(user.id) == user

    async def test_an_empty_unit_of_work_can_be_committed(self, store: Store) -> None:
        async with store.unit_of_work() as work:
            await work.commit()
        assert await store.audit_entries() == []
