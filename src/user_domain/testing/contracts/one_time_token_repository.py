"""The contract of `OneTimeTokenRepository`."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from user_domain.ports.password_hasher import PasswordHash
from user_domain.testing.builders import NOW, a_token, an_email
from user_domain.testing.contracts.contract import Contract
from user_domain.testing.contracts.store import together
from user_domain.value_objects.one_time_token import TokenPurpose

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from user_domain.entities.one_time_token import OneTimeToken
    from user_domain.entities.user import User
    from user_domain.testing.contracts.store import Store

LATER = NOW + timedelta(minutes=1)
MUCH_LATER = NOW + timedelta(hours=1)
RESET, NOT_ME = TokenPurpose.RESET_PASSWORD, TokenPurpose.NOT_ME


async def _stored(store: Store, token: OneTimeToken) -> OneTimeToken | None:
    async with store.unit_of_work() as work:
        return await work.tokens.lock(token.digest)


async def _use(store: Store, token: OneTimeToken, *, at: datetime = LATER) -> None:
    async with store.unit_of_work() as work:
        await work.users.lock(token.user_id)
        await work.tokens.mark_used(token.id, at=at)
        await work.commit()


async def _void(
    store: Store,
    user: User,
    purposes: Collection[TokenPurpose],
    *,
    at: datetime = LATER,
    issued_since: datetime | None = None,
) -> None:
    async with store.unit_of_work() as work:
        await work.users.lock(user.id)
        await work.tokens.void(user.id, purposes, at=at, issued_since=issued_since)
        await work.commit()


class OneTimeTokenRepositoryContract(Contract):
    """Needs a fixture `store`."""

    async def test_a_token_is_stored_as_it_was_issued(self, store: Store) -> None:
        user = await store.with_user()
        tokens = [await store.with_token(a_token(user, purpose, email=an_email())) for purpose in TokenPurpose]
        tokens.append(await store.with_token(a_token(user, used_at=LATER, voided_at=MUCH_LATER)))
        assert [await _stored(store, token) for token in tokens] == tokens

    async def test_nobody_finds_a_token_that_was_not_issued(self, store: Store) -> None:
        user = await store.with_user()
        await store.with_token(a_token(user))
        assert await _stored(store, a_token(user)) is None

    async def test_what_is_issued_is_found_in_the_same_unit_of_work(self, store: Store) -> None:
        user = await store.with_user()
        token = a_token(user)
        async with store.unit_of_work() as work:
            await work.users.lock(user.id)
            await work.tokens.add(token)
            assert await work.tokens.lock(token.digest) == token

    async def test_a_used_token_says_when(self, store: Store) -> None:
        user = await store.with_user()
        token, other = await store.with_token(a_token(user)), await store.with_token(a_token(user))
        await _use(store, token)
        assert await _stored(store, token) == replace(token, used_at=LATER)
        assert await _stored(store, other) == other

    async def test_a_void_token_says_when(self, store: Store) -> None:
        user = await store.with_user()
        tokens = [await store.with_token(a_token(user, RESET)) for _ in range(2)]
        await _void(store, user, [RESET])
        assert [await _stored(store, token) for token in tokens] == [
            replace(token, voided_at=LATER) for token in tokens
        ]

    async def test_tokens_for_other_purposes_stay_good(self, store: Store) -> None:
        user = await store.with_user()
        tokens = {purpose: await store.with_token(a_token(user, purpose)) for purpose in TokenPurpose}
        await _void(store, user, {RESET, NOT_ME})
        stored = {purpose: await _stored(store, token) for purpose, token in tokens.items()}
        assert {purpose for purpose, token in stored.items() if token == tokens[purpose]} == set(TokenPurpose) - {
            RESET,
            NOT_ME,
        }

    async def test_tokens_of_other_users_stay_good(self, store: Store) -> None:
        user, other = await store.with_user(), await store.with_user()
        token = await store.with_token(a_token(other, RESET))
        await _void(store, user, [RESET])
        assert await _stored(store, token) == token

    async def test_what_was_used_or_void_before_stays_as_it_was(self, store: Store) -> None:
        user = await store.with_user()
        used, void = await store.with_token(a_token(user, RESET)), await store.with_token(a_token(user, NOT_ME))
        await _use(store, used)
        await _void(store, user, [NOT_ME])
        await _void(store, user, [RESET, NOT_ME], at=MUCH_LATER)
        assert await _stored(store, used) == replace(used, used_at=LATER)
        assert await _stored(store, void) == replace(void, voided_at=LATER)

    async def test_tokens_issued_before_a_moment_stay_good(self, store: Store) -> None:
        user = await store.with_user()
        moments = (NOW, LATER, MUCH_LATER)
        tokens = [await store.with_token(a_token(user, RESET, issued_at=moment)) for moment in moments]
        await _void(store, user, [RESET], at=MUCH_LATER, issued_since=LATER)
        stored = [await _stored(store, token) for token in tokens]
        assert stored == [tokens[0], *(replace(token, voided_at=MUCH_LATER) for token in tokens[1:])]

    async def test_a_token_issued_after_the_others_became_void_is_good(self, store: Store) -> None:
        user = await store.with_user()
        old, new = await store.with_token(a_token(user, RESET)), a_token(user, RESET)
        async with store.unit_of_work() as work:
            await work.users.lock(user.id)
            await work.tokens.void(user.id, [RESET], at=LATER)
            await work.tokens.add(new)
            await work.commit()
        assert await _stored(store, old) == replace(old, voided_at=LATER)
        assert await _stored(store, new) == new

    async def test_of_many_who_hold_one_token_one_finds_it_unused(self, store: Store) -> None:
        token = await store.with_token(a_token(await store.with_user()))

        async def redeem() -> bool:
            async with store.unit_of_work() as work:
                found = await work.tokens.lock(token.digest)
                assert found is not None
                if found.used_at is not None:
                    return False
                await work.tokens.mark_used(found.id, at=LATER)
                await work.commit()
            return True

        assert sorted(await together(*(redeem() for _ in range(8)))) == [False] * 7 + [True]

    async def test_of_many_who_hold_tokens_of_one_user_the_first_makes_the_others_void(self, store: Store) -> None:
        user = await store.with_user()
        tokens = [await store.with_token(a_token(user, RESET)) for _ in range(6)]

        async def redeem(token: OneTimeToken) -> bool:
            async with store.unit_of_work() as work:
                found = await work.tokens.lock(token.digest)
                assert found is not None
                if not found.is_good(LATER):
                    return False
                await work.tokens.mark_used(found.id, at=LATER)
                await work.tokens.void(user.id, [RESET], at=LATER)
                await work.commit()
            return True

        assert sorted(await together(*(redeem(token) for token in tokens))) == [False] * 5 + [True]

    async def test_a_user_whose_token_is_locked_is_locked_too(self, store: Store) -> None:
        user = await store.with_user()
        token = await store.with_token(a_token(user))
        locked = asyncio.Event()
        new = PasswordHash("$contract$new-hash")

        async def redeem() -> PasswordHash | None:
            async with store.unit_of_work() as work:
                await work.tokens.lock(token.digest)
                locked.set()
                await asyncio.sleep(0.05)  # time for the other one to start waiting; right either way
                await work.users.lock(user.id)
                await work.users.set_password_hash(user.id, new, at=LATER)
                await work.commit()
            return None

        async def look() -> PasswordHash | None:
            await locked.wait()
            async with store.unit_of_work() as work:
                account = await work.users.lock(user.id)
                return account.password_hash if account else None

        _, seen = await together(redeem(), look())
        assert seen == new

    async def test_whoever_waits_for_the_user_finds_the_token_as_it_was_left(self, store: Store) -> None:
        user = await store.with_user()
        token = await store.with_token(a_token(user, RESET))
        locked = asyncio.Event()

        async def void() -> OneTimeToken | None:
            async with store.unit_of_work() as work:
                await work.users.lock(user.id)
                locked.set()
                await asyncio.sleep(0.05)  # time for the other one to start waiting; right either way
                await work.tokens.void(user.id, [RESET], at=LATER)
                await work.commit()
            return None

        async def look() -> OneTimeToken | None:
            await locked.wait()
            return await _stored(store, token)

        _, seen = await together(void(), look())
        assert seen == replace(token, voided_at=LATER)
