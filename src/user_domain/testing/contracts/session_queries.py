"""The contract of `SessionQueries`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.entities.session import EndReason
from user_domain.testing.builders import NOW, a_handle
from user_domain.testing.contracts.contract import Contract
from user_domain.testing.contracts.store import together

if TYPE_CHECKING:
    from user_domain.testing.contracts.store import Store


class SessionQueriesContract(Contract):
    """Needs a fixture `store`."""

    async def test_finds_a_session_and_its_user(self, store: Store) -> None:
        await store.with_session(await store.with_user())
        user = await store.with_user()
        session = await store.with_session(user)
        login = await store.sessions.login_by_handle(session.handle)
        assert login is not None
        assert login.user == user
        assert login.session.handle == session.handle

    async def test_answers_none_where_there_is_no_such_session(self, store: Store) -> None:
        assert await store.sessions.login_by_handle(a_handle()) is None

    async def test_many_at_once_each_get_their_own(self, store: Store) -> None:
        user = await store.with_user()
        sessions = [await store.with_session(user) for _ in range(5)]
        handles = [session.handle for session in sessions] + [a_handle()]
        logins = await together(*(store.sessions.login_by_handle(handle) for handle in handles * 4))
        found = [login.session.handle if login else None for login in logins]
        assert found == [*(session.handle for session in sessions), None] * 4

    async def test_what_was_committed_before_the_question_is_in_the_answer(self, store: Store) -> None:
        session = await store.with_session(await store.with_user())
        before = await store.sessions.login_by_handle(session.handle)
        assert before is not None
        assert before.session.is_live(NOW)
        async with store.unit_of_work() as work:
            await work.sessions.end(session.handle, at=NOW, reason=EndReason.LOGOUT)
            await work.commit()
        login = await store.sessions.login_by_handle(session.handle)
        assert login is not None
        assert not login.session.is_live(NOW)
