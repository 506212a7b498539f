"""Whoever operates the service makes an existing user an administrator."""

from dataclasses import replace

import pytest

from tests.unit.user_domain.interference import AfterReading
from tests.unit.user_domain.world import World
from user_domain.entities.audit_entry import AuditAction, AuditEntry, FieldChange
from user_domain.errors import AlreadyAdmin, DomainError, InvalidInput, UserNotFound
from user_domain.testing.builders import NOW
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.person_name import PersonName
from user_domain.value_objects.role import Role


async def test_a_user_becomes_an_admin_and_keeps_everything_else(world: World) -> None:
    user = await world.with_user()
    password_hash = world.account(user.id).password_hash
    admin = await world.promote_to_admin().execute(email=f" {user.email.value.upper()} ")
    assert admin == replace(user, role=Role.ADMIN, version=2)
    assert await world.users.by_id(user.id) == admin
    assert world.account(user.id).password_hash == password_hash


async def test_a_promotion_is_in_the_audit_trail_with_the_role_before_and_after(world: World) -> None:
    user = await world.with_user()
    await world.promote_to_admin().execute(email=str(user.email))
    assert world.audit == [
        AuditEntry(
            action=AuditAction.ADMIN_PROMOTE,
            at=NOW,
            actor_id=None,
            target_id=user.id,
            client=ClientInfo(),
            changes=(FieldChange("role", "user", "admin"),),
        )
    ]


@pytest.mark.parametrize(
    ("email", "refusal"),
    [
        ("admin@example.com", AlreadyAdmin),
        ("nobody@example.com", UserNotFound),
        ("no address", InvalidInput),
    ],
)
async def test_nothing_is_written_where_there_is_nobody_to_promote(
    world: World, email: str, refusal: type[DomainError]
) -> None:
    await world.with_user(email=EmailAddress("admin@example.com"), role=Role.ADMIN)
    before = world.snapshot()
    with pytest.raises(refusal):
        await world.promote_to_admin().execute(email=email)
    assert world.snapshot() == before


async def test_what_others_change_at_the_same_time_is_not_lost(world: World) -> None:
    user = await world.with_user()
    renamed = user.with_profile(name=PersonName("Jane Roe"), at=NOW)
    users = AfterReading(world.users, lambda: world.change(renamed))
    admin = await world.promote_to_admin(users=users).execute(email=str(user.email))
    assert admin == replace(renamed, role=Role.ADMIN, version=3)


async def test_who_is_erased_at_the_same_time_is_not_found(world: World) -> None:
    user = await world.with_user()
    users = AfterReading(world.users, lambda: world.erase(user.id))
    with pytest.raises(UserNotFound):
        await world.promote_to_admin(users=users).execute(email=str(user.email))
    assert world.audit == []
