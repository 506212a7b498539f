"""Admins make others admins, and admins users again; the last one stays."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.user_domain.use_cases.administration.deeds import change_role
from user_domain.entities.audit_entry import AuditAction, AuditEntry, FieldChange
from user_domain.errors import LastAdmin
from user_domain.policies.access import AccessPolicy
from user_domain.testing.builders import CLIENT, NOW, a_block, a_suspension
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.role import Role

if TYPE_CHECKING:
    from tests.unit.user_domain.world import World
    from user_domain.entities.user import User


@pytest.mark.parametrize(("before", "after"), [(Role.USER, Role.ADMIN), (Role.ADMIN, Role.USER)])
async def test_another_role_goes_into_the_trail_and_the_person_is_told(world: World, before: Role, after: Role) -> None:
    admin, user = await world.with_admin(), await world.with_user(role=before)
    session = await world.with_session(user)
    changed = await change_role(world, admin, user.id, role=after)
    assert changed == replace(user, role=after, version=2)
    assert world.user(user.id) == changed
    assert world.ends_of_sessions(user) == {session.handle: None}
    assert world.audit == [
        AuditEntry(
            action=AuditAction.USER_ROLE_CHANGE,
            at=NOW,
            actor_id=admin.id,
            target_id=user.id,
            client=CLIENT,
            changes=(FieldChange("role", before.value, after.value),),
        )
    ]
    assert world.database.committed.status_changes == []
    (unsent,) = world.unsent
    assert unsent.mail.client == ClientInfo(request_id=CLIENT.request_id)
    (letter,) = await world.deliver()
    assert (letter.kind, letter.recipient, letter.role) == (MailKind.ROLE_CHANGED, user.email, after)


@pytest.mark.parametrize("role", Role)
async def test_where_it_is_the_role_already_nothing_changes(world: World, role: Role) -> None:
    admin, user = await world.with_admin(), await world.with_user(role=role)
    before = world.snapshot()
    assert await change_role(world, admin, user.id, role=role) == user
    assert world.snapshot() == before


def refused(actor: User, user: User) -> AuditEntry:
    return AuditEntry(
        action=AuditAction.USER_ROLE_CHANGE_REFUSED,
        at=NOW,
        actor_id=actor.id,
        target_id=user.id,
        client=CLIENT,
        reason="last_admin",
    )


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"role": Role.USER}, id="demoted"),
        pytest.param({"block": a_block()}, id="blocked"),
        pytest.param({"suspension": a_suspension()}, id="suspended"),
        pytest.param({"password_reset_required_at": NOW}, id="told to reset the password"),
    ],
)
async def test_the_last_admin_who_can_log_in_stays_one(world: World, facts: dict[str, Any]) -> None:
    """Whoever wants that was an admin when the request came, and is not any more, or not let in."""
    actor, last = await world.with_admin(), await world.with_admin()
    await world.change(replace(actor, **facts))
    before = world.snapshot()
    with pytest.raises(LastAdmin):
        await change_role(world, actor, last.id, role=Role.USER)
    before.audit.append(refused(actor, last))
    assert world.snapshot() == before


@pytest.mark.parametrize("required", [False, True])
async def test_who_has_not_verified_the_address_counts_only_where_that_is_not_required(
    world: World, required: bool
) -> None:
    actor, last = await world.with_admin(email_verified_at=None), await world.with_admin()
    world.access = AccessPolicy(verified_email_required=required)
    if required:
        with pytest.raises(LastAdmin):
            await change_role(world, actor, last.id, role=Role.USER)
    else:
        assert not (await change_role(world, actor, last.id, role=Role.USER)).is_admin


async def test_an_admin_can_be_made_where_there_is_none_left(world: World) -> None:
    actor, user = await world.with_admin(), await world.with_user()
    await world.change(replace(actor, block=a_block()))
    assert (await change_role(world, actor, user.id, role=Role.ADMIN)).is_admin


async def test_of_two_who_demote_each_other_at_once_one_stays(world: World) -> None:
    one, other = await world.with_admin(), await world.with_admin()
    outcomes = await asyncio.gather(
        change_role(world, one, other.id, role=Role.USER),
        change_role(world, other, one.id, role=Role.USER),
        return_exceptions=True,
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LastAdmin", "User"]
    assert sorted(world.user(user.id).role for user in (one, other)) == [Role.ADMIN, Role.USER]
