"""Admins act on users, not on themselves, and on one another only where they change roles."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.unit.user_domain.use_cases.administration.deeds import REFUSALS, Deed, block, change_role, suspend
from user_domain.entities.audit_entry import AuditEntry
from user_domain.errors import (
    CannotActOnAdmin,
    CannotActOnSelf,
    Forbidden,
    InvalidInput,
    PreconditionFailed,
    UserNotFound,
)
from user_domain.testing.builders import CLIENT, NOW, a_block
from user_domain.value_objects.ids import UserId
from user_domain.value_objects.person_name import PersonName
from user_domain.value_objects.role import Role

if TYPE_CHECKING:
    from tests.unit.user_domain.world import World
    from user_domain.entities.user import User
    from user_domain.errors import DomainError

NOBODY = UserId(2_000_000_000)

each_deed = pytest.mark.parametrize("deed", REFUSALS, ids=lambda deed: deed.__name__)


def refusal(deed: Deed, actor: User, user: User, error: type[DomainError]) -> AuditEntry:
    return AuditEntry(
        action=REFUSALS[deed], at=NOW, actor_id=actor.id, target_id=user.id, client=CLIENT, reason=error.code
    )


@each_deed
async def test_who_is_no_admin_may_nothing_and_learns_nothing(world: World, deed: Deed) -> None:
    actor, user, admin = await world.with_user(), await world.with_user(), await world.with_admin()
    before = world.snapshot()
    for user_id in (user.id, admin.id, actor.id, NOBODY):
        with pytest.raises(Forbidden):
            await deed(world, actor, user_id)
    assert world.snapshot() == before


@pytest.mark.parametrize("deed", [block, suspend], ids=lambda deed: deed.__name__)
async def test_nor_what_would_be_wrong_with_what_was_typed(world: World, deed: Deed) -> None:
    actor, user = await world.with_user(), await world.with_user()
    with pytest.raises(Forbidden):
        await deed(world, actor, user.id, reason="")


@each_deed
async def test_an_admin_may_nothing_of_it_to_oneself_and_the_trail_says_it_was_tried(world: World, deed: Deed) -> None:
    admin = await world.with_admin()
    await world.with_admin()
    before = world.snapshot()
    with pytest.raises(CannotActOnSelf):
        await deed(world, admin, admin.id, expected_versions=frozenset({99}))
    before.audit.append(refusal(deed, admin, admin, CannotActOnSelf))
    assert world.snapshot() == before


@pytest.mark.parametrize("deed", [deed for deed in REFUSALS if deed is not change_role], ids=lambda one: one.__name__)
async def test_nor_to_another_admin_but_for_the_role(world: World, deed: Deed) -> None:
    admin, other = await world.with_admin(), await world.with_admin(block=a_block())
    before = world.snapshot()
    with pytest.raises(CannotActOnAdmin):
        await deed(world, admin, other.id, expected_versions=frozenset({99}))
    before.audit.append(refusal(deed, admin, other, CannotActOnAdmin))
    assert world.snapshot() == before


@each_deed
async def test_an_admin_hears_that_there_is_no_such_user(world: World, deed: Deed) -> None:
    admin = await world.with_admin()
    before = world.snapshot()
    with pytest.raises(UserNotFound):
        await deed(world, admin, NOBODY)
    assert world.snapshot() == before


@each_deed
async def test_nothing_is_done_to_a_version_that_was_not_expected(world: World, deed: Deed) -> None:
    admin, user = await world.with_admin(), await world.with_user(version=3)
    before = world.snapshot()
    for versions in (frozenset({2}), frozenset({4, 99}), frozenset[int]()):
        with pytest.raises(PreconditionFailed):
            await deed(world, admin, user.id, expected_versions=versions)
    assert world.snapshot() == before
    await deed(world, admin, user.id, expected_versions=frozenset({2, 3}))


@each_deed
async def test_what_others_change_at_the_same_time_is_not_lost(world: World, deed: Deed) -> None:
    admin, user = await world.with_admin(), await world.with_user(block=a_block())
    renamed = user.with_profile(name=PersonName("Jane Roe"), at=NOW)
    await world.change(renamed)
    changed = await deed(world, admin, user.id, **({} if deed is not block else {"reason": "fraud"}))
    assert changed.name == PersonName("Jane Roe")
    assert world.user(user.id) == changed
    assert changed.version == renamed.version + 1


@each_deed
async def test_it_goes_by_what_the_user_is_when_locked(world: World, deed: Deed) -> None:
    """The actor is as read before; whom it is about is not."""
    admin, user = await world.with_admin(), await world.with_user()
    await world.change(replace(user, role=Role.ADMIN))
    if deed is change_role:
        assert await deed(world, admin, user.id, role=Role.ADMIN) == replace(user, role=Role.ADMIN)
        return
    with pytest.raises(CannotActOnAdmin):
        await deed(world, admin, user.id)


@pytest.mark.parametrize("deed", [block, suspend], ids=lambda deed: deed.__name__)
@pytest.mark.parametrize(
    ("reason", "code"),
    [("", "too_short"), (" \t", "too_short"), ("x" * 501, "too_long"), ("a\nb", "invalid_characters")],
)
async def test_a_reason_is_a_line_that_others_can_read(world: World, deed: Deed, reason: str, code: str) -> None:
    admin, user = await world.with_admin(), await world.with_user()
    before = world.snapshot()
    with pytest.raises(InvalidInput) as caught:
        await deed(world, admin, user.id, reason=reason)
    assert [(fault.field, fault.code) for fault in caught.value.violations] == [("reason", code)]
    assert world.snapshot() == before
