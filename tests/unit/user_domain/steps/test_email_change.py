"""The ways to another address: asked for by the user, or decreed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.user_domain.world import World, address
from user_domain.entities.audit_entry import AuditAction, FieldChange
from user_domain.entities.user import User
from user_domain.errors import CurrentPasswordRequired, EmailAlreadyRegistered, WrongPassword
from user_domain.steps.one_time_tokens import POWERS
from user_domain.testing.builders import CLIENT, NOW, PASSWORD, an_audit_entry
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.one_time_token import TokenPurpose
from user_domain.value_objects.role import Role

MOMENT = timedelta(microseconds=1)
WEEK = timedelta(days=7)
NEW = address("new")


async def request(world: World, user: User) -> User:
    async with world.unit_of_work() as work:
        account = await work.users.lock(user.id)
        assert account is not None
        changed = await world.email_change.request(work, account.user, NEW, at=world.clock.now(), client=CLIENT)
        await work.users.save(changed)
        await work.commit()
    return changed


async def decree(world: World, user: User, *, actor: User | None = None) -> User:
    async with world.unit_of_work() as work:
        account = await work.users.lock(user.id)
        assert account is not None
        changed = await world.email_change.decree(
            work, account.user, NEW, actor=actor or user, at=world.clock.now(), client=CLIENT
        )
        await work.users.save(changed)
        await work.commit()
    return changed


# --- Proving --------------------------------------------------------------------------------------------------------


async def test_with_the_current_password_a_free_address_may_be_wanted(world: World) -> None:
    user = await world.with_user()
    before = world.snapshot()
    proven = await world.email_change.prove(user, NEW, PASSWORD, client=CLIENT)
    assert proven == world.account(user.id).password_hash
    assert world.snapshot() == before


async def test_without_the_current_password_it_may_not(world: World) -> None:
    user = await world.with_user()
    with pytest.raises(CurrentPasswordRequired):
        await world.email_change.prove(user, NEW, None, client=CLIENT)
    assert world.password_hasher.calls == 0


@pytest.mark.parametrize("wanted", [NEW, address("taken")], ids=["free", "taken"])
async def test_with_a_wrong_one_nobody_hears_whether_the_address_is_taken(world: World, wanted: EmailAddress) -> None:
    user, _ = await world.with_user(), await world.with_user(email=address("taken"))
    with pytest.raises(WrongPassword):
        await world.email_change.prove(user, wanted, "Wrong-1234", client=CLIENT)
    assert world.audit == [
        an_audit_entry(
            action=AuditAction.EMAIL_CHANGE_REQUEST_REFUSED,
            actor_id=user.id,
            target_id=user.id,
            reason="wrong_password",
            client=CLIENT,
        )
    ]


async def test_somebody_elses_address_is_refused(world: World) -> None:
    user, _ = await world.with_user(), await world.with_user(email=NEW)
    with pytest.raises(EmailAlreadyRegistered):
        await world.email_change.prove(user, NEW, PASSWORD, client=CLIENT)


async def test_an_address_that_somebody_can_take_back_is_refused_as_long_as_that_is_so(world: World) -> None:
    user, another = await world.with_user(), await world.with_user(email=address("old"))
    await decree(world, another)
    world.clock.advance(WEEK - MOMENT)
    with pytest.raises(EmailAlreadyRegistered):
        await world.email_change.prove(user, address("old"), PASSWORD, client=CLIENT)
    world.clock.advance(MOMENT)
    await world.email_change.prove(user, address("old"), PASSWORD, client=CLIENT)


async def test_an_address_that_one_can_take_back_oneself_is_not(world: World) -> None:
    user = await world.with_user(email=address("old"))
    moved = await decree(world, user)
    await world.email_change.prove(moved, address("old"), PASSWORD, client=CLIENT)


async def test_an_address_that_is_only_pending_for_somebody_else_may_be_wanted(world: World) -> None:
    user, another = await world.with_user(), await world.with_user()
    await request(world, another)
    await world.email_change.prove(user, NEW, PASSWORD, client=CLIENT)


# --- Asking ---------------------------------------------------------------------------------------------------------


async def test_a_wanted_address_is_pending_and_asked_by_mail(world: World) -> None:
    user = await world.with_user(email=address("old"))
    assert await request(world, user) == replace(user, pending_email=NEW, version=2)
    assert [(one.mail.kind, one.mail.recipient) for one in world.unsent] == [(MailKind.CONFIRM_EMAIL_CHANGE, NEW)]
    (token,) = world.database.committed.tokens.values()
    assert (token.purpose, token.user_id, token.email) == (TokenPurpose.CONFIRM_EMAIL_CHANGE, user.id, NEW)
    assert world.audit == [
        an_audit_entry(
            action=AuditAction.EMAIL_CHANGE_REQUEST,
            actor_id=user.id,
            target_id=user.id,
            client=CLIENT,
            changes=(FieldChange("email", "old@example.com", "new@example.com"),),
        )
    ]


async def test_whoever_asks_twice_confirms_with_the_second_token(world: World) -> None:
    user = await world.with_user()
    for _ in range(2):
        await request(world, user)
    first, second = world.issued(TokenPurpose.CONFIRM_EMAIL_CHANGE)
    assert (first.is_good(NOW), second.is_good(NOW)) == (False, True)


# --- Decreeing ------------------------------------------------------------------------------------------------------


async def test_a_decreed_address_is_the_users_at_once_and_verified(world: World) -> None:
    user = await world.with_user(email=address("old"), pending_email=address("other"))
    world.clock.advance(MOMENT)
    changed = await decree(world, user)
    assert changed == world.user(user.id)
    assert changed == replace(
        user,
        email=NEW,
        email_verified_at=NOW + MOMENT,
        pending_email=None,
        updated_at=NOW + MOMENT,
        version=2,
    )


async def test_the_old_address_is_told_and_can_take_it_back_for_a_week(world: World) -> None:
    user = await world.with_user(email=address("old"))
    await decree(world, user)
    assert [(one.mail.kind, one.mail.recipient) for one in world.unsent] == [(MailKind.EMAIL_CHANGED, address("old"))]
    (undo,) = world.issued(TokenPurpose.UNDO_EMAIL_CHANGE)
    assert (undo.user_id, undo.email, undo.expires_at) == (user.id, address("old"), NOW + WEEK)


async def test_what_gave_power_before_is_void_and_what_protects_is_not(world: World) -> None:
    user = await world.with_user(email=address("old"))
    async with world.unit_of_work() as work:
        await work.users.lock(user.id)
        for purpose in TokenPurpose:
            await world.tokens.issue(work, purpose, user.id, user.email, at=NOW)
        await work.commit()
    await decree(world, user)
    good = {token.purpose for token in world.database.committed.tokens.values() if token.is_good(NOW)}
    assert good == set(TokenPurpose) - POWERS
    assert len(world.issued(TokenPurpose.UNDO_EMAIL_CHANGE)) == 2


async def test_the_audit_trail_names_who_decreed_it(world: World) -> None:
    admin, user = await world.with_user(role=Role.ADMIN), await world.with_user(email=address("old"))
    await decree(world, user, actor=admin)
    assert world.audit == [
        an_audit_entry(
            action=AuditAction.EMAIL_CHANGE,
            actor_id=admin.id,
            target_id=user.id,
            client=CLIENT,
            changes=(FieldChange("email", "old@example.com", "new@example.com"),),
        )
    ]


async def test_of_an_admins_change_the_person_is_not_told_from_where(world: World) -> None:
    admin, user = await world.with_user(role=Role.ADMIN), await world.with_user(email=address("old"))
    await decree(world, user, actor=admin)
    assert [unsent.mail.client for unsent in world.unsent] == [ClientInfo(request_id=CLIENT.request_id)]


async def test_of_ones_own_change_one_is(world: World) -> None:
    await decree(world, await world.with_user())
    assert [unsent.mail.client for unsent in world.unsent] == [CLIENT]


async def test_an_address_in_use_cannot_be_decreed_and_nothing_changes(world: World) -> None:
    user, _ = await world.with_user(), await world.with_user(email=NEW)
    before = world.snapshot()
    with pytest.raises(EmailAlreadyRegistered):
        await decree(world, user)
    assert world.snapshot() == before


async def test_a_unit_of_work_in_which_it_was_refused_can_go_on(world: World) -> None:
    user, _ = await world.with_user(), await world.with_user(email=NEW)
    before = world.snapshot()
    async with world.unit_of_work() as work:
        await work.users.lock(user.id)
        with pytest.raises(EmailAlreadyRegistered):
            await world.email_change.decree(work, user, NEW, actor=user, at=NOW, client=CLIENT)
        await work.commit()
    assert world.snapshot() == before
