"""Whoever operates the service creates an administrator."""

from dataclasses import replace

import pytest

from tests.unit.user_domain.world import World
from user_domain.entities.audit_entry import AuditAction, AuditEntry, FieldChange
from user_domain.errors import EmailAlreadyRegistered, InvalidInput
from user_domain.testing.builders import NOW, PASSWORD
from user_domain.use_cases.administration.create_admin import CreateAdminCommand
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.password import Password

COMMAND = CreateAdminCommand(name="Ada Roe", email="ada@example.com", mobile="1234567890", password=PASSWORD)


async def test_the_new_admin_can_log_in_and_counts_as_verified_from_the_start(world: World) -> None:
    admin = await world.create_admin().execute(COMMAND)
    assert admin.is_admin
    assert admin.email_verified_at == NOW
    assert await world.users.by_id(admin.id) == admin
    kept = world.account(admin.id).password_hash
    assert (await world.password_hasher.verify(Password(PASSWORD), kept)).matches


async def test_the_audit_trail_names_nobody_as_the_one_who_did_it(world: World) -> None:
    admin = await world.create_admin().execute(COMMAND)
    assert world.audit == [
        AuditEntry(
            action=AuditAction.ADMIN_CREATE,
            at=NOW,
            actor_id=None,
            target_id=admin.id,
            client=ClientInfo(),
            changes=(FieldChange("role", None, "admin"),),
        )
    ]


async def test_admins_follow_the_same_rules_as_everybody(world: World) -> None:
    before = world.snapshot()
    with pytest.raises(InvalidInput):
        await world.create_admin().execute(replace(COMMAND, password="admin"))
    assert world.snapshot() == before
    assert world.password_hasher.calls == 0


async def test_the_password_of_an_admin_is_not_one_that_others_have_too(world: World) -> None:
    before = world.snapshot()
    with pytest.raises(InvalidInput) as caught:
        await world.create_admin().execute(replace(COMMAND, password="Password1!"))
    assert [violation.code for violation in caught.value.violations] == ["too_common"]
    assert world.snapshot() == before


async def test_nobody_is_asked_to_verify_an_address_that_counts_as_verified(world: World) -> None:
    await world.create_admin().execute(COMMAND)
    assert world.unsent == []


async def test_an_address_in_use_is_refused_and_nothing_is_written(world: World) -> None:
    await world.with_user(email=EmailAddress(COMMAND.email))
    before = world.snapshot()
    with pytest.raises(EmailAlreadyRegistered):
        await world.create_admin().execute(COMMAND)
    assert world.snapshot() == before
