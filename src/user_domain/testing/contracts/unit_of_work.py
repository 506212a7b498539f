"""The contract of `UnitOfWork`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from user_domain.testing.builders import a_new_session, a_new_user, an_audit_entry
from user_domain.testing.contracts.contract import Contract
from user_domain.testing.contracts.store import HASH

if TYPE_CHECKING:
    from user_domain.entities.user import NewUser
    from user_domain.ports.unit_of_work import UnitOfWork
    from user_domain.testing.contracts.store import Store


class _Boom(Exception):
    pass


async def _write_everything(work: UnitOfWork, new: NewUser) -> None:
    user = await work.users.add(new, HASH)
    await work.sessions.add(a_new_session(user.id))
    await work.audit.append(an_audit_entry(target_id=user.id))


async def _write_and_fail(store: Store, new: NewUser) -> None:
    async with store.unit_of_work() as work:
        await _write_everything(work, new)
        raise _Boom


class UnitOfWorkContract(Contract):
    """Needs a fixture `store`."""

    async def test_a_commit_makes_everything_stand(self, store: Store) -> None:
        new = a_new_user()
        async with store.unit_of_work() as work:
            await _write_everything(work, new)
            await work.commit()
        assert await store.users.account_by_email(new.email)
        assert len(await store.audit_entries()) == 1

    async def test_leaving_without_commit_leaves_nothing(self, store: Store) -> None:
        new = a_new_user()
        async with store.unit_of_work() as work:
            await _write_everything(work, new)
        assert await store.users.account_by_email(new.email) is None
        assert await store.audit_entries() == []

    async def test_an_exception_leaves_nothing_and_passes_through(self, store: Store) -> None:
        new = a_new_user()
        with pytest.raises(_Boom):
            await _write_and_fail(store, new)
        assert await store.users.account_by_email(new.email) is None
        assert await store.audit_entries() == []

    async def test_nobody_sees_anything_before_the_commit(self, store: Store) -> None:
        new = a_new_user()
        async with store.unit_of_work() as work:
            await _write_everything(work, new)
            assert await store.users.account_by_email(new.email) is None
            assert await store.audit_entries() == []
            await work.commit()
            assert await store.users.account_by_email(new.email)

    async def test_a_cancelled_unit_of_work_leaves_nothing_and_blocks_nobody(self, store: Store) -> None:
        new = a_new_user()
        inside = asyncio.Event()

        async def hang() -> None:
            async with store.unit_of_work() as work:
                await _write_everything(work, new)
                inside.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(hang())
        await inside.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        user = await store.with_user(new)
        assert await store.users.by_id(user.id) == user

    async def test_an_empty_unit_of_work_can_be_committed(self, store: Store) -> None:
        async with store.unit_of_work() as work:
            await work.commit()
        assert await store.audit_entries() == []
