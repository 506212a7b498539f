"""People change their own profile, admins that of users, but not of one another."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.user_domain.world import World
from user_domain.entities.audit_entry import AuditAction, AuditEntry, FieldChange
from user_domain.entities.user import User
from user_domain.errors import CannotActOnAdmin, DomainError, Forbidden, InvalidInput, PreconditionFailed, UserNotFound
from user_domain.testing.builders import CLIENT, NOW
from user_domain.use_cases.profile.change_profile import ChangeProfileCommand
from user_domain.value_objects.ids import UserId
from user_domain.value_objects.locale import Locale
from user_domain.value_objects.mobile_number import MobileNumber
from user_domain.value_objects.person_name import PersonName
from user_domain.value_objects.role import Role

NOBODY = UserId(2_000_000_000)
LATER = NOW + timedelta(hours=1)


def a_command(actor: User, user_id: UserId | None = None, **fields: Any) -> ChangeProfileCommand:
    return ChangeProfileCommand(
        actor=actor, user_id=user_id or actor.id, client=CLIENT, **{"name": "Jane Roe", **fields}
    )


# --- What changes ---------------------------------------------------------------------------------------------------


async def test_only_the_fields_named_are_changed(world: World) -> None:
    user = await world.with_user(locale=Locale("en"))
    world.clock.advance(timedelta(hours=1))
    changed = await world.change_profile().execute(a_command(user, name=" Jane Roe ", mobile="+49 151 12345678"))
    assert changed == replace(
        user, name=PersonName("Jane Roe"), mobile=MobileNumber("+4915112345678"), updated_at=LATER, version=2
    )
    assert await world.users.by_id(user.id) == changed


async def test_the_audit_trail_has_every_changed_field_before_and_after(world: World) -> None:
    user = await world.with_user()
    await world.change_profile().execute(a_command(user, mobile="1234567890", locale="fr-ca"))
    assert world.audit == [
        AuditEntry(
            action=AuditAction.USER_PROFILE_CHANGE,
            at=NOW,
            actor_id=user.id,
            target_id=user.id,
            client=CLIENT,
            changes=(FieldChange("name", "John Doe", "Jane Roe"), FieldChange("locale", None, "fr-CA")),
        )
    ]


@pytest.mark.parametrize(
    "fields",
    [{"name": None}, {"name": " John Doe "}, {"name": "John Doe", "mobile": "(123) 456-7890", "locale": "en"}],
    ids=["nothing named", "the same name", "everything the same"],
)
async def test_where_nothing_differs_nothing_is_written(world: World, fields: dict[str, Any]) -> None:
    user = await world.with_user(locale=Locale("en"))
    before = world.snapshot()
    assert await world.change_profile().execute(a_command(user, **fields)) == user
    assert world.snapshot() == before


async def test_everything_that_is_wrong_is_told_and_nothing_is_written(world: World) -> None:
    user = await world.with_user()
    before = world.snapshot()
    with pytest.raises(InvalidInput) as caught:
        await world.change_profile().execute(a_command(user, name="J", mobile="12", locale="english", email="@"))
    assert [violation.field for violation in caught.value.violations] == ["name", "mobile", "locale", "email"]
    assert world.snapshot() == before


# --- Who may --------------------------------------------------------------------------------------------------------


async def test_an_admin_changes_a_user_and_the_audit_trail_says_who_did(world: World) -> None:
    admin, user = await world.with_user(role=Role.ADMIN), await world.with_user()
    changed = await world.change_profile().execute(a_command(admin, user.id))
    assert (changed.id, changed.name) == (user.id, PersonName("Jane Roe"))
    assert [(entry.actor_id, entry.target_id) for entry in world.audit] == [(admin.id, user.id)]


async def test_an_admin_changes_oneself_like_any_user(world: World) -> None:
    admin = await world.with_user(role=Role.ADMIN)
    assert (await world.change_profile().execute(a_command(admin))).name == PersonName("Jane Roe")


@pytest.mark.parametrize(
    ("role", "target_role", "refusal"),
    [
        (Role.USER, Role.USER, Forbidden),
        (Role.USER, Role.ADMIN, Forbidden),
        (Role.ADMIN, Role.ADMIN, CannotActOnAdmin),
    ],
)
async def test_nobody_else_may_and_nothing_is_written_but_what_an_admin_tried(
    world: World, role: Role, target_role: Role, refusal: type[DomainError]
) -> None:
    actor, target = await world.with_user(role=role), await world.with_user(role=target_role)
    before = world.snapshot()
    with pytest.raises(refusal):
        await world.change_profile().execute(a_command(actor, target.id))
    if refusal is CannotActOnAdmin:
        before.audit.append(
            AuditEntry(
                action=AuditAction.USER_PROFILE_CHANGE_REFUSED,
                at=NOW,
                actor_id=actor.id,
                target_id=target.id,
                client=CLIENT,
                reason="cannot_act_on_admin",
            )
        )
    assert world.snapshot() == before


@pytest.mark.parametrize(
    ("role", "fields", "refusal"),
    [
        pytest.param(Role.USER, {}, Forbidden, id="a user is not told that somebody does not exist"),
        pytest.param(Role.USER, {"name": "J"}, Forbidden, id="nor what would be wrong with the change"),
        pytest.param(Role.ADMIN, {}, UserNotFound, id="an admin is"),
    ],
)
async def test_who_hears_what_about_nobody(
    world: World, role: Role, fields: dict[str, Any], refusal: type[DomainError]
) -> None:
    actor = await world.with_user(role=role)
    with pytest.raises(refusal):
        await world.change_profile().execute(a_command(actor, NOBODY, **fields))


async def test_who_was_promoted_since_cannot_be_changed_by_another_admin(world: World) -> None:
    admin, user = await world.with_user(role=Role.ADMIN), await world.with_user()
    await world.change(user.promoted(NOW))
    with pytest.raises(CannotActOnAdmin):
        await world.change_profile().execute(a_command(admin, user.id))


# --- Which version --------------------------------------------------------------------------------------------------


async def test_a_change_of_the_version_that_was_read_is_made(world: World) -> None:
    user = await world.with_user(version=7)
    assert (await world.change_profile().execute(a_command(user, expected_versions=frozenset({7})))).version == 8


@pytest.mark.parametrize("expected_version", [0, 6, 8])
async def test_a_change_of_another_version_is_refused_and_nothing_is_written(
    world: World, expected_version: int
) -> None:
    user = await world.with_user(version=7)
    before = world.snapshot()
    with pytest.raises(PreconditionFailed):
        await world.change_profile().execute(a_command(user, expected_versions=frozenset({expected_version})))
    assert world.snapshot() == before


async def test_a_stale_version_is_refused_even_where_nothing_differs(world: World) -> None:
    user = await world.with_user(version=7)
    with pytest.raises(PreconditionFailed):
        await world.change_profile().execute(a_command(user, name="John Doe", expected_versions=frozenset({6})))


async def test_of_many_changes_of_one_version_one_is_made(world: World) -> None:
    user = await world.with_user()
    commands = [a_command(user, name=f"Jane {letter}.", expected_versions=frozenset({1})) for letter in "ABCDEFGH"]
    outcomes = await asyncio.gather(*map(world.change_profile().execute, commands), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes].count(PreconditionFailed) == 7
    assert await world.users.by_id(user.id) in outcomes
    assert len(world.audit) == 1
