"""What admins do to accounts, as their use cases are asked for it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from user_domain.entities.audit_entry import AuditAction
from user_domain.testing.builders import CLIENT, NOW
from user_domain.use_cases.administration.block_user import BlockUserCommand
from user_domain.use_cases.administration.change_role import ChangeRoleCommand
from user_domain.use_cases.administration.require_password_reset import RequirePasswordResetCommand
from user_domain.use_cases.administration.suspend_user import SuspendUserCommand
from user_domain.use_cases.administration.unblock_user import UnblockUserCommand
from user_domain.value_objects.role import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from tests.unit.user_domain.world import World
    from user_domain.entities.user import User
    from user_domain.value_objects.ids import UserId

Deed: TypeAlias = "Callable[..., Coroutine[Any, Any, User]]"

TOMORROW = NOW + timedelta(days=1)


async def block(world: World, actor: User, user_id: UserId, **fields: Any) -> User:
    asked = {"reason": "spam", "client": CLIENT, **fields}
    return await world.block_user().execute(BlockUserCommand(actor=actor, user_id=user_id, **asked))


async def unblock(world: World, actor: User, user_id: UserId, **fields: Any) -> User:
    asked = {"client": CLIENT, **fields}
    return await world.unblock_user().execute(UnblockUserCommand(actor=actor, user_id=user_id, **asked))


async def suspend(world: World, actor: User, user_id: UserId, **fields: Any) -> User:
    asked = {"reason": "late payment", "until": TOMORROW, "client": CLIENT, **fields}
    return await world.suspend_user().execute(SuspendUserCommand(actor=actor, user_id=user_id, **asked))


async def require_reset(world: World, actor: User, user_id: UserId, **fields: Any) -> User:
    asked = {"client": CLIENT, **fields}
    return await world.require_password_reset().execute(
        RequirePasswordResetCommand(actor=actor, user_id=user_id, **asked)
    )


async def change_role(world: World, actor: User, user_id: UserId, **fields: Any) -> User:
    asked = {"role": Role.ADMIN, "client": CLIENT, **fields}
    return await world.change_role().execute(ChangeRoleCommand(actor=actor, user_id=user_id, **asked))


REFUSALS: dict[Deed, AuditAction] = {
    block: AuditAction.USER_BLOCK_REFUSED,
    unblock: AuditAction.USER_UNBLOCK_REFUSED,
    suspend: AuditAction.USER_SUSPEND_REFUSED,
    require_reset: AuditAction.USER_REQUIRE_PASSWORD_RESET_REFUSED,
    change_role: AuditAction.USER_ROLE_CHANGE_REFUSED,
}
"""Every deed, and what the audit trail calls it where it was refused."""
