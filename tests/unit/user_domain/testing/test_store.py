"""The store that contracts are given."""

from __future__ import annotations

from functools import partial

import pytest

from user_domain.testing.contracts.store import Store
from user_domain.testing.in_memory import InMemoryUnitOfWork, InMemoryUserQueries
from user_domain.testing.in_memory.database import InMemoryDatabase


async def nothing() -> list[object]:
    return []


async def test_what_a_contract_does_not_need_can_be_left_out_and_what_it_needs_is_named() -> None:
    database = InMemoryDatabase()
    store = Store(
        unit_of_work=partial(InMemoryUnitOfWork, database),
        users=InMemoryUserQueries(database),
        audit_entries=nothing,  # type: ignore[arg-type]  # nobody reads it here
    )
    user = await store.with_user()
    assert await store.users.by_id(user.id) == user
    with pytest.raises(LookupError, match=r"not given.*login_by_handle"):
        await store.sessions.login_by_handle("0" * 32)  # type: ignore[arg-type]  # never reached
    with pytest.raises(LookupError, match="not given"):
        store.activity()
