"""What somebody else does between a login's check of the password and its lock on the user."""

from dataclasses import replace

import pytest

from tests.unit.user_domain.interference import AfterReading
from tests.unit.user_domain.world import World
from user_domain.entities.audit_entry import AuditAction
from user_domain.errors import AccountBlocked, InvalidCredentials
from user_domain.testing.builders import CLIENT, NOW, PASSWORD, a_block
from user_domain.testing.in_memory import InMemoryAccessTokenCodec, InMemoryPasswordHasher
from user_domain.use_cases.authentication.log_in import LogInCommand
from user_domain.value_objects.access_token import AccessTokenClaims
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.person_name import PersonName
from user_domain.value_objects.role import Role

COMMAND = LogInCommand(email="john@example.com", password=PASSWORD, client=CLIENT)
EMAIL = EmailAddress(COMMAND.email)


async def test_a_password_changed_meanwhile_keeps_the_old_one_out(world: World) -> None:
    user = await world.with_user(email=EMAIL)
    users = AfterReading(world.users, lambda: world.replace_hash(user.id, "Another-1234"))
    with pytest.raises(InvalidCredentials):
        await world.log_in(users=users).execute(COMMAND)
    assert world.database.committed.sessions == {}
    assert [(entry.action, entry.target_id) for entry in world.audit] == [(AuditAction.SESSION_LOGIN_FAILURE, user.id)]


@pytest.mark.parametrize("times", [1, 3])
async def test_a_hash_made_anew_meanwhile_by_other_logins_fails_none_of_them(world: World, times: int) -> None:
    user = await world.with_user(email=EMAIL)
    world.password_hasher = InMemoryPasswordHasher(generation=2)
    others = [lambda: world.replace_hash(user.id, PASSWORD)] * times
    await world.log_in(users=AfterReading(world.users, *others)).execute(COMMAND)
    assert len(world.database.committed.sessions) == 1
    assert [entry.action for entry in world.audit] == [AuditAction.SESSION_LOGIN_SUCCESS]


async def test_a_block_meanwhile_keeps_the_person_out(world: World) -> None:
    user = await world.with_user(email=EMAIL)
    users = AfterReading(world.users, lambda: world.change(replace(user, block=a_block())))
    with pytest.raises(AccountBlocked):
        await world.log_in(users=users).execute(COMMAND)
    assert world.database.committed.sessions == {}


async def test_who_is_erased_meanwhile_is_nobody(world: World) -> None:
    user = await world.with_user(email=EMAIL)
    users = AfterReading(world.users, lambda: world.erase(user.id))
    with pytest.raises(InvalidCredentials):
        await world.log_in(users=users).execute(COMMAND)
    assert [(entry.action, entry.target_id) for entry in world.audit] == [(AuditAction.SESSION_LOGIN_FAILURE, None)]


async def test_a_profile_changed_meanwhile_is_not_lost(world: World) -> None:
    user = await world.with_user(email=EMAIL)
    renamed = user.with_profile(name=PersonName("Jane Roe"), at=NOW)
    await world.log_in(users=AfterReading(world.users, lambda: world.change(renamed))).execute(COMMAND)
    assert await world.users.by_id(user.id) == replace(renamed, last_login_at=NOW)


class NoAdminTokens(InMemoryAccessTokenCodec):
    def issue(self, claims: AccessTokenClaims) -> str:
        assert claims.role is not Role.ADMIN
        return super().issue(claims)


async def test_a_role_taken_away_meanwhile_is_not_in_the_token(world: World) -> None:
    admin = await world.with_user(email=EMAIL, role=Role.ADMIN)
    users = AfterReading(world.users, lambda: world.change(replace(admin, role=Role.USER)))
    world.access_tokens = NoAdminTokens()
    await world.log_in(users=users).execute(COMMAND)
