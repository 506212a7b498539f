"""The contract of `AuditTrail`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, FieldChange
from user_domain.testing.builders import CLIENT, NOW, an_audit_entry
from user_domain.testing.contracts.contract import Contract
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.ids import UserId

if TYPE_CHECKING:
    from user_domain.testing.contracts.store import Store

CHANGES = (FieldChange("name", "Zoë", 'Q"; drop table'), FieldChange("locale", None, "ar"))


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
                changes=CHANGES,
            ),
            an_audit_entry(reason="invalid_credentials", client=ClientInfo()),
            an_audit_entry(client=ClientInfo(request_id="r-2"), changes=(FieldChange("operation", None, ""),)),
        ]
        await store.record(*entries)
        assert await store.audit_entries() == entries

    async def test_entries_of_any_month_find_their_place(self, store: Store) -> None:
        entries = [an_audit_entry(at=NOW + timedelta(days=days)) for days in (-400, 0, 31, 4000)]
        await store.record(*entries)
        assert await store.audit_entries() == entries

    async def test_an_entry_may_name_users_that_do_not_exist_and_tells_nothing_of_them(self, store: Store) -> None:
        user = await store.with_user()
        nobody = UserId(user.id + 1000)
        both = an_audit_entry(actor_id=nobody, target_id=nobody, changes=CHANGES)
        actor = an_audit_entry(actor_id=nobody, target_id=user.id, changes=CHANGES)
        target = an_audit_entry(actor_id=user.id, target_id=nobody, changes=CHANGES)
        await store.record(both, actor, target)
        assert await store.audit_entries() == [
            replace(both, client=ClientInfo(), changes=()),
            replace(actor, client=ClientInfo()),
            replace(target, changes=()),
        ]

    async def test_of_an_entry_about_one_user_all_is_that_users(self, store: Store) -> None:
        user = await store.with_user()
        entries = [
            an_audit_entry(actor_id=user.id, target_id=None, client=CLIENT, changes=CHANGES),
            an_audit_entry(actor_id=None, target_id=user.id, client=CLIENT, changes=CHANGES),
        ]
        await store.record(*entries)
        assert await store.audit_entries() == entries

    async def test_an_address_that_nobody_has_is_not_kept(self, store: Store) -> None:
        entries = [an_audit_entry(unknown_address=typed) for typed in ("hunter2", "", "p\x00ss \ud800 wörd")]
        await store.record(*entries)
        assert await store.audit_entries() == [replace(entry, unknown_address=None) for entry in entries]
