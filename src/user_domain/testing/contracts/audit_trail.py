"""The contract of `AuditTrail`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, FieldChange
from user_domain.testing.builders import NOW, an_audit_entry
from user_domain.testing.contracts.contract import Contract
from user_domain.value_objects.client_info import ClientInfo

if TYPE_CHECKING:
    from user_domain.testing.contracts.store import Store


class AuditTrailContract(Contract):
    """Needs a fixture `store`."""

    async def test_an_entry_is_kept_as_it_was_written(self, store: Store) -> None:
        user = await store.with_user()
        entries = [
            an_audit_entry(
                action=AuditAction.USER_PROFILE_CHANGE,
                actor_id=user.id,
                target_id=user.id,
                client=ClientInfo(ip_address="2001:db8::1", user_agent='<"Agent">', request_id="r-1"),
                changes=(FieldChange("name", "Zoë", 'Q"; drop table'), FieldChange("locale", None, "ar")),
            ),
            an_audit_entry(reason="invalid_credentials", client=ClientInfo()),
        ]
        async with store.unit_of_work() as work:
            for entry in entries:
                await work.audit.append(entry)
            await work.commit()
        assert await store.audit_entries() == entries

    async def test_entries_of_any_month_find_their_place(self, store: Store) -> None:
        entries = [an_audit_entry(at=NOW + timedelta(days=days)) for days in (-400, 0, 31, 4000)]
        async with store.unit_of_work() as work:
            for entry in entries:
                await work.audit.append(entry)
            await work.commit()
        assert await store.audit_entries() == entries

    async def test_an_entry_may_name_users_that_do_not_exist(self, store: Store) -> None:
        user = await store.with_user()
        entry = an_audit_entry(actor_id=user.id + 1000, target_id=user.id + 1001)
        async with store.unit_of_work() as work:
            await work.audit.append(entry)
            await work.commit()
        assert await store.audit_entries() == [entry]
