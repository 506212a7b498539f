"""The contract of `SessionRepository`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from user_domain.entities.session import EndReason
from user_domain.testing.builders import NOW, a_handle
from user_domain.testing.contracts.contract import Contract
from user_domain.testing.contracts.store import together

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.testing.contracts.store import Store
    from user_domain.value_objects.ids import SessionHandle

LATER = NOW + timedelta(hours=1)


async def _end(store: Store, handle: SessionHandle, *, at: datetime = LATER) -> bool:
    async with store.unit_of_work() as work:
        ended = await work.sessions.end(handle, at=at, reason=EndReason.LOGOUT)
        await work.commit()
    return ended


class SessionRepositoryContract(Contract):
    """Needs a fixture `store`."""

    async def test_a_session_is_stored_as_started(self, store: Store) -> None:
        user = await store.with_user()
        new = await store.with_session(user)
        login = await store.sessions.login_by_handle(new.handle)
        assert login is not None
        session = login.session
        assert (session.handle, session.user_id) == (new.handle, user.id)
        assert (session.ip_address, session.user_agent) == (new.ip_address, new.user_agent)
        assert (session.started_at, session.expires_at) == (new.started_at, new.expires_at)
        assert (session.ended_at, session.end_reason) == (None, None)

    async def test_an_ended_session_says_when_and_why(self, store: Store) -> None:
        new = await store.with_session(await store.with_user())
        assert await _end(store, new.handle)
        login = await store.sessions.login_by_handle(new.handle)
        assert login is not None
        assert (login.session.ended_at, login.session.end_reason) == (LATER, EndReason.LOGOUT)

    async def test_a_session_ends_once_however_many_end_it(self, store: Store) -> None:
        new = await store.with_session(await store.with_user())
        ended = await together(*(_end(store, new.handle) for _ in range(8)))
        assert sorted(ended) == [False] * 7 + [True]
        assert not await _end(store, new.handle, at=LATER + timedelta(hours=1))
        login = await store.sessions.login_by_handle(new.handle)
        assert login is not None
        assert login.session.ended_at == LATER

    async def test_an_expired_session_has_ended_by_itself(self, store: Store) -> None:
        new = await store.with_session(await store.with_user())
        async with store.unit_of_work() as work:
            assert not await work.sessions.end(new.handle, at=new.expires_at, reason=EndReason.LOGOUT)

    async def test_a_session_nobody_has_does_not_end(self, store: Store) -> None:
        assert not await _end(store, a_handle())

    async def test_other_sessions_live_on(self, store: Store) -> None:
        user = await store.with_user()
        ended, other = await store.with_session(user), await store.with_session(user)
        await _end(store, ended.handle)
        login = await store.sessions.login_by_handle(other.handle)
        assert login is not None
        assert login.session.is_live(LATER)
