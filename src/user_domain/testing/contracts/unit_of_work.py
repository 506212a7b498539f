"""The contract of `UnitOfWork`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from user_domain.testing.builders import (
    NOW,
    a_mail,
    a_new_session,
    a_new_user,
    a_signing_key,
    a_status_change,
    a_token,
    an_audit_entry,
    an_email,
)
from user_domain.testing.contracts.contract import Contract
from user_domain.testing.contracts.store import HASH

if TYPE_CHECKING:
    from user_domain.entities.mail import Mail
    from user_domain.entities.session import NewSession
    from user_domain.entities.user import NewUser, User
    from user_domain.ports.unit_of_work import UnitOfWork
    from user_domain.testing.contracts.store import Store
    from user_domain.value_objects.email_address import EmailAddress


class _Boom(Exception):
    pass


EVERYTHING = {"user", "address", "session", "token", "mail", "signing key", "status change", "audit entry"}
"""What is written, and others can see."""

PAUSE = "unit of work"
UNTIL = NOW + timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class _Written:
    """What is looked for afterwards: a new user, and what another one gets who was there before."""

    new: NewUser
    other: User
    email: EmailAddress
    session: NewSession
    mail: Mail

    @classmethod
    async def about(cls, store: Store) -> _Written:
        other = await store.with_user()
        return cls(a_new_user(), other, an_email(), a_new_session(other.id), a_mail())

    async def write(self, work: UnitOfWork) -> None:
        """Something in every part of the unit of work."""
        user = await work.users.add(self.new, HASH)
        await work.users.lock(self.other.id)
        await work.users.change_email(self.other.id, self.email, at=NOW)
        await work.sessions.add(self.session)
        for email in (self.other.email, self.email):  # so that one is seen whether or not the new address is
            await work.tokens.add(a_token(self.other, email=email))
        await work.outbox.add(self.mail)
        await work.cool_downs.start(PAUSE, at=NOW, until=UNTIL)
        await work.signing_keys.add(a_signing_key())
        await work.status_history.add(a_status_change(self.other.id))
        await work.audit.append(an_audit_entry(target_id=user.id))

    async def seen(self, store: Store) -> set[str]:
        """What of it others see, and need to wait for nobody."""
        found = {
            "user": await store.users.account_by_email(self.new.email),
            "address": await store.users.account_by_email(self.email),
            "session": await store.sessions.login_by_handle(self.session.handle),
            "token": await store.users.verification_sent_at(self.other.id),
            "mail": await store.mails.unsent(limit=10),
            "signing key": await store.signing_keys.all(),
            "status change": await store.status_history.of_user(self.other.id, limit=10),
            "audit entry": await store.audit_entries(),
        }
        return {name for name, answer in found.items() if answer}


async def _is_paused(store: Store) -> bool:
    async with store.unit_of_work() as work:
        return await work.cool_downs.start(PAUSE, at=NOW, until=UNTIL) is not None


async def _write_and_fail(store: Store, written: _Written) -> None:
    async with store.unit_of_work() as work:
        await written.write(work)
        raise _Boom


class UnitOfWorkContract(Contract):
    """Needs a fixture `store`."""

    async def test_a_commit_makes_everything_stand(self, store: Store) -> None:
        written = await _Written.about(store)
        async with store.unit_of_work() as work:
            await written.write(work)
            await work.commit()
        assert await written.seen(store) == EVERYTHING
        assert await _is_paused(store)

    async def test_leaving_without_commit_leaves_nothing(self, store: Store) -> None:
        written = await _Written.about(store)
        async with store.unit_of_work() as work:
            await written.write(work)
        assert await written.seen(store) == set()
        assert not await _is_paused(store)

    async def test_an_exception_leaves_nothing_and_passes_through(self, store: Store) -> None:
        written = await _Written.about(store)
        with pytest.raises(_Boom):
            await _write_and_fail(store, written)
        assert await written.seen(store) == set()
        assert not await _is_paused(store)

    async def test_nobody_sees_anything_before_the_commit(self, store: Store) -> None:
        written = await _Written.about(store)
        async with store.unit_of_work() as work:
            await written.write(work)
            assert await written.seen(store) == set()
            await work.commit()
            assert await written.seen(store) == EVERYTHING

    async def test_a_cancelled_unit_of_work_leaves_nothing_and_blocks_nobody(self, store: Store) -> None:
        written = await _Written.about(store)
        inside = asyncio.Event()

        async def hang() -> None:
            async with store.unit_of_work() as work:
                await written.write(work)
                inside.set()
                await asyncio.Event().wait()

        task, waiter = asyncio.create_task(hang()), asyncio.create_task(inside.wait())
        await asyncio.wait({task, waiter}, return_when=asyncio.FIRST_COMPLETED)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await written.seen(store) == set()
        assert not await _is_paused(store)
        user = await store.with_user(written.new)
        assert await store.users.by_id(user.id) == user

    async def test_an_empty_unit_of_work_can_be_committed(self, store: Store) -> None:
        async with store.unit_of_work() as work:
            await work.commit()
        assert await store.audit_entries() == []
