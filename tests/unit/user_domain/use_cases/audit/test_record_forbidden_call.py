"""Who reaches for what is not theirs leaves a trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, AuditEntry, FieldChange
from user_domain.testing.builders import CLIENT, NOW
from user_domain.use_cases.audit.record_forbidden_call import RecordForbiddenCall

if TYPE_CHECKING:
    from tests.unit.user_domain.world import World


async def test_who_called_what_from_where_is_in_the_trail_and_nothing_else(world: World) -> None:
    user = await world.with_user()
    record = RecordForbiddenCall(unit_of_work=world.unit_of_work, clock=world.clock)
    await record.execute(actor=user, operation="list_users", client=CLIENT)
    assert world.audit == [
        AuditEntry(
            action=AuditAction.OPERATION_FORBIDDEN,
            at=NOW,
            actor_id=user.id,
            target_id=None,
            client=CLIENT,
            reason="forbidden",
            changes=(FieldChange("operation", None, "list_users"),),
        )
    ]
