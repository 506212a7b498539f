"""One's own address stays pending until the new one has proven itself; an admin's word is proof enough."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.user_domain.interference import AfterReading
from tests.unit.user_domain.world import World, address
from user_domain.entities.audit_entry import AuditAction, FieldChange
from user_domain.entities.user import User
from user_domain.errors import (
    AccessDenied,
    AccountBlocked,
    CannotActOnAdmin,
    CurrentPasswordRequired,
    DomainError,
    EmailAlreadyRegistered,
    Forbidden,
    InvalidInput,
    PasswordResetRequired,
    PreconditionFailed,
    UserNotFound,
    WrongPassword,
)
from user_domain.testing.builders import CLIENT, NOW, PASSWORD, a_block, an_audit_entry
from user_domain.use_cases.profile.change_profile import ChangeProfileCommand
from user_domain.value_objects.ids import UserId
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.one_time_token import TokenPurpose
from user_domain.value_objects.person_name import PersonName
from user_domain.value_objects.role import Role

MOMENT = timedelta(microseconds=1)
WEEK = timedelta(days=7)
OLD, NEW = address("old"), address("new")
THE_CHANGE = (FieldChange("email", "old@example.com", "new@example.com"),)


async def change(world: World, actor: User, user_id: UserId | None = None, **fields: Any) -> User:
    command = ChangeProfileCommand(
        actor=actor, user_id=user_id or actor.id, client=CLIENT, **{"email": str(NEW), **fields}
    )
    return await world.change_profile().execute(command)


async def change_own(world: World, user: User, **fields: Any) -> User:
    return await change(world, user, **{"current_password": PASSWORD, **fields})


# --- One's own ------------------------------------------------------------------------------------------------------


async def test_ones_own_new_address_is_pending_and_the_old_one_stays(world: World) -> None:
    user = await world.with_user(email=OLD, email_verified_at=NOW)
    changed = await change_own(world, user, email=" New@Example.com ")
    assert changed == replace(user, pending_email=NEW, version=2)
    assert await world.users.by_id(user.id) == changed


async def test_the_new_address_is_asked_by_mail_and_the_old_one_is_not_yet_told(world: World) -> None:
    user = await world.with_user(email=OLD)
    await change_own(world, user)
    (letter,) = await world.deliver()
    assert (letter.kind, letter.recipient, letter.name) == (MailKind.CONFIRM_EMAIL_CHANGE, NEW, user.name)
    assert set(letter.tokens) == {TokenPurpose.CONFIRM_EMAIL_CHANGE}


async def test_the_audit_trail_says_which_address_was_wanted(world: World) -> None:
    user = await world.with_user(email=OLD)
    await change_own(world, user)
    assert world.audit == [
        an_audit_entry(
            action=AuditAction.EMAIL_CHANGE_REQUEST,
            actor_id=user.id,
            target_id=user.id,
            client=CLIENT,
            changes=THE_CHANGE,
        )
    ]


async def test_other_fields_change_at_once_and_have_an_entry_of_their_own(world: World) -> None:
    user = await world.with_user(email=OLD)
    changed = await change_own(world, user, name="Jane Roe")
    assert (changed.name, changed.email, changed.pending_email) == (PersonName("Jane Roe"), OLD, NEW)
    assert [(entry.action, [one.field for one in entry.changes]) for entry in world.audit] == [
        (AuditAction.EMAIL_CHANGE_REQUEST, ["email"]),
        (AuditAction.USER_PROFILE_CHANGE, ["name"]),
    ]


async def test_the_same_address_again_needs_no_password_and_changes_nothing(world: World) -> None:
    user = await world.with_user(email=OLD, pending_email=NEW)
    before = world.snapshot()
    assert await change(world, user, email=" OLD@example.com ") == user
    assert world.snapshot() == before
    assert world.password_hasher.calls == 0


async def test_an_address_wanted_twice_is_asked_twice_and_is_no_new_version(world: World) -> None:
    user = await world.with_user(email=OLD)
    first = await change_own(world, user)
    assert await change_own(world, first) == first
    assert len(await world.deliver()) == 1  # the first one's token is void
    assert len(world.audit) == 2


async def test_an_admin_is_an_ordinary_user_towards_oneself(world: World) -> None:
    admin = await world.with_user(email=OLD, role=Role.ADMIN)
    with pytest.raises(CurrentPasswordRequired):
        await change(world, admin)
    assert (await change_own(world, admin)).pending_email == NEW


# --- Refused --------------------------------------------------------------------------------------------------------


async def test_without_the_current_password_nothing_changes(world: World) -> None:
    user = await world.with_user(email=OLD)
    before = world.snapshot()
    with pytest.raises(CurrentPasswordRequired):
        await change(world, user, name="Jane Roe")
    assert world.snapshot() == before


async def test_a_wrong_password_changes_nothing_and_is_in_the_audit_trail(world: World) -> None:
    user = await world.with_user(email=OLD)
    before = world.snapshot()
    with pytest.raises(WrongPassword):
        await change(world, user, name="Jane Roe", current_password="Wrong-1234")
    refused = an_audit_entry(
        action=AuditAction.EMAIL_CHANGE_REQUEST_REFUSED,
        actor_id=user.id,
        target_id=user.id,
        reason="wrong_password",
        client=CLIENT,
    )
    assert world.snapshot() == replace(before, audit=[refused])


@pytest.mark.parametrize("by_admin", [False, True], ids=["one's own", "by an admin"])
async def test_an_address_in_use_is_refused_when_it_is_asked_for_and_nothing_changes(
    world: World, by_admin: bool
) -> None:
    await world.with_user(email=NEW)
    user = await world.with_user(email=OLD)
    actor = await world.with_user(role=Role.ADMIN) if by_admin else user
    before = world.snapshot()
    with pytest.raises(EmailAlreadyRegistered):
        await change(world, actor, user.id, name="Jane Roe", current_password=PASSWORD)
    refused = an_audit_entry(
        action=AuditAction.EMAIL_CHANGE_REFUSED,
        actor_id=actor.id,
        target_id=user.id,
        reason="email_already_registered",
        client=CLIENT,
    )
    assert world.snapshot() == replace(before, audit=[refused])


@pytest.mark.parametrize("by_admin", [False, True], ids=["one's own", "by an admin"])
async def test_so_is_one_that_somebody_can_take_back_for_a_week(world: World, by_admin: bool) -> None:
    user, another = await world.with_user(email=OLD), await world.with_user(email=NEW)
    actor = await world.with_user(role=Role.ADMIN) if by_admin else user
    await world.moves(another, address("elsewhere"))
    world.clock.advance(WEEK - MOMENT)
    with pytest.raises(EmailAlreadyRegistered):
        await change(world, actor, user.id, current_password=PASSWORD)
    world.clock.advance(MOMENT)
    await change(world, actor, user.id, current_password=PASSWORD)


async def test_two_users_may_want_one_address(world: World) -> None:
    for user in [await world.with_user(), await world.with_user()]:
        assert (await change_own(world, user)).pending_email == NEW
    assert [letter.recipient for letter in await world.deliver()] == [NEW, NEW]


async def test_a_stale_version_is_refused_and_nothing_is_mailed(world: World) -> None:
    user = await world.with_user(email=OLD, version=7)
    before = world.snapshot()
    with pytest.raises(PreconditionFailed):
        await change_own(world, user, expected_versions=frozenset({6}))
    assert world.snapshot() == before


@pytest.mark.parametrize(
    ("role", "target_role", "refusal"),
    [
        (Role.USER, Role.USER, Forbidden),
        (Role.USER, Role.ADMIN, Forbidden),
        (Role.ADMIN, Role.ADMIN, CannotActOnAdmin),
    ],
)
async def test_nobody_elses_address_can_be_changed_and_nothing_is_written(
    world: World, role: Role, target_role: Role, refusal: type[DomainError]
) -> None:
    actor, target = await world.with_user(role=role), await world.with_user(role=target_role)
    before = world.snapshot()
    with pytest.raises(refusal):
        await change(world, actor, target.id, current_password=PASSWORD)
    assert [entry.reason for entry in world.audit] == ["cannot_act_on_admin"] * (refusal is CannotActOnAdmin)
    world.audit.clear()
    assert world.snapshot() == before


async def test_what_is_no_address_is_refused_before_any_password_is_looked_at(world: World) -> None:
    user = await world.with_user()
    with pytest.raises(InvalidInput) as caught:
        await change_own(world, user, email="no address")
    assert [violation.field for violation in caught.value.violations] == ["email"]
    assert world.password_hasher.calls == 0


# --- Meanwhile ------------------------------------------------------------------------------------------------------


def meanwhile(world: World, *events: Callable[[], Awaitable[object]]) -> None:
    """What others do between the check of the current password and the change."""
    world.users = AfterReading(world.users, *events)


@pytest.mark.parametrize("times", [1, 3])
async def test_a_hash_made_anew_meanwhile_by_logins_fails_nothing(world: World, times: int) -> None:
    user = await world.with_user(email=OLD)
    meanwhile(world, *[lambda: world.replace_hash(user.id, PASSWORD)] * times)
    assert (await change_own(world, user)).pending_email == NEW
    assert [entry.action for entry in world.audit] == [AuditAction.EMAIL_CHANGE_REQUEST]


async def test_with_a_password_that_was_changed_meanwhile_no_address_is_changed(world: World) -> None:
    user = await world.with_user(email=OLD)
    meanwhile(world, lambda: world.replace_hash(user.id, "Another-1234"))
    with pytest.raises(WrongPassword):
        await change_own(world, user)
    assert world.user(user.id) == user
    assert [entry.action for entry in world.audit] == [AuditAction.EMAIL_CHANGE_REQUEST_REFUSED]


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [({"password_reset_required_at": NOW}, PasswordResetRequired), ({"block": a_block()}, AccountBlocked)],
    ids=["a reset is required", "blocked"],
)
async def test_who_is_kept_out_meanwhile_changes_no_address(
    world: World, facts: dict[str, Any], refusal: type[AccessDenied]
) -> None:
    """Or an intruder who is just being thrown out gets back in: by a reset that is mailed to the new address."""
    user = await world.with_user(email=OLD)
    meanwhile(world, lambda: world.change(replace(user, **facts)))
    with pytest.raises(refusal):
        await change_own(world, user, name="Jane Roe")
    assert world.user(user.id) == replace(user, **facts)
    assert world.unsent == []
    assert world.audit == [
        an_audit_entry(
            action=AuditAction.EMAIL_CHANGE_REQUEST_REFUSED,
            actor_id=user.id,
            target_id=user.id,
            reason=refusal.code,
            client=CLIENT,
        )
    ]


async def test_what_others_change_meanwhile_is_not_lost(world: World) -> None:
    user = await world.with_user(email=OLD)
    renamed = user.with_profile(name=PersonName("Jane Roe"), at=NOW)
    meanwhile(world, lambda: world.change(renamed))
    assert await change_own(world, user) == replace(renamed, pending_email=NEW, version=3)


async def test_who_is_erased_meanwhile_is_not_found(world: World) -> None:
    user = await world.with_user(email=OLD)
    meanwhile(world, lambda: world.erase(user.id))
    with pytest.raises(UserNotFound):
        await change_own(world, user)


async def test_an_address_that_was_ones_own_until_a_moment_ago_is_not_changed_back_without_the_password(
    world: World,
) -> None:
    user = await world.with_user(email=OLD)
    await world.moves(user, NEW)
    before = world.snapshot()
    with pytest.raises(PreconditionFailed):
        await change(world, user, email=str(OLD))
    assert world.snapshot() == before


async def test_an_address_that_became_ones_own_a_moment_ago_is_not_changed_again(world: World) -> None:
    user = await world.with_user(email=OLD)
    await world.moves(user, NEW)
    before = world.snapshot()
    assert await change_own(world, user) == world.user(user.id)
    assert world.snapshot() == before


# --- By an admin ----------------------------------------------------------------------------------------------------


async def test_an_admins_change_is_made_at_once_and_counts_as_verified(world: World) -> None:
    admin = await world.with_user(role=Role.ADMIN)
    user = await world.with_user(email=OLD, pending_email=address("other"))
    world.clock.advance(MOMENT)
    changed = await change(world, admin, user.id)
    assert changed == replace(
        user, email=NEW, email_verified_at=NOW + MOMENT, pending_email=None, updated_at=NOW + MOMENT, version=2
    )
    assert await world.users.by_id(user.id) == changed


async def test_the_old_address_is_told_of_an_admins_change_and_can_undo_it(world: World) -> None:
    admin, user = await world.with_user(role=Role.ADMIN), await world.with_user(email=OLD)
    await change(world, admin, user.id)
    (letter,) = await world.deliver()
    assert (letter.kind, letter.recipient) == (MailKind.EMAIL_CHANGED, OLD)
    await world.undo_email_change().execute(token=letter.tokens[TokenPurpose.UNDO_EMAIL_CHANGE], client=CLIENT)
    assert world.user(user.id).email == OLD


async def test_the_audit_trail_says_which_admin_changed_it(world: World) -> None:
    admin, user = await world.with_user(role=Role.ADMIN), await world.with_user(email=OLD)
    await change(world, admin, user.id, name="Jane Roe")
    assert [(entry.action, entry.actor_id, entry.target_id) for entry in world.audit] == [
        (AuditAction.EMAIL_CHANGE, admin.id, user.id),
        (AuditAction.USER_PROFILE_CHANGE, admin.id, user.id),
    ]
    assert world.audit[0].changes == THE_CHANGE


async def test_what_the_user_had_asked_for_is_off(world: World) -> None:
    admin, user = await world.with_user(role=Role.ADMIN), await world.with_user(email=OLD)
    await world.wants(user, address("other"))
    await world.forgets(OLD)
    await change(world, admin, user.id)
    tokens = world.database.committed.tokens.values()
    assert {token.purpose for token in tokens if token.is_good(NOW)} == {TokenPurpose.UNDO_EMAIL_CHANGE}


async def test_an_admin_needs_no_password_for_a_users_address(world: World) -> None:
    admin, user = await world.with_user(role=Role.ADMIN), await world.with_user(email=OLD)
    await change(world, admin, user.id, current_password=None)
    assert world.password_hasher.calls == 0
