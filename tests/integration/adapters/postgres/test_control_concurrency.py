"""What holds when admins act at the same instant as others, on every PostgreSQL there is."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any, LiteralString

import pytest

from tests.support.audit import read_audit_trail
from tests.support.composition import composed
from user_domain.entities.audit_entry import AuditAction
from user_domain.errors import AccessDenied, DomainError, LastAdmin, RefreshTokenInvalid, SessionEnded
from user_domain.testing.builders import CLIENT, PASSWORD
from user_domain.use_cases.administration.block_user import BlockUserCommand
from user_domain.use_cases.administration.change_role import ChangeRoleCommand
from user_domain.use_cases.administration.create_admin import CreateAdminCommand
from user_domain.use_cases.administration.require_password_reset import RequirePasswordResetCommand
from user_domain.use_cases.administration.suspend_user import SuspendUserCommand
from user_domain.use_cases.administration.unblock_user import UnblockUserCommand
from user_domain.use_cases.authentication.log_in import LogInCommand
from user_domain.use_cases.registration.register import RegisterCommand
from user_domain.value_objects.role import Role

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from adapters.postgres.database import Database
    from entrypoints.application import Application
    from user_domain.entities.user import User
    from user_domain.value_objects.token_pair import TokenPair

EMAIL = "john@example.com"
LOG_IN = LogInCommand(email=EMAIL, password=PASSWORD, client=CLIENT)
REGISTER = RegisterCommand(name="John Doe", email=EMAIL, mobile="1234567890", password=PASSWORD, client=CLIENT)


class Stage:
    """A service on a database, John, who has an account, and two admins."""

    def __init__(self, database: Database, application: Application, john: User, admins: list[User]) -> None:
        self.database = database
        self.application = application
        self.john = john
        self.admins = admins

    @classmethod
    async def of(cls, database: Database) -> Stage:
        application = composed(database, max_sessions_per_user=100).application()
        john = await application.register.execute(REGISTER)
        admins = [
            await application.create_admin.execute(
                CreateAdminCommand(name="Ada Min", email=f"{name}@example.com", mobile="1234567890", password=PASSWORD)
            )
            for name in ("ada", "grace")
        ]
        await database.execute("delete from outgoing_mails", {})
        return cls(database, application, john, admins)

    def _by(self, admin: int, of: User | None = None) -> dict[str, Any]:
        return {"actor": self.admins[admin], "user_id": (of or self.john).id, "client": CLIENT}

    async def block(self, admin: int = 0, reason: str = "spam") -> User:
        return await self.application.block_user.execute(BlockUserCommand(**self._by(admin), reason=reason))

    async def unblock(self, admin: int = 0) -> User:
        return await self.application.unblock_user.execute(UnblockUserCommand(**self._by(admin)))

    async def suspend(self, admin: int = 0) -> User:
        return await self.application.suspend_user.execute(SuspendUserCommand(**self._by(admin)))

    async def require_reset(self, admin: int = 0) -> User:
        return await self.application.require_password_reset.execute(RequirePasswordResetCommand(**self._by(admin)))

    async def demote(self, admin: int, other: User) -> User:
        return await self.application.change_role.execute(ChangeRoleCommand(**self._by(admin, other), role=Role.USER))

    async def log_in(self) -> TokenPair:
        return await self.application.log_in.execute(LOG_IN)

    async def refresh(self, tokens: TokenPair) -> TokenPair:
        return await self.application.refresh_session.execute(refresh_token=tokens.refresh_token, client=CLIENT)

    async def rows(self, query: LiteralString) -> list[dict[str, Any]]:
        return await self.database.fetch_all(query, {"id": self.john.id})

    async def live(self) -> int:
        return len(await self.rows("select id from sessions where user_id = %(id)s and ended_at is null"))

    async def is_over(self, tokens: TokenPair) -> None:
        """They open nothing."""
        with pytest.raises((SessionEnded, AccessDenied)):
            await self.application.authenticate.execute(tokens.access_token, client=CLIENT)
        with pytest.raises((RefreshTokenInvalid, AccessDenied)):
            await self.refresh(tokens)


async def outcome(asked: Awaitable[object]) -> object:
    try:
        return await asked
    except DomainError as error:
        return type(error)


async def test_state_history_and_trail_agree_whoever_blocks_and_unblocks_at_once(each_database: Database) -> None:
    stage = await Stage.of(each_database)
    for _ in range(10):
        await asyncio.gather(
            stage.block(0), stage.unblock(1), stage.suspend(0), stage.unblock(0), stage.block(1, "fraud")
        )
    (john,) = await stage.rows("select * from users where id = %(id)s")
    changes = await stage.rows("select * from status_changes where user_id = %(id)s order by id")
    stands = "blocked" if john["blocked_at"] else "suspended" if john["suspended_at"] else "active"
    assert changes[-1]["status"] == stands
    since, reason = (john["blocked_at"], john["blocked_reason"]) if john["blocked_at"] else (john["suspended_at"], None)
    if since is not None:
        assert (changes[-1]["since"], changes[-1]["reason"]) == (since, reason)
    # Each follows another one: nothing is unblocked twice, and the times are in the order of the locks.
    assert all(one["status"] != "active" or two["status"] != "active" for one, two in pairwise(changes))
    assert [change["since"] for change in changes] == sorted(change["since"] for change in changes)
    done = Counter(entry.action for entry in await read_audit_trail(each_database))
    assert done[AuditAction.USER_UNBLOCK] == sum(change["status"] == "active" for change in changes)
    deeds = sum(done[action] for action in (AuditAction.USER_BLOCK, AuditAction.USER_UNBLOCK, AuditAction.USER_SUSPEND))
    assert john["version"] == 1 + deeds
    mails = Counter(row["kind"] for row in await stage.rows("select kind from outgoing_mails"))
    assert mails["account_unblocked"] == done[AuditAction.USER_UNBLOCK]


@pytest.mark.parametrize("deed", ["block", "suspend", "require_reset"])
async def test_no_session_survives_that_began_at_the_same_instant(each_database: Database, deed: str) -> None:
    stage = await Stage.of(each_database)
    for _ in range(6):
        logins = [asyncio.create_task(outcome(stage.log_in())) for _ in range(4)]
        await getattr(stage, deed)()
        found = await asyncio.gather(*logins)
        assert await stage.live() == 0
        for tokens in found:
            if isinstance(tokens, type):
                assert issubclass(tokens, AccessDenied)
            else:
                await stage.is_over(tokens)  # type: ignore[arg-type]  # what is no error is a pair of tokens
        await each_database.execute(
            "update users set blocked_at = null, suspended_at = null, password_reset_required_at = null", {}
        )


@pytest.mark.parametrize("deed", ["block", "suspend", "require_reset"])
async def test_no_token_is_good_that_a_refresh_got_at_the_same_instant(each_database: Database, deed: str) -> None:
    stage = await Stage.of(each_database)
    for _ in range(6):
        sessions = [await stage.log_in() for _ in range(4)]
        refreshes = [asyncio.create_task(outcome(stage.refresh(tokens))) for tokens in sessions]
        await getattr(stage, deed)()
        found = await asyncio.gather(*refreshes)
        assert await stage.live() == 0
        for tokens in (*sessions, *found):
            if isinstance(tokens, type):
                assert issubclass(tokens, AccessDenied | RefreshTokenInvalid)
            else:
                await stage.is_over(tokens)  # type: ignore[arg-type]  # as above
        await each_database.execute(
            "update users set blocked_at = null, suspended_at = null, password_reset_required_at = null", {}
        )


async def test_of_two_admins_who_demote_each_other_at_once_exactly_one_stays(each_database: Database) -> None:
    stage = await Stage.of(each_database)
    ada, grace = stage.admins
    for number in range(10):
        found = await asyncio.gather(outcome(stage.demote(0, grace)), outcome(stage.demote(1, ada)))
        assert sorted(isinstance(one, type) for one in found) == [False, True]
        assert LastAdmin in found
        rows = await stage.rows("select id from users where role = 'admin'")
        assert len(rows) == 1
        refused = Counter(entry.reason for entry in await read_audit_trail(each_database))["last_admin"]
        assert refused == number + 1
        await each_database.execute(
            "update users set role = 'admin' where id = any(%(ids)s)", {"ids": [ada.id, grace.id]}
        )


async def test_blocking_twice_at_once_is_one_block_and_one_mail(each_database: Database) -> None:
    stage = await Stage.of(each_database)
    await asyncio.gather(*(stage.block(number % 2) for number in range(8)))
    assert len(await stage.rows("select id from status_changes where user_id = %(id)s")) == 1
    assert len(await stage.rows("select id from outgoing_mails")) == 1
    assert [row["version"] for row in await stage.rows("select version from users where id = %(id)s")] == [2]


async def test_what_dies_on_the_way_leaves_nothing(each_database: Database) -> None:
    """The connection is lost when everything but the commit has been sent."""
    stage = await Stage.of(each_database)
    tokens = await stage.log_in()
    await each_database.execute("delete from outgoing_mails", {})
    before = await stage.rows("select * from users order by id")
    statement = (
        "create function die() returns trigger language plpgsql as"
        " $$ begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$;"
    )
    await each_database.execute(statement, {})
    await each_database.execute("create trigger die after insert on outgoing_mails execute function die()", {})
    with pytest.raises(DomainError, match="temporarily unavailable"):
        await stage.block()
    await each_database.execute("drop trigger die on outgoing_mails", {})
    await each_database.execute("drop function die()", {})
    assert await stage.rows("select * from users order by id") == before
    assert await stage.rows("select id from status_changes") == []
    assert await stage.live() == 1
    await stage.application.authenticate.execute(tokens.access_token, client=CLIENT)
    assert (await stage.block()).version == 2
