"""Admins open accounts for others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from user_domain.entities.audit_entry import AuditAction, AuditEntry, FieldChange
from user_domain.errors import EmailAlreadyRegistered, Forbidden, InvalidInput
from user_domain.testing.builders import CLIENT, NOW, PASSWORD
from user_domain.use_cases.administration.create_user import CreateUserCommand
from user_domain.use_cases.authentication.log_in import LogInCommand
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.locale import Locale
from user_domain.value_objects.role import Role

if TYPE_CHECKING:
    from tests.unit.user_domain.world import World
    from user_domain.entities.user import User

EMAIL = EmailAddress("jane@example.com")


def a_command(actor: User, **fields: Any) -> CreateUserCommand:
    typed = {
        "name": "Jane Roe",
        "email": str(EMAIL),
        "mobile": "1234567890",
        "password": PASSWORD,
        "role": Role.USER,
        "client": CLIENT,
    }
    return CreateUserCommand(actor=actor, **{**typed, **fields})


@pytest.mark.parametrize("role", Role)
async def test_the_new_user_is_verified_from_the_start_and_can_log_in(world: World, role: Role) -> None:
    admin = await world.with_admin()
    user = await world.create_user().execute(a_command(admin, role=role, locale="FR"))
    assert (user.role, user.email_verified_at, user.locale, user.version) == (role, NOW, Locale("fr"), 1)
    assert world.user(user.id) == user
    await world.log_in().execute(LogInCommand(email=str(EMAIL), password=PASSWORD, client=CLIENT))
    assert world.audit[0] == AuditEntry(
        action=AuditAction.USER_CREATE,
        at=NOW,
        actor_id=admin.id,
        target_id=user.id,
        client=CLIENT,
        changes=(FieldChange("role", None, role.value),),
    )


async def test_the_person_is_told_but_neither_the_password_nor_from_where(world: World) -> None:
    admin = await world.with_admin()
    await world.create_user().execute(a_command(admin))
    (unsent,) = world.unsent
    assert unsent.mail.client == ClientInfo(request_id=CLIENT.request_id)
    (letter,) = await world.deliver()
    assert (letter.kind, letter.recipient, letter.tokens) == (MailKind.ACCOUNT_CREATED, EMAIL, {})


async def test_nobody_else_may_and_learns_nothing(world: World) -> None:
    user = await world.with_user()
    before = world.snapshot()
    for fields in ({}, {"email": str(user.email)}, {"name": ""}):
        with pytest.raises(Forbidden):
            await world.create_user().execute(a_command(user, **fields))
    assert world.snapshot() == before
    assert world.password_hasher.calls == 0


async def test_the_rules_are_those_of_registration(world: World) -> None:
    admin = await world.with_admin()
    before = world.snapshot()
    with pytest.raises(InvalidInput) as caught:
        await world.create_user().execute(a_command(admin, name="J", mobile="12", password="x", locale="english"))
    assert {fault.field for fault in caught.value.violations} == {"name", "mobile", "password", "locale"}
    with pytest.raises(InvalidInput):
        await world.create_user().execute(a_command(admin, password="Password1!"))
    assert world.snapshot() == before


async def test_an_address_in_use_is_refused_and_the_trail_says_who_tried(world: World) -> None:
    admin = await world.with_admin()
    await world.with_user(email=EMAIL)
    before = world.snapshot()
    with pytest.raises(EmailAlreadyRegistered):
        await world.create_user().execute(a_command(admin))
    before.audit.append(
        AuditEntry(
            action=AuditAction.USER_CREATE_REFUSED,
            at=NOW,
            actor_id=admin.id,
            target_id=None,
            client=CLIENT,
            reason="email_already_registered",
        )
    )
    assert world.snapshot() == before


async def test_the_password_is_in_no_representation(world: World) -> None:
    command = a_command(await world.with_admin())
    assert PASSWORD not in repr(command)
    assert PASSWORD not in repr(replace(command, password=PASSWORD))
