"""What it comes to when an admin blocks, suspends or unblocks a user."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.user_domain.use_cases.administration.deeds import TOMORROW, Deed, block, suspend, unblock
from user_domain.entities.audit_entry import AuditAction, AuditEntry, FieldChange
from user_domain.entities.session import EndReason
from user_domain.entities.status_change import NewStatusChange, StatusChange
from user_domain.entities.user import Block, Suspension
from user_domain.errors import InvalidInput
from user_domain.testing.builders import CLIENT, NOW, a_block, a_suspension
from user_domain.value_objects.account_status import AccountStatus
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.ids import StatusChangeId
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.one_time_token import TokenPurpose

if TYPE_CHECKING:
    from tests.unit.user_domain.world import World

MOMENT = timedelta(microseconds=1)
AT = "2026-03-14T15:09:26.535897+00:00"
UNTIL = "2026-03-15T15:09:26.535897+00:00"


def history(world: World) -> list[tuple[AccountStatus, datetime | None, str | None]]:
    return [(change.status, change.until, change.reason) for change in world.database.committed.status_changes]


def kinds(world: World) -> list[MailKind]:
    return [unsent.mail.kind for unsent in world.unsent]


# --- Block ----------------------------------------------------------------------------------------------------------


async def test_a_block_ends_all_sessions_and_leaves_its_traces(world: World) -> None:
    admin, user, other = await world.with_admin(), await world.with_user(), await world.with_user()
    session, elsewhere = await world.with_session(user), await world.with_session(other)
    blocked = await block(world, admin, user.id, reason="  spam, again ")
    assert blocked == replace(user, block=Block(at=NOW, by=admin.id, reason="spam, again"), version=2)
    assert world.user(user.id) == blocked
    assert world.ends_of_sessions(user) == {session.handle: EndReason.ACCOUNT_BLOCKED}
    assert world.ends_of_sessions(other) == {elsewhere.handle: None}
    assert world.audit == [
        AuditEntry(
            action=AuditAction.USER_BLOCK,
            at=NOW,
            actor_id=admin.id,
            target_id=user.id,
            client=CLIENT,
            changes=(
                FieldChange("blocked_at", None, AT),
                FieldChange("blocked_by", None, str(admin.id)),
                FieldChange("blocked_reason", None, "spam, again"),
            ),
        )
    ]
    change = NewStatusChange(
        user_id=user.id, status=AccountStatus.BLOCKED, since=NOW, until=None, by=admin.id, reason="spam, again"
    )
    assert world.database.committed.status_changes == [StatusChange.recorded(StatusChangeId(1), change)]


@pytest.mark.parametrize(
    ("deed", "kind"),
    [
        (block, MailKind.ACCOUNT_BLOCKED),
        (suspend, MailKind.ACCOUNT_SUSPENDED),
    ],
)
async def test_the_person_is_told_but_neither_from_where_nor_why(world: World, deed: Deed, kind: MailKind) -> None:
    admin, user = await world.with_admin(), await world.with_user()
    await deed(world, admin, user.id, reason="internal matters")
    (unsent,) = world.unsent
    assert (unsent.mail.kind, unsent.mail.recipient) == (kind, user.email)
    assert unsent.mail.client == ClientInfo(request_id=CLIENT.request_id)
    (letter,) = await world.deliver()
    assert "internal" not in repr(letter)
    assert letter.ip_address is None


async def test_a_block_without_a_reason_is_one(world: World) -> None:
    admin, user = await world.with_admin(), await world.with_user()
    assert (await block(world, admin, user.id, reason=None)).block == Block(at=NOW, by=admin.id, reason=None)
    assert history(world) == [(AccountStatus.BLOCKED, None, None)]


@pytest.mark.parametrize("reason", ["spam", None])
async def test_blocking_for_the_same_reason_again_changes_nothing(world: World, reason: str | None) -> None:
    admin, user = await world.with_admin(), await world.with_user()
    blocked = await block(world, admin, user.id, reason=reason)
    before = world.snapshot()
    world.clock.advance(MOMENT)
    assert await block(world, await world.with_admin(), user.id, reason=reason) == blocked
    before.accounts = world.snapshot().accounts
    assert world.snapshot() == before


async def test_another_reason_is_another_block_of_which_the_person_hears_nothing(world: World) -> None:
    admin, user = await world.with_admin(), await world.with_user()
    await block(world, admin, user.id)
    world.clock.advance(MOMENT)
    blocked = await block(world, admin, user.id, reason="fraud")
    assert blocked.block == Block(at=NOW + MOMENT, by=admin.id, reason="fraud")
    assert history(world) == [(AccountStatus.BLOCKED, None, "spam"), (AccountStatus.BLOCKED, None, "fraud")]
    assert kinds(world) == [MailKind.ACCOUNT_BLOCKED]
    assert [entry.action for entry in world.audit] == [AuditAction.USER_BLOCK] * 2


async def test_tokens_are_left_to_the_policy_which_refuses_them_until_the_account_is_open(world: World) -> None:
    admin, user = await world.with_admin(), await world.with_user()
    await world.forgets(user.email)
    await block(world, admin, user.id)
    (token,) = world.issued(TokenPurpose.RESET_PASSWORD)
    assert token.voided_at is None


# --- Suspension -----------------------------------------------------------------------------------------------------


async def test_a_suspension_ends_all_sessions_and_leaves_its_traces(world: World) -> None:
    admin, user = await world.with_admin(), await world.with_user()
    session = await world.with_session(user)
    suspended = await suspend(world, admin, user.id)
    suspension = Suspension(at=NOW, by=admin.id, reason="late payment", until=TOMORROW)
    assert suspended == replace(user, suspension=suspension, version=2)
    assert world.user(user.id) == suspended
    assert world.ends_of_sessions(user) == {session.handle: EndReason.ACCOUNT_SUSPENDED}
    (entry,) = world.audit
    assert entry.action is AuditAction.USER_SUSPEND
    assert entry.changes == (
        FieldChange("suspended_at", None, AT),
        FieldChange("suspended_by", None, str(admin.id)),
        FieldChange("suspended_reason", None, "late payment"),
        FieldChange("suspended_until", None, UNTIL),
    )
    assert history(world) == [(AccountStatus.SUSPENDED, TOMORROW, "late payment")]
    (letter,) = await world.deliver()
    assert (letter.kind, letter.suspended_until) == (MailKind.ACCOUNT_SUSPENDED, TOMORROW)


@pytest.mark.parametrize("until", [NOW, NOW - MOMENT])
async def test_a_suspension_ends_in_the_future(world: World, until: datetime) -> None:
    admin, user = await world.with_admin(), await world.with_user()
    before = world.snapshot()
    with pytest.raises(InvalidInput) as caught:
        await suspend(world, admin, user.id, until=until)
    assert [(fault.field, fault.code) for fault in caught.value.violations] == [("until", "not_in_the_future")]
    assert world.snapshot() == before
    assert (await suspend(world, admin, user.id, until=NOW + MOMENT)).suspension_at(NOW)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"until": TOMORROW + MOMENT}, True),
        ({"until": None}, True),
        ({"reason": "fraud"}, False),
        ({"reason": None}, False),
    ],
)
async def test_of_another_end_the_person_hears_but_not_of_another_reason(
    world: World, fields: dict[str, Any], told: bool
) -> None:
    admin, user = await world.with_admin(), await world.with_user()
    await suspend(world, admin, user.id)
    world.clock.advance(MOMENT)
    await suspend(world, admin, user.id, **fields)
    assert len(history(world)) == 2
    assert kinds(world) == [MailKind.ACCOUNT_SUSPENDED] * (2 if told else 1)


async def test_the_same_suspension_again_changes_nothing(world: World) -> None:
    admin, user = await world.with_admin(), await world.with_user()
    suspended = await suspend(world, admin, user.id)
    before = world.snapshot()
    assert await suspend(world, admin, user.id) == suspended
    assert world.snapshot() == before


async def test_whoever_was_suspended_once_can_be_suspended_again(world: World) -> None:
    admin = await world.with_admin()
    user = await world.with_user(suspension=a_suspension(until=NOW))
    suspended = await suspend(world, admin, user.id, until=None)
    assert suspended.suspension_at(NOW) == Suspension(at=NOW, by=admin.id, reason="late payment", until=None)
    assert kinds(world) == [MailKind.ACCOUNT_SUSPENDED]


async def test_a_suspension_behind_a_block_is_kept_and_makes_no_difference(world: World) -> None:
    admin, user = await world.with_admin(), await world.with_user()
    blocked = await block(world, admin, user.id)
    suspended = await suspend(world, admin, user.id)
    assert suspended.block == blocked.block
    assert suspended.suspension_at(NOW) is not None
    assert [entry.action for entry in world.audit] == [AuditAction.USER_BLOCK, AuditAction.USER_SUSPEND]
    assert history(world) == [(AccountStatus.BLOCKED, None, "spam")]
    assert kinds(world) == [MailKind.ACCOUNT_BLOCKED]


async def test_a_block_of_somebody_who_is_suspended_is_told(world: World) -> None:
    admin, user = await world.with_admin(), await world.with_user()
    await suspend(world, admin, user.id)
    blocked = await block(world, admin, user.id)
    assert blocked.suspension_at(NOW) is not None
    assert [status for status, *_ in history(world)] == [AccountStatus.SUSPENDED, AccountStatus.BLOCKED]
    assert kinds(world) == [MailKind.ACCOUNT_SUSPENDED, MailKind.ACCOUNT_BLOCKED]


# --- Opening again --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "facts",
    [
        {"block": a_block()},
        {"suspension": a_suspension()},
        {"suspension": a_suspension(until=None)},
        {"block": a_block(), "suspension": a_suspension()},
        {"block": a_block(), "suspension": a_suspension(until=NOW)},
    ],
)
async def test_unblocking_lifts_block_and_suspension(world: World, facts: dict[str, Any]) -> None:
    admin, user = await world.with_admin(), await world.with_user(**facts)
    world.clock.advance(MOMENT)
    opened = await unblock(world, admin, user.id)
    at = NOW + MOMENT
    assert opened == replace(user, block=None, suspension=None, updated_at=at, version=2)
    (change,) = world.database.committed.status_changes
    assert (change.status, change.since, change.until) == (AccountStatus.ACTIVE, at, None)
    assert (change.by, change.reason) == (admin.id, None)
    assert kinds(world) == [MailKind.ACCOUNT_UNBLOCKED]
    (entry,) = world.audit
    assert entry.action is AuditAction.USER_UNBLOCK
    assert {one.field.partition("_")[0] for one in entry.changes} == {
        {"block": "blocked", "suspension": "suspended"}[fact] for fact in facts
    }


@pytest.mark.parametrize("facts", [{}, {"suspension": a_suspension(until=NOW)}])
async def test_where_nothing_shuts_an_account_unblocking_changes_nothing(world: World, facts: dict[str, Any]) -> None:
    admin, user = await world.with_admin(), await world.with_user(**facts)
    await world.with_session(user)
    before = world.snapshot()
    assert await unblock(world, admin, user.id) == user
    assert world.snapshot() == before


async def test_sessions_that_ended_stay_so(world: World) -> None:
    admin, user = await world.with_admin(), await world.with_user()
    session = await world.with_session(user)
    await block(world, admin, user.id)
    await unblock(world, admin, user.id)
    assert world.ends_of_sessions(user) == {session.handle: EndReason.ACCOUNT_BLOCKED}


@pytest.mark.parametrize("deed", [block, suspend, unblock], ids=lambda deed: deed.__name__)
async def test_it_happens_when_the_lock_is_had_not_when_it_was_asked_for(world: World, deed: Deed) -> None:
    """Or of two changes the later one could bear the earlier time."""
    admin, user = await world.with_admin(), await world.with_user(block=a_block())
    async with world.unit_of_work():
        waiting = asyncio.create_task(deed(world, admin, user.id, **({"reason": "fraud"} if deed is block else {})))
        await asyncio.sleep(0)
        world.clock.advance(timedelta(seconds=4))
    assert (await waiting).updated_at == NOW + timedelta(seconds=4)
